"""Fetching: a phone holds what its owner needs for the days ahead, nothing more, and is told why anything leaves it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from accounts.permissions import Account, Role, Sender
from core import db, vault
from core.ids import new_id
from tests import rectifying
from tests.caring import insert
from tests.cast import Cast
from tests.fetching import ADDRESS, Pocket, at_home, issued, lane, watcher, with_phone
from tests.visiting import DAY, HOUR, detailed, log, normal, not_met, slot
from visits.actions import mark_missed
from visits.report import Hazard
from visits.sync.actions import pull, renew_epoch
from visits.sync.queries.issued import areas_issued
from visits.sync.refusals import MustWipe, NoPhone
from visits.sync.things import VisitTask


async def move(cast: Cast, visit: UUID, **columns: Any) -> None:
    """Alter a visit as the jobs would."""
    said = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=2))
    await cast.owner.execute(f"UPDATE visit SET {said} WHERE id = $1", visit, *columns.values())


# What goes out


async def test_a_phone_holds_the_visits_of_the_next_days_and_the_homes_they_lead_to(cast: Cast) -> None:
    recipient = await at_home(cast, risk="high")
    mine, soon = await slot(cast, recipient), await slot(cast, recipient, due_at=cast.now + 9 * DAY, opens=2 * DAY)
    far = await slot(cast, recipient, due_at=cast.now + 20 * DAY, opens=2 * DAY)
    nobodys = await slot(cast, worker_id=None)
    others = await slot(cast, worker_id=cast.specialist.id)
    elsewhere = await slot(cast, area_id=cast.foreign_village, worker_id=None)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    assert phone.ids("visit") == {mine, soon, nobodys}
    assert not phone.ids("visit") & {far, others, elsewhere}
    (home,) = [one for one in phone.of("recipient") if one.id == recipient]
    assert (home.name, home.address, home.village, home.risk) == ("李*", ADDRESS, "柳家庄村", "high")
    assert {one.id: one.mine for one in phone.of("visit")}[nobodys] is False
    assert await issued(cast, mine) == (True, None)
    (me,) = phone.of("me")
    assert (me.id, me.role_name, [one.name for one in me.areas]) == (cast.worker.id, "走访员", ["柳家庄村"])


async def test_what_was_open_last_time_goes_along_without_the_numbers_somebody_wrote(cast: Cast) -> None:
    recipient = await at_home(cast)
    last = await slot(cast, recipient, due_at=cast.now - 9 * DAY, opens=3 * DAY)
    left = Hazard(block="safety", severity="serious", what="电线老化，电工13812341234", removed_now=False)
    await log(cast, last, detailed(cast.now - 10 * DAY, hazards=(left,)), now=cast.now - 10 * DAY)
    await slot(cast, recipient)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    (home,) = phone.of("recipient")
    assert home.open_points == ("身体状况：咳嗽一周", "居住安全隐患：电线老化，电工***")
    assert home.last_seen_at == cast.now - 10 * DAY


async def test_a_childs_address_is_told_up_to_the_village(cast: Cast) -> None:
    born, named = (
        await at_home(cast, born_on=cast.now.date() - 10 * 365 * DAY),
        await at_home(cast, categories=["minor"]),
    )
    for one in (born, named):
        await slot(cast, one)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    assert {one.id: one.address for one in phone.of("recipient")} == dict.fromkeys(
        (born, named), "津宁区南柳镇柳家庄村*"
    )


async def test_of_missed_visits_the_last_stays_until_the_next_opens_or_the_person_is_met(cast: Cast) -> None:
    recipient = await at_home(cast)
    older = await slot(cast, recipient, due_at=cast.now - 9 * DAY, status="missed")
    last = await slot(cast, recipient, due_at=cast.now - 2 * DAY, status="missed")
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    assert phone.ids("visit") == {last} and older not in phone.ids("visit")
    await log(cast, last, normal(cast.now), now=cast.now)
    await phone.pull(cast.now)
    assert phone.left[f"visit:{last}"] == "overtaken"


async def to_verify(cast: Cast, home: rectifying.Home) -> UUID:
    """An order reported done, whose verification is the worker's."""
    order = await rectifying.order(cast, home)
    await rectifying.answer(home, order, "done", now=cast.now)
    await rectifying.watch(cast.now)
    await cast.owner.execute("UPDATE verification SET verifier_id = $1", cast.worker.id)
    return order


