"""What is true that forbids an act on visits and reports, and what to do instead."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class VisitNotFound(NotFound):
    detail = "没有找到这次探访。请返回任务列表，刷新后重新选择。"


class ReportNotFound(NotFound):
    detail = "没有找到这条走访记录。请返回列表，刷新后重新选择。"


class ConflictNotFound(NotFound):
    detail = "没有找到这项待认定的记录。请返回列表，刷新后重新选择。"


class ReportContradictory(Invalid):
    detail = "走访记录前后矛盾或缺项。请按提示更正后重新提交。"


class MadeAtImpossible(Invalid):
    detail = "走访时间有误。请检查手机时间，改正后重新提交。"


class BelongsToAnotherVisit(Invalid):
    detail = "走访时间早于这次探访。请检查手机时间；确为更早的走访，请在当时的探访任务下提交。"


class BeforeThePlan(Invalid):
    detail = "走访时间早于该对象现在的探访计划。请检查手机时间，改正后重新提交。"


class VisitCancelled(Conflict):
    detail = "这次探访已取消。请刷新任务列表，在该对象新的探访任务下重新提交；已填写的内容不会丢失。"


class ReportConflicts(Conflict):
    detail = "同一编号的走访记录已收到过，内容与这次不同。两份内容都已保存，由民政专干认定；请勿重复提交。"


class ReportIdTaken(Conflict):
    detail = "这个记录编号已被使用。请重新生成编号后提交。"


class AlreadyAmended(Conflict):
    detail = "这条记录已有更正。请刷新后，在最新的一条上操作。"


class LateEntryRefused(Conflict):
    detail = "这条补录已被主管认定不属实，不能更正。如有异议，请联系民政专干。"


class NotLate(Conflict):
    detail = "这条记录不需要补录确认。请刷新后查看。"


class AlreadyDecided(Conflict):
    detail = "已由他人处理过。请刷新后查看结果。"


class NotYourReport(Forbidden):
    detail = "只有本人或民政专干、乡镇负责人可以更正这条记录。"


class CaregiverIsNoVisitor(Forbidden):
    detail = "您是该对象的照料人，不能走访自己照料的人。请联系民政专干另派走访员；您的到户照料请在“照料记录”中登记。"


class PaperBySupervisor(Forbidden):
    detail = "纸质记录由民政专干或乡镇负责人代录。本人的走访请直接提交，不填代录人。"


class SecondPersonNeeded(Forbidden):
    detail = "补录须由另一人确认，本人不能确认自己的记录。"


class ReasonMissing(Invalid):
    detail = "请写明理由。"
