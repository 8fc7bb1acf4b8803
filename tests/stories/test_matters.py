"""Today's matters as supervisors find them: whole, folded, in order, and only what each may see."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from caregivers.overview.matters import Matter
from caregivers.overview.queries import counts_of_matters, land_of, terms_for, todays_matters
from core import db, vault
from core.ids import new_id
from recipients.actions import propose_standing, report_absence
from tests.alerting import climb_to, open_one
from tests.caring import temporary_care
from tests.cast import NOW, Cast
from tests.failing import assessment, case, covered, hazard, order, statement, verification
from tests.visiting import log, normal, slot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _pools(pools: None) -> None:
    """Every story here acts as people do."""


async def read(by: Account, *, within: int | None = None, limit: int = 100, after: Any = None) -> list[Matter]:
    async with db.transaction(by.scope):
        land = await land_of(by.area_ids, within=within)
        terms = await terms_for(by.district_id, NOW)
        return await todays_matters(land, terms, after=after, limit=limit, now=NOW)


async def whats(by: Account, **asked: Any) -> list[str]:
    return [matter.head.what for matter in await read(by, **asked)]


async def counts(by: Account) -> dict[str, int]:
    async with db.transaction(by.scope):
        land = await land_of(by.area_ids)
        return await counts_of_matters(land, await terms_for(by.district_id, NOW), now=NOW)


async def test_every_source_is_found(cast: Cast) -> None:
    await hazard(cast)
    await order(cast)
    await order(cast, status="failed", deadline_at=NOW - DAY)
    await order(cast, extension_asked_at=NOW - HOUR, deadline_at=NOW + 9 * DAY)
    await statement(cast, await order(cast, deadline_at=NOW + 9 * DAY))
    await verification(cast, await order(cast, status="submitted"))
    await verification(cast, await order(cast, status="submitted"), verifier_id=None)
    await case(cast)
    await case(cast, told_at=NOW - HOUR)
    await case(cast, told_at=NOW - DAY, heard_at=NOW - HOUR, status="heard")
    await temporary_care(cast, await cast.recipient(), ends_by=NOW + 2 * DAY)
    await covered(cast, ends_on=date(2026, 4, 1))
    await assessment(cast)
    recipient = await cast.recipient()
    await propose_standing(
        recipient, standing_after="died", happened_on=date(2026, 3, 1), reason="村里报告", by=cast.worker, now=NOW
    )
    await report_absence(
        await cast.recipient(), kind="away", starts_at=NOW, ends_at=NOW + DAY, whereabouts=None, by=cast.worker, now=NOW
    )
    found = await whats(cast.specialist)
    assert sorted(found) == sorted(
        [
            "hazard_open",
            "order_due",
            "order_failed",
            "extension_asked",
            "statement_waiting",
            "verification_due",
            "verifier_missing",
            "case_to_tell",
            "case_to_hear",
            "case_to_decide",
            "care_ending",
            "agreement_to_review",
            "assessment_due",
            "standing_to_confirm",
            "absence_to_confirm",
        ]
    )
    assert await counts(cast.specialist) == dict.fromkeys(found, 1)
    assert sorted(await whats(cast.district)) == sorted(found)
    assert await counts(cast.district) == dict.fromkeys(found, 1)


async def test_what_is_not_yet_or_no_longer_waiting_is_no_matter(cast: Cast) -> None:
    await hazard(cast, attend_by=None, unattended_at=NOW)
    await hazard(cast, status="removed", closed_at=NOW, attend_by=None)
    await order(cast, deadline_at=NOW + 5 * DAY)
    closed = await order(cast, status="closed", closed_at=NOW)
    await statement(cast, closed)
    await statement(
        cast, await order(cast, deadline_at=NOW + 9 * DAY), heard_at=NOW, heard_by=cast.leader.id, upheld=True
    )
    await verification(cast, await order(cast, status="submitted"), due_at=NOW + 9 * DAY)
    await case(cast, status="withdrawn", withdrawn_at=NOW)
    await temporary_care(cast, await cast.recipient(), ends_by=NOW + 20 * DAY)
    await covered(cast, ends_on=date(2026, 9, 1))
    await assessment(cast, status="cancelled")
    assert await whats(cast.specialist) == []
    assert await whats(cast.district) == []
    assert await counts(cast.district) == {}


async def test_life_comes_first_then_the_next_climb(cast: Cast) -> None:
    await hazard(cast, attend_by=NOW + 2 * HOUR)
    await order(cast, deadline_at=NOW + HOUR)
    recipient = await cast.recipient()
    uncovered = await open_one(cast, kind="uncovered", recipient_id=recipient, subject_id=recipient, risk="general")
    await climb_to(cast, uncovered, 2)
    await hazard(cast, severity="critical", attend_by=NOW + 90 * HOUR)
    for by in (cast.specialist, cast.leader, cast.district):
        assert await whats(by) == ["uncovered", "hazard_open", "order_due", "hazard_open"]


async def test_an_alert_about_an_order_is_one_matter_with_all_that_waits_about_it(cast: Cast) -> None:
    one = await order(cast, status="overdue", overdue_at=NOW - HOUR, deadline_at=NOW - HOUR)
    await statement(cast, one)
    await verification(cast, one)
    await open_one(cast, kind="rectification_overdue", subject_id=one)
    (matter,) = await read(cast.specialist)
    assert matter.head.what == "rectification_overdue" and matter.head.alert is not None
    assert [other.what for other in matter.also] == ["statement_waiting", "verification_due"]


async def test_a_critical_hazard_and_the_alert_of_its_report_are_one_matter(cast: Cast) -> None:
    report = new_id()
    await hazard(cast, severity="critical", source="visit_report", source_id=report)
    await open_one(cast, kind="critical_hazard", subject_id=report)
    (matter,) = await read(cast.specialist)
    assert {matter.head.what, *(other.what for other in matter.also)} == {"critical_hazard", "hazard_open"}


async def test_what_an_alert_stands_for_is_not_shown_beside_it(cast: Cast) -> None:
    one = await case(cast, decide_by=NOW - HOUR)
    await open_one(cast, kind="replacement_undecided", subject_id=one)
    assert await whats(cast.specialist) == ["replacement_undecided"]
    assert await counts(cast.specialist) == {"replacement_undecided": 1}


@pytest.mark.parametrize("reader", ["specialist", "district"])
async def test_pages_show_each_matter_once_in_the_same_order(cast: Cast, reader: str) -> None:
    by = getattr(cast, reader)
    for number in range(4):
        one = await order(cast, deadline_at=NOW + number * HOUR)
        await statement(cast, one, hear_by=NOW + (9 - number) * HOUR)
        await hazard(cast, attend_by=NOW + (number + 2) * HOUR)
    whole = [matter.head.id for matter in await read(by)]
    paged: list[UUID] = []
    after = None
    while page := await read(by, limit=3, after=after):
        paged += [matter.head.id for matter in page]
        after = page[-1].head.place
    assert paged == whole
    assert len(whole) == len(set(whole)) == 8


async def test_a_township_sees_itself_and_the_district_all_or_one(cast: Cast) -> None:
    await hazard(cast)
    await hazard(cast, area_id=cast.foreign_village)
    for by, count in ((cast.specialist, 1), (cast.leader, 1), (cast.foreign_specialist, 1), (cast.district, 2)):
        assert len(await read(by)) == count
    (mine,) = await read(cast.specialist)
    (theirs,) = await read(cast.foreign_specialist)
    assert mine.head.id != theirs.head.id
    (only,) = await read(cast.district, within=cast.foreign_township)
    assert only.head.id == theirs.head.id
    assert await read(cast.specialist, within=cast.foreign_township) == []


async def test_a_confidential_matter_is_neither_shown_nor_counted_to_whoever_is_barred(cast: Cast) -> None:
    hidden = {"confidential": True, "barred_ids": [cast.leader.id]}
    await case(cast, **hidden, ground="abuse")
    await open_one(cast, kind="abuse_suspected", risk="general")
    await cast.owner.execute(
        "UPDATE alert SET confidential = true, barred_ids = $1 WHERE kind = 'abuse_suspected'", [cast.leader.id]
    )
    assert sorted(await whats(cast.specialist)) == ["abuse_suspected", "case_to_tell"]
    assert await counts(cast.specialist) == {"abuse_suspected": 1, "case_to_tell": 1}
    assert await whats(cast.leader) == [] and await counts(cast.leader) == {}


async def test_a_barred_reader_sees_the_rest_of_a_subject_as_if_the_confidential_alert_were_not_there(
    cast: Cast,
) -> None:
    one = await case(cast)
    await open_one(cast, kind="replacement_undecided", subject_id=one)
    await cast.owner.execute("UPDATE alert SET confidential = true, barred_ids = $1", [cast.leader.id])
    assert await whats(cast.specialist) == ["replacement_undecided"]
    assert await whats(cast.leader) == ["case_to_tell"]


async def test_late_reports_and_conflicting_ones_wait_for_a_supervisor(cast: Cast) -> None:
    recipient = await cast.recipient()
    visit = await slot(cast, recipient, due_at=NOW - 5 * DAY)
    await log(cast, visit, normal(made_at=NOW - 5 * DAY))
    await cast.owner.execute(
        "UPDATE alert SET status = 'resolved', next_at = NULL, resolved_at = $1, outcome = 'met'", NOW
    )
    assert await whats(cast.specialist) == ["late_report"]


async def test_sealed_words_of_a_hazard_never_leave_with_a_matter(cast: Cast) -> None:
    one = new_id()
    await hazard(
        cast, id=one, source="complaint", complainant_sealed=vault.seal("告发人", f"hazard.complainant_sealed:{one}")
    )
    assert "告发人" not in repr(await read(cast.specialist))
