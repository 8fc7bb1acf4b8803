"""What forbids an act on attendance, an assessment or a fee list, each with its remedy."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class AssessmentNotFound(NotFound):
    """No such assessment, or none the caller may see: one answer for both."""

    detail = "没有找到这项考核。请核对编号，或返回列表重新选择。"


class AgreementNotYours(NotFound):
    """No such agreement, or somebody else's: one answer for both."""

    detail = "没有找到这份照料协议。请核对后从列表中重新选择。"


class OnTheCaregiversSide(Forbidden):
    detail = "您与该照料人有亲属或利害关系(或为本人)，须回避。请由其他人员办理。"


class DecidedByAnother(Forbidden):
    detail = "申诉须由评定人以外的人决定。请由另一位负责人或区民政局办理。"


class AlreadySettled(Conflict):
    detail = "本期考核已经评定，不能再改。照料人有异议的，可在期限内申诉。"


class NotSettled(Conflict):
    detail = "本期考核尚未评定。请先完成评定。"


class AssessmentCancelled(Conflict):
    detail = "本期考核已取消，无须办理。请刷新列表。"


class InstrumentMissing(Conflict):
    """Something that must be asked has not been asked."""


class NothingToJudgeBy(Conflict):
    detail = "本期没有任何一项可据以评分的记录，无法评定。请联系区民政局核对考核权重。"


class ProxyReasonMissing(Invalid):
    detail = "代答的，请写明本人不能作答的原因和代答人与本人的关系。"


class TooFewNeighbours(Invalid):
    """Fewer than the policy asks for."""


class ReasonMissing(Invalid):
    detail = "请写明理由。"


class NothingToObjectTo(Conflict):
    detail = "本期考核合格，没有暂缓发放费用，无须申诉。"


class ObjectionTooLate(Conflict):
    """The time to object has run out, or policy gives none."""

    detail = "已过申诉期限，考核结果已经生效。整改合格后可恢复发放；如有新情况，请联系乡镇(街道)。"


class AlreadyObjected(Conflict):
    detail = "本期考核已提出过申诉，正在等待决定或已有决定。请刷新后查看。"


class NoObjection(Conflict):
    detail = "本期考核没有待决定的申诉。请刷新后查看。"


class NothingWithheld(Conflict):
    detail = "本期没有暂缓发放的费用，或已恢复发放。请刷新后查看。"


class MadeAtImpossible(Invalid):
    """No such attendance can have happened then."""


class NotInForceThen(Conflict):
    """The agreement was suspended or over at that moment."""


class ServiceNotPromised(Invalid):
    detail = "协议中没有这项服务。请从协议的服务项目中选择。"


class AttendanceEmpty(Invalid):
    detail = "请选择做了哪些服务项目；没有对应项目的，请在备注中写明做了什么。"


class AttendanceConflicts(Conflict):
    detail = "同一编号的到户记录已经保存，但内容不同；先到的一份保持不变。请用新的编号另记一次。"


class AttendanceIdTaken(Conflict):
    detail = "这个编号已被使用。请用新的编号重新提交。"


class PaperBySupervisor(Forbidden):
    detail = "纸质记录由乡镇(街道)民政专干代录。请把纸质记录交给民政专干。"


class MonthNotBegun(Invalid):
    detail = "这个月还没有开始，不能列出费用。请选择本月或以前的月份。"


class NoSuchMonth(Invalid):
    detail = "月份有误。请按“2026-03”的格式填写。"


class AreaNotYours(Invalid):
    detail = "没有这个区划，或不在您的辖区。请从区划列表中选择。"
