"""What is true that forbids an act on hazards, orders and verifications, and what to do instead."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class HazardNotFound(NotFound):
    detail = "没有找到这项隐患。请返回列表，刷新后重新选择。"


class OrderNotFound(NotFound):
    """It does not exist, lies elsewhere, or is somebody else's to answer: one answer for all."""

    detail = "没有找到这份整改通知。请返回列表，刷新后重新选择。"


class StatementNotFound(NotFound):
    detail = "没有找到这份陈述申辩。请刷新后重新选择。"


class VerificationNotFound(NotFound):
    detail = "没有找到这次回访复核。请返回列表，刷新后重新选择。"


class ReasonMissing(Invalid):
    detail = "请写明理由。"


class EvidenceMissing(Invalid):
    detail = "请写明看到的情况(时间、地点、现状)，作为办结依据。"


class FoundAtImpossible(Invalid):
    detail = "发现时间晚于现在。请核对时间后重新提交。"


class MadeAtImpossible(Invalid):
    detail = "时间早于整改通知下达，或晚于现在。请检查手机时间，改正后重新提交。"


class ResultIncomplete(Invalid):
    detail = "复核结果不完整。请对每一项逐项认定。"


class SourceMissing(Invalid):
    detail = "请注明是哪一次未履行的探访或约定。"


class DutyWasDone(Conflict):
    detail = "这次探访已收到走访记录，不能作为未履行登记。请刷新后核对。"


class HazardIdTaken(Conflict):
    detail = "这个隐患编号已被使用，内容与这次不同。请重新生成编号后提交。"


class HazardClosed(Conflict):
    detail = "这项隐患已经办结。请刷新后查看。"


class HazardUnderOrder(Conflict):
    detail = "这项隐患正在整改中。请等回访复核，或先撤回整改通知。"


class MandatoryCaseUndecided(Conflict):
    """Whoever fails repeatedly is replaced by decision or kept by decision, never by letting the matter drop."""

    detail = "该协议有必须决定的撤换事项，决定之前不能办结。请先由乡镇(街道)负责人作出决定。"


class NoAgreement(Conflict):
    detail = "该对象没有生效的照料协议，无法下达整改通知。请直接消除隐患，并安排照料。"


class HazardOfAnother(Conflict):
    detail = "所选隐患不属于同一份照料协议。请按协议分别下达整改通知。"


class ItemsMissing(Invalid):
    detail = "整改通知至少要有一项隐患，且每项隐患只列一次。"


class BreachMissing(Invalid):
    detail = "请写明违反了哪项约定服务或职责。"


class ServiceNotPromised(Invalid):
    detail = "协议中没有约定这项服务。请选择协议中的服务项目，或写明违反的职责。"


class OrderIdTaken(Conflict):
    detail = "这个整改通知编号已被使用。请刷新后重新提交。"


class AlreadyTold(Conflict):
    detail = "照料人已经收到这份整改通知，无需再次送达。"


class DeliveredAtImpossible(Invalid):
    detail = "送达时间早于下达时间，或晚于现在。请核对后重新提交。"


class NotDelivered(Conflict):
    detail = "这份整改通知还没有送达照料人。请先登记送达。"


class OrderOver(Conflict):
    detail = "这份整改通知已经复核或办结，不再接受此项答复。请刷新后查看。"


class AnswerConflicts(Conflict):
    detail = "同一编号的答复已收到过，内容与这次不同，以先收到的为准。如需补充，请重新填写后提交。"


class PaperNeedsName(Invalid):
    detail = "代照料人录入书面答复时，请写明答复人姓名。"


class NothingSaid(Invalid):
    detail = "请写明内容。"


class AlreadyHeard(Conflict):
    detail = "这份陈述申辩已经听取。请刷新后查看结果。"


class IssuerCannotHear(Forbidden):
    detail = "下达整改通知的人不能听取对它的陈述申辩。请由其他负责人办理。"


class OnCaregiversSide(Forbidden):
    """Ties that bar somebody from judging a caregiver (关系保、人情保)."""

    detail = "您与该照料人有亲属或利害关系，须回避。请由其他人员办理。"


class ItemNotInOrder(Invalid):
    detail = "所选项目不在这份整改通知中，或已经有结果。请刷新后重新选择。"


class ExtensionTooLate(Conflict):
    detail = "整改期限已过，不能再申请延期。请尽快完成整改并提交。"


class ExtensionAskedAlready(Conflict):
    detail = "每份整改通知只能申请一次延期。请按期完成整改。"


class ExtensionUnavailable(Conflict):
    detail = "危急隐患须立即消除，不能延期。"


class ExtensionTooLong(Invalid):
    detail = "申请的期限不晚于原期限，或超过了政策允许的最长延期。请调整后重新提交。"


class ExtensionNotAsked(Conflict):
    detail = "没有待决定的延期申请。请刷新后查看。"


class AskerCannotDecide(Forbidden):
    detail = "申请延期的人不能自己批准。请由其他负责人决定。"


class CannotWithdraw(Conflict):
    detail = "已逾期或已复核的整改通知不能撤回。请按程序复核、听取陈述申辩后办结。"


class CannotClose(Conflict):
    detail = "只有复核不合格或已逾期的整改通知需要人工办结。请等待回访复核。"


class FailureNotCounted(Conflict):
    """Closed before, a failure would count only once nobody looks at the order any more."""

    detail = "照料人的陈述申辩期限未满，或尚未听取，暂不能办结。请听取陈述申辩，或等期限届满。"


class VerifierIssued(Forbidden):
    detail = "下达整改通知的人不能复核。请由其他走访员或民政专干上门复核。"


class VerifierUnknown(Invalid):
    detail = "没有找到这名工作人员，或其已停用。请从本辖区在岗人员中选择。"


class VerificationOver(Conflict):
    detail = "这次回访复核已经完成或取消。请刷新后查看。"


class ResultConflicts(Conflict):
    detail = "同一编号的复核结果已收到过，内容与这次不同，以先收到的为准。请联系民政专干核实。"
