"""What stories about failing care need: hazards, orders, answers, verifications, cases, assessments, by the owner."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from core.ids import new_id
from tests.caring import agreement, insert
from tests.cast import NOW, Cast

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def covered(cast: Cast, **columns: Any) -> tuple[UUID, UUID]:
    """A recipient and the agreement that covers them."""
    recipient = await cast.recipient(area_id=columns.get("area_id"))
    return recipient, await agreement(cast, recipient, **columns)


async def hazard(cast: Cast, **columns: Any) -> UUID:
    recipient = columns.pop("recipient_id", None) or await cast.recipient(area_id=columns.get("area_id"))
    row = {
        "id": new_id(),
        "recipient_id": recipient,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "source": "inspection",
        "severity": "serious",
        "block": "safety",
        "what": "灶台旁堆放柴草",
        "found_at": NOW - HOUR,
        "recorded_at": NOW - HOUR,
        "attend_by": NOW + 20 * HOUR,
    } | columns
    await insert(cast.owner, "hazard", row)
    return UUID(str(row["id"]))


async def _about(cast: Cast, columns: dict[str, Any]) -> dict[str, Any]:
    """Whose it is: the agreement named, or one made for it."""
    agreement_id = columns.pop("agreement_id", None) or (await covered(cast, **columns.pop("of", {})))[1]
    row = await cast.owner.fetchrow("SELECT * FROM agreement WHERE id = $1", agreement_id)
    names = ("recipient_id", "caregiver_id", "area_id", "district_id")
    return {"id": new_id(), "agreement_id": agreement_id, **{name: row[name] for name in names}}


async def order(cast: Cast, **columns: Any) -> UUID:
    serial = await cast.owner.fetchval("SELECT count(*)::int FROM rectification_order") + 1
    row = (
        await _about(cast, columns)
        | {
            "year": 2026,
            "serial": serial,
            "number": f"津宁整〔2026〕{serial}号",
            "severity": "serious",
            "issued_by": cast.specialist.id,
            "issued_at": NOW - 2 * DAY,
            "told_at": NOW - 2 * DAY,
            "deadline_at": NOW + 20 * HOUR,
            "first_deadline_at": NOW + 20 * HOUR,
            "statement_until": NOW + DAY,
        }
        | columns
    )
    await insert(cast.owner, "rectification_order", row)
    return UUID(str(row["id"]))


async def verification(cast: Cast, order_id: UUID, **columns: Any) -> UUID:
    row = {
        "id": new_id(),
        "order_id": order_id,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "verifier_id": cast.worker.id,
        "planned_at": NOW - HOUR,
        "due_at": NOW + 30 * HOUR,
    } | columns
    await insert(cast.owner, "verification", row)
    return UUID(str(row["id"]))


async def statement(cast: Cast, order_id: UUID, **columns: Any) -> UUID:
    row = {
        "id": new_id(),
        "order_id": order_id,
        "area_id": cast.village,
        "kind": "statement",
        "text": "当天住院",
        "by_account_id": cast.worker.id,
        "made_at": NOW - HOUR,
        "logged_at": NOW - HOUR,
        "hear_by": NOW + 10 * HOUR,
        "sha256": b"",
    } | columns
    await insert(cast.owner, "order_answer", row)
    return UUID(str(row["id"]))


async def case(cast: Cast, **columns: Any) -> UUID:
    row = (
        await _about(cast, columns)
        | {
            "mandatory": True,
            "ground": "failed_cycles",
            "proposed_at": NOW - DAY,
            "decide_by": NOW + 2 * DAY,
        }
        | columns
    )
    if "told_at" in columns:
        row |= {"told_by": cast.specialist.id, "told_how": "paper", "hearing_at": NOW}
    await insert(cast.owner, "replacement_case", row)
    return UUID(str(row["id"]))


async def assessment(cast: Cast, **columns: Any) -> UUID:
    row = (
        await _about(cast, columns)
        | {
            "period_from": date(2025, 12, 1),
            "period_to": date(2026, 2, 28),
            "opened_at": NOW - DAY,
            "due_at": NOW + 13 * DAY,
        }
        | columns
    )
    await insert(cast.owner, "assessment", row)
    return UUID(str(row["id"]))
