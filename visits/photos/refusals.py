"""What is true that forbids an act on a photo, and what to do instead."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class PhotoNotFound(NotFound):
    detail = "没有找到这张照片。请返回列表，刷新后重新选择。"


class SubjectNotFound(NotFound):
    detail = "没有找到照片所属的探访、隐患、整改通知、复核或预警。请刷新后重新选择。"


class PhotoEmpty(Invalid):
    detail = "照片是空的(0 字节)。请重新拍摄后发送。"


class PhotoTooBig(Invalid):
    detail = "照片超过 5 MB。请压缩后再发送；不附照片也可以提交记录。"


class PhotosEnough(Conflict):
    detail = "一份记录最多附 20 张照片。请选择最能说明情况的照片。"


class PhotoIdTaken(Conflict):
    detail = "这个编号已用于另一张照片。请重新生成编号后发送。"


class PhotoRefused(Conflict):
    """The whole photo was looked at and not kept; its `detail` says why."""


class PhoneCutOff(Forbidden):
    detail = "这部手机已停用，只接收停用之前拍摄的照片。"


class PartEmpty(Invalid):
    detail = "这一段没有内容。请从已收到的位置继续发送。"


class PartTooLong(Invalid):
    detail = "这一段超出了照片的大小。请核对照片后重新生成编号发送。"


class PartMisplaced(Conflict):
    """The part does not begin where the photo stands; `received` is where to go on."""

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__(f"这一段的位置不对：已收到前 {received} 字节。请从第 {received} 字节继续发送。")
