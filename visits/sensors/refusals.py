"""What is true that forbids an act on gateways, sensors and readings, and what to do instead."""

from core.errors import Conflict, Invalid, NotFound, Unauthenticated


class SignatureRefused(Unauthenticated):
    """An unknown gateway, a removed one and a wrong signature are answered alike."""

    detail = "签名不符，未接收。请核对网关编号和密钥，并按“时间戳.正文”计算 HMAC-SHA256 签名。"


class SignatureStale(Unauthenticated):
    detail = "签名时间与服务器时间相差超过 5 分钟，未接收。请校准网关的时钟后重新签名发送。"


class TooManyReadings(Invalid):
    detail = "一次最多发送 1000 条读数。请分批发送。"


class GatewayNotFound(NotFound):
    detail = "没有找到这个网关。请返回列表，刷新后重新选择。"


class SensorNotFound(NotFound):
    detail = "没有找到这个感应设备。请返回列表，刷新后重新选择。"


class GatewayEnded(Conflict):
    detail = "这个网关已停用。请先登记新的网关。"


class SensorEnded(Conflict):
    detail = "这个感应设备已停用。需要时请重新登记。"


class LabelTaken(Conflict):
    detail = "这个网关已有同名的感应设备在用。请换一个设备名称，或先停用旧设备。"


class GatewayAreaUnfit(Invalid):
    detail = "网关须登记在本辖区的区、乡镇(街道)或村(社区)。请从区划列表中选择。"


class HomeOutsideGateway(Invalid):
    detail = "该对象不在这个网关负责的区域内。请选择当地的网关。"


class NotSupported(Conflict):
    detail = "该对象已不在分散供养探访范围，不能安装感应设备。"


class ReadingUnknownSensor(Invalid):
    detail = "这个网关名下没有该感应设备，或设备已停用。请核对设备编号。"


class ReadingFromFuture(Invalid):
    detail = "读数时间晚于服务器时间，未采用。请校准设备时钟。"


class ReadingTooOld(Invalid):
    detail = "读数已超过保存期限，未采用。请只补发期限内的读数。"


class ReadingBeforeInstallation(Invalid):
    detail = "读数时间早于设备在这一户的安装时间，未采用。请核对设备时钟或设备编号。"


class ReadingBackwards(Invalid):
    detail = "读数为负数，表具可能倒转或接反，未采用。请检修设备。"


class ReadingOutOfRange(Invalid):
    detail = "读数不是有效的数字，或过大，未采用。请检修设备。"


class ReadingDiffers(Conflict):
    detail = "同一编号的读数此前已收到，数值或时间与这次不同；以先收到的为准。新读数请使用新的编号。"
