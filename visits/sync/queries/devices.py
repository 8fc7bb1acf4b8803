"""What is known of a phone's own book-keeping; its row is held for the length of a push."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from core import db
from visits.sync.clock import PhoneClock
from visits.sync.numbers import Numbers
from visits.sync.queries.inbox import clock_of

NO_EPOCH = UUID(int=0)
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = "(SELECT e.id FROM server_epoch e ORDER BY e.since DESC, e.id DESC LIMIT 1) AS epoch"
_HOLD = f"SELECT s.*, {_EPOCH} FROM device_state s WHERE s.id = $1 FOR UPDATE OF s"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A phone as its last push left it. `id`: None where somebody sends without one; nothing is kept of those.

    `installed_at`: since when this installation of the app sends; None while it is the first one known.
    """

    id: UUID | None
    installation_id: UUID | None = None
    installed_at: datetime | None = None
    numbers: Numbers = field(default_factory=Numbers)
    clock: PhoneClock | None = None
    unsent: int = 0
    oldest_unsent_at: datetime | None = None


async def hold_phone(device_id: UUID | None, account_id: UUID) -> tuple[Phone, UUID]:
    """Lock a phone's book-keeping, begun if it is new: one push of a phone at a time. With the server's epoch."""
    if device_id is None:
        return Phone(id=None), await db.fetch_value(f"SELECT {_EPOCH}") or NO_EPOCH
    held = await db.fetch_one(_HOLD, device_id)
    if held is None:
        await db.execute(
            "INSERT INTO device_state (id, account_id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            device_id,
            account_id,
        )
        held = await db.fetch_one(_HOLD, device_id)
    clock = clock_of(held["offset_ms"], held["offset_error_ms"], held["measured_at"])
    return Phone(
        id=device_id,
        installation_id=held["installation_id"],
        installed_at=held["installed_at"],
        numbers=Numbers(last=held["last_seq"], missing=tuple(held["missing"])),
        clock=clock if held["measured_at"] else None,
        unsent=held["unsent"],
        oldest_unsent_at=held["oldest_unsent_at"],
    ), held["epoch"] or NO_EPOCH


async def save_phone(phone: Phone, *, now: datetime) -> None:
    """Keep what a push has told of its phone."""
    clock = phone.clock
    await db.execute(
        "UPDATE device_state SET installation_id = $2, last_seq = $3, missing = $4, offset_ms = $5,"
        " offset_error_ms = $6, measured_at = $7, unsent = $8, oldest_unsent_at = $9, pushed_at = $10,"
        " installed_at = $11 WHERE id = $1",
        phone.id,
        phone.installation_id,
        phone.numbers.last,
        list(phone.numbers.missing),
        clock.offset // _MILLISECOND if clock else 0,
        clock.error // _MILLISECOND if clock else 0,
        clock.measured_at if clock else None,
        phone.unsent,
        phone.oldest_unsent_at,
        now,
        phone.installed_at,
    )
