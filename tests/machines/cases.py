"""Steps over replacement cases and suspected abuse: proposed, heard, decided, handed over, looked at again."""

import asyncpg

from caregivers.abuse import actions as abuse
from caregivers.replacement import actions
from caregivers.replacement.case import Decision
from caregivers.replacement.deciding import Will
from caregivers.replacement.handover import ITEMS, Recorded
from core.ids import new_id
from tests.machines.cover import care
from tests.machines.world import DAY, World
from tests.replacing import heard


async def propose(world: World, home: int, by: int) -> None:
    row = await world.one(0, _IN_FORCE, world.homes[home])
    await actions.propose(row["id"], reason="多次提醒无效", by=world.clerk(by), now=world.now)


async def drop(world: World, home: int, which: int) -> None:
    case = await _case(world, home, which, "status IN ('proposed', 'heard')")
    await actions.withdraw(case["id"], reason="情况好转", by=world.cast.specialist, now=world.now)


async def tell(world: World, home: int, which: int, days: int) -> None:
    case = await _case(world, home, which, "status IN ('proposed', 'heard')")
    at = world.now + days * DAY
    await actions.tell_caregiver(case["id"], hearing_at=at, how="notice", by=world.cast.specialist, now=world.now)


async def hear(world: World, home: int, which: int, came: bool) -> None:
    """The caregiver came, or stayed away."""
    case = await _case(world, home, which, "status IN ('proposed', 'heard')")
    await _hear(world, case, came=came)


async def _hear(world: World, case: asyncpg.Record, *, came: bool) -> None:
    said = heard(world.now) if came else heard(world.now, "recipient", "village", caregiver_said="")
    await actions.hear(case["id"], said, by=world.cast.specialist, now=world.now)


async def decide(world: World, home: int, which: int, decision: Decision, cared: bool, by: int) -> None:
    """By the head or the deputy, with temporary care named or not; heard or not, as it comes."""
    case = await _case(world, home, which, "status IN ('proposed', 'heard')")
    await _decide(world, case, decision, cared=cared, by=by)


async def hear_and_decide(world: World, home: int, which: int, decision: Decision, cared: bool, by: int) -> None:
    case = await _case(world, home, which, "status IN ('proposed', 'heard')")
    await _hear(world, case, came=True)
    await _decide(world, case, decision, cared=cared, by=by)


async def _decide(world: World, case: asyncpg.Record, decision: Decision, *, cared: bool, by: int) -> None:
    await actions.decide(
        case["id"],
        decision=decision,
        reason="两次整改仍有严重隐患。",
        will=Will(by="self", stated="愿意去敬老院") if decision == "transfer_to_collective" else None,
        care=care(world) if cared else None,
        by=world.decider(by),
        now=world.now,
    )


async def strangers_decision(world: World, home: int, which: int, who: int) -> None:
    """Neither the visitor, nor a clerk, nor the next township's head, nor the caregiver decides."""
    case = await _case(world, home, which, "status IN ('proposed', 'heard')")
    cast, carer = world.cast, world.of(case["caregiver_id"]).account
    by = (cast.worker, cast.specialist, cast.foreign_leader, carer, cast.district)[who % 5]
    await actions.decide(case["id"], decision="replace", reason="应予撤换", care=care(world), by=by, now=world.now)


async def link_successor(world: World, home: int, which: int) -> None:
    case = await _case(world, home, which, "status IN ('decided', 'temporary_care')")
    row = await world.one(0, _IN_FORCE, world.homes[home])
    await actions.link_successor(case["id"], row["id"], by=world.cast.specialist, now=world.now)


async def hand_over(world: World, home: int, which: int, items: int) -> None:
    """So many of the seven items."""
    case = await _case(world, home, which, "status IN ('decided', 'temporary_care', 'successor_signed')")
    agreement = await world.one(0, "SELECT ended_on FROM agreement WHERE id = $1", case["agreement_id"])
    for item in ITEMS[-items:]:
        fee = {"settled_until": agreement["ended_on"], "settled_yuan": 0} if item == "fee_settled" else {}
        recorded = Recorded(item=item, done=True, **fee)
        await actions.record_handover(case["id"], recorded, by=world.cast.specialist, now=world.now)


async def close(world: World, home: int, which: int) -> None:
    case = await _case(world, home, which, "status NOT IN ('closed', 'withdrawn')")
    await actions.close(case["id"], by=world.cast.specialist, now=world.now)


async def let_keep_stand(world: World, home: int, which: int) -> None:
    case = await _case(world, home, which, "status = 'decided' AND decision = 'keep_with_reason'")
    await actions.acknowledge_keep(case["id"], by=world.cast.district, now=world.now)


async def order_review(world: World, home: int, which: int) -> None:
    case = await _case(world, home, which, "status = 'decided' AND decision = 'keep_with_reason'")
    await actions.order_review(case["id"], reason="理由不足", by=world.cast.district, now=world.now)


async def review_flag(world: World, home: int, which: int) -> None:
    case = await _case(world, home, which, "flagged_at IS NOT NULL")
    await actions.review_flag(case["id"], note="维持原决定", by=world.cast.leader, now=world.now)


async def suspect(world: World, home: int, by: int) -> None:
    who = (world.cast.worker, world.cast.specialist)[by % 2]
    await abuse.report_concern(
        world.homes[home], concern_id=new_id(), what="背上有伤痕", noticed_at=world.now, by=who, now=world.now
    )


async def close_suspicion(world: World, home: int, which: int, founded: bool) -> None:
    row = await world.one(
        which,
        "SELECT id FROM abuse_case WHERE recipient_id = $1 AND status = 'open' ORDER BY opened_at, id",
        world.homes[home],
    )
    finding = "substantiated" if founded else "unfounded"
    await abuse.close_case(row["id"], finding=finding, found="走访核实", by=world.cast.district, now=world.now)  # type: ignore[arg-type]


async def _case(world: World, home: int, which: int, where: str) -> asyncpg.Record:
    sql = f"SELECT * FROM replacement_case WHERE recipient_id = $1 AND {where} ORDER BY proposed_at DESC, id DESC"
    return await world.one(which, sql, world.homes[home])


_IN_FORCE = "SELECT id FROM agreement WHERE recipient_id = $1 AND status IN ('active', 'suspended') ORDER BY status, id"
