"""What the rows of an import tell of care, as the register keeps it or as the file would change it."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from core import db
from recipients.care_told import CARE_WORDS, CONTACT_WORDS, CareTold, told_later
from recipients.queries.content import opened
from recipients.queries.register import SEEN
from recipients.queries.rows import care_words, contact_words

_TOLD = (
    "SELECT i.id AS row_id, i.row_number, i.content_sealed, r.id, r.area_id, r.district_id, r.name, r.self_care,"
    " 'minor' = ANY (r.categories) AS minor, r.support_mode, r.standing, r.ledger, r.contacts_sealed, r.visitor_name,"
    " r.visit_worker_id, v.name AS worker FROM import_row i JOIN recipient r ON r.id = i.recipient_id"
    f" LEFT JOIN account v ON v.id = r.visit_worker_id WHERE i.batch = $1 AND r.{SEEN}"
)


async def told_by(batch_id: UUID, *, hold: bool = False) -> list[CareTold]:
    """Of everybody a committed import has registered or brought up to date, in the workbook's order.

    `hold`: who changes who cares for somebody locks that somebody first; here in one order, whoever does it.
    """
    if hold:
        await db.execute(
            "SELECT FROM recipient WHERE id IN (SELECT recipient_id FROM import_row WHERE batch = $1)"
            f" AND {SEEN} ORDER BY id FOR NO KEY UPDATE",
            batch_id,
        )
    rows = await db.fetch(
        f"{_TOLD} AND i.status IN ('created', 'updated', 'unchanged') ORDER BY i.row_number", batch_id
    )
    return await asyncio.to_thread(lambda: [_told(row) for row in rows])


async def told_by_preview(batch_id: UUID, recipient_ids: Collection[UUID]) -> list[CareTold]:
    """What would be told of these people once the import were committed, in the workbook's order."""
    rows = await db.fetch(
        f"{_TOLD} AND i.status = 'ready' AND r.id = ANY ($2::uuid[]) ORDER BY i.row_number",
        batch_id,
        list(recipient_ids),
    )
    return await asyncio.to_thread(lambda: [_told_anew(row) for row in rows])


async def known_to(batch_id: UUID) -> list[UUID]:
    """Who was on the register before, of an import that waits to be committed."""
    rows = await db.fetch(
        f"SELECT recipient_id FROM import_row WHERE batch = $1 AND status = 'ready' AND {SEEN}"
        " AND recipient_id IS NOT NULL",
        batch_id,
    )
    return [row["recipient_id"] for row in rows]


def _told(row: Mapping[str, Any]) -> CareTold:
    words = care_words(row["ledger"])
    contacts: dict[str, Any] = {**contact_words(row)}
    return CareTold(
        number=row["row_number"],
        recipient_id=row["id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        name=row["name"],
        self_care=row["self_care"],
        minor=row["minor"],
        supported=row["support_mode"] == "dispersed" and row["standing"] in ("at_home", "in_hospital"),
        visitors=frozenset(name for name in (row["visitor_name"], row["worker"]) if name),
        visit_worker_id=row["visit_worker_id"],
        **{name: getattr(words, name) for name in CARE_WORDS},
        **contacts,
    )


def _told_anew(row: Mapping[str, Any]) -> CareTold:
    found = opened(row["content_sealed"], row["row_id"]).row
    assert found is not None  # a row without it was refused at the preview
    return told_later(_told(row), {name: getattr(found, name) for name in (*CARE_WORDS, *CONTACT_WORDS)})
