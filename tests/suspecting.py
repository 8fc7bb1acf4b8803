"""What stories about suspected abuse need: somebody cared for, people near to the caregiver, a concern, its case."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import climb
from caregivers.abuse import actions
from core import db
from core.ids import new_id
from core.scope import Scope
from tests.caring import agreement, insert, linked_caregiver
from tests.cast import NOW, Cast

CANARY = "金丝雀：背上有新旧不一的伤痕"


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Somebody cared for under an agreement, and the caregiver with an account of their own."""

    recipient: UUID
    agreement: UUID
    caregiver: UUID
    caregiver_account: Account


async def home(cast: Cast, **columns: Any) -> Home:
    """In the worker's village; `columns` are the recipient's."""
    recipient = await cast.recipient(**columns)
    caregiver_id, account = await linked_caregiver(cast)
    agreement_id = await agreement(cast, recipient, caregiver_id)
    return Home(recipient=recipient, agreement=agreement_id, caregiver=caregiver_id, caregiver_account=account)


async def colleague(cast: Cast, like: Account, *, on_duty: str | None = None) -> Account:
    """Another account of the same post and areas; `on_duty` there, after whoever holds it already."""
    account_id = new_id()
    row = {
        "id": account_id,
        "login": f"colleague-{account_id.hex[-12:]}",
        "name": "同事",
        "role": like.role,
        "district_id": like.district_id,
        "created_at": NOW - timedelta(days=60),
    }
    await insert(cast.owner, "account", row)
    for area in like.area_ids:
        await insert(cast.owner, "account_area", {"id": new_id(), "account": account_id, "area": area})
        if on_duty:
            duty = {"id": new_id(), "area": area, "duty": on_duty, "account": account_id, "position": 1}
            await insert(cast.owner, "duty", duty | {"starts_at": NOW - timedelta(days=60)})
    return replace(like, id=account_id, session_id=new_id(), device_id=None)


async def related(cast: Cast, account: Account, caregiver_id: UUID, **columns: Any) -> UUID:
    """A tie between an account and the caregiver; its id."""
    row: dict[str, Any] = {
        "id": new_id(),
        "caregiver_id": caregiver_id,
        "area_id": cast.village,
        "account_id": account.id,
        "kind": "sibling",
        "note": "",
        "declared_by": cast.district.id,
        "declared_at": NOW - timedelta(days=30),
    } | columns
    await insert(cast.owner, "relation", row)
    return UUID(str(row["id"]))


async def concern(cast: Cast, recipient: UUID, *, by: Account | None = None, what: str = CANARY, **said: Any) -> UUID:
    """Somebody says what they noticed; the id they gave it."""
    concern_id: UUID = said.pop("concern_id", None) or new_id()
    known = {"noticed_at": cast.now, "now": cast.now} | said
    await actions.report_concern(recipient, concern_id=concern_id, what=what, by=by or cast.worker, **known)
    return concern_id


async def suspected(cast: Cast, recipient: UUID, *, by: Account | None = None, what: str = CANARY) -> UUID:
    """A concern by the worker, and what the night shift makes of it; the id of the case."""
    await concern(cast, recipient, by=by, what=what)
    await actions.open_cases(now=cast.now)
    return await case_of(cast, recipient)


async def case_of(cast: Cast, recipient: UUID) -> UUID:
    found = await cast.owner.fetchval(
        "SELECT id FROM abuse_case WHERE recipient_id = $1 ORDER BY opened_at DESC LIMIT 1", recipient
    )
    assert found, "no case was opened"
    return UUID(str(found))


async def alert_of(cast: Cast, case_id: UUID) -> UUID:
    found = await cast.owner.fetchval(
        "SELECT id FROM alert WHERE subject_id = $1 AND kind = 'abuse_suspected' ORDER BY opened_at, id LIMIT 1",
        case_id,
    )
    assert found, "no alert was opened"
    return UUID(str(found))


async def told(cast: Cast, alert_id: UUID) -> set[UUID]:
    """Everybody who has a notice of the alert."""
    rows = await cast.owner.fetch("SELECT DISTINCT account_id FROM notice WHERE alert_id = $1", alert_id)
    return {row["account_id"] for row in rows}


async def climb_to_the_top(cast: Cast, *, steps: int = 6) -> None:
    """Let every ladder fire all its rungs, some time after each other."""
    for step in range(steps):
        await climb(now=cast.now + timedelta(hours=step))


async def seen(account: Account, sql: str, *values: object) -> list[Any]:
    """What somebody sees by a statement of their own, in the application's role."""
    async with db.transaction(Scope(account_id=account.id, area_ids=account.scope.area_ids)):
        return await db.fetch(sql, *values)
