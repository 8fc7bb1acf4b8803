"""The fee list of a month: who is due how much, and what an assessment withholds and releases."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from caregivers.assessment import actions
from caregivers.assessment.fees import Month
from caregivers.assessment.queries.fees import FeeLine, Place, fees_for
from core import db
from tests.assessing import APRIL, DAY, local, settled
from tests.caring import agreement, linked_caregiver, temporary_care
from tests.cast import Cast

MARCH = Month(year=2026, month=3)
PARTIAL: dict[str, Any] = {"fee_class": "partial", "fee_yuan": 400}


async def listed(
    by: Account, month: Month = MARCH, *, area_id: int | None = None, today: date = date(2026, 4, 1)
) -> dict[UUID, FeeLine]:
    async with db.transaction(by.scope):
        return {one.agreement_id: one for one in await fees_for(area_id, month, today=today)}


async def test_everybody_in_force_in_the_month_is_listed_with_days_and_amount(cast: Cast, pools: None) -> None:
    whole = await agreement(cast, **PARTIAL)
    left: dict[str, Any] = {"ended_on": date(2026, 3, 17), "ended_at": local(17)}
    part = await agreement(cast, status="ended", **PARTIAL, **left)
    new = await agreement(cast, **PARTIAL, activated_at=local(31))
    taken_over = await agreement(cast, **PARTIAL, activated_at=local(31), source="ledger")
    await agreement(cast, status="draft", **PARTIAL)
    await agreement(cast, status="ended", **PARTIAL, ended_on=date(2026, 2, 28), ended_at=local(1))
    found = await listed(cast.specialist)
    assert {one: (line.fee.days, line.fee.amount_fen) for one, line in found.items()} == {
        whole: (31, 40_000),
        part: (17, 21_935),
        new: (1, 1_290),
        taken_over: (31, 40_000),
    }


async def test_days_of_temporary_care_and_of_suspension_are_not_the_caregivers(cast: Cast, pools: None) -> None:
    recipient = await cast.recipient()
    helped = await agreement(cast, recipient, **PARTIAL)
    over: dict[str, Any] = {"ended_at": local(20), "ended_reason": "resumed", "ended_by": cast.specialist.id}
    await temporary_care(cast, recipient, starts_at=local(10), ends_by=local(30), **over)
    suspended = await agreement(cast, status="suspended", **PARTIAL, suspended_at=local(10))
    found = await listed(cast.specialist)
    assert (found[helped].fee.days, found[suspended].fee.days) == (22, 10)


async def test_temporary_care_by_the_same_caregiver_is_still_theirs(cast: Cast, pools: None) -> None:
    caregiver_id, _ = await linked_caregiver(cast)
    recipient = await cast.recipient()
    agreement_id = await agreement(cast, recipient, caregiver_id, **PARTIAL)
    await temporary_care(cast, recipient, kind="caregiver", caregiver_id=caregiver_id, starts_at=local(10))
    assert (await listed(cast.specialist))[agreement_id].fee.days == 31


async def test_an_unqualified_quarter_is_withheld_until_rectified(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast, **PARTIAL)
    assessment_id = await settled(cast, agreement_id, recipient=20)
    for month in (2, 3):
        fee = (await listed(cast.specialist, Month(year=2026, month=month)))[agreement_id].fee
        assert (fee.state, fee.payable_fen) == ("withheld", 0)
        assert "2026年1月1日至2026年3月31日" in fee.why or "2026年第1季度" in fee.why
    april = await listed(cast.specialist, Month(year=2026, month=4), today=date(2026, 5, 1))
    assert april[agreement_id].fee.state == "due"
    await actions.mark_rectified(assessment_id, evidence="复核合格", by=cast.leader, now=APRIL + 5 * DAY)
    fee = (await listed(cast.specialist))[agreement_id].fee
    assert (fee.state, fee.payable_fen) == ("released", 40_000)
    assert "2026年4月6日" in fee.why


async def test_an_objection_upheld_makes_the_fee_due(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    agreement_id = await agreement(cast, caregiver_id=caregiver_id, **PARTIAL)
    assessment_id = await settled(cast, agreement_id, recipient=20)
    await actions.object_to(assessment_id, text="不服", by=account, now=APRIL)
    assert (await listed(cast.specialist))[agreement_id].fee.state == "withheld"
    await actions.decide_objection(assessment_id, upheld=True, reason="属实", by=cast.leader, now=APRIL)
    assert (await listed(cast.specialist))[agreement_id].fee.state == "due"


async def test_what_is_not_settled_withholds_nothing(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast, **PARTIAL)
    await actions.watch_assessments(now=APRIL + timedelta(days=30))
    assert (await listed(cast.specialist))[agreement_id].fee.state == "due"


async def test_each_sees_the_list_of_their_own_areas_by_village_and_person(cast: Cast, pools: None) -> None:
    ours = [await agreement(cast, await cast.recipient(), area_id=area) for area in (cast.other_village, cast.village)]
    theirs = await agreement(cast, await cast.recipient(area_id=cast.foreign_village), area_id=cast.foreign_village)
    assert list(await listed(cast.specialist)) == ours[::-1]
    assert list(await listed(cast.specialist, area_id=cast.other_village)) == ours[:1]
    assert list(await listed(cast.foreign_specialist)) == [theirs]
    assert set(await listed(cast.district)) == {*ours, theirs}
    assert await listed(cast.specialist, area_id=cast.foreign_village) == {}


async def test_page_by_page_the_list_is_the_same(cast: Cast, pools: None) -> None:
    for _ in range(5):
        await agreement(cast, **PARTIAL)
    whole, paged, after = list(await listed(cast.specialist)), list[UUID](), None
    while True:
        async with db.transaction(cast.specialist.scope):
            page = await fees_for(None, MARCH, today=date(2026, 4, 1), after=after, limit=2)
        if not page:
            break
        paged += [one.agreement_id for one in page]
        after = _place(page[-1])
    assert paged == whole


def _place(line: FeeLine) -> Place:
    return line.area_id, line.recipient_id, line.agreement_id