CANARIES = {
    "id": "120151194105061234",
    "phone": "13900007777",
    "diagnosis": "CANARY精神分裂症",
    "hukou_address": "CANARY户籍地",
    "bank_card": "6222020200001234567",
    "remarks": "CANARY备注",
    "contacts": '{"guardian":"CANARY监护人","guardian_phone":"13900008888"}',
}


async def test_nothing_a_phone_holds_tells_numbers_diagnoses_or_what_was_seen_daily(cast: Cast) -> None:
    recipient = new_id()
    sealed = {
        f"{name}_sealed": vault.seal(text, f"recipient.{name}_sealed:{recipient}") for name, text in CANARIES.items()
    }
    await at_home(
        cast,
        id=recipient,
        name="CANARY欧阳",
        risk="high",
        conditions=["dementia"],
        ledger='{"caregiver": "CANARY照料人", "open_hazards": "CANARY旧隐患"}',
        **sealed,
    )
    visit = await slot(cast, recipient)
    await slot(cast, recipient, due_at=cast.now - HOUR)
    await mark_missed(now=cast.now)
    lane_id = await lane(cast, cast.worker, "东1号")
    await insert(
        cast.owner,
        "daily_check",
        {
            "id": new_id(),
            "lane_id": lane_id,
            "recipient_id": recipient,
            "area_id": cast.village,
            "district_id": cast.district_area,
            "risk": "high",
            "on_day": cast.now.date(),
            "part": "morning",
            "opens_at": cast.now - HOUR,
            "closes_at": cast.now,
            "status": "anomaly",
            "seen": "closed",
            "why": "CANARY_DAILY",
        },
    )
    home = await rectifying.home(cast)
    await to_verify(cast, home)
    caregiver = await with_phone(cast, home.account)
    everything = b""
    for account in (cast.worker, caregiver, await watcher(cast)):
        answer = await pull(None, sender=Sender(account=account), now=cast.now)
        everything += msgspec.json.encode(answer)
    said = everything.decode()
    assert str(visit) in said and ADDRESS in said and str(lane_id) in said
    for canary in (*CANARIES.values(), "CANARY", "欧阳", "1390000", "dementia"):
        assert canary not in said, canary
    for history in ("daily_check", "observation", "seen_at", "on_day", "closed", "anomaly"):
        assert f'"{history}"' not in said, history


async def test_each_role_holds_its_own_and_no_others_sort(cast: Cast) -> None:
    home = await rectifying.home(cast)
    order = await rectifying.order(cast, home)
    await slot(cast, home.recipient)
    neighbour = await watcher(cast)
    lane_id = await lane(cast, neighbour, "东1号", "东2号")
    caregiver = await with_phone(cast, home.account)
    kinds = {}
    for account in (cast.worker, caregiver, neighbour):
        phone = Pocket(account=account)
        await phone.pull(cast.now)
        kinds[account.role] = {one.kind for one in phone.holds.values()}
        if account is caregiver:
            assert phone.ids("order") == {order} and phone.ids("agreement") == {home.agreement}
            (one,) = phone.of("order")
            assert [item.must_be for item in one.items] == ["柴草移出灶间"]
        if account is neighbour:
            (own,) = phone.of("lane")
            assert own.id == lane_id and [one.shown_as for one in own.households] == ["东1号", "东2号"]
            assert (own.morning, own.evening) != ("", "")
    assert kinds[Role.WORKER] == {"me", "visit", "recipient"}
    assert kinds[Role.CAREGIVER] == {"me", "order", "agreement"}
    assert kinds[Role.WATCHER] == {"me", "lane"}


