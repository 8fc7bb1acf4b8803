"""Nobody is without care for a minute unless somebody is being told: held by the rules, the clock and the database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from caregivers.agreements import actions, queries
from caregivers.agreements.facts import NewFact, card_with_caregiver
from caregivers.agreements.queries import sweeping
from caregivers.agreements.refusals import (
    CareExtendedBefore,
    CareFactWrong,
    CaregiverUnsuitable,
    CareOver,
    CareWrong,
    GapReportedBefore,
    NobodyWouldCare,
    NoGapReported,
    SecondPersonNeeded,
    StillUncovered,
    TemporaryCareMissing,
)
from core import db
from core.ids import new_id
from core.scope import JOBS
from recipients.actions import confirm_standing, propose_standing, undo_standing
from recipients.refusals import RecipientNotFound
from tests import caring
from tests.cast import NOW, Cast
from tests.stories.test_agreements import direct, refused, stand_in
from tests.visiting import alerts, journal

pytestmark = pytest.mark.usefixtures("pools")

TODAY = caring.TODAY
DAY = timedelta(days=1)


async def sweep(now: datetime = NOW) -> dict[str, int]:
    return dict(await actions.settle_cover(now=now, limit=100))


async def uncovered(cast: Cast, recipient: UUID) -> list[tuple[str, str | None, str]]:
    found = [one for one in await alerts(cast, "uncovered") if one["subject_id"] == recipient]
    return [(one["status"], one["outcome"], one["facts"]["why"]) for one in found]


async def covered_person(cast: Cast, **columns: Any) -> tuple[UUID, UUID]:
    person = await cast.recipient()
    return person, await caring.agreement(cast, person, **columns)


# --- the sweep ---


async def test_a_claim_made_on_an_old_view_is_looked_at_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep may lock somebody just after another one rang for them, having looked just before."""
    person, cared_for = await cast.recipient(), (await covered_person(cast))[0]
    await sweep()

    async def stale(*_: object, **__: object) -> list[UUID]:
        return [person, cared_for]

    monkeypatch.setattr(sweeping, "claim_uncovered", stale)
    await sweep(NOW + DAY)
    assert len(await uncovered(cast, person)) == 1
    assert await uncovered(cast, cared_for) == []


async def test_somebody_without_anybody_is_told_of_from_the_first_day(cast: Cast) -> None:
    person = await cast.recipient()
    assert (await sweep())["uncovered"] == 1
    assert await uncovered(cast, person) == [("open", None, "no_agreement")]
    assert await sweep() == {}
    (alert,) = await alerts(cast, "uncovered")
    assert alert["severity"] == "critical"
    duties = await cast.owner.fetchval("SELECT jsonb_path_query_array(ladder, '$.rungs[*].duty')::text FROM alert")
    assert "district" in duties and "village" not in duties


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"status": "suspended"}, "agreement_ended"),
        ({"starts_on": date(2026, 3, 3)}, "caregiver_gone"),
        ({"status": "pending_signatures"}, "no_agreement"),
    ],
    ids=["suspended", "not begun", "not signed"],
)
async def test_what_is_on_paper_is_not_enough(cast: Cast, columns: dict[str, Any], why: str) -> None:
    person, _ = await covered_person(cast, **columns)
    await sweep()
    assert await uncovered(cast, person) == [("open", None, why)]


async def test_a_caregiver_who_died_cares_for_nobody(cast: Cast) -> None:
    carer = await caring.caregiver(cast)
    person, _ = await covered_person(cast, caregiver_id=carer)
    assert await sweep() == {}
    await cast.owner.execute("UPDATE caregiver SET status = 'died', left_on = '2026-03-01' WHERE id = $1", carer)
    await sweep()
    assert await uncovered(cast, person) == [("open", None, "caregiver_gone")]


