"""A phone that stays silent, or holds records back: somebody is told once, and told when all has arrived."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.actions import end_account, revoke_device
from core.ids import new_id
from tests.caring import insert
from tests.cast import Cast
from tests.fetching import Pocket, with_phone
from tests.visiting import DAY, HOUR, alerts, slot, status
from visits.actions import mark_missed
from visits.sync import silence
from visits.sync.actions import watch_phones, watching


async def out_with_a_task(cast: Cast) -> UUID:
    """The worker's phone holds a visit, and has just spoken."""
    visit = await slot(cast, due_at=cast.now + 5 * DAY, opens=9 * DAY)
    await Pocket(account=cast.worker).pull(cast.now)
    return visit


async def say(cast: Cast, **columns: Any) -> None:
    """What the worker's phone is known for."""
    for name, value in columns.items():
        await cast.owner.execute(f"UPDATE device_state SET {name} = $2 WHERE id = $1", cast.worker.device_id, value)


async def arrived(cast: Cast, number: int, at: datetime, status: str = "taken") -> UUID:
    row = {
        "id": new_id(),
        "client_id": new_id(),
        "first": True,
        "device_id": cast.worker.device_id,
        "account_id": cast.worker.id,
        "area_id": cast.village,
        "device_seq": number,
        "kind": "report",
        "payload_sealed": b"x",
        "sha256": b"x",
        "received_at": at,
        "status": status,
    }
    await insert(cast.owner, "inbox_item", row)
    return UUID(str(row["id"]))


async def told(cast: Cast) -> list[tuple[str, str | None]]:
    return [(one["status"], one["outcome"]) for one in await alerts(cast, "phone_silent")]


async def test_a_silent_phone_with_tasks_is_told_of_once(cast: Cast) -> None:
    await out_with_a_task(cast)
    assert await watch_phones(cast.now + 23 * HOUR) == 0
    assert await watch_phones(cast.now + DAY) == 1
    for hours in (0, 1, 40):
        assert await watch_phones(cast.now + DAY + hours * HOUR) == 0
    (alert,) = await alerts(cast, "phone_silent")
    assert alert["subject_id"] == cast.worker.device_id and alert["owner_id"] is None
    facts = alert["facts"]
    assert (facts["why"], facts["tasks"], facts["unsent"], facts["missing"]) == (["silent"], 1, 0, 0)
    assert facts["since"] == facts["phone_last_seen_at"] == cast.now.isoformat().replace("+00:00", "Z")


async def test_a_phone_without_open_tasks_may_be_silent(cast: Cast) -> None:
    visit = await out_with_a_task(cast)
    await cast.owner.execute("UPDATE visit SET status = 'cancelled', closed_reason = 'died' WHERE id = $1", visit)
    assert await watch_phones(cast.now + 9 * DAY) == 0


async def test_what_was_handed_to_another_is_not_waited_for(cast: Cast) -> None:
    visit = await out_with_a_task(cast)
    await cast.owner.execute("UPDATE visit SET worker_id = $2 WHERE id = $1", visit, cast.specialist.id)
    assert await watch_phones(cast.now + 9 * DAY) == 0


async def test_an_old_phone_is_not_missed_while_its_owners_new_one_speaks(cast: Cast) -> None:
    await out_with_a_task(cast)
    new = await with_phone(cast, cast.worker)
    await Pocket(account=new).pull(cast.now)
    await cast.phone_seen(new, cast.now + 3 * DAY)
    assert await watch_phones(cast.now + 3 * DAY) == 0
    assert await watch_phones(cast.now + 5 * DAY) == 1
    (alert,) = await alerts(cast, "phone_silent")
    assert alert["subject_id"] == new.device_id


async def test_it_resolves_by_itself_when_the_phone_speaks_and_a_new_silence_is_a_new_alert(cast: Cast) -> None:
    await out_with_a_task(cast)
    await watch_phones(cast.now + DAY)
    await cast.phone_seen(cast.worker, cast.now + 30 * HOUR)
    assert await watch_phones(cast.now + 31 * HOUR) == 1
    assert await told(cast) == [("resolved", "phone_spoke")]
    assert await watch_phones(cast.now + 54 * HOUR) == 1
    assert await told(cast) == [("resolved", "phone_spoke"), ("open", None)]


