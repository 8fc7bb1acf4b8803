"""What is true of a suspicion that forbids an act."""

from core.errors import Conflict, Invalid, NotFound


class CaseNotFound(NotFound):
    """None, elsewhere, or kept from whoever asks: one answer for all three."""

    detail = "没有找到该事项。请返回列表重新选择。"


class CaseClosed(Conflict):
    detail = "该事项已经办结，不能再改动。有新情况的，请重新报告，系统会另立事项。"


class ReportedAlready(Conflict):
    detail = "强制报告已经登记，不能重复登记或改写。请刷新查看。"


class ReportFirst(Conflict):
    """未成年人保护法 art. 11, 反家庭暴力法 art. 14: no finding of one's own stands in for the report."""

    detail = "依法须先报告，才能办结。请向公安等部门报告，登记受理部门和回执号后再办结。"


class WrongAuthority(Invalid):
    """The law names whom to tell."""


class SecondPersonNeeded(Conflict):
    """Who visits somebody would judge what they themselves noticed or overlooked."""

    detail = "负责探访该对象的人和报告情况的人不能认定结果。请由另一位经办人或上级办结。"


class FindingMissing(Invalid):
    detail = "请写明查到了什么、依据是什么。"


class ReferenceMissing(Invalid):
    detail = "请填写受理部门给的回执号或警情编号；没有编号的，写明接报人姓名和电话。"


class NothingSaid(Invalid):
    detail = "请写明看到或听到的情况。"


class SeenAhead(Invalid):
    detail = "看到的时间晚于现在。请检查时间，改正后重新提交。"
