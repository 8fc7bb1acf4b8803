"""Steps over hazards and orders, each a real action by somebody who may take it, or may not."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from caregivers.rectification import actions
from caregivers.rectification.actions import NewAnswer, NewItem, PersonsHazard
from caregivers.rectification.order import AnswerKind
from caregivers.rectification.result import ItemResult, Result
from core import db
from core.ids import new_id
from core.scope import JOBS
from tests.machines import cover, jobs
from tests.machines.world import DAY, HOUR, World

_UNDER_WAY = "('issued', 'accepted', 'refused', 'in_progress', 'submitted', 'overdue')"


async def find(world: World, home: int, severity: str, duty: bool, removed: bool) -> UUID:
    """A hazard somebody found; by a duty missed, late evidence may take it away again."""
    new = PersonsHazard(
        id=new_id(),
        recipient_id=world.homes[home],
        source="missed_duty" if duty else "inspection",
        source_id=new_id() if duty else None,
        severity=severity,
        block="safety",
        what="灶台旁堆放柴草",
        found_at=world.now,
        removed_now=removed,
    )
    return await actions.record_hazard(new, by=world.cast.worker, now=world.now)


async def order(world: World, home: int, by: int) -> UUID:
    """An order about everything open there that no order is about; about a new hazard where there is nothing.

    Where nobody cares by agreement, somebody signs one first.
    """
    if not await world.rows(_IN_FORCE, world.homes[home]):
        await cover.sign_anew(world, home, by + 2, 0, False, 12)
    found = [row["id"] for row in await world.rows(_FREE_HAZARDS, world.homes[home])]
    return await _issue(world, found or [await find(world, home, "serious", True, False)], by)


async def _issue(world: World, hazards: Sequence[UUID], by: int) -> UUID:
    items = [NewItem(hazard_id=one, must_be="柴草移出灶间", duty="保障居住安全") for one in hazards]
    return await actions.issue(new_id(), items, evidence="照片", by=world.clerk(by), now=world.now)


async def fail(world: World, home: int, late: bool, stated: bool) -> None:
    """An order that fails at the door or by its deadline, with or without a statement nobody has heard yet."""
    await find(world, home, "serious", True, False)
    order_id = await order(world, home, 0)
    if stated:
        await _answer(world, await _order(world, order_id), "statement", early=False)
    if late:
        world.forward(5 * DAY)
        await jobs.orders(world)
        return
    await _answer(world, await _order(world, order_id), "done", early=False)
    await jobs.orders(world)
    world.forward(HOUR)
    await _look(world, await _order(world, order_id), passed=False)


async def answer(world: World, home: int, which: int, kind: AnswerKind, early: bool) -> None:
    """`early`: given an hour after the order was issued, and arriving only now."""
    await _answer(world, await _any_order(world, home, which), kind, early=early)


async def _answer(world: World, about: asyncpg.Record, kind: AnswerKind, *, early: bool) -> None:
    made_at = min(about["issued_at"] + HOUR, world.now) if early else world.now
    new = NewAnswer(id=new_id(), kind=kind, text="当天住院，有病历", made_at=made_at)
    await actions.answer(about["id"], new, by=world.of(about["caregiver_id"]).account, now=world.now)


async def strangers_answer(world: World, home: int, which: int) -> None:
    """Another caregiver finds no order."""
    about = await _any_order(world, home, which)
    stranger = next(one for one in world.carers if one.id != about["caregiver_id"])
    new = NewAnswer(id=new_id(), kind="done", text="已清理", made_at=world.now)
    await actions.answer(about["id"], new, by=stranger.account, now=world.now)


async def hear(world: World, home: int, which: int, upheld: bool, by: int) -> None:
    row = await world.one(which, _STATEMENTS, world.homes[home])
    await actions.hear_statement(
        row["order_id"], row["id"], upheld=upheld, reason="核对病历", by=world.clerk(by), now=world.now
    )


async def ask_extension(world: World, home: int, which: int, hours: int) -> None:
    about = await world.one(which, _ORDERS.format(_UNDER_WAY), world.homes[home])
    by = world.of(about["caregiver_id"]).account
    until = about["deadline_at"] + timedelta(hours=hours)
    await actions.ask_extension(about["id"], until=until, reason="材料未到", by=by, now=world.now)


async def decide_extension(world: World, home: int, which: int, granted: bool, by: int) -> None:
    about = await world.one(which, _ASKED, world.homes[home])
    await actions.decide_extension(about["id"], granted=granted, by=world.clerk(by), now=world.now)


async def verify(world: World, home: int, which: int, passed: bool, by: int) -> None:
    """By the worker, or by a clerk who may have issued it."""
    about = await world.one(which, _TO_VERIFY, world.homes[home])
    await _look(world, about, passed=passed, by=by)


async def _look(world: World, about: asyncpg.Record, *, passed: bool, by: int = 0) -> None:
    planned = await world.one(0, "SELECT id FROM verification WHERE order_id = $1 AND status = 'planned'", about["id"])
    items = await world.rows(
        "SELECT id FROM order_item WHERE order_id = $1 AND status = 'open' ORDER BY id", about["id"]
    )
    result = Result(
        id=new_id(),
        made_at=world.now,
        person_seen=True,
        items=[ItemResult(item=one["id"], passed=passed, note="" if passed else "柴草仍在") for one in items],
    )
    who = (world.cast.worker, world.cast.worker, world.cast.specialist)[by % 3]
    await actions.log_verification(planned["id"], result, by=who, now=world.now)


async def withdraw(world: World, home: int, which: int) -> None:
    about = await world.one(which, _ORDERS.format(_UNDER_WAY), world.homes[home])
    await actions.withdraw(about["id"], reason="下达有误", by=world.cast.specialist, now=world.now)


async def close(world: World, home: int, which: int) -> None:
    about = await world.one(which, _ORDERS.format("('failed', 'overdue', 'passed')"), world.homes[home])
    await actions.close(about["id"], reason="另行处理", by=world.cast.specialist, now=world.now)


async def close_hazard(world: World, home: int, which: int, mistaken: bool) -> None:
    row = await world.one(
        which, "SELECT id FROM hazard WHERE recipient_id = $1 AND status = 'open' ORDER BY id", world.homes[home]
    )
    ending = "mistaken" if mistaken else "removed"
    await actions.close_hazard(row["id"], ending=ending, evidence="现场查看", by=world.second, now=world.now)  # type: ignore[arg-type]


async def late_evidence(world: World, home: int, which: int, by_jobs: bool) -> None:
    """The duty was done after all: whatever rested on its being missed falls."""
    row = await world.one(which, _DUTIES, world.homes[home])
    by = None if by_jobs else world.cast.worker
    async with db.transaction(JOBS if by is None else by.scope):
        await actions.withdraw_for(
            "missed_duty",
            [row["source_id"]],
            reason="late_evidence",
            evidence={"report": str(new_id())},
            by=by.id if by else None,
            now=world.now,
        )


async def _order(world: World, order_id: UUID) -> asyncpg.Record:
    return await world.one(0, "SELECT * FROM rectification_order WHERE id = $1", order_id)


async def _any_order(world: World, home: int, which: int) -> asyncpg.Record:
    """Most often the last one; they are answered also after they ended."""
    return await world.one(
        which,
        "SELECT * FROM rectification_order WHERE recipient_id = $1 ORDER BY serial DESC LIMIT 3",
        world.homes[home],
    )


_ORDERS = "SELECT * FROM rectification_order WHERE recipient_id = $1 AND status IN {} ORDER BY serial DESC"
_ASKED = (
    "SELECT id FROM rectification_order WHERE recipient_id = $1 AND extension_asked_by IS NOT NULL"
    " AND extension_granted IS NULL ORDER BY serial DESC"
)
_TO_VERIFY = (
    "SELECT o.* FROM rectification_order o JOIN verification v ON v.order_id = o.id AND v.status = 'planned'"
    " WHERE o.recipient_id = $1 ORDER BY o.serial DESC"
)
_STATEMENTS = (
    "SELECT a.id, a.order_id FROM order_answer a JOIN rectification_order o ON o.id = a.order_id"
    " WHERE o.recipient_id = $1 AND a.kind = 'statement' AND a.heard_at IS NULL ORDER BY a.id"
)
_IN_FORCE = "SELECT id FROM agreement WHERE recipient_id = $1 AND status IN ('active', 'suspended')"
_FREE_HAZARDS = (
    "SELECT h.id FROM hazard h WHERE h.recipient_id = $1 AND h.status = 'open' AND NOT EXISTS ("
    " SELECT FROM order_item i WHERE i.hazard_id = h.id AND i.status = 'open')"
    " AND (h.agreement_id IS NULL OR h.agreement_id = (SELECT a.id FROM agreement a WHERE a.recipient_id = $1"
    " AND a.status IN ('active', 'suspended') ORDER BY a.status LIMIT 1)) ORDER BY h.id"
)
_DUTIES = (
    "SELECT source_id FROM hazard WHERE recipient_id = $1 AND source = 'missed_duty' AND status <> 'withdrawn'"
    " ORDER BY id DESC LIMIT 4"
)