async def test_an_agreement_ends_with_its_last_day_and_the_alert_rings_in_the_same_moment(cast: Cast) -> None:
    person, agreement = await covered_person(cast, ends_on=TODAY)
    await sweep(datetime(2026, 3, 2, 15, 59, tzinfo=UTC))
    assert await uncovered(cast, person) == []
    counts = await sweep(datetime(2026, 3, 2, 16, 0, 1, tzinfo=UTC))
    assert (counts["expired"], counts["uncovered"]) == (1, 1)
    row = await caring.row_of(cast, "agreement", agreement)
    assert (row["status"], row["ended_reason"], row["ended_on"], row["ended_by"]) == ("ended", "expired", TODAY, None)
    assert await uncovered(cast, person) == [("open", None, "agreement_ended")]


async def test_temporary_care_past_its_limit_silences_nothing(cast: Cast) -> None:
    person, _ = await covered_person(cast, status="suspended")
    await caring.temporary_care(cast, person, ends_by=NOW + DAY)
    await sweep()
    assert await uncovered(cast, person) == []
    await sweep(NOW + DAY)
    assert await uncovered(cast, person) == [("open", None, "care_overrun")]


async def test_the_alert_ends_with_care_and_a_second_gap_rings_anew(cast: Cast) -> None:
    person = await cast.recipient()
    await sweep()
    await actions.arrange_care(person, stand_in(), by=cast.specialist, now=NOW)
    assert await uncovered(cast, person) == [("resolved", "covered", "no_agreement")]
    await sweep(NOW + 14 * DAY)
    assert [one[0] for one in await uncovered(cast, person)] == ["resolved", "open"]


async def test_the_sweep_ends_an_alert_whose_cause_is_gone(cast: Cast) -> None:
    person = await cast.recipient()
    await sweep()
    await caring.agreement(cast, person)
    assert (await sweep())["settled"] == 1
    assert await uncovered(cast, person) == [("resolved", "covered", "no_agreement")]


async def test_who_is_not_supported_needs_nobody(cast: Cast) -> None:
    gone: tuple[dict[str, Any], ...] = ({"standing": "died"}, {"standing": "moved_to_collective"})
    for columns in (*gone, {"support_mode": "collective"}):
        await cast.recipient(**columns)
    assert await sweep() == {}


async def test_a_death_ends_agreement_and_care_and_its_undoing_brings_both_back(cast: Cast) -> None:
    person, agreement = await covered_person(cast, status="suspended")
    care = await caring.temporary_care(cast, person)
    change = await propose_standing(
        person, standing_after="died", happened_on=date(2026, 3, 1), reason="死亡证明", by=cast.specialist, now=NOW
    )
    await confirm_standing(change.id, by=cast.leader, now=NOW)
    assert (await sweep(NOW + DAY))["ended"] == 1
    row = await caring.row_of(cast, "agreement", agreement)
    assert (row["ended_reason"], row["ended_on"]) == ("died", date(2026, 3, 1))
    assert (await caring.row_of(cast, "temporary_care", care))["ended_reason"] == "left_support"
    await undo_standing(change.id, reason="登记有误", by=cast.leader, now=NOW + 2 * DAY)
    assert (await sweep(NOW + 2 * DAY))["restored"] == 1
    assert (await caring.row_of(cast, "agreement", agreement))["status"] == "suspended"
    assert (await caring.row_of(cast, "temporary_care", care))["ended_at"] is None
    assert await uncovered(cast, person) == []
    assert await journal(cast, agreement) == ["agreement.ended", "agreement.restored"]


async def test_a_return_brings_no_old_agreement_back(cast: Cast) -> None:
    person, agreement = await covered_person(cast)
    change = await propose_standing(
        person, standing_after="moved_to_collective", happened_on=TODAY, reason="本人申请", by=cast.specialist, now=NOW
    )
    await confirm_standing(change.id, by=cast.leader, now=NOW)
    await sweep(NOW + DAY)
    await propose_standing(
        person, standing_after="at_home", happened_on=TODAY, reason="返回", by=cast.specialist, now=NOW + 2 * DAY
    )
    await sweep(NOW + 2 * DAY)
    assert (await caring.row_of(cast, "agreement", agreement))["status"] == "ended"
    assert await uncovered(cast, person) == [("open", None, "agreement_ended")]