async def test_a_phone_that_speaks_but_holds_records_back_stays_told_of(cast: Cast) -> None:
    await out_with_a_task(cast)
    await watch_phones(cast.now + DAY)
    await cast.phone_seen(cast.worker, cast.now + 30 * HOUR)
    await say(cast, unsent=2, oldest_unsent_at=cast.now)
    assert await watch_phones(cast.now + 31 * HOUR) == 0
    await say(cast, unsent=0, oldest_unsent_at=None)
    assert await watch_phones(cast.now + 32 * HOUR) == 1
    assert await told(cast) == [("resolved", "phone_spoke")]


async def test_a_visit_is_not_missed_while_its_workers_phone_says_that_more_is_to_come(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)
    await Pocket(account=cast.worker).pull(cast.now)
    await say(cast, unsent=2, oldest_unsent_at=cast.now - 2 * HOUR)
    for _ in range(2):
        await mark_missed(now=cast.now)
        assert await status(cast, visit) == "not_known"
    assert [one["kind"] for one in await alerts(cast)] == ["visit_not_known"], "nobody waits longer for it"
    await say(cast, unsent=0, oldest_unsent_at=None)
    await mark_missed(now=cast.now)
    assert await status(cast, visit) == "missed"


async def test_records_not_sent_for_too_long_are_told_of(cast: Cast) -> None:
    await out_with_a_task(cast)
    await cast.phone_seen(cast.worker, cast.now + 3 * DAY)
    await say(cast, unsent=2, oldest_unsent_at=cast.now + 2 * DAY)
    assert await watch_phones(cast.now + 3 * DAY - HOUR) == 0
    assert await watch_phones(cast.now + 3 * DAY) == 1
    (alert,) = await alerts(cast, "phone_silent")
    assert (alert["facts"]["why"], alert["facts"]["unsent"]) == (["unsent"], 2)


async def test_a_hole_in_the_numbers_counts_from_what_arrived_after_it(cast: Cast) -> None:
    await out_with_a_task(cast)
    await cast.phone_seen(cast.worker, cast.now + 3 * DAY)
    await arrived(cast, 2, cast.now - 9 * DAY)
    await arrived(cast, 6, cast.now + 2 * DAY)
    await say(cast, last_seq=6, missing=[3, 4, 5])
    assert await watch_phones(cast.now + 3 * DAY - HOUR) == 0
    assert await watch_phones(cast.now + 3 * DAY) == 1
    (alert,) = await alerts(cast, "phone_silent")
    assert (alert["facts"]["why"], alert["facts"]["missing"]) == (["missing"], 3)
    await say(cast, missing=[])
    await cast.phone_seen(cast.worker, cast.now + 4 * DAY)
    await watch_phones(cast.now + 4 * DAY)
    assert await told(cast) == [("resolved", "phone_spoke")]


async def test_an_item_held_for_too_long_is_told_of(cast: Cast) -> None:
    await out_with_a_task(cast)
    await cast.phone_seen(cast.worker, cast.now + 3 * DAY)
    await arrived(cast, 1, cast.now + 2 * DAY, "held")
    assert await watch_phones(cast.now + 3 * DAY - HOUR) == 0
    assert await watch_phones(cast.now + 3 * DAY) == 1
    (alert,) = await alerts(cast, "phone_silent")
    assert (alert["facts"]["why"], alert["facts"]["held"]) == (["held"], 1)


async def test_cutting_the_phone_off_ends_its_alert(cast: Cast) -> None:
    await out_with_a_task(cast)
    await watch_phones(cast.now + DAY)
    await cut_off(cast, cast.now + DAY)
    assert await watch_phones(cast.now + 2 * DAY) == 1
    assert await told(cast) == [("resolved", "phone_cut_off")]


async def cut_off(cast: Cast, at: datetime) -> None:
    assert cast.worker.device_id
    await revoke_device(cast.worker.device_id, account_id=cast.worker.id, by=cast.specialist, now=at)


async def left(cast: Cast, at: datetime) -> None:
    """The worker's account ended, by which its phones are cut off as well."""
    await end_account(cast.worker.id, by=cast.specialist, now=at)


async def ended_alone(cast: Cast, at: datetime) -> None:
    """The account ended, its phone still there."""
    await cast.owner.execute("UPDATE account SET status = 'ended', ended_at = $2 WHERE id = $1", cast.worker.id, at)


