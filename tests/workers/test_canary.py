"""The canary goes the whole way of a missed visit, disturbs nobody, and its silence is told."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from alerts.canary import CANARY_ACCOUNT
from alerts.queries import backlog as alert_backlog
from alerts.queries.journal import journal_page
from alerts.queries.reading import Wanted, alerts_page
from core import db
from core.ids import new_id
from core.scope import JOBS
from tests.cast import Cast
from visits.canary import Flight
from visits.queries import backlog as visit_backlog
from visits.queries import canary as canaries
from visits.queries import sweeping
from workers import canary, climb, deliver, senders, sweep
from workers import round as one_round
from workers.timetable import TIMETABLE

pytestmark = pytest.mark.usefixtures("process")

ROUND = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
TOLD = "SELECT account_id FROM notice WHERE kind = 'canary_silent' AND channel = 'inbox'"


async def night(cast: Cast) -> None:
    """A canary has flown and been swept and climbed by the ordinary jobs."""
    assert await canary.run(cast.now) == {"flown": 1, "heard": 0, "silent": 0}
    assert (await sweep.run(cast.now + SECOND))["missed"] == 1
    assert (await climb.run(cast.now + 2 * SECOND))["fired"] == 1


async def test_it_is_swept_and_climbed_like_any_visit_and_the_next_round_settles_it(cast: Cast) -> None:
    await night(cast)
    assert await canary.run(cast.now + ROUND) == {"flown": 1, "heard": 1, "silent": 0}
    first, second = await cast.owner.fetch("SELECT * FROM visit ORDER BY due_at")
    assert (first["status"], first["closed_reason"], first["area_id"]) == ("cancelled", "heard", cast.district_area)
    assert (second["status"], second["due_at"]) == ("open", cast.now + ROUND)
    assert await cast.owner.fetchval("SELECT count(*) FROM recipient WHERE id = $1", first["recipient_id"]) == 0
    alert = await cast.owner.fetchrow("SELECT * FROM alert")
    assert (alert["kind"], alert["status"], alert["outcome"]) == ("canary", "resolved", "canary_heard")
    assert (alert["rung"], alert["subject_id"]) == (0, first["id"])


async def test_no_person_is_ever_told_of_it(cast: Cast) -> None:
    await night(cast)
    alert = await cast.owner.fetchrow("SELECT id, next_at FROM alert")
    for _ in range(3):
        await climb.run(alert["next_at"])
        alert = await cast.owner.fetchrow("SELECT id, next_at FROM alert")
    await canary.run(cast.now + 100 * ROUND)
    told = await cast.owner.fetch("SELECT DISTINCT account_id, channel, status FROM notice")
    assert [tuple(row) for row in told] == [(CANARY_ACCOUNT, "inbox", "sent")]
    assert await cast.owner.fetchval("SELECT count(*) FROM account WHERE id = $1", CANARY_ACCOUNT) == 0
    assert await cast.owner.fetchval("SELECT count(*) FROM roster_gap") == 0


async def test_it_is_not_printed_where_notices_are(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        climb, "outside", lambda: senders.Outside(senders={}, public_url="", console=True, heads_file=None)
    )
    await night(cast)
    assert (await deliver.run(cast.now + 3 * SECOND))["messages"] == 0


@pytest.mark.parametrize("step", ["judged", "alerted", "fired", "told"])
async def test_administrators_hear_where_a_canary_stopped(
    cast: Cast, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await canary.run(cast.now)
    if step != "judged":
        await sweep.run(cast.now + SECOND)
    if step == "alerted":
        await cast.owner.execute("DELETE FROM alert")
    if step == "told":
        await climb.run(cast.now + SECOND)
        await cast.owner.execute("DELETE FROM notice")
    assert await canary.run(cast.now + ROUND) == {"flown": 1, "heard": 0, "silent": 1}
    told = await cast.owner.fetch(
        "SELECT account_id, severity, facts ->> 'missing' AS missing, facts -> 'lines' ->> 0 AS line FROM notice"
        " WHERE kind = 'canary_silent'"
    )
    assert [(row["account_id"], row["severity"], row["missing"]) for row in told] == [
        (cast.administrator.id, "critical", step)
    ]
    assert told[0]["line"].startswith("津宁区：")
    assert await cast.owner.fetchval("SELECT count(*) FROM alert WHERE status <> 'resolved'") == 0
    journal = await cast.owner.fetch("SELECT area_id FROM journal WHERE kind = 'canary.silent'")
    assert [row["area_id"] for row in journal] == [cast.district_area]


async def test_a_blind_sweep_is_silent_until_a_later_canary_is_heard(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def blind(**_: object) -> list[object]:
        return []

    with monkeypatch.context() as blinded:
        blinded.setattr(sweeping, "claim_overdue", blind)
        await canary.run(cast.now)
        await sweep.run(cast.now + SECOND)
        assert (await canary.run(cast.now + ROUND))["silent"] == 1
    a_restart = await canary.run(cast.now + ROUND + SECOND)
    assert a_restart == {"flown": 0, "heard": 0, "silent": 1}, "a canary in the air is no proof yet"
    await sweep.run(cast.now + ROUND + SECOND)
    await climb.run(cast.now + ROUND + SECOND)
    assert await canary.run(cast.now + 2 * ROUND) == {"flown": 1, "heard": 1, "silent": 0}


async def test_a_long_silence_is_told_once_an_hour(cast: Cast) -> None:
    for number in range(8):
        await canary.run(cast.now + number * ROUND)
    assert len(await cast.owner.fetch(TOLD)) == 2


async def test_eyes_that_row_level_security_has_shut_leave_no_heartbeat(cast: Cast) -> None:
    job = next(job for job in TIMETABLE if job.name == "canary")
    await cast.owner.execute("ALTER POLICY visit_by_jobs ON visit USING (false)")
    try:
        assert await one_round.run(job, ran_by="worker", now=cast.now) is None
    finally:
        await cast.owner.execute("ALTER POLICY visit_by_jobs ON visit USING (true)")
    assert await cast.owner.fetchval("SELECT count(*) FROM heartbeat") == 0


async def test_two_workers_let_one_canary_fly(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    flights = canaries.flights

    async def slowly() -> list[Flight]:
        found = await flights()
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(canaries, "flights", slowly)
    both = await asyncio.gather(canary.run(cast.now), canary.run(cast.now + SECOND))
    assert sorted(one["flown"] for one in both) == [0, 1]
    assert await cast.owner.fetchval("SELECT count(*) FROM visit") == 1


async def test_a_district_in_which_nobody_can_sign_in_has_none(cast: Cast) -> None:
    await cast.owner.execute("UPDATE account SET status = 'ended', ended_at = $1", cast.now)
    assert await canary.run(cast.now) == {"flown": 0, "heard": 0, "silent": 0}


async def test_people_find_no_trace_of_it(cast: Cast) -> None:
    await night(cast)
    for account in (cast.district, cast.auditor, cast.administrator):
        async with db.transaction(account.scope):
            assert await db.fetch("SELECT id FROM visit") == []
            assert await db.fetch("SELECT id FROM alert") == []
            listed = await alerts_page(Wanted(), area_ids=account.area_ids, after=None, limit=10)
            lines = await journal_page(
                area_ids=account.area_ids, kind=None, subject_id=None, area_id=None, after=None, limit=10
            )
        assert (listed, lines) == ([], [])
    await canary.run(cast.now + ROUND)
    async with db.transaction(cast.district.scope):
        assert await db.fetch("SELECT id FROM journal") == []


async def test_it_is_in_no_count_of_what_is_owed(cast: Cast) -> None:
    await canary.run(cast.now)
    async with db.transaction(JOBS):
        assert await visit_backlog.overdue(cast.now + ROUND) == 0
    await sweep.run(cast.now + SECOND)
    async with db.transaction(JOBS):
        assert sum((await alert_backlog.unacknowledged()).values()) == 0


async def test_nobody_can_make_one_by_hand(cast: Cast) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.district.scope):
            await db.execute(
                "INSERT INTO visit (id, recipient_id, area_id, district_id, reason, risk, opens_at, due_at,"
                " missed_after, status) VALUES ($1, $1, $2, $2, 'canary', 'general', $3, $3, $3, 'open')",
                new_id(),
                cast.district_area,
                cast.now,
            )