async def test_agreements_go_with_a_person_who_moves_within_the_township(cast: Cast) -> None:
    person, agreement = await covered_person(cast)
    await cast.owner.execute("UPDATE recipient SET area_id = $2 WHERE id = $1", person, cast.other_village)
    assert await sweep() == {"moved": 1}
    assert (await caring.row_of(cast, "agreement", agreement))["area_id"] == cast.other_village


async def test_one_row_that_cannot_be_settled_stops_no_other(cast: Cast) -> None:
    bad, agreement = await covered_person(cast, ends_on=TODAY - DAY)
    good, _ = await covered_person(cast, ends_on=TODAY - DAY)
    await cast.owner.execute(
        "CREATE FUNCTION break_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;"
        f"CREATE TRIGGER break_one BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.id = '{agreement}')"
        " EXECUTE FUNCTION break_one()"
    )
    try:
        counts = await sweep()
    finally:
        await cast.owner.execute("DROP FUNCTION break_one CASCADE")
    assert (counts["expired"], counts["quarantined"]) == (1, 1)
    assert await uncovered(cast, good) == [("open", None, "agreement_ended")]
    assert [one["subject_id"] for one in await alerts(cast, "quarantined")] == [bad]
    assert await uncovered(cast, bad) == [("open", None, "caregiver_gone")]
    assert "expired" not in await sweep(NOW + timedelta(minutes=1))
    assert (await sweep(NOW + timedelta(minutes=16)))["expired"] == 1
    assert [one["outcome"] for one in await alerts(cast, "quarantined")] == ["released"]


# --- warnings ---


async def test_an_end_that_comes_near_is_warned_of_until_it_is_seen_to(cast: Cast) -> None:
    _, agreement = await covered_person(cast, ends_on=date(2026, 4, 1))
    assert await sweep() == {}
    assert await sweep(NOW + DAY) == {"warned": 1}
    assert await sweep(NOW + 2 * DAY) == {}
    await actions.review_renewal(agreement, decision="renew", reason="服务良好", by=cast.leader, now=NOW + 3 * DAY)
    assert [one["outcome"] for one in await alerts(cast, "agreement_ending")] == ["renewed"]
    assert await sweep(NOW + 14 * DAY) == {}
    assert await sweep(NOW + 16 * DAY) == {"warned": 1}
    again = (await alerts(cast, "agreement_ending"))[-1]
    assert (again["status"], again["facts"]["asks"]) == ("open", "successor")


async def test_temporary_care_warns_before_it_ends_and_no_more_once_it_is_extended(cast: Cast) -> None:
    person, _ = await covered_person(cast, status="suspended")
    care = await caring.temporary_care(cast, person, ends_by=NOW + 6 * DAY)
    assert await sweep() == {}
    assert await sweep(NOW + DAY) == {"warned": 1}
    await actions.extend_care(care, until=NOW + 20 * DAY, reason="仍在住院", by=cast.leader, now=NOW + 2 * DAY)
    assert [one["outcome"] for one in await alerts(cast, "temporary_care_ending")] == ["arranged"]
    assert await sweep(NOW + 16 * DAY) == {"warned": 1}


# --- nobody can be found ---


async def test_the_word_that_nobody_cares_rings_though_an_agreement_stands(cast: Cast) -> None:
    person, _ = await covered_person(cast)
    await actions.report_no_cover(person, reason="照料人周五夜间被拘留，找不到人", by=cast.specialist, now=NOW)
    assert await uncovered(cast, person) == [("open", None, "reported")]
    assert await sweep(NOW + DAY) == {}
    with pytest.raises(GapReportedBefore):
        await actions.report_no_cover(person, reason="仍无人", by=cast.specialist, now=NOW)
    await actions.arrange_care(person, stand_in(), by=cast.district, now=NOW)
    assert await uncovered(cast, person) == [("resolved", "covered", "reported")]
    assert await sweep() == {}


