"""People answer alerts: acknowledge for a while, settle with evidence, return once, pause within bounds."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from accounts.permissions import Account
from alerts import actions, lifecycle
from alerts.actions import climb, resolve_for
from alerts.actions.answering import NoSuchOwner
from alerts.queries.answering import lock_alert
from alerts.queries.journal import journal_page
from alerts.queries.reading import Wanted, alerts_page
from alerts.queries.rows import ladder
from core import db
from core.errors import Forbidden, NotFound
from core.scope import JOBS
from tests.alerting import add_channel, alert_row, climb_to, journal_kinds, new_alert, open_all, open_one, told
from tests.cast import Cast

HOUR = timedelta(hours=1)
SEEN = {"note": "上门见到本人，一切正常", "how": "door"}


async def resolve(alert: UUID, by: Account, now: datetime, **said: Any) -> None:
    await actions.resolve(alert, **{"outcome": "met", "evidence": SEEN} | said, by=by, now=now)


async def inbox_kinds(cast: Cast, account: Account) -> list[str]:
    rows = await cast.owner.fetch(
        "SELECT kind FROM notice WHERE account_id = $1 AND channel = 'inbox' ORDER BY owed_at, id", account.id
    )
    return [row["kind"] for row in rows]


async def test_an_acknowledgement_rests_the_ladder_until_it_expires_and_then_reminds(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    await actions.acknowledge(alert, by=cast.worker, now=cast.now + HOUR)
    assert (await climb(now=cast.now + 2 * HOUR))["claimed"] == 0
    expires = cast.now + 5 * HOUR
    await climb(now=expires)
    row = await alert_row(cast, alert)
    assert (row["status"], row["rung"], row["acknowledged_until"]) == ("open", 1, None)
    assert {account for rung, _, account in await told(cast, alert) if rung == 1} == {
        cast.worker.id,
        cast.specialist.id,
    }
    assert await journal_kinds(cast, alert) == [
        "alert.opened",
        "alert.climbed",
        "alert.acknowledged",
        "alert.acknowledgement_expired",
        "alert.climbed",
    ]


async def test_no_acknowledgement_reaches_past_the_deadline_to_resolve_it_was_given_in(cast: Cast) -> None:
    alert = await open_one(cast)
    deadline = cast.now + 24 * HOUR
    late = await climb_to(cast, alert, 3)
    while (await alert_row(cast, alert))["next_at"] < deadline - HOUR:
        late = (await alert_row(cast, alert))["next_at"]
        await climb(now=late)
    given = await actions.acknowledge(alert, by=cast.district, now=deadline - HOUR / 2)
    assert given.next_at == deadline
    assert (await climb(now=deadline))["fired"] == 1
    again = await actions.acknowledge(alert, by=cast.district, now=deadline + HOUR)
    assert again.next_at == deadline + 5 * HOUR
    assert (await climb(now=again.next_at))["fired"] == 1


async def test_acknowledging_over_and_over_does_not_silence(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    for hours in (0, 1, 2, 3, 3.9):
        await actions.acknowledge(alert, by=cast.worker, now=cast.now + hours * HOUR)
    assert (await climb(now=cast.now + 4 * HOUR))["fired"] == 1


async def test_every_acknowledgement_is_written_down_also_one_that_changes_nothing(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    await actions.acknowledge(alert, by=cast.worker, now=cast.now)
    given = await actions.acknowledge(alert, by=cast.worker, now=cast.now + HOUR)
    assert not given.took
    rows = await cast.owner.fetch("SELECT by_account_id FROM journal WHERE kind = 'alert.acknowledged' ORDER BY id")
    assert [row["by_account_id"] for row in rows] == [cast.worker.id] * 2


async def test_a_leader_takes_an_acknowledgement_over(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    await actions.acknowledge(alert, by=cast.worker, now=cast.now)
    await actions.acknowledge(alert, by=cast.leader, now=cast.now + 3 * HOUR)
    row = await alert_row(cast, alert)
    assert (row["acknowledged_by"], row["next_at"]) == (cast.leader.id, cast.now + 7 * HOUR)


async def test_an_acknowledgement_without_an_end_cannot_be_stored(cast: Cast) -> None:
    alert = await open_one(cast)
    with pytest.raises(asyncpg.CheckViolationError):
        await cast.owner.execute(
            "UPDATE alert SET status = 'acknowledged', acknowledged_by = $2, acknowledged_at = now() WHERE id = $1",
            alert,
            cast.worker.id,
        )


@pytest.mark.parametrize("who", ["foreign_worker", "foreign_specialist", "foreign_leader"])
async def test_an_alert_elsewhere_answers_like_none_at_all(cast: Cast, who: str) -> None:
    stranger: Account = getattr(cast, who)
    alert = await open_one(cast)
    for unknown in (alert, uuid4()):
        with pytest.raises(NotFound) as refused:
            await actions.acknowledge(unknown, by=stranger, now=cast.now)
        assert refused.value.detail == actions.AlertNotFound.detail
        with pytest.raises(NotFound):
            await resolve(unknown, stranger, cast.now)
        with pytest.raises(NotFound):
            await actions.return_to(unknown, to=stranger.id, reason="不是我村", by=stranger, now=cast.now)
    assert (await alert_row(cast, alert))["status"] == "open"


async def test_who_may_only_read_may_not_answer(cast: Cast) -> None:
    alert = await open_one(cast)
    for reader in (cast.auditor, cast.administrator):
        with pytest.raises(Forbidden):
            await actions.acknowledge(alert, by=reader, now=cast.now)
    with pytest.raises(Forbidden):
        await actions.pause(alert, until=cast.now + HOUR, reason="洪水封路", by=cast.worker, now=cast.now)


async def test_resolving_keeps_the_outcome_and_tells_those_already_told(cast: Cast) -> None:
    alert = await open_one(cast)
    now = await climb_to(cast, alert, 1)
    await resolve(alert, cast.worker, now)
    row = await alert_row(cast, alert)
    assert (row["status"], row["outcome"], row["resolved_by"], row["next_at"]) == (
        "resolved",
        "met",
        cast.worker.id,
        None,
    )
    assert await inbox_kinds(cast, cast.worker) == ["visit_missed"]
    assert await inbox_kinds(cast, cast.specialist) == ["visit_missed", "alert_resolved"]
    assert await inbox_kinds(cast, cast.leader) == []
    assert (await journal_kinds(cast, alert))[-1] == "alert.resolved"
    assert (await climb(now=now + 24 * HOUR))["claimed"] == 0


async def test_resolving_withdraws_what_is_still_owed_and_says_why(cast: Cast) -> None:
    await add_channel(cast, cast.worker)
    alert = await open_one(cast)
    await climb(now=cast.now)
    await resolve(alert, cast.worker, cast.now)
    row = await cast.owner.fetchrow("SELECT status, last_error, next_try_at FROM notice WHERE channel = 'webhook'")
    assert tuple(row) == ("withdrawn", "预警已解除：已见到本人", None)


async def test_what_is_resolved_stays_so(cast: Cast) -> None:
    alert = await open_one(cast)
    await resolve(alert, cast.worker, cast.now)
    with pytest.raises(lifecycle.AlertResolved):
        await actions.acknowledge(alert, by=cast.leader, now=cast.now)
    with pytest.raises(lifecycle.AlertResolved):
        await resolve(alert, cast.leader, cast.now)


async def test_once_the_leader_was_told_the_worker_cannot_close_it_alone(cast: Cast) -> None:
    alert = await open_one(cast)
    now = await climb_to(cast, alert, 2)
    with pytest.raises(lifecycle.SecondPersonNeeded):
        await resolve(alert, cast.worker, now)
    await resolve(alert, cast.specialist, now)
    assert (await alert_row(cast, alert))["status"] == "resolved"


async def test_no_alert_can_be_stored_as_closed_without_a_cause(cast: Cast) -> None:
    alert = await open_one(cast)
    with pytest.raises(asyncpg.CheckViolationError):
        await cast.owner.execute("UPDATE alert SET status = 'resolved', next_at = NULL WHERE id = $1", alert)


async def test_evidence_resolves_the_alerts_of_its_kind_and_subject_and_no_others(cast: Cast) -> None:
    late = new_alert(cast)
    assert late.subject_id is not None
    door = new_alert(cast, kind="door_unanswered", occurrence="door:1", subject_id=late.subject_id)
    another = new_alert(cast)
    alert, other_kind, other_subject = await open_all(cast, [late, door, another])
    await climb(now=cast.now)
    async with db.transaction(cast.worker.scope):
        resolved = await resolve_for(
            [late.subject_id],
            kinds={"visit_missed", "visit_not_known"},
            outcome="late_evidence",
            evidence={"report_id": "0193"},
            by=cast.worker.id,
            now=cast.now + HOUR,
        )
    assert resolved == [alert]
    row = await alert_row(cast, alert)
    assert (row["status"], row["outcome"], row["evidence"]) == ("resolved", "late_evidence", '{"report_id": "0193"}')
    assert (await alert_row(cast, other_kind))["status"] == "open"
    assert (await alert_row(cast, other_subject))["status"] == "open"
    assert await cast.owner.fetchval("SELECT count(*) FROM alert_rung WHERE alert_id = $1", alert) == 1


async def test_late_evidence_tells_everybody_the_ladder_had_reached(cast: Cast) -> None:
    late = new_alert(cast)
    assert late.subject_id is not None
    (alert,) = await open_all(cast, [late])
    now = await climb_to(cast, alert, 3)
    async with db.transaction(JOBS):
        await resolve_for(
            [late.subject_id], kinds={"visit_missed"}, outcome="late_evidence", evidence={}, by=None, now=now
        )
    for person in (cast.worker, cast.specialist, cast.leader, cast.district):
        assert (await inbox_kinds(cast, person))[-1] == "alert_resolved"


async def test_evidence_in_one_township_cannot_resolve_an_alert_of_another(cast: Cast) -> None:
    theirs = new_alert(cast)
    assert theirs.subject_id is not None
    await open_all(cast, [theirs])
    async with db.transaction(cast.foreign_worker.scope):
        resolved = await resolve_for(
            [theirs.subject_id],
            kinds={"visit_missed"},
            outcome="late_evidence",
            evidence={},
            by=cast.foreign_worker.id,
            now=cast.now,
        )
    assert resolved == []


async def test_a_return_tells_the_new_owner_and_the_clock_goes_on(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    await actions.acknowledge(alert, by=cast.worker, now=cast.now)
    await actions.return_to(alert, to=cast.specialist.id, reason="户籍不在本村", by=cast.worker, now=cast.now + HOUR)
    row = await alert_row(cast, alert)
    assert (row["status"], row["returned_to"], row["next_at"]) == ("open", cast.specialist.id, cast.now + 2 * HOUR)
    assert await inbox_kinds(cast, cast.specialist) == ["alert_returned"]
    assert (await climb(now=cast.now + 2 * HOUR))["fired"] == 1


async def test_an_alert_is_returned_once(cast: Cast) -> None:
    alert = await open_one(cast)
    await actions.return_to(alert, to=cast.specialist.id, reason="户籍不在本村", by=cast.worker, now=cast.now)
    with pytest.raises(lifecycle.AlreadyReturned):
        await actions.return_to(alert, to=cast.leader.id, reason="不归我管", by=cast.specialist, now=cast.now)


@pytest.mark.parametrize("to", ["foreign_worker", "foreign_specialist", "auditor", "administrator"])
async def test_an_alert_is_only_given_to_somebody_who_answers_there(cast: Cast, to: str) -> None:
    alert = await open_one(cast)
    stranger: Account = getattr(cast, to)
    for unknown in (stranger.id, uuid4()):
        with pytest.raises(NoSuchOwner):
            await actions.return_to(alert, to=unknown, reason="户籍不在本村", by=cast.worker, now=cast.now)
    assert (await alert_row(cast, alert))["returned_to"] is None


async def test_an_ended_account_is_given_nothing(cast: Cast) -> None:
    alert = await open_one(cast)
    await cast.owner.execute("UPDATE account SET status = 'ended', ended_at = now() WHERE id = $1", cast.specialist.id)
    with pytest.raises(NoSuchOwner):
        await actions.return_to(alert, to=cast.specialist.id, reason="户籍不在本村", by=cast.worker, now=cast.now)


async def test_a_pause_ends_by_itself_and_the_ladder_goes_on(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    until = cast.now + 6 * HOUR
    await actions.pause(alert, until=until, reason="洪水封路，已电话确认平安", by=cast.leader, now=cast.now)
    assert (await climb(now=until - timedelta(seconds=1)))["claimed"] == 0
    await climb(now=until)
    row = await alert_row(cast, alert)
    assert (row["rung"], row["paused_until"]) == (1, None)
    assert (await journal_kinds(cast, alert))[-3:] == ["alert.paused", "alert.resumed", "alert.climbed"]


async def test_a_pause_rests_one_alert_and_no_other(cast: Cast) -> None:
    alert, other = await open_all(cast, [new_alert(cast), new_alert(cast)])
    await actions.pause(alert, until=cast.now + HOUR, reason="洪水封路", by=cast.leader, now=cast.now)
    await climb(now=cast.now)
    assert await told(cast, alert) == []
    assert await told(cast, other) == [(0, 0, cast.worker.id)]


async def test_a_pause_cannot_outlast_the_policy(cast: Cast) -> None:
    alert = await open_one(cast)
    longest = timedelta(seconds=ladder((await alert_row(cast, alert))["ladder"]).paused_at_most.rough_seconds)
    second = timedelta(seconds=1)
    with pytest.raises(lifecycle.PauseTooLong):
        await actions.pause(alert, until=cast.now + longest + second, reason="洪水封路", by=cast.leader, now=cast.now)
    await actions.pause(alert, until=cast.now + longest, reason="洪水封路", by=cast.leader, now=cast.now)


async def test_the_queries_hold_the_callers_areas_besides_row_level_security(cast: Cast) -> None:
    """Asked with the jobs' eyes, from which row-level security hides nothing."""
    alert = await open_one(cast)
    async with db.transaction(JOBS):
        assert await lock_alert(alert, area_ids=[cast.foreign_township]) is None
        assert await lock_alert(alert, area_ids=[cast.township]) is not None
        assert await alerts_page(Wanted(), area_ids=[cast.foreign_township], after=None, limit=9) == []
        assert len(await alerts_page(Wanted(), area_ids=[cast.township], after=None, limit=9)) == 1
        nothing: dict[str, Any] = {"kind": None, "subject_id": None, "area_id": None, "after": None, "limit": 9}
        assert await journal_page(area_ids=[cast.foreign_township], **nothing) == []
        assert len(await journal_page(area_ids=[cast.township], **nothing)) == 1


async def test_row_level_security_holds_them_besides_the_queries(cast: Cast) -> None:
    """Asked with a stranger's eyes for areas they claim to have."""
    alert = await open_one(cast)
    await climb(now=cast.now)
    async with db.transaction(cast.foreign_leader.scope):
        assert await lock_alert(alert, area_ids=[cast.township]) is None
        for table in ("alert", "alert_rung", "notice", "roster_gap"):
            assert await db.fetch_value(f"SELECT count(*) FROM {table}") == 0
