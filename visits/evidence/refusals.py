"""What is true that forbids an act on doorstep tokens, codes and call-backs, and what to do instead."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class TokenNotFound(NotFound):
    detail = "没有找到这个门口码。请返回对象页面，刷新后重新选择。"


class TokenExists(Conflict):
    detail = "该对象已有同类的门口码在用。请先停用或挂失旧的，再发新的。"


class TokenEnded(Conflict):
    detail = "这个门口码已停用。请发新的。"


class EndReasonMissing(Invalid):
    detail = "请写明停用或挂失的原因。"


class CodesDoNotFit(Invalid):
    detail = "这两个码不是该门口码连续的两个。请等口令变化后重新抄写，或确认没有拿错卡片。"


class CodeUnknown(Invalid):
    detail = "这不是这一户此时的门口码。请核对后重新输入；手机时间不对时，请先校准时间。没有门口码也可以提交走访记录。"


class CodeUsed(Conflict):
    detail = "这个门口码已经用过，每个码只能用一次。请使用下一个码。"


class CodeLocked(Conflict):
    detail = "输错次数过多，已停止核对门口码。走访记录可以照常提交；需要时请联系民政专干。"


class CodeTimeImpossible(Invalid):
    detail = "取码时间不在这次探访的时间内。请检查手机时间后重试。"


class CodeIdTaken(Conflict):
    detail = "这个编号已用于另一个门口码。请重新生成编号后提交。"


class CallBackNotFound(NotFound):
    detail = "没有找到这项回访。请返回列表，刷新后重新选择。"


class CallBackDone(Conflict):
    detail = "这项回访已有结果，不能再改。结果有误的，请联系区民政局。"


class VisitorCallsBack(Forbidden):
    detail = "回访不能由走访人本人或其上级办理。请由另一位工作人员回访。"


class CallBackOfSomebodyElse(Forbidden):
    detail = "这项回访指定由另一位人员办理。需要改由您办理的，请联系区民政局重新指定。"


class AssigneeUnfit(Invalid):
    detail = "这位人员不能办理这项回访：不能是走访人、其上级，也须在本辖区任职。请另行指定。"