async def test_the_word_is_taken_back_by_a_person_with_a_note(cast: Cast) -> None:
    person, _ = await covered_person(cast)
    with pytest.raises(NoGapReported):
        await actions.restore_cover(person, note="已返回", by=cast.specialist, now=NOW)
    await actions.report_no_cover(person, reason="照料人失联", by=cast.specialist, now=NOW)
    await actions.restore_cover(person, note="照料人已返回，见到本人", by=cast.specialist, now=NOW + DAY)
    assert await uncovered(cast, person) == [("resolved", "covered", "reported")]
    alone = await cast.recipient()
    await actions.report_no_cover(alone, reason="找不到人", by=cast.specialist, now=NOW)
    with pytest.raises(StillUncovered):
        await actions.restore_cover(alone, note="已返回", by=cast.specialist, now=NOW)


async def test_the_only_caregiver_is_arrested_on_friday_night(cast: Cast) -> None:
    """Story 6: refused until somebody is named; if nobody can be, the district's duty phone rings."""
    person, agreement = await covered_person(cast)
    friday = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
    with pytest.raises(TemporaryCareMissing, match="找不到人的，请报告“无人照料”"):
        await actions.suspend(agreement, reason="照料人被刑事拘留", by=cast.leader, now=friday)
    await actions.report_no_cover(person, reason="照料人被刑事拘留，找不到人", by=cast.leader, now=friday)
    (alert,) = await alerts(cast, "uncovered")
    assert alert["severity"] == "critical"
    care = stand_in(starts_at=friday, ends_by=friday + 14 * DAY)
    suspended = await actions.suspend(
        agreement, reason="照料人被刑事拘留", care=care, by=cast.leader, now=friday + timedelta(hours=2)
    )
    assert suspended.status == "suspended"
    assert [one[0] for one in await uncovered(cast, person)] == ["resolved"]


# --- temporary care ---


@pytest.mark.parametrize(
    "said",
    [
        {"ends_by": NOW + 31 * DAY},
        {"ends_by": NOW - DAY},
        {"starts_at": NOW + DAY},
        {"starts_at": NOW - 8 * DAY},
        {"carer_name": " "},
        {"carer_phone": None},
        {"kind": "caregiver"},
    ],
    ids=["too long", "over", "not there yet", "long ago", "nobody", "no phone", "no caregiver"],
)
async def test_care_by_nobody_in_particular_or_without_an_end_is_refused(cast: Cast, said: dict[str, Any]) -> None:
    person = await cast.recipient()
    with pytest.raises(CareWrong):
        await actions.arrange_care(person, stand_in(**said), by=cast.specialist, now=NOW)


async def test_care_by_a_registered_caregiver_asks_what_is_grave_only(cast: Cast) -> None:
    carer = await caring.caregiver(cast)
    for _ in range(3):
        await caring.agreement(cast, caregiver_id=carer)
    person = await cast.recipient()
    care = stand_in(kind="caregiver", caregiver_id=carer, carer_name=None, carer_phone=None)
    await actions.arrange_care(person, care, by=cast.specialist, now=NOW)
    await cast.owner.execute("UPDATE caregiver SET status = 'died', left_on = '2026-03-01' WHERE id = $1", carer)
    with pytest.raises(CaregiverUnsuitable):
        await actions.arrange_care(await cast.recipient(), care, by=cast.specialist, now=NOW)


