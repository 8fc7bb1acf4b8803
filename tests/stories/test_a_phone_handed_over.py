"""Story 9: households change hands, phones are cut off, servers are restored; what was seen still counts, once."""

from dataclasses import replace
from uuid import UUID

import pytest

from accounts.actions import revoke_device
from accounts.permissions import Account
from cli.demo.phone import Cut, CutOff, Phone, TurnedAway
from core.ids import new_id
from tests.cast import Cast, Clock
from tests.phoning import PhoneOf, another_phone, door, inbox, phone_of, reports
from tests.restoring import backed_up
from tests.visiting import DAY, HOUR, alerts, log, normal, slot, status
from visits.actions import lay_out, mark_missed
from visits.sync.actions import renew_epoch

__all__ = ["door", "phone_of"]


async def a_colleague(cast: Cast, area_id: int) -> Account:
    """Another worker, with a phone, of that village."""
    account_id = new_id()
    await cast.owner.execute(
        "INSERT INTO account (id, login, name, role, district_id, created_at)"
        " VALUES ($1, $2, '李桂香', 'worker', $3, $4)",
        account_id,
        f"w{account_id.hex[-6:]}",
        cast.district_area,
        cast.now - 100 * DAY,
    )
    await cast.owner.execute(
        "INSERT INTO account_area (id, account, area) VALUES ($1, $2, $3)", new_id(), account_id, area_id
    )
    colleague = replace(cast.worker, id=account_id, name="李桂香", area_ids=(area_id,))
    return await another_phone(cast, colleague)


async def planned(cast: Cast, risk: str = "high") -> tuple[UUID, UUID]:
    """Somebody the worker visits by a plan laid a week ago, and their next visit."""
    recipient = await cast.recipient(risk=risk)
    await lay_out(now=cast.now - 7 * DAY)
    await lay_out(now=cast.now)
    visit = await cast.owner.fetchval(
        "SELECT id FROM visit WHERE recipient_id = $1 AND due_at > $2 ORDER BY due_at LIMIT 1", recipient, cast.now
    )
    return recipient, visit


async def hand_over(cast: Cast, recipient: UUID, to: Account, clock: Clock) -> None:
    """The specialist gives the household to another worker, in whose village it then lies; plans follow."""
    await cast.owner.execute(
        "UPDATE recipient SET visit_worker_id = $2, area_id = $3 WHERE id = $1", recipient, to.id, to.area_ids[0]
    )
    while (await lay_out(now=clock.at))["claimed"]:
        pass


async def moment_within(cast: Cast, visit: UUID, clock: Clock) -> None:
    """Some time at which the visit can be made."""
    opens_at, due_at = await cast.owner.fetchrow("SELECT opens_at, due_at FROM visit WHERE id = $1", visit)
    clock.at = max(clock.at, opens_at) + (due_at - max(clock.at, opens_at)) / 2


