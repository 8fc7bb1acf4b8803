"""How agreements are kept, as the register of care holds it: every fact counts, and what was withdrawn does not."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from caregivers.overview.queries import land_of, standing_of_agreements, yardstick_for
from caregivers.overview.queries.keeping import Listed
from core import db
from core.ids import new_id
from tests.caring import agreement, caregiver, insert, temporary_care
from tests.cast import NOW, Cast
from tests.failing import DAY, HOUR, assessment, case, covered, hazard, order, statement


@pytest.fixture(autouse=True)
def _pools(pools: None) -> None:
    """Every story here acts as people do."""


async def listed(by: Account, **asked: Any) -> list[Listed]:
    async with db.transaction(by.scope):
        land = await land_of(by.area_ids)
        return await standing_of_agreements(land.areas, await yardstick_for(by.district_id, NOW), **asked)


async def kept(by: Account) -> tuple[str, list[str]]:
    (one,) = await listed(by)
    return one.kept.standing, [reason.word for reason in one.kept.reasons]


async def attended(cast: Cast, agreement_id: UUID, *, days: int = 2) -> None:
    row = await cast.owner.fetchrow("SELECT * FROM agreement WHERE id = $1", agreement_id)
    for number in range(days):
        await insert(
            cast.owner,
            "attendance",
            {
                "id": new_id(),
                "agreement_id": agreement_id,
                **{name: row[name] for name in ("recipient_id", "caregiver_id", "area_id")},
                "by_account_id": cast.specialist.id,
                "services": ["meals"],
                "made_at": NOW - HOUR - number * DAY,
                "logged_at": NOW - HOUR - number * DAY,
                "late": False,
                "sha256": b"",
            },
        )


async def well_kept(cast: Cast, **columns: Any) -> UUID:
    _, agreement_id = await covered(cast, **columns)
    await attended(cast, agreement_id)
    return agreement_id


async def failure(cast: Cast, agreement_id: UUID, **columns: Any) -> UUID:
    counted_at = columns.get("counted_at", NOW - 8 * DAY)
    one = await order(cast, agreement_id=agreement_id, status="closed", closed_at=NOW - DAY, statement_until=counted_at)
    row = await cast.owner.fetchrow("SELECT * FROM agreement WHERE id = $1", agreement_id)
    cycle = {
        "id": new_id(),
        "order_id": one,
        "agreement_id": agreement_id,
        "caregiver_id": row["caregiver_id"],
        "area_id": row["area_id"],
        "why": "failed",
        "heard": "time_ran_out",
        "failed_at": NOW - 9 * DAY,
        "counted_at": counted_at,
    } | columns
    await insert(cast.owner, "failed_cycle", cycle)
    return UUID(str(cycle["id"]))


async def test_an_agreement_with_its_attendance_and_nothing_against_it_is_kept(cast: Cast) -> None:
    await well_kept(cast)
    assert await kept(cast.specialist) == ("kept", [])


async def test_too_little_attendance_is_a_risk(cast: Cast) -> None:
    _, agreement_id = await covered(cast)
    await attended(cast, agreement_id, days=1)
    assert await kept(cast.specialist) == ("at_risk", ["attendance_low"])


async def test_a_new_agreement_or_temporary_care_asks_no_week_of_attendance(cast: Cast) -> None:
    await covered(cast, starts_on=date(2026, 2, 27), activated_at=NOW - 2 * DAY)
    assert await kept(cast.specialist) == ("kept", [])
    recipient, _ = await covered(cast)
    await temporary_care(cast, recipient)
    assert {one.kept.standing for one in await listed(cast.specialist)} == {"kept"}


async def test_each_fact_is_a_reason(cast: Cast) -> None:
    one = await well_kept(cast, ends_on=date(2026, 3, 20))
    recipient = await cast.owner.fetchval("SELECT recipient_id FROM agreement WHERE id = $1", one)
    await hazard(cast, recipient_id=recipient, agreement_id=one)
    await order(cast, agreement_id=one)
    await statement(cast, await order(cast, agreement_id=one, status="overdue", overdue_at=NOW - HOUR))
    await failure(cast, one)
    await case(cast, agreement_id=one, mandatory=False, ground="proposed")
    assert await kept(cast.specialist) == (
        "at_risk",
        [
            "open_hazards",
            "case_open",
            "failed_cycles",
            "order_failed",
            "order_under_way",
            "statement_waiting",
            "term_ending",
        ],
    )


async def test_two_failures_beside_an_open_serious_hazard_are_failing(cast: Cast) -> None:
    one = await well_kept(cast)
    recipient = await cast.owner.fetchval("SELECT recipient_id FROM agreement WHERE id = $1", one)
    await failure(cast, one)
    second = await failure(cast, one)
    await hazard(cast, recipient_id=recipient, agreement_id=one)
    standing, reasons = await kept(cast.specialist)
    assert (standing, reasons[0]) == ("failing", "mandatory_grounds")
    await cast.owner.execute(
        "UPDATE failed_cycle SET withdrawn_at = $2, withdrawn_reason = '迟到的记录' WHERE id = $1", second, NOW
    )
    assert (await kept(cast.specialist))[0] == "at_risk"


async def test_a_failure_before_the_window_counts_no_more(cast: Cast) -> None:
    one = await well_kept(cast)
    await failure(cast, one, failed_at=NOW - 400 * DAY)
    assert await kept(cast.specialist) == ("kept", [])


async def test_what_a_decision_has_answered_is_no_ground_any_more(cast: Cast) -> None:
    one = await well_kept(cast)
    recipient = await cast.owner.fetchval("SELECT recipient_id FROM agreement WHERE id = $1", one)
    danger = await hazard(
        cast,
        recipient_id=recipient,
        agreement_id=one,
        severity="critical",
        status="removed",
        closed_at=NOW - HOUR,
        found_at=NOW - 3 * DAY,
        attend_by=None,
    )
    assert (await kept(cast.specialist))[0] == "failing"
    await case(
        cast,
        agreement_id=one,
        ground="critical_hazard",
        grounds=json.dumps([{"kind": "critical_hazard", "subject_id": str(danger), "at": NOW.isoformat()}]),
        told_at=NOW - DAY,
        heard_at=NOW - DAY,
        status="closed",
        decision="keep_with_reason",
        decision_reason="已消除",
        decided_by=cast.leader.id,
        decided_at=NOW - HOUR,
        closed_at=NOW - HOUR,
        closed_by=cast.leader.id,
    )
    assert await kept(cast.specialist) == ("kept", [])


async def test_a_confidential_case_makes_nobody_wiser_who_is_barred(cast: Cast) -> None:
    one = await well_kept(cast)
    await case(cast, agreement_id=one, confidential=True, barred_ids=[cast.leader.id], ground="abuse")
    assert (await kept(cast.specialist))[0] == "failing"
    assert await kept(cast.leader) == ("kept", [])


async def test_an_unqualified_assessment_is_a_reason_until_a_better_one(cast: Cast) -> None:
    one = await well_kept(cast)
    settled = {
        "agreement_id": one,
        "status": "final",
        "recipient_score": 40,
        "recipient_asked_by": cast.worker.id,
        "recipient_asked_at": NOW,
        "recipient_asked_how": "voice",
        "settled_by": cast.specialist.id,
        "settled_at": NOW - HOUR,
        "objection_until": NOW - HOUR,
    }
    await assessment(cast, **settled, total=40, qualified=False, withholds=True)
    assert await kept(cast.specialist) == ("at_risk", ["unqualified"])
    period = {"period_from": date(2026, 3, 1), "period_to": date(2026, 3, 1)}
    await assessment(cast, **settled, **period, total=90, qualified=True)
    assert await kept(cast.specialist) == ("kept", [])


async def test_the_list_goes_by_village_and_recipient_and_narrows_to_a_standing(cast: Cast) -> None:
    for area_id in (cast.other_village, cast.village, cast.village):
        await covered(cast, area_id=area_id)
    good = await well_kept(cast)
    found = await listed(cast.specialist)
    assert [one.place for one in found] == sorted(one.place for one in found)
    assert [one.agreement_id for one in await listed(cast.specialist, standing="kept")] == [good]
    assert len(await listed(cast.specialist, standing="at_risk")) == 3
    first = await listed(cast.specialist, limit=1)
    assert await listed(cast.specialist, after=first[0].place) == found[1:]


async def test_a_township_lists_its_own_agreements_only(cast: Cast) -> None:
    await covered(cast)
    await covered(cast, area_id=cast.foreign_village)
    assert [len(await listed(one)) for one in (cast.specialist, cast.foreign_leader, cast.district)] == [1, 1, 2]


async def test_a_worker_who_cares_elsewhere_lists_nothing_outside_their_areas(cast: Cast) -> None:
    own = await caregiver(cast, account_id=cast.specialist.id)
    await agreement(cast, await cast.recipient(area_id=cast.foreign_village), own, area_id=cast.foreign_village)
    assert await listed(cast.specialist) == []
