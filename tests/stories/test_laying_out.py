"""Plans and slots: one fitting plan for everybody who is visited, whatever changes, and never a longer wait."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from core.clock import LOCAL
from core.ids import new_id
from recipients import actions as register
from tests.cast import Cast
from visits.actions import lay_out
from visits.cadence import Needs
from visits.cadence import lay as judge

DAY = timedelta(days=1)


def end_of(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 23, 59, 59, tzinfo=LOCAL).astimezone(UTC)


async def plans(cast: Cast, recipient: UUID) -> list[asyncpg.Record]:
    return list(await cast.owner.fetch("SELECT * FROM visit_plan WHERE recipient_id = $1 ORDER BY id", recipient))


async def visits(cast: Cast, recipient: UUID, status: str = "open") -> list[asyncpg.Record]:
    return list(
        await cast.owner.fetch(
            "SELECT * FROM visit WHERE recipient_id = $1 AND status = $2 ORDER BY due_at", recipient, status
        )
    )


async def dues(cast: Cast, recipient: UUID, status: str = "open") -> list[datetime]:
    return [row["due_at"] for row in await visits(cast, recipient, status)]


async def change(cast: Cast, recipient: UUID, **columns: Any) -> None:
    settings = ", ".join(f"{name} = ${position}" for position, name in enumerate(columns, 2))
    await cast.owner.execute(f"UPDATE recipient SET {settings} WHERE id = $1", recipient, *columns.values())


async def issue(cast: Cast, changes: Mapping[str, Any], on: date) -> UUID:
    policy_id = new_id()
    await cast.owner.execute(
        "INSERT INTO policy_version (id, district_id, version, document_number, effective_on, content, issued_at)"
        " VALUES ($1, $2, 2, '津宁民〔2026〕3号', $3, $4::jsonb, $5)",
        policy_id,
        cast.district_area,
        on,
        msgspec.json.encode(changes).decode(),
        cast.now,
    )
    return policy_id


async def journal(cast: Cast, kind: str) -> list[dict[str, Any]]:
    rows = await cast.owner.fetch("SELECT facts FROM journal WHERE kind = $1 ORDER BY id", kind)
    return [msgspec.json.decode(row["facts"]) for row in rows]


async def test_a_person_at_high_risk_is_laid_out_to_the_horizon(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high", last_seen_on=date(2026, 2, 27))
    counts = await lay_out(now=cast.now)
    laid = await visits(cast, recipient)
    assert [row["due_at"] for row in laid] == [end_of(3, 6) + week * 7 * DAY for week in range(8)]
    assert {row["worker_id"] for row in laid} == {cast.worker.id}
    assert laid[0]["opens_at"] == datetime(2026, 3, 3, tzinfo=LOCAL)
    assert (counts["claimed"], counts["started"], counts["laid"]) == (1, 1, 8)


async def test_laying_out_again_changes_nothing(cast: Cast) -> None:
    await cast.recipient(risk="high")
    await cast.recipient()
    await lay_out(now=cast.now)
    before = await cast.owner.fetch("SELECT * FROM visit ORDER BY id")
    assert await lay_out(now=cast.now + timedelta(hours=3)) == Counter(claimed=0, checks=0)
    assert await cast.owner.fetch("SELECT * FROM visit ORDER BY id") == before


async def test_as_time_passes_further_slots_are_laid(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high", last_seen_on=date(2026, 2, 27))
    await lay_out(now=cast.now)
    counts = await lay_out(now=cast.now + 7 * DAY)
    assert (counts["claimed"], counts["started"], counts["laid"]) == (1, 0, 1)
    assert (await dues(cast, recipient))[-1] == end_of(3, 6) + 56 * DAY


async def test_a_limit_leaves_the_rest_to_the_next_round(cast: Cast) -> None:
    for _ in range(5):
        await cast.recipient()
    claimed = [(await lay_out(now=cast.now, limit=2))["claimed"] for _ in range(4)]
    assert claimed == [2, 2, 1, 0]
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_plan WHERE ended_at IS NULL") == 5


async def test_only_the_dispersed_the_living_and_the_eligible_are_laid_out(cast: Cast) -> None:
    for standing in ("died", "moved_to_collective", "eligibility_ended"):
        await cast.recipient(standing=standing)
    await cast.recipient(support_mode="collective")
    in_hospital = await cast.recipient(standing="in_hospital")
    await lay_out(now=cast.now)
    assert [row["recipient_id"] for row in await cast.owner.fetch("SELECT recipient_id FROM visit_plan")] == [
        in_hospital
    ]


async def test_a_higher_risk_ends_the_plan_and_brings_the_next_visit_forward(cast: Cast) -> None:
    recipient = await cast.recipient(last_seen_on=date(2026, 2, 27))
    await lay_out(now=cast.now)
    assert await dues(cast, recipient) == [end_of(3, 29), end_of(4, 28)]
    await change(cast, recipient, risk="high")
    await lay_out(now=cast.now + timedelta(minutes=1))
    old, new = await plans(cast, recipient)
    assert (old["ended_reason"], new["ended_at"], new["risk"]) == ("risk_changed", None, "high")
    assert (await dues(cast, recipient))[0] == end_of(3, 6)
    assert await dues(cast, recipient, "cancelled") == [end_of(3, 29), end_of(4, 28)]
    assert (await journal(cast, "plan.ended"))[0]["why"] == "risk_changed"


async def test_a_lower_risk_does_not_push_the_next_visit_away(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high", last_seen_on=date(2026, 2, 27))
    await lay_out(now=cast.now)
    await change(cast, recipient, risk="general")
    await lay_out(now=cast.now + timedelta(minutes=1))
    assert await dues(cast, recipient) == [end_of(3, 6), end_of(4, 5)]


async def test_a_new_worker_takes_over_what_is_open_on_the_same_day(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high", last_seen_on=date(2026, 2, 27))
    await lay_out(now=cast.now)
    before = await visits(cast, recipient)
    await change(cast, recipient, visit_worker_id=cast.specialist.id)
    await lay_out(now=cast.now + 2 * DAY)
    after = await visits(cast, recipient)
    assert [row["id"] for row in after[:8]] == [row["id"] for row in before]
    assert {row["worker_id"] for row in after} == {cast.specialist.id}
    assert {row["plan_id"] for row in after} == {(await plans(cast, recipient))[1]["id"]}


async def test_what_is_due_already_stays_and_goes_to_the_new_worker(cast: Cast) -> None:
    recipient = await cast.recipient(last_seen_on=date(2026, 1, 30))
    await lay_out(now=cast.now - DAY)
    in_grace = end_of(3, 1)
    assert (await dues(cast, recipient))[0] == in_grace
    await change(cast, recipient, risk="high", visit_worker_id=cast.specialist.id)
    await lay_out(now=cast.now)
    first = (await visits(cast, recipient))[0]
    assert (first["due_at"], first["worker_id"]) == (in_grace, cast.specialist.id)
    assert first["missed_after"] == in_grace + 3 * DAY


async def test_a_new_policy_version_starts_a_new_plan_on_its_day(cast: Cast) -> None:
    recipient = await cast.recipient(last_seen_on=date(2026, 2, 27))
    await lay_out(now=cast.now)
    policy = await issue(cast, {"visits": {"interval": {"general": "14d"}}}, on=date(2026, 3, 3))
    await lay_out(now=cast.now)
    assert len(await plans(cast, recipient)) == 1
    await lay_out(now=cast.now + DAY)
    assert (await plans(cast, recipient))[1]["policy_id"] == policy
    assert (await dues(cast, recipient))[:2] == [end_of(3, 13), end_of(3, 27)]


async def test_visits_made_and_missed_are_history_and_stay(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high", last_seen_on=date(2026, 2, 27))
    await lay_out(now=cast.now)
    first, second, *_ = await visits(cast, recipient)
    await cast.owner.execute("UPDATE visit SET status = 'missed' WHERE id = $1", first["id"])
    await cast.owner.execute("UPDATE visit SET status = 'made', report_id = $2 WHERE id = $1", second["id"], new_id())
    await change(cast, recipient, standing="died")
    await lay_out(now=cast.now + 12 * DAY)
    rows = await cast.owner.fetch("SELECT status, count(*) FROM visit GROUP BY status")
    assert {row["status"]: row["count"] for row in rows} == {"missed": 1, "made": 1, "cancelled": 6}


async def test_a_death_ends_the_plan_and_its_undoing_restores_the_same_days(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high", last_seen_on=date(2026, 2, 27))
    await lay_out(now=cast.now)
    promised = await dues(cast, recipient)
    change = await register.propose_standing(
        recipient,
        standing_after="died",
        happened_on=date(2026, 3, 2),
        reason="村委会证明",
        by=cast.worker,
        now=cast.now,
    )
    await register.confirm_standing(change.id, by=cast.specialist, now=cast.now)
    await lay_out(now=cast.now)
    assert await dues(cast, recipient) == []
    assert await dues(cast, recipient, "cancelled") == promised
    await register.undo_standing(change.id, reason="登记错人", by=cast.specialist, now=cast.now + DAY)
    await lay_out(now=cast.now + DAY)
    assert (await dues(cast, recipient))[: len(promised)] == promised
    died, restored = await plans(cast, recipient)
    assert (died["ended_reason"], restored["ended_at"]) == ("died", None)


async def test_who_was_gone_for_long_is_seen_within_a_day_of_coming_back(cast: Cast) -> None:
    recipient = await cast.recipient(last_seen_on=date(2025, 12, 1))
    await lay_out(now=cast.now - 30 * DAY)
    await change(cast, recipient, standing="eligibility_ended")
    await lay_out(now=cast.now - 29 * DAY)
    await change(cast, recipient, standing="at_home")
    await lay_out(now=cast.now)
    assert (await dues(cast, recipient))[0] <= end_of(3, 3)


async def test_alerts_about_somebody_who_left_are_resolved_with_the_cause(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    await lay_out(now=cast.now)
    await cast.owner.execute(
        "INSERT INTO alert (id, occurrence, kind, severity, status, area_id, district_id, recipient_id, subject_id,"
        " ladder, opened_at, next_at)"
        " VALUES ($1, 'x', 'visit_missed', 'serious', 'open', $2, $3, $4, $1, '{}', $5, $5)",
        new_id(),
        cast.village,
        cast.district_area,
        recipient,
        cast.now,
    )
    await change(cast, recipient, standing="died")
    await lay_out(now=cast.now)
    alert = await cast.owner.fetchrow("SELECT status, outcome, evidence FROM alert")
    assert alert and (alert["status"], alert["outcome"]) == ("resolved", "left")
    assert msgspec.json.decode(alert["evidence"]) == {"standing": "died"}


async def absent(cast: Cast, recipient: UUID, *, days: float, confirmed: bool = True) -> UUID:
    stored = await register.report_absence(
        recipient,
        kind="away",
        starts_at=cast.now,
        ends_at=cast.now + days * DAY,
        whereabouts=None,
        by=cast.worker,
        now=cast.now,
    )
    if confirmed:
        await register.confirm_absence(stored.absence.id, how="relative", by=cast.specialist, now=cast.now)
    return stored.absence.id


async def checks(cast: Cast, recipient: UUID, reason: str = "return_check") -> list[asyncpg.Record]:
    return [row for row in await visits(cast, recipient) if row["reason"] == reason]


async def test_an_absence_that_is_over_owes_a_visit_within_a_day(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    await absent(cast, recipient, days=5)
    await lay_out(now=cast.now + 4 * DAY)
    assert await checks(cast, recipient) == []
    for _ in range(2):
        await lay_out(now=cast.now + 5 * DAY)
    (check,) = await checks(cast, recipient)
    assert check["opens_at"] == cast.now + 5 * DAY
    assert check["due_at"] == check["missed_after"] == cast.now + 6 * DAY
    assert check["worker_id"] == cast.worker.id


async def test_an_absence_ended_early_owes_its_visit_from_that_moment(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    absence = await absent(cast, recipient, days=20)
    await register.end_absence(absence, by=cast.worker, now=cast.now + 2 * DAY)
    await lay_out(now=cast.now + 2 * DAY)
    assert [row["due_at"] for row in await checks(cast, recipient)] == [cast.now + 3 * DAY]


async def test_no_visit_is_owed_while_another_absence_goes_on(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    await absent(cast, recipient, days=2)
    await absent(cast, recipient, days=6)
    await lay_out(now=cast.now + 3 * DAY)
    assert await checks(cast, recipient) == []
    await lay_out(now=cast.now + 6 * DAY)
    assert len(await checks(cast, recipient)) == 1


async def test_an_absence_nobody_confirmed_owes_nothing(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    await absent(cast, recipient, days=2, confirmed=False)
    await lay_out(now=cast.now + 3 * DAY)
    assert await checks(cast, recipient) == []


async def test_who_comes_home_from_hospital_is_visited_within_a_day(cast: Cast) -> None:
    recipient = await cast.recipient()
    for standing in ("in_hospital", "at_home"):
        await register.propose_standing(
            recipient,
            standing_after=standing,
            happened_on=date(2026, 3, 2),
            reason="医院告知",
            by=cast.worker,
            now=cast.now,
        )
    for _ in range(2):
        await lay_out(now=cast.now + timedelta(minutes=1))
    (visit,) = await checks(cast, recipient, "after_change")
    assert (visit["opens_at"], visit["due_at"]) == (cast.now, cast.now + DAY)


async def test_one_person_nobody_can_judge_stops_nobody_else(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = await cast.recipient(risk="high")
    good = [await cast.recipient() for _ in range(6)]

    def lay(needs: Needs, *known: Any, **more: Any) -> Any:
        if needs.recipient_id == bad:
            raise ValueError("cannot be judged")
        return judge(needs, *known, **more)

    monkeypatch.setattr("visits.actions.laying.lay", lay)
    for minutes in (0, 1):
        counts = await lay_out(now=cast.now + timedelta(minutes=minutes))
        assert counts["quarantined"] == (1 if minutes == 0 else 0)
    planned = {row["recipient_id"] for row in await cast.owner.fetch("SELECT recipient_id FROM visit_plan")}
    assert planned == set(good)
    alert = await cast.owner.fetchrow("SELECT kind, recipient_id, area_id FROM alert")
    assert alert and dict(alert) == {"kind": "quarantined", "recipient_id": bad, "area_id": cast.village}

    monkeypatch.undo()
    await lay_out(now=cast.now + timedelta(minutes=16))
    assert len(await plans(cast, bad)) == 1
    assert await cast.owner.fetchval("SELECT status FROM alert") == "resolved"