async def test_verifications_call_backs_and_alerts_go_to_whom_they_were_given(cast: Cast) -> None:
    home = await rectifying.home(cast)
    order = await to_verify(cast, home)
    report = await log(cast, await slot(cast), normal(cast.now))
    call_back = new_id()
    row = {"id": call_back, "report_id": report.report_id, "area_id": cast.village, "district_id": cast.district_area}
    row |= {"recipient_id": home.recipient, "why": "sample", "assigned_to": cast.worker.id, "created_at": cast.now}
    await insert(cast.owner, "call_back", row | {"due_at": cast.now + DAY})
    missed = await slot(cast, home.recipient, due_at=cast.now - HOUR)
    await mark_missed(now=cast.now)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    (verification,) = phone.of("verification")
    assert verification.order_id == order and home.recipient in phone.ids("recipient")
    assert [one.must_be for one in verification.items] == ["柴草移出灶间"]
    (asked,) = phone.of("call_back")
    assert (asked.id, asked.name) == (call_back, "李*")
    alert = next(one for one in phone.of("alert") if one.about == "visit_missed")
    assert (alert.name, alert.since, alert.about_name) == ("李*", cast.now - HOUR, "逾期未走访")
    assert missed in phone.ids("visit")
    await cast.owner.execute("UPDATE verification SET verifier_id = $1", cast.specialist.id)
    await cast.owner.execute("UPDATE call_back SET assigned_to = $1", cast.district.id)
    await log(cast, missed, normal(cast.now - 2 * HOUR), now=cast.now)
    await phone.pull(cast.now)
    assert phone.left[f"verification:{verification.id}"] == "reassigned"
    assert phone.left[f"call_back:{call_back}"] == "reassigned"
    assert phone.left[f"alert:{alert.id}"] == "settled"


async def test_a_confidential_alert_is_on_no_phone(cast: Cast) -> None:
    """Not even on that of somebody who handles it at their desk."""
    handles = await with_phone(cast, cast.specialist)
    await slot(cast, due_at=cast.now - HOUR)
    await mark_missed(now=cast.now)
    await cast.owner.execute("UPDATE alert SET owner_id = $1", handles.id)
    phone = Pocket(account=handles)
    await phone.pull(cast.now)
    assert len(phone.of("alert")) == 1
    await cast.owner.execute("UPDATE alert SET confidential = true")
    await phone.pull(cast.now)
    assert not phone.of("alert")


# How it leaves


async def test_a_second_pull_sends_what_differs_and_a_third_nothing(cast: Cast) -> None:
    first = await slot(cast)
    phone = Pocket(account=cast.worker)
    everything = await phone.pull(cast.now)
    assert everything.since is None
    second = await slot(cast)
    answer = await phone.pull(cast.now)
    assert answer.since == everything.generation
    assert {one.id for one in answer.changed if one.kind == "visit"} == {second}
    again = await phone.pull(cast.now)
    assert (again.changed, again.gone, again.generation) == ((), (), answer.generation)
    assert phone.ids("visit") == {first, second}


async def test_a_visit_that_changes_is_sent_again(cast: Cast) -> None:
    visit = await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await log(cast, visit, not_met(cast.now))
    answer = await phone.pull(cast.now)
    assert {one.not_met_at for one in answer.changed if isinstance(one, VisitTask)} == {cast.now}


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"status": "cancelled", "closed_reason": "died"}, "died"),
        ({"status": "cancelled", "closed_reason": "moved_to_collective"}, "moved"),
        ({"status": "cancelled", "closed_reason": "eligibility_ended"}, "not_eligible"),
        ({"status": "cancelled", "closed_reason": "risk_changed"}, "cancelled"),
        ({"status": "excused", "closed_reason": "absent"}, "excused"),
    ],
)
async def test_a_visit_called_off_leaves_with_its_reason(cast: Cast, columns: dict[str, Any], why: str) -> None:
    visit = await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await move(cast, visit, **columns)
    await phone.pull(cast.now)
    assert phone.left[f"visit:{visit}"] == why
    assert await issued(cast, visit) == (False, why)


async def test_a_visit_handed_to_another_leaves_and_comes_back(cast: Cast) -> None:
    visit = await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await move(cast, visit, worker_id=cast.specialist.id)
    await phone.pull(cast.now)
    assert phone.left[f"visit:{visit}"] == "reassigned" and not phone.ids("visit")
    await move(cast, visit, worker_id=cast.worker.id)
    await phone.pull(cast.now)
    assert phone.ids("visit") == {visit}
    assert await issued(cast, visit) == (True, None)


async def test_a_visit_tells_who_made_it(cast: Cast) -> None:
    mine, others = await slot(cast), await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await log(cast, mine)
    await log(cast, others, by=cast.specialist)
    await phone.pull(cast.now)
    assert (phone.left[f"visit:{mine}"], phone.left[f"visit:{others}"]) == ("made", "made_by_other")
    assert {why for key, why in phone.left.items() if key.startswith("recipient:")} == {"no_task"}