async def test_care_is_extended_once_and_by_another_person(cast: Cast) -> None:
    person = await cast.recipient()
    care = await actions.arrange_care(person, stand_in(), by=cast.specialist, now=NOW)
    until = NOW + 20 * DAY
    with pytest.raises(SecondPersonNeeded):
        await actions.extend_care(care, until=until, reason="仍在住院", by=cast.specialist, now=NOW)
    with pytest.raises(CareWrong):
        await actions.extend_care(care, until=NOW + 45 * DAY, reason="仍在住院", by=cast.leader, now=NOW)
    extended = await actions.extend_care(care, until=until, reason="仍在住院", by=cast.leader, now=NOW)
    assert extended.ends_by == until
    with pytest.raises(CareExtendedBefore):
        await actions.extend_care(care, until=until + DAY, reason="仍在住院", by=cast.leader, now=NOW)
    with pytest.raises(CareOver):
        await actions.extend_care(care, until=until + 2 * DAY, reason="仍在住院", by=cast.leader, now=until)


async def test_care_ends_only_when_somebody_else_is_there(cast: Cast) -> None:
    person = await cast.recipient()
    care = await actions.arrange_care(person, stand_in(), by=cast.specialist, now=NOW)
    with pytest.raises(NobodyWouldCare):
        await actions.end_care(care, by=cast.specialist, now=NOW)
    carer = await caring.caregiver(cast)
    await caring.agreement(cast, person, carer)
    await cast.owner.execute("UPDATE caregiver SET status = 'died', left_on = '2026-03-01' WHERE id = $1", carer)
    with pytest.raises(NobodyWouldCare):
        await actions.end_care(care, by=cast.specialist, now=NOW)
    await cast.owner.execute("UPDATE caregiver SET status = 'active', left_on = NULL WHERE id = $1", carer)
    assert (await actions.end_care(care, by=cast.specialist, now=NOW)).ended_reason == "resumed"


async def test_a_clerk_of_the_next_township_learns_nothing(cast: Cast) -> None:
    person, _ = await covered_person(cast)
    with pytest.raises(RecipientNotFound):
        await actions.report_no_cover(person, reason="无人", by=cast.foreign_specialist, now=NOW)
    for one in (person, new_id()):
        with pytest.raises(RecipientNotFound):
            await actions.arrange_care(one, stand_in(), by=cast.foreign_specialist, now=NOW)


# --- guardian and card holder ---


async def test_a_caregiver_who_holds_the_card_is_flagged_and_never_refused(cast: Cast) -> None:
    carer = await caring.caregiver(cast)
    person, _ = await covered_person(cast, caregiver_id=carer)
    first = NewFact(kind="card_holder", who="self", since_on=date(2026, 1, 1))
    await actions.record_care_fact(person, first, by=cast.specialist, now=NOW)
    held = NewFact(kind="card_holder", who="caregiver", caregiver_id=carer, since_on=date(2026, 2, 1))
    await actions.record_care_fact(person, held, by=cast.specialist, now=NOW)
    async with db.transaction(cast.specialist.scope):
        facts = await queries.facts_of(person)
    assert [(one.who, one.until_on) for one in facts] == [("caregiver", None), ("self", date(2026, 2, 1))]
    assert card_with_caregiver(facts, carer)
    with pytest.raises(CareFactWrong):
        await actions.record_care_fact(person, first, by=cast.specialist, now=NOW)


# --- the database itself ---


async def test_no_direct_statement_leaves_somebody_without_care(cast: Cast) -> None:
    person, agreement = await covered_person(cast)
    for reason in ("mutual", "superseded", "resigned", "expired", "died"):
        with refused("CD002"):
            await direct(
                "UPDATE agreement SET status = 'ended', ended_at = now(), ended_reason = $2 WHERE id = $1",
                agreement,
                reason,
                by=cast.leader,
            )
    suspend = "UPDATE agreement SET status = 'suspended', suspended_at = now(), suspended_by = $2 WHERE id = $1"
    with refused("CD002"):
        await direct(suspend, agreement, cast.leader.id, by=cast.leader)
    await actions.report_no_cover(person, reason="找不到人", by=cast.leader, now=NOW)
    with refused("CD002"):
        await direct(suspend, agreement, cast.leader.id, by=cast.leader)
    resign = "UPDATE agreement SET status = 'ended', ended_at = now(), ended_reason = 'resigned' WHERE id = $1"
    await direct(resign, agreement, by=cast.leader)


