"""The bar list as stored: whoever sees the whole district reads it, a township only adds to it by a case's decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.people.bars import Bar
from caregivers.people.queries.rows import id_index
from core import db, vault


async def add_bar(bar: Bar, *, compared: str | None) -> None:
    """Put somebody on the list. `compared` is their ID number, where it is known."""
    await db.execute(
        "INSERT INTO bar (id, district_id, caregiver_id, id_index, name_sealed, reason, ground_sealed, case_id,"
        " from_on, until_on, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        bar.id,
        bar.district_id,
        bar.caregiver_id,
        id_index(compared) if compared else None,
        _sealed("name", bar.name, bar.id),
        bar.reason,
        _sealed("ground", bar.ground, bar.id),
        bar.case_id,
        bar.from_on,
        bar.until_on,
        bar.created_by,
        bar.created_at,
    )


async def bar_of(bar_id: UUID) -> Bar | None:
    """One line, in plain text; None for whoever does not see the whole district."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM bar WHERE id = $1", bar_id)
    return next((_bar(row) for row in rows), None)


async def bar_list(*, after: UUID | None, limit: int) -> list[Bar]:
    """Every line ever written, lifted and expired ones too, in the order they were made."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM bar WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2", after, limit
    )
    return [_bar(row) for row in rows]


async def bars_by_number(compared: str) -> list[Bar]:
    """Every line about somebody with this ID number, told by the number or by a caregiver who bears it by now."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM bar WHERE id_index = $1"
        " OR caregiver_id IN (SELECT c.id FROM caregiver c WHERE c.id_index = $1) ORDER BY id",
        id_index(compared),
    )
    return [_bar(row) for row in rows]


async def lift_bar(bar_id: UUID, *, by: UUID, at: datetime, reason: str) -> bool:
    """False where it was lifted before."""
    count = await db.execute(
        "UPDATE bar SET lifted_by = $2, lifted_at = $3, lift_reason_sealed = $4 WHERE id = $1 AND lifted_at IS NULL",
        bar_id,
        by,
        at,
        _sealed("lift_reason", reason, bar_id),
    )
    return count == 1


_PLAIN = (
    "id",
    "district_id",
    "caregiver_id",
    "reason",
    "case_id",
    "from_on",
    "until_on",
    "created_by",
    "created_at",
    "lifted_by",
    "lifted_at",
)
_COLUMNS = ", ".join((*_PLAIN, "id_index IS NOT NULL AS by_number", "name_sealed, ground_sealed, lift_reason_sealed"))


def _bar(row: Mapping[str, Any]) -> Bar:
    return Bar(
        **{name: row[name] for name in _PLAIN},
        by_number=row["by_number"],
        name=_open("name", row) or "",
        ground=_open("ground", row) or "",
        lift_reason=_open("lift_reason", row),
    )


def _sealed(name: str, plain: str, bar_id: UUID) -> bytes:
    return vault.seal(plain, f"bar.{name}_sealed:{bar_id}")


def _open(name: str, row: Mapping[str, Any]) -> str | None:
    sealed = row[f"{name}_sealed"]
    return None if sealed is None else vault.open_sealed(sealed, f"bar.{name}_sealed:{row['id']}")
