"""What a phone is told of an item that was not taken, and what its owner can do."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class TooManyItems(Invalid):
    detail = "一次最多提交 50 条。请分几次提交，没有发送的会继续保留在手机上。"


class ItemTooLong(Invalid):
    detail = "这一条内容过长(最多 256 KB)，没有处理，原文已留存。请缩短文字后作为新的一条重新提交；照片请单独上传。"


class UnknownKind(Invalid):
    detail = "系统不认识这类记录，没有处理，原文已留存。请把手机应用升级到最新版后重新提交。"


class IdTaken(Conflict):
    detail = "这个编号已被使用，没有处理，原文已留存。请在手机上作为新的一条重新提交。"


class ContentConflicts(Conflict):
    detail = "同一编号的内容已收到过，与这次不同。两份内容都已保存，由民政专干认定；请勿重复提交。"


class PhoneRevoked(Forbidden):
    detail = "这台手机已停用，停用之后的记录不再接收，原文已留存。请用新手机登录后重新提交，或联系民政专干。"


class PredecessorRefused(Conflict):
    detail = "它所接续的那一条没有被接收，这一条也未处理，原文已留存。请先按提示更正那一条，再一并作为新的记录提交。"


class InACircle(Invalid):
    detail = "这几条互相等待，无法处理，原文已留存。请作为新的记录分别重新提交。"


class ItemConflictNotFound(NotFound):
    detail = "没有找到这项待认定的内容。请返回列表，刷新后重新选择。"


class SenderUnknown(Conflict):
    detail = "找不到提交人的账号，不能以其名义采用后收到的一份。请认定以先收到的为准，另行登记后一份中属实的内容。"


class NotReplaceable(Conflict):
    """Its kind says what to do instead."""


class Held(Conflict):
    """Not taken yet, and not refused: it stays on the phone, and is looked at again."""

    detail = "已收到原文，暂未处理。手机会自动重试，无需操作。"


class WaitsForAnother(Held):
    detail = "已收到原文，正等待它所接续的那一条。请保持联网，无需操作。"


class PhotoNotThere(Held):
    detail = "照片还没有传完。请保持联网，传完后自动登记。"


class NotProcessed(Held):
    detail = "已收到原文，系统暂时没能处理，会自动重试。多次不成的会转给管理人员；您不必重新填写。"


class PhotoUnusable(Invalid):
    detail = "这张照片无法使用，走访等记录不受影响。需要时请重新拍摄后上传。"


class PhotoOfAnother(Conflict):
    detail = "这张照片登记在另一条记录下。请在手机上作为新的照片重新上传。"


class IdsDiffer(Invalid):
    detail = "内容中的编号与这一条的编号不同。请去掉内容中的编号，或改为相同。"


class MustWipe(Forbidden):
    """The phone was cut off: it hands in what it holds, is given nothing, and forgets what it was given."""

    detail = "这台手机已停用，不再下发任务。请先把未上传的记录提交完，随后清除本机数据；有疑问请联系民政专干。"


class NoPhone(Forbidden):
    detail = "只有已绑定的手机可以下载任务。请让民政专干发放激活码，在手机上绑定后重试。"
