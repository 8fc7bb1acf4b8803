"""What is true of agreements and care that forbids an act, and what to do instead."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


class AgreementNotFound(NotFound):
    detail = "没有找到这份照料协议。请核对后从列表中重新选择。"


class CareNotFound(NotFound):
    detail = "没有找到这项临时照料。请刷新后重新选择。"


class CaregiverUnknown(Invalid):
    detail = "没有这名照料人，或不在您的辖区。外乡镇的照料人，请先在本乡镇登记。"


class MoveImpossible(Conflict):
    detail = "协议目前的状态不允许这样办理。请刷新后查看。"


class AgreementChanged(PreconditionFailed):
    detail = "协议已被他人修改。请刷新，核对后重新提交。"


class NumberTaken(Conflict):
    detail = "协议编号已被使用。请核对编号后重新填写。"


class NotSupported(Conflict):
    detail = "该对象不在分散供养，或已死亡、终止救助供养，不能办理照料协议。登记有误的，请先更正其状态。"


class TermWrong(Invalid):
    detail = "协议起止日期有误。请核对后重新填写。"


class DraftIncomplete(Invalid):
    detail = "协议内容不完整。请按提示补充后再提交。"


class CaregiverUnsuitable(Conflict):
    detail = "该照料人目前不符合条件。请另选照料人。"


class ConsentWrong(Invalid):
    detail = "同意人不符合要求。请核对后重新填写。"


class FollowsAnother(Conflict):
    detail = "所续接的协议不是该对象现有的协议。请刷新后重新选择。"


class AnotherInForce(Conflict):
    detail = "该对象已有生效的照料协议，同一时间只能有一份。请先终止原协议，或另立一份续接原协议的新协议。"


class AlreadySigned(Conflict):
    detail = "这一方已经签过字。请刷新后查看。"


class SignatureWrong(Invalid):
    detail = "签字信息有误。请按提示更正。"


class NotYoursToSign(Forbidden):
    detail = "电子签字只能由本人登录后办理；代录纸质签字，请联系民政专干。"


class RelatedToCaregiver(Forbidden):
    detail = "您与该照料人有利害关系，须由其他工作人员办理。"


class DecisionAwaited(Conflict):
    """A mandatory replacement case is undecided."""

    detail = "该照料人有必须决定的撤换事项，决定之前不能续签或恢复履行。请乡镇(街道)负责人先作出决定。"


class NotNow(Conflict):
    """The same for every reason the caller may not be told."""

    detail = "目前不能恢复履行或生效。请联系区民政局。"


class TemporaryCareMissing(Conflict):
    detail = (
        "中止或终止后将无人照料。请先安排临时照料：写明由谁照料、联系电话和起止时间；找不到人的，请报告“无人照料”。"
    )


class ReasonMissing(Invalid):
    detail = "请写明原因。"


class EndDateWrong(Invalid):
    detail = "终止日期有误。请核对后重新填写。"


class EndReasonWrong(Invalid):
    detail = "没有这种终止原因。请从列表中选择。"


class EndUntrue(Conflict):
    detail = "登记的情况与终止原因不符。请先核对并更正登记。"


class CareWrong(Invalid):
    detail = "临时照料的内容有误。请按提示更正。"


class CaredForByTheSuspended(Conflict):
    detail = "协议中止期间，不能由被中止的照料人本人临时照料。请另行安排他人照料。"


class CareOver(Conflict):
    detail = "这项临时照料已经结束。请刷新；仍需照料的，请重新安排。"


class CareExtendedBefore(Conflict):
    detail = "临时照料只能延期一次。请签订照料协议，或重新安排临时照料。"


class SecondPersonNeeded(Forbidden):
    detail = "延期须由安排人以外的另一人办理。"


class NobodyWouldCare(Conflict):
    detail = "结束后将无人照料。请先签订协议、恢复原协议，或另行安排照料。"


class NoGapReported(Conflict):
    detail = "目前没有“无人照料”的报告需要解除。请刷新后查看。"


class GapReportedBefore(Conflict):
    detail = "已有人报告过无人照料，预警正在升级。请尽快安排照料。"


class StillUncovered(Conflict):
    detail = "目前没有生效的协议或临时照料，不能解除。请先安排照料。"


class TooEarlyToReview(Conflict):
    detail = "还没有到续签评估的时间。"


class NotReviewed(Conflict):
    detail = "续签须先完成评估，并决定续签。请先办理续签评估。"


class RenewalUnderWay(Conflict):
    detail = "已有一份续接这份协议的新协议。请在那一份上办理，或先将其作废。"


class CareFactWrong(Invalid):
    detail = "监护人或银行卡持有人的信息有误。请按提示更正。"
