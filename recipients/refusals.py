"""What is true of the register that forbids an act."""

from uuid import UUID

from core.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, Refusal
from recipients import absence, standing


class RecipientNotFound(NotFound):
    """Not registered, or not in the caller's areas: one answer for both."""

    detail = "没有找到这名救助对象。请核对后从列表中重新选择。"


class StandingChangeNotFound(NotFound):
    detail = "没有找到这项状态变更。请返回列表重新选择。"


class AbsenceNotFound(NotFound):
    detail = "没有找到这项外出报备。请返回列表重新选择。"


class ImportNotFound(NotFound):
    detail = "没有找到这次导入。请重新上传台账文件。"


class ImportJudgedAnew(Conflict):
    detail = "同一文件刚刚被重新核对，行的结果可能有变。请刷新预览，确认后再提交。"


class ImportNotCommitted(Conflict):
    detail = "这份台账还没有入册。请先确认入册，再转入照料协议。"


class RegisteredHere(Conflict):
    """The ID number is on the register, within the caller's own areas."""

    def __init__(self, detail: str, *, field: str | None = None, recipient_id: UUID) -> None:
        super().__init__(detail, field=field)
        self.recipient_id = recipient_id


class RegisteredElsewhere(Conflict):
    """The same words for every other place: nothing of the record there is told."""

    detail = "已在其他地区登记，请申请转入。"


class RecipientChanged(PreconditionFailed):
    """Somebody changed the record since it was read. `changed` are the names of fields, never their values."""

    def __init__(self, detail: str, *, changed: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.changed = changed


class SecondPersonNeeded(Forbidden):
    """The one who proposed cannot be the one who confirms."""


class MinorProtected(Forbidden):
    detail = "未成年人的身份信息须由乡镇(街道)负责人或区民政局查看。请联系他们代为查看。"


class StandingNotAllowed(Conflict):
    """No such change from the standing as it is now."""


class ChangeAlreadyPending(Conflict):
    """One proposal at a time waits for its second person."""


class ChangeAlreadySettled(Conflict):
    """Confirmed, rejected or undone before."""


class ChangeOvertaken(Conflict):
    """The standing is no longer the one that was judged."""


class AbsenceAlreadyConfirmed(Conflict):
    """Somebody else confirmed it before."""


class AbsenceAlreadyOver(Conflict):
    """It has run out or was ended."""


_STANDING: dict[standing.Why, tuple[type[Refusal], str | None]] = {
    "no-reason": (Invalid, "/reason"),
    "in-future": (Invalid, "/happened_on"),
    "too-far-back": (Invalid, "/happened_on"),
    "not-allowed": (StandingNotAllowed, "/standing"),
    "already-pending": (ChangeAlreadyPending, None),
    "same-person": (SecondPersonNeeded, None),
    "already-settled": (ChangeAlreadySettled, None),
    "overtaken": (ChangeOvertaken, None),
    "not-latest": (ChangeOvertaken, None),
}
_ABSENCE: dict[absence.Why, tuple[type[Refusal], str | None]] = {
    "no-end": (Invalid, "/ends_at"),
    "too-long": (Invalid, "/ends_at"),
    "too-far-back": (Invalid, "/starts_at"),
    "no-contact": (Invalid, "/how"),
    "same-person": (SecondPersonNeeded, None),
    "already-confirmed": (AbsenceAlreadyConfirmed, None),
    "already-over": (AbsenceAlreadyOver, None),
}


def refusal(refused: standing.Refused | absence.Refused) -> Refusal:
    """The refusal to raise for what a rule refused."""
    kind, field = _STANDING[refused.why] if isinstance(refused, standing.Refused) else _ABSENCE[refused.why]
    return kind(refused.detail, field=field)
