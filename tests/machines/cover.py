"""Steps over who cares: agreements, temporary care, gaps, caregivers who die, people who are alive after all."""

from datetime import timedelta
from uuid import UUID

from caregivers.agreements import actions
from caregivers.agreements.cover import NewCare
from caregivers.agreements.drafting import Consent, Content, Item
from caregivers.agreements.signing import PARTIES, NewSignature
from caregivers.people import actions as people
from caregivers.people.months import months_after
from recipients import actions as register
from recipients.standing import Standing
from tests.machines.world import DAY, World

LEAVING: tuple[Standing, ...] = ("died", "moved_to_collective", "eligibility_ended")
_ITEMS = (Item(service="meals", times=2, per="day"), Item(service="cleaning", times=1, per="week"))


def care(world: World, *, days: int = 14, by: UUID | None = None) -> NewCare:
    """A neighbour of the village, or a registered caregiver, from now on."""
    said = {"kind": "caregiver", "caregiver_id": by} if by else {"kind": "village", "carer_name": "刘桂香"}
    phone = None if by else "13800138000"
    return NewCare(
        reason="照料人住院",
        starts_at=world.now,
        ends_by=world.now + days * DAY,
        carer_phone=phone,
        **said,
    )


async def suspend(world: World, home: int, cared: bool) -> None:
    row = await world.one(0, _OF.format("= 'active'"), world.homes[home])
    new = care(world) if cared else None
    await actions.suspend(row["id"], reason="配合调查", care=new, by=world.cast.leader, now=world.now)


async def resume(world: World, home: int) -> None:
    row = await world.one(0, _OF.format("= 'suspended'"), world.homes[home])
    await actions.resume(row["id"], reason="调查结束", by=world.cast.leader, now=world.now)


async def end(world: World, home: int, reason: str, cared: bool) -> None:
    row = await world.one(0, _OF.format("IN ('active', 'suspended')"), world.homes[home])
    new = care(world) if cared else None
    await actions.end(
        row["id"], reason=reason, on=world.today, note="双方同意", care=new, by=world.cast.leader, now=world.now
    )


async def arrange(world: World, home: int, days: int, by: int | None) -> None:
    new = care(world, days=days, by=None if by is None else world.carer(by).id)
    await actions.arrange_care(world.homes[home], new, by=world.cast.specialist, now=world.now)


async def extend(world: World, home: int, days: int) -> None:
    row = await world.one(0, _CARE, world.homes[home])
    until = row["ends_by"] + days * DAY
    await actions.extend_care(row["id"], until=until, reason="尚未签约", by=world.cast.leader, now=world.now)


async def end_care(world: World, home: int) -> None:
    row = await world.one(0, _CARE, world.homes[home])
    await actions.end_care(row["id"], by=world.cast.specialist, now=world.now)


async def nobody(world: World, home: int) -> None:
    await actions.report_no_cover(world.homes[home], reason="照料人外出未归", by=world.cast.specialist, now=world.now)


async def back(world: World, home: int) -> None:
    await actions.restore_cover(world.homes[home], note="照料人已回", by=world.cast.specialist, now=world.now)


async def draft(world: World, home: int, carer: int, ahead: int, follows: bool, months: int) -> UUID:
    """With one of the carers, from so many days on; following what is in force, or beside it."""
    in_force = await world.rows(_OF.format("IN ('active', 'suspended')"), world.homes[home])
    starts_on = world.today + ahead * DAY
    content = Content(
        caregiver_id=world.carer(carer).id,
        relation="neighbour",
        starts_on=starts_on,
        ends_on=months_after(starts_on, months) - DAY,
        fee_class="none",
        fee_yuan=0,
        liability="照料人应按约定提供服务。",
        items=_ITEMS,
        consent=Consent(by="self"),
    )
    followed = in_force[0]["id"] if follows and in_force else None
    by = world.cast.specialist
    return (await actions.draft(world.homes[home], content, follows=followed, by=by, now=world.now)).id


async def submit(world: World, home: int) -> None:
    row = await world.one(0, _OF.format("= 'draft'"), world.homes[home])
    await actions.submit(row["id"], by=world.cast.specialist, now=world.now)


async def sign(world: World, home: int, parties: int) -> None:
    """The next of the parties, or all that are left."""
    row = await world.one(0, _OF.format("= 'pending_signatures'"), world.homes[home])
    await _sign(world, row["id"], parties)