async def test_what_moved_away_says_so_and_nothing_that_came_after(cast: Cast) -> None:
    recipient = await at_home(cast)
    visit = await slot(cast, recipient)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await cast.owner.execute("UPDATE recipient SET area_id = $1, standing = 'died'", cast.foreign_village)
    await move(cast, visit, area_id=cast.foreign_village, status="cancelled", closed_reason="died")
    await phone.pull(cast.now)
    assert phone.left == {f"visit:{visit}": "left_area", f"recipient:{recipient}": "left_area"}
    assert await issued(cast, visit) == (False, "left_area")


async def test_whoever_died_is_told_of_as_the_register_says(cast: Cast) -> None:
    recipient = await at_home(cast)
    visit = await slot(cast, recipient)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await cast.owner.execute("UPDATE recipient SET standing = 'died'")
    await move(cast, visit, status="cancelled", closed_reason="died")
    await phone.pull(cast.now)
    assert phone.left == {f"visit:{visit}": "died", f"recipient:{recipient}": "died"}


async def test_an_ended_lane_and_a_settled_order_leave_too(cast: Cast) -> None:
    neighbour = await watcher(cast)
    lane_id = await lane(cast, neighbour, "东1号")
    home = await rectifying.home(cast)
    order = await rectifying.order(cast, home)
    watching, caring = Pocket(account=neighbour), Pocket(account=await with_phone(cast, home.account))
    for phone in (watching, caring):
        await phone.pull(cast.now)
    await cast.owner.execute("UPDATE lane SET status = 'ended'")
    await cast.owner.execute(
        "UPDATE rectification_order SET status = 'withdrawn', withdrawn_at = $1, withdrawn_by = issued_by", cast.now
    )
    await watching.pull(cast.now)
    await caring.pull(cast.now)
    assert watching.left == {f"lane:{lane_id}": "settled"}
    assert caring.left == {f"order:{order}": "cancelled"}


# Whom it is for


async def test_a_visit_issued_once_is_found_when_its_former_worker_no_longer_sees_it(cast: Cast) -> None:
    visit, never = await slot(cast), await slot(cast, worker_id=cast.specialist.id)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await move(cast, visit, area_id=cast.foreign_village, worker_id=cast.foreign_worker.id)
    for account, found in ((cast.worker, {visit: cast.foreign_village}), (cast.foreign_worker, {}), (cast.leader, {})):
        async with db.transaction(account.scope):
            assert await areas_issued([visit, never, new_id()]) == found, account.name


async def test_nobody_is_given_a_visit_they_do_not_see(cast: Cast) -> None:
    hidden = await slot(cast, area_id=cast.foreign_village, worker_id=cast.foreign_worker.id)
    row = (new_id(), hidden, new_id(), cast.village)
    for account_id in (cast.worker.id, cast.foreign_worker.id):
        with pytest.raises(Exception, match="row-level security"):
            async with db.transaction(cast.worker.scope):
                await db.execute(
                    "INSERT INTO task_issued (id, visit_id, recipient_id, area_id, account_id, issued_at)"
                    " VALUES ($1, $2, $3, $4, $5, $6)",
                    *row,
                    account_id,
                    cast.now,
                )


async def test_another_phone_gets_nothing_of_the_first_ones_generation(cast: Cast) -> None:
    await slot(cast)
    first = Pocket(account=cast.worker)
    await first.pull(cast.now)
    second = Pocket(account=await with_phone(cast, cast.worker), generation=first.generation)
    answer = await pull(second.generation, sender=Sender(account=second.account), now=cast.now)
    assert answer.since is None, "what one phone holds says nothing of another"
    stranger = Pocket(account=cast.foreign_worker, generation=first.generation)
    theirs = await pull(stranger.generation, sender=Sender(account=stranger.account), now=cast.now)
    assert theirs.since is None and {one.kind for one in theirs.changed} == {"me"} and not theirs.gone


async def test_a_phone_that_was_cut_off_gets_nothing_and_is_told_to_forget(cast: Cast) -> None:
    await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    before = await cast.owner.fetch("SELECT * FROM held")
    for day in (1, 2):
        with pytest.raises(MustWipe):
            await pull(
                phone.generation,
                sender=Sender(account=cast.worker, revoked_at=cast.now - DAY),
                now=cast.now + day * DAY,
            )
    assert await cast.owner.fetch("SELECT * FROM held") == before
    assert await cast.owner.fetchval("SELECT wiped_at FROM device_state") == cast.now + DAY


