"""Caregivers put on record as a clerk does it, and what becomes of them, for stories about them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from accounts.permissions import Account
from accounts.policy import Policy
from caregivers.people import actions, queries
from caregivers.people.suitability import unsuitable
from core import db
from tests.caring import TODAY
from tests.cast import Cast
from tests.ledger_files import id_number

NUMBER = id_number(7, born_on=date(1970, 1, 1))


async def registered(cast: Cast, by: Account | None = None, **more: Any) -> UUID:
    told = {"area_id": cast.village, "name": "张秀英", "id_number": NUMBER, "phone": "13812345678"} | more
    return (await actions.register(told, by=by or cast.specialist, now=cast.now)).id


async def journal(cast: Cast, subject_id: UUID) -> list[str]:
    rows = await cast.owner.fetch("SELECT kind FROM journal WHERE subject_id = $1 ORDER BY id", subject_id)
    return [row["kind"] for row in rows]


async def checked(cast: Cast, one: UUID, **told: Any) -> UUID:
    known: dict[str, Any] = {
        "kind": "criminal_record",
        "clear": True,
        "found": None,
        "document_number": "津公查〔2026〕15号",
        "checked_on": TODAY,
        "expires_on": None,
    }
    return await actions.record_check(one, **(known | told), by=cast.specialist, now=cast.now)


async def codes(cast: Cast, one: UUID, recipient: UUID, by: Account | None = None) -> list[str]:
    async with db.transaction((by or cast.specialist).scope):
        facts = await queries.suitability_facts(one, recipient, on=TODAY)
    assert facts is not None
    return [found.code for found in unsuitable(facts, Policy.default().caregivers, TODAY)]


async def related(cast: Cast, one: UUID, account: Account, by: Account | None = None) -> UUID:
    declared = await actions.declare_relation(
        one, account.id, kind="sibling", note="", by=by or cast.specialist, now=cast.now
    )
    return declared.id


async def plan(cast: Cast, recipient: UUID) -> None:
    await cast.owner.execute(
        "INSERT INTO visit_plan (id, recipient_id, area_id, district_id, risk, every, opens_before, grace, worker_id,"
        " anchor_at, started_at) VALUES ($1, $2, $3, $4, 'general', $5, $5, $5, $6, $7, $7)",
        uuid4(),
        recipient,
        cast.village,
        cast.district_area,
        timedelta(days=30),
        cast.worker.id,
        cast.now,
    )


async def end(cast: Cast, agreement_id: UUID) -> None:
    async with cast.owner.transaction():
        await cast.owner.execute("SET LOCAL session_replication_role = replica")  # how it ends is not the matter
        await cast.owner.execute(
            "UPDATE agreement SET status = 'ended', ended_at = $2, ended_on = $3, ended_reason = 'mutual'"
            " WHERE id = $1",
            agreement_id,
            cast.now,
            TODAY,
        )