async def _sign(world: World, agreement_id: UUID, parties: int) -> None:
    signed = {one["party"] for one in await world.rows(_SIGNED, agreement_id)}
    left = [one for one in PARTIES if one not in signed]
    for party in left[:parties]:
        new = NewSignature(party=party, how="ink", signer_name="签字人", signed_on=world.today)
        await actions.sign(agreement_id, new, by=world.cast.specialist, now=world.now)


async def sign_anew(world: World, home: int, carer: int, ahead: int, follows: bool, months: int) -> None:
    """The whole way from a draft to the last signature."""
    agreement_id = await draft(world, home, carer, ahead, follows, months)
    await actions.submit(agreement_id, by=world.cast.specialist, now=world.now)
    await _sign(world, agreement_id, len(PARTIES))


async def abandon(world: World, home: int) -> None:
    row = await world.one(0, _OF.format("IN ('draft', 'pending_signatures')"), world.homes[home])
    await actions.abandon(row["id"], reason="写错", by=world.cast.specialist, now=world.now)


async def renew(world: World, home: int, signed: bool) -> None:
    """Reviewed and renewed in one go, before the end or after it."""
    row = await world.one(0, _RENEWABLE, world.homes[home])
    if row["renewal_decision"] is None:
        await actions.review_renewal(
            row["id"], decision="renew", reason="照料良好", by=world.cast.leader, now=world.now
        )
    following = await actions.renew(row["id"], by=world.cast.specialist, now=world.now)
    if signed:
        found = await world.one(0, "SELECT version FROM agreement WHERE id = $1", following.id)
        changes = {"consent": Consent(by="self")}
        await actions.edit_draft(
            following.id, changes, base_version=found["version"], by=world.cast.specialist, now=world.now
        )
        await actions.submit(following.id, by=world.cast.specialist, now=world.now)
        await _sign(world, following.id, len(PARTIES))


async def carers(world: World, which: int, what: str) -> None:
    """One dies, one who is said to have died lives, or another is registered. The sweep is what notices."""
    if what == "another":
        await world.another_carer()
        return
    if what == "dies":
        await people.record_death(world.carer(which).id, on=world.today, by=world.cast.specialist, now=world.now)
    else:
        row = await world.one(which, "SELECT id FROM caregiver WHERE status <> 'active' ORDER BY id")
        await people.restore(row["id"], note="登记有误", by=world.cast.specialist, now=world.now)
    world.told = False


async def propose_standing(world: World, home: int, standing: Standing, days_ago: int) -> None:
    await register.propose_standing(
        world.homes[home],
        standing_after=standing,
        happened_on=world.today - timedelta(days=days_ago),
        reason="医院证明",
        by=world.cast.specialist,
        now=world.now,
    )
    world.told = False


async def confirm_standing(world: World, home: int) -> None:
    row = await world.one(0, _PENDING, world.homes[home])
    await register.confirm_standing(row["id"], by=world.cast.district, now=world.now)
    world.told = False


async def leave_support(world: World, home: int, standing: Standing, days_ago: int) -> None:
    """Proposed and confirmed by two people; the sweep, or nobody yet, follows."""
    await propose_standing(world, home, standing, days_ago)
    await confirm_standing(world, home)


async def undo_standing(world: World, home: int) -> None:
    row = await world.one(0, _CHANGED, world.homes[home])
    await register.undo_standing(row["id"], reason="登记有误", by=world.cast.district, now=world.now)
    world.told = False


async def come_home(world: World, home: int) -> None:
    """From the home for the aged, or from hospital."""
    await propose_standing(world, home, "at_home", 0)


_OF = "SELECT id FROM agreement WHERE recipient_id = $1 AND status {} ORDER BY status, created_at DESC, id DESC"
_CARE = "SELECT * FROM temporary_care WHERE recipient_id = $1 AND ended_at IS NULL"
_SIGNED = "SELECT party FROM signature WHERE agreement_id = $1"
_RENEWABLE = (
    "SELECT id, renewal_decision FROM agreement WHERE recipient_id = $1 AND (status IN ('active', 'suspended')"
    " OR ended_reason = 'expired') ORDER BY ended_at DESC NULLS FIRST, id"
)
_PENDING = (
    "SELECT id FROM standing_change WHERE recipient = $1 AND confirmed_at IS NULL AND rejected_at IS NULL ORDER BY id"
)
_CHANGED = (
    "SELECT id FROM standing_change WHERE recipient = $1 AND confirmed_at IS NOT NULL AND undone_at IS NULL"
    " ORDER BY confirmed_at DESC, id DESC"
)