async def test_whoever_has_no_phone_is_given_nothing(cast: Cast) -> None:
    with pytest.raises(NoPhone):
        await pull(None, sender=Sender(account=cast.specialist), now=cast.now)


# What cannot be relied on


async def test_an_answer_that_never_arrived_is_made_up_for(cast: Cast) -> None:
    gone, stays = await slot(cast), await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    held = phone.generation
    await move(cast, gone, worker_id=cast.specialist.id)
    await pull(held, sender=Sender(account=cast.worker), now=cast.now)  # lost on the way
    new = await slot(cast)
    answer = await phone.pull(cast.now)
    assert answer.since == held
    assert phone.ids("visit") == {stays, new}
    assert phone.left[f"visit:{gone}"] == "reassigned"


async def test_an_unknown_generation_gives_everything_and_says_what_left_meanwhile(cast: Cast) -> None:
    gone, stays = await slot(cast), await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await move(cast, gone, status="cancelled", closed_reason="died")
    for unknown in (0, 7, 2**31 - 1, None):
        lost = Pocket(account=cast.worker)
        answer = await pull(unknown, sender=Sender(account=cast.worker), now=cast.now)
        assert answer.since is None
        lost.take(answer)
        assert lost.ids("visit") == {stays}
        if unknown == 0:
            assert lost.left == {f"visit:{gone}": "died"}


async def test_two_generations_of_a_phone_are_kept_and_no_more(cast: Cast) -> None:
    phone = Pocket(account=cast.worker)
    for _ in range(4):
        await slot(cast)
        await phone.pull(cast.now)
    kept = [row["generation"] for row in await cast.owner.fetch("SELECT generation FROM held ORDER BY generation")]
    assert len(kept) == 2 and kept[-1] == phone.generation


async def test_after_a_restore_a_phone_is_given_everything(cast: Cast) -> None:
    await slot(cast)
    phone = Pocket(account=cast.worker)
    before = await phone.pull(cast.now)
    epoch = await renew_epoch("restore", cast.now)
    after = await phone.pull(cast.now)
    assert (after.epoch, after.since) == (epoch, None) and after.epoch != before.epoch
    assert after.generation > before.generation and phone.of("visit")
    assert (await phone.pull(cast.now)).since == after.generation
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'epoch.renewed'") == 1


async def test_a_restore_on_a_machine_whose_clock_is_behind_still_begins_the_latest_epoch(cast: Cast) -> None:
    await renew_epoch("restore", cast.now)
    later = await renew_epoch("restore", cast.now - 400 * DAY)
    phone = Pocket(account=cast.worker)
    assert (await phone.pull(cast.now)).epoch == later


async def test_what_went_out_is_told_in_the_journal(cast: Cast) -> None:
    await slot(cast)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    await phone.pull(cast.now)
    rows = await cast.owner.fetch("SELECT subject_id, facts FROM journal WHERE kind = 'phone.pulled'")
    assert [row["subject_id"] for row in rows] == [cast.worker.device_id]
    assert set(msgspec.json.decode(rows[0]["facts"])) == {"generation", "changed", "gone"}


async def test_a_worker_who_is_also_a_caregiver_is_not_given_the_person_they_care_for(cast: Cast) -> None:
    home = await rectifying.home(cast)
    await cast.owner.execute("UPDATE caregiver SET account_id = $1 WHERE id = $2", cast.worker.id, home.caregiver)
    await slot(cast, home.recipient, worker_id=None)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    assert not phone.of("visit") and phone.ids("agreement") == {home.agreement}


def as_of(account: Account, **said: Any) -> Account:
    return replace(account, **said)


async def test_moving_to_another_village_leaves_the_old_ones_people_behind(cast: Cast) -> None:
    visit = await slot(cast, worker_id=None)
    phone = Pocket(account=cast.worker)
    await phone.pull(cast.now)
    phone.account = as_of(cast.worker, area_ids=(cast.other_village,))
    await phone.pull(cast.now + timedelta(hours=1))
    assert phone.left[f"visit:{visit}"] == "left_area" and not phone.of("recipient")