async def test_the_late_report_of_the_former_worker_is_accepted_as_such(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    recipient, visit = await planned(cast)
    colleague = await a_colleague(cast, cast.village)
    old, new = await phone_of(cast.worker), await phone_of(colleague)
    await old.pull()
    await moment_within(cast, visit, clock)
    old.offline()
    report = old.report(visit)
    clock.forward(hours=1)
    await hand_over(cast, recipient, colleague, clock)
    clock.forward(hours=1)
    old.online()
    (receipt,) = await old.push()
    assert receipt.status == "taken" and receipt.answer["counted"]
    (kept,) = await reports(cast)
    assert (kept["id"], kept["by_account_id"]) == (report, cast.worker.id)
    assert "former_worker" in kept["labels"] and await status(cast, visit) == "made"
    await new.pull()
    assert str(visit) not in {one["id"] for one in new.holds("visit")}, "nobody goes there a second time for it"


async def test_a_household_that_moved_out_of_the_workers_villages_is_reported_on_all_the_same(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    recipient, visit = await planned(cast)
    colleague = await a_colleague(cast, cast.foreign_village)
    old = await phone_of(cast.worker)
    await old.pull()
    await moment_within(cast, visit, clock)
    old.report(visit)
    clock.forward(hours=1)
    await hand_over(cast, recipient, colleague, clock)
    (receipt,) = await old.push()
    assert receipt.status == "taken"
    (kept,) = await reports(cast)
    assert (kept["by_account_id"], kept["visit"]) == (cast.worker.id, visit)
    assert "former_worker" in kept["labels"]
    assert await status(cast, visit) == "made"


async def test_a_visit_cancelled_while_its_report_was_on_the_phone_is_never_refused(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    """The household was handed over and its plan laid anew: the old slot is gone, what was seen is not."""
    _, visit = await planned(cast)
    old = await phone_of(cast.worker)
    await old.pull()
    await moment_within(cast, visit, clock)
    old.report(visit)
    clock.forward(hours=1)
    await cast.owner.execute(
        "UPDATE visit SET status = 'cancelled', closed_reason = 'worker_changed', judged_at = $2 WHERE id = $1",
        visit,
        clock.at,
    )
    (receipt,) = await old.push()
    assert receipt.status == "taken", receipt.detail
    assert [report["by_account_id"] for report in await reports(cast)] == [cast.worker.id]
    assert await status(cast, visit) == "cancelled"


async def test_both_workers_went_and_the_visit_counts_once(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    recipient, visit = await planned(cast)
    colleague = await a_colleague(cast, cast.village)
    old, new = await phone_of(cast.worker), await phone_of(colleague)
    await old.pull()
    await moment_within(cast, visit, clock)
    old.report(visit)
    await hand_over(cast, recipient, colleague, clock)
    clock.forward(hours=1)
    await new.pull()
    new.report(visit)
    await new.push()
    (late,) = await old.push()
    first, second = sorted(await reports(cast), key=lambda report: report["by_account_id"] == cast.worker.id)
    assert (first["by_account_id"], second["by_account_id"]) == (colleague.id, cast.worker.id)
    assert late.status == "taken" and not late.answer["counted"]
    assert "additional" in second["labels"]
    assert await cast.owner.fetchval("SELECT report_id FROM visit WHERE id = $1", visit) == first["id"]


async def test_what_leaves_a_phone_says_why(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    recipient, visit = await planned(cast)
    colleague = await a_colleague(cast, cast.village)
    old, new = await phone_of(cast.worker), await phone_of(colleague)
    await old.pull()
    assert str(visit) in {one["id"] for one in old.holds("visit")}
    await hand_over(cast, recipient, colleague, clock)
    await old.pull()
    await new.pull()
    assert str(visit) not in {one["id"] for one in old.holds("visit")}
    assert [one["why"] for one in old.memory.gone if one["id"] == str(visit)] == ["reassigned"]
    assert str(visit) in {one["id"] for one in new.holds("visit")}
    assert str(recipient) in {one["id"] for one in new.holds("recipient")}


async def test_whoever_was_never_given_a_visit_learns_nothing_of_it(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visit = await slot(cast)
    phone = await phone_of(cast.foreign_worker)
    phone.report(visit)
    phone.report(new_id())
    there, nowhere = await phone.push()
    assert (there.status, there.code, there.detail) == (nowhere.status, nowhere.code, nowhere.detail)
    assert there.status == "refused" and await reports(cast) == []
    assert len(await inbox(cast)) == 2, "what was written is kept all the same"


async def cut_off(cast: Cast, clock: Clock) -> None:
    await revoke_device(cast.worker.device_id or new_id(), account_id=cast.worker.id, by=cast.specialist, now=clock.at)


async def test_a_phone_that_was_cut_off_brings_what_it_had_seen_and_forgets_everything(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    before, after = await slot(cast), await slot(cast)
    phone = await phone_of(cast.worker, ahead=-40 * DAY)
    await phone.pull()
    phone.offline()
    seen = phone.report(before)
    clock.forward(minutes=20)
    await cut_off(cast, clock)
    clock.forward(minutes=20)
    phone.report(after)
    phone.online()
    with pytest.raises(TurnedAway) as refused:
        await phone.pull()
    assert refused.value.status == 403 and refused.value.problem["wipe"] is True
    assert phone.memory.holds == {} and phone.waiting == 2
    taken, late = await phone.push()
    assert taken.status == "taken"
    assert (late.status, late.code) == ("refused", "phone-revoked")
    (kept,) = await reports(cast)
    assert kept["id"] == seen and "revoked_phone" in kept["labels"]
    assert (await status(cast, before), await status(cast, after)) == ("made", "open")
    assert len(await inbox(cast)) == 2, "also what was refused is kept as it came"
    assert phone.memory.wiped and phone.memory.items == []


async def test_a_phone_that_was_cut_off_does_nothing_else(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    phone = await phone_of(cast.worker)
    await cut_off(cast, clock)
    for method, path in (("GET", "/v1/visits"), ("GET", "/v1/recipients"), ("GET", "/v1/me")):
        assert (await phone.ask(method, path)).status == 401


async def test_a_phone_cut_off_in_the_middle_of_its_push_finishes_it(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    phone = await phone_of(cast.worker)
    visits = [await slot(cast) for _ in range(3)]
    for visit in visits:
        phone.at(cast.now - HOUR).report(visit)
    await phone.send(phone.memory.unsent[:1])
    await cut_off(cast, clock)
    await phone.push()
    assert {await status(cast, visit) for visit in visits} == {"made"} and phone.memory.wiped
    assert len(await reports(cast)) == 3


async def lost_in_a_crash(cast: Cast, clock: Clock, phone: Phone, visits: list[UUID]) -> None:
    """The second report, sent and received, with everything else since the first: gone with the disk."""
    phone.report(visits[0])
    await phone.push()
    async with backed_up(cast.owner) as backup:
        clock.forward(hours=1)
        phone.report(visits[1])
        await phone.push()
        assert phone.waiting == 0 and len(await reports(cast)) == 2
        await backup.restore()
    assert len(await reports(cast)) == 1
    await renew_epoch(reason="从备份恢复", now=clock.at)


async def test_after_a_restore_phones_send_again_what_the_server_has_lost(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visits = [await slot(cast, due_at=cast.now + 5 * HOUR) for _ in range(3)]
    phone = await phone_of(cast.worker)
    await lost_in_a_crash(cast, clock, phone, visits)
    clock.forward(hours=1)
    phone.report(visits[2])
    await phone.push()
    await phone.push()
    assert phone.waiting == 0
    kept = await reports(cast)
    assert [report["id"] for report in kept] == [item.id for item in phone.memory.items]
    assert [report["made_at"] for report in kept] == [cast.now + hours * HOUR for hours in range(3)]
    assert {await status(cast, visit) for visit in visits} == {"made"}


async def test_what_was_judged_missed_after_a_restore_is_settled_by_what_comes_again(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visits = [await slot(cast, due_at=cast.now + 2 * HOUR) for _ in range(2)]
    phone = await phone_of(cast.worker)
    await lost_in_a_crash(cast, clock, phone, visits)
    clock.at = cast.now + 3 * HOUR
    await mark_missed(now=clock.at)
    assert await status(cast, visits[1]) == "not_known"
    await phone.pull()
    assert phone.waiting == 2, "a new epoch is told by a pull as well"
    await phone.push()
    assert {await status(cast, visit) for visit in visits} == {"made"}
    assert {alert["outcome"] for alert in await alerts(cast, "visit_not_known")} == {"late_evidence"}


async def test_after_a_restore_a_pull_brings_everything_however_often_its_answer_is_lost(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    """A generation the restored server counts up to anew is not the one the phone holds under that number."""
    phone = await phone_of(cast.worker)
    await slot(cast)
    await phone.pull()
    async with backed_up(cast.owner) as backup:
        for _ in range(3):
            await slot(cast)
            await phone.pull()
        await backup.restore()
    await renew_epoch(reason="从备份恢复", now=clock.at)
    for _ in range(4):
        phone.network.cuts.append(Cut(answer=100))
        with pytest.raises(CutOff):
            await phone.pull()
    await phone.pull()
    there = {str(row["id"]) for row in await cast.owner.fetch("SELECT id FROM visit")}
    assert {one["id"] for one in phone.holds("visit")} == there and len(there) == 1


async def test_pulls_whose_answers_are_lost_lose_nothing(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    phone = await phone_of(cast.worker)
    await phone.pull()
    visits = []
    for number in range(12):
        visits.append(await slot(cast))
        if number % 3 == 2:
            gone = visits.pop(0)
            await cast.owner.execute("UPDATE visit SET status = 'cancelled' WHERE id = $1", gone)
        if number % 4 != 3:
            phone.network.cuts.append(Cut(answer=40 * number))
            with pytest.raises(CutOff):
                await phone.pull()
        else:
            await phone.pull()
            assert {one["id"] for one in phone.holds("visit")} == {str(visit) for visit in visits}


async def test_a_supervisor_who_keys_in_paper_for_the_absent_worker_is_not_overwritten_by_the_phone(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visit = await slot(cast)
    phone = await phone_of(cast.worker)
    phone.report(visit)
    paper = await log(cast, visit, normal(cast.now - HOUR, on_paper_by="王秀兰"), by=cast.specialist)
    (receipt,) = await phone.push()
    assert receipt.status == "taken" and "additional" in receipt.answer["labels"]
    assert await cast.owner.fetchval("SELECT report_id FROM visit WHERE id = $1", visit) == paper.report_id