async def test_no_direct_statement_ends_care_that_is_all_there_is(cast: Cast) -> None:
    person = await cast.recipient()
    care = await caring.temporary_care(cast, person)
    end = "UPDATE temporary_care SET ended_at = now(), ended_reason = 'replaced' WHERE id = $1"
    with refused("CD002"):
        await direct(end, care, by=cast.leader)
    await caring.agreement(cast, person)
    await direct(end, care, by=cast.leader)


async def test_no_direct_statement_ends_the_alert_that_somebody_has_nobody(cast: Cast) -> None:
    person = await cast.recipient()
    await sweep()
    resolve = (
        "UPDATE alert SET status = 'resolved', next_at = NULL, outcome = 'covered', resolved_at = $2"
        " WHERE recipient_id = $1 AND kind = 'uncovered'"
    )
    with refused("CD002"):
        await direct(resolve, person, NOW, by=cast.leader)
    with refused("CD002"):
        await direct("UPDATE alert SET kind = 'late_entry' WHERE recipient_id = $1", person, by=cast.leader)
    care = await caring.temporary_care(cast, person)
    with refused("CD002"):
        await direct(resolve, person, NOW + 40 * DAY, by=cast.leader)
    row = {"id": new_id(), "recipient_id": person, "area_id": cast.village, "district_id": cast.district_area}
    said = {"reason": "找不到人", "reported_by": cast.leader.id, "reported_at": NOW}
    await caring.insert(cast.owner, "no_cover", row | said)
    with refused("CD002"):
        await direct(resolve, person, NOW, by=cast.leader)
    await cast.owner.execute("DELETE FROM no_cover")
    await direct(resolve, person, NOW, by=cast.leader)
    assert (await caring.row_of(cast, "temporary_care", care))["ended_at"] is None


async def test_the_clock_and_the_database_mean_the_same_by_covered(cast: Cast) -> None:
    agreed: list[dict[str, Any]] = [{}, {"status": "suspended"}, {"starts_on": date(2026, 3, 3)}, {"ends_on": TODAY}]
    for columns in agreed:
        await covered_person(cast, **columns)
    second = timedelta(seconds=1)
    arranged: list[dict[str, Any]] = [{}, {"ends_by": NOW}, {"ends_by": NOW + second}, {"starts_at": NOW + DAY}]
    for columns in arranged:
        await caring.temporary_care(cast, await cast.recipient(), **columns)
    gone = await caring.caregiver(cast, status="died", left_on=TODAY)
    await covered_person(cast, caregiver_id=gone)
    await caring.temporary_care(cast, await cast.recipient(), kind="caregiver", caregiver_id=gone)
    reported, _ = await covered_person(cast)
    row = {"id": new_id(), "recipient_id": reported, "area_id": cast.village, "district_id": cast.district_area}
    said = {"reason": "找不到人", "reported_by": cast.leader.id, "reported_at": NOW}
    await caring.insert(cast.owner, "no_cover", row | said)
    told = {
        row["id"]: row["covered"]
        for row in await cast.owner.fetch("SELECT id, is_covered_at(id, $1) AS covered FROM recipient", NOW)
    }
    await sweep()
    rung = {one["subject_id"] for one in await alerts(cast, "uncovered")}
    assert len(told) == 11 and sum(told.values()) == 4
    assert rung == {person for person, covered in told.items() if not covered}


async def test_jobs_know_no_reason_and_no_name(cast: Cast) -> None:
    for column, table in (("reason", "no_cover"), ("carer_name_sealed", "temporary_care"), ("liability", "agreement")):
        with refused("42501"):
            async with db.transaction(JOBS):
                await db.fetch(f"SELECT {column} FROM {table}")
