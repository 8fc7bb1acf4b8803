"""The people around alerts: named owners with leave and cover, and who is told when nobody else is there."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from accounts.duty import Answer, Assignment, Duty, Holder, Leave, Roster, who_answers
from core import db

_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


async def answering_for(account_ids: Collection[UUID], at: datetime) -> dict[UUID, tuple[Answer, ...]]:
    """Who answers in the place of each account at a moment: itself, the cover while on leave, nobody once ended.

    Asked of the rule of duty: each account holds a duty of its own, numbered by its place in the list.
    """
    accounts = list(account_ids)
    if not accounts:
        return {}
    leaves = await _leaves(accounts)
    involved = set(accounts) | {leave.cover_id for leave in leaves if leave.cover_id}
    own = tuple(
        Assignment(account_id=account_id, duty=Duty.VILLAGE, area_id=number, position=0, starts_at=_ALWAYS)
        for number, account_id in enumerate(accounts)
    )
    roster = Roster(assignments=own, leaves=leaves, holders=await _holders(involved))
    return {account_id: who_answers(Duty.VILLAGE, (number,), roster, at) for number, account_id in enumerate(accounts)}


async def _leaves(account_ids: Sequence[UUID]) -> tuple[Leave, ...]:
    rows = await db.fetch(
        "WITH RECURSIVE involved (account) AS ("
        " SELECT unnest($1::uuid[])"
        " UNION SELECT l.cover FROM leave l JOIN involved i ON i.account = l.account"
        " WHERE l.cancelled_at IS NULL AND l.cover IS NOT NULL)"
        " SELECT l.account, l.starts_at, l.ends_at, l.cover FROM leave l JOIN involved i ON i.account = l.account"
        " WHERE l.cancelled_at IS NULL",
        account_ids,
    )
    return tuple(
        Leave(account_id=row["account"], starts_at=row["starts_at"], ends_at=row["ends_at"], cover_id=row["cover"])
        for row in rows
    )


async def _holders(account_ids: Collection[UUID]) -> tuple[Holder, ...]:
    rows = await db.fetch("SELECT id, ended_at FROM account WHERE id = ANY ($1::uuid[])", list(account_ids))
    return tuple(Holder(account_id=row["id"], ended_at=row["ended_at"]) for row in rows)


async def fallback_of(district_ids: Collection[int]) -> dict[int, tuple[UUID, ...]]:
    """Every active account of a district's own office, by district: told when its last rung is empty."""
    rows = await db.fetch(
        "SELECT id, district_id FROM account WHERE status = 'active' AND role IN ('district', 'administrator')"
        " AND district_id = ANY ($1::int[]) ORDER BY role DESC, id",
        list(district_ids),
    )
    found: dict[int, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["district_id"]].append(row["id"])
    return {district_id: tuple(accounts) for district_id, accounts in found.items()}


async def handlers_of(district_ids: Collection[int], roles: Collection[str]) -> frozenset[UUID]:
    """Every active account of these districts with one of these roles."""
    rows = await db.fetch(
        "SELECT id FROM account WHERE status = 'active' AND role = ANY ($2::text[]) AND district_id = ANY ($1::int[])",
        list(district_ids),
        list(roles),
    )
    return frozenset(row["id"] for row in rows)


async def administrators() -> list[UUID]:
    """Every active administrator, of all districts."""
    rows = await db.fetch("SELECT id FROM account WHERE status = 'active' AND role = 'administrator' ORDER BY id")
    return [row["id"] for row in rows]


async def keepers_of_heads() -> list[UUID]:
    """Every active auditor and administrator: who keeps what proves the journal, outside the database."""
    rows = await db.fetch(
        "SELECT id FROM account WHERE status = 'active' AND role IN ('auditor', 'administrator') ORDER BY id"
    )
    return [row["id"] for row in rows]


async def may_own(account_id: UUID, area_id: int) -> bool:
    """Whether this account is active, answers alerts, and one of its areas holds this one (see `answers_in`)."""
    return bool(await db.fetch_value("SELECT answers_in($1, $2)", account_id, area_id))
