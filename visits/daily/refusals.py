"""What is true that forbids an act on lanes and daily checks, and what to do instead."""

from core.errors import Conflict, Invalid, NotFound, Unauthenticated


class LaneNotFound(NotFound):
    detail = "没有找到这条守望线。请返回列表，刷新后重新选择。"


class HouseholdNotFound(NotFound):
    detail = "这条守望线里没有这一户。请刷新后重新选择。"


class LinkNotFound(NotFound):
    detail = "没有找到这个守望链接。请刷新后重新选择。"


class LinkUnknown(Unauthenticated):
    """The same for a link never issued, one taken back, and one that has run out."""

    detail = "守望链接无效、已停用或已过期。请向村(社区)或民政专干索取新的链接。"


class LaneEnded(Conflict):
    detail = "这条守望线已经停用。请新建一条，或选择其他守望线。"


class LaneFull(Conflict):
    """Its detail says how many there may be."""

    detail = "这名守望员的户数已满。请另建一条守望线，由其他邻里守望。"


class WatchedAlready(Conflict):
    detail = "这一户已在一条守望线中。请先从原来的守望线移出。"


class NotUnderVisit(Conflict):
    detail = "该对象已不在分散供养走访范围，不能加入守望线。请核对其状态。"


class ShownTooMuch(Invalid):
    detail = "守望员看到的称呼不能是全名，也不能含身份证号、电话。请写门牌号，或“李奶奶”这样的称呼。"


class WatcherElsewhere(Invalid):
    detail = "没有这个守望员账号，或不在本辖区。请重新选择。"


class AreaElsewhere(Invalid):
    detail = "没有这个村(社区)，或不在您的辖区。请选择您负责的村(社区)。"


class RecipientElsewhere(Invalid):
    detail = "没有找到该对象，或不在您的辖区。请重新选择。"


class WrongWindow(Invalid):
    """Its detail says what is wrong with a household's own window."""

    detail = "时段有误。请写成 07:00-09:00 这样。"


class NothingSaid(Invalid):
    detail = "没有内容。请点“全部正常”，或逐户点选看到的情况。"


class UnknownWord(Invalid):
    detail = "没有这种情况。请从列表中选择：有变化、没变化、窗帘没拉开、灯没亮、没能看。"


class UnknownHousehold(Invalid):
    detail = "这一户不在这条守望线中。请刷新后重新点选。"


class DayImpossible(Invalid):
    detail = "日期有误：不能是以后的日子，也不能早于一年以前。请核对手机时间。"


class TapConflicts(Conflict):
    detail = "同一编号已收到过不同的内容，先收到的有效。要更正的，请重新点选一次。"