@pytest.mark.parametrize("leave", [cut_off, left, ended_alone])
async def test_what_a_phone_sent_before_it_was_cut_off_is_told_of_while_it_is_held(
    cast: Cast, leave: Callable[[Cast, datetime], Awaitable[None]]
) -> None:
    await out_with_a_task(cast)
    item = await arrived(cast, 6, cast.now, "held")
    await say(cast, last_seq=6, missing=[3], unsent=2, oldest_unsent_at=cast.now - 9 * DAY)
    await leave(cast, cast.now + HOUR)
    assert await watch_phones(cast.now + DAY - HOUR) == 0, "of a phone in use no more nothing else is waited for"
    assert await watch_phones(cast.now + DAY) == 1
    assert await watch_phones(cast.now + 2 * DAY) == 0
    (alert,) = await alerts(cast, "phone_silent")
    facts = alert["facts"]
    assert [facts[name] for name in ("why", "held", "tasks", "unsent", "missing")] == [["held"], 1, 0, 0, 0]
    await settled(cast, item)
    assert await watch_phones(cast.now + 3 * DAY) == 1
    assert await told(cast) == [("resolved", "phone_cut_off")]


async def test_cutting_the_phone_off_does_not_end_its_alert_while_something_is_held(cast: Cast) -> None:
    await out_with_a_task(cast)
    item = await arrived(cast, 1, cast.now, "held")
    await watch_phones(cast.now + DAY)
    await cut_off(cast, cast.now + DAY)
    assert await watch_phones(cast.now + 2 * DAY) == 0
    assert await told(cast) == [("open", None)]
    await settled(cast, item)
    await watch_phones(cast.now + 3 * DAY)
    assert await told(cast) == [("resolved", "phone_cut_off")]


async def settled(cast: Cast, item: UUID) -> None:
    await cast.owner.execute("UPDATE inbox_item SET status = 'taken' WHERE id = $1", item)


async def test_what_a_human_settled_is_not_told_again_while_it_lasts(cast: Cast) -> None:
    await out_with_a_task(cast)
    await watch_phones(cast.now + DAY)
    await cast.owner.execute(
        "UPDATE alert SET status = 'resolved', next_at = NULL, outcome = 'helped', resolved_at = $1", cast.now + DAY
    )
    assert await watch_phones(cast.now + 3 * DAY) == 0


async def test_every_phone_is_judged_however_few_fit_into_a_round(cast: Cast) -> None:
    await out_with_a_task(cast)
    phones = {cast.worker.device_id}
    for _ in range(4):
        colleague = await with_phone(cast, cast.worker)
        await Pocket(account=colleague).pull(cast.now)
        phones.add(colleague.device_id)
        await cast.owner.execute(
            "UPDATE device_state SET unsent = 1, oldest_unsent_at = $2 WHERE id = $1", colleague.device_id, cast.now
        )
    await say(cast, unsent=1, oldest_unsent_at=cast.now)
    assert await watch_phones(cast.now + 2 * DAY, 2) == 5
    assert {one["subject_id"] for one in await alerts(cast, "phone_silent")} == phones


async def test_a_phone_that_cannot_be_judged_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await out_with_a_task(cast)
    other = await with_phone(cast, cast.foreign_worker)
    await Pocket(account=other).pull(cast.now)
    await cast.owner.execute(
        "UPDATE device_state SET unsent = 1, oldest_unsent_at = $2 WHERE id = $1", other.device_id, cast.now
    )
    real = silence.judge

    def judge(phone: Any, *terms: Any, now: datetime) -> Any:
        if phone.device_id == other.device_id:
            raise ValueError("CANARY")
        return real(phone, *terms, now=now)

    monkeypatch.setattr(watching, "judge", judge)
    assert await watch_phones(cast.now + 2 * DAY) == 1
    (bad,) = await alerts(cast, "quarantined")
    assert bad["subject_id"] == other.device_id and bad["facts"] == {"job": "phones", "fault": "ValueError"}
    assert [one["subject_id"] for one in await alerts(cast, "phone_silent")] == [cast.worker.device_id]
    monkeypatch.setattr(watching, "judge", real)
    await watch_phones(cast.now + 2 * DAY + timedelta(minutes=16))
    (bad,) = await alerts(cast, "quarantined")
    assert (bad["status"], bad["outcome"]) == ("resolved", "released")
    assert len(await alerts(cast, "phone_silent")) == 2
