"""Fees: days, shares of a month to the fen, what is withheld and why."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caregivers.assessment.fees import Fee, Judged, Month, fee_of, yuan_text
from caregivers.assessment.periods import Period
from caregivers.assessment.responsible import InForce, Stretch, days
from core.clock import LOCAL

MARCH = Month(year=2026, month=3)
YEAR = InForce(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
Q1 = Period(from_on=date(2026, 1, 1), to_on=date(2026, 3, 31))


def at(day: int, hour: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=LOCAL)


def fee(in_force: InForce = YEAR, **changed: Any) -> Fee:
    given: dict[str, Any] = {"yuan": 400, "others": [], "judged": [], "month": MARCH, "today": date(2026, 4, 1)}
    found = fee_of(in_force, **given | changed)
    assert found is not None
    return found


def test_a_whole_month_is_the_monthly_fee_however_long_it_is() -> None:
    for number in range(1, 13):
        month = Month(year=2026, month=number)
        found = fee(month=month, today=date(2027, 1, 1))
        assert (found.days, found.amount_fen) == (month.last.day, 40_000)


def test_a_part_of_a_month_is_its_days_rounded_to_the_fen() -> None:
    ended = InForce(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), ended_on=date(2026, 3, 17))
    found = fee(ended)
    assert (found.days, yuan_text(found.amount_fen)) == (17, "219.35")  # 400 × 17 ÷ 31 = 219.3548…
    signed = InForce(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), activated_on=date(2026, 3, 31))
    assert (fee(signed).days, yuan_text(fee(signed).amount_fen)) == (1, "12.90")  # 12.9032…


def test_a_month_under_way_counts_up_to_today() -> None:
    assert fee(today=date(2026, 3, 2)).days == 2


def test_an_agreement_not_in_force_in_the_month_is_not_on_its_list() -> None:
    before = InForce(starts_on=date(2025, 1, 1), ends_on=date(2026, 2, 28))
    later = InForce(starts_on=date(2026, 3, 20), ends_on=date(2026, 12, 31))
    for in_force, today in ((before, date(2026, 4, 1)), (later, date(2026, 3, 19))):
        assert fee_of(in_force, yuan=400, others=[], judged=[], month=MARCH, today=today) is None


def test_whole_days_of_temporary_care_are_not_the_caregivers() -> None:
    found = fee(others=[Stretch(starts_at=at(10, 14), ends_at=at(20, 9))])
    assert found.days == 31 - 9  # the 10th and the 20th are theirs, too
    assert fee(others=[Stretch(starts_at=at(10, 9), ends_at=at(10, 18))]).days == 31
    assert fee(others=[Stretch(starts_at=at(1), ends_at=None)]).days == 0


def test_one_temporary_care_after_another_leaves_no_day_between() -> None:
    relayed = [Stretch(starts_at=at(9, 14), ends_at=at(11, 12)), Stretch(starts_at=at(11, 12), ends_at=at(13, 9))]
    assert fee(others=relayed).days == 31 - 3
    assert fee(others=[*relayed, Stretch(starts_at=at(10), ends_at=at(10, 5))]).days == 31 - 3


def test_an_unqualified_assessment_withholds_its_own_period_until_rectified() -> None:
    judged = Judged(period=Q1, total=52, withholds=True)
    found = fee(judged=[judged])
    assert (found.state, found.withheld_fen, found.payable_fen) == ("withheld", 40_000, 0)
    assert "2026年第1季度考核52分，不合格" in found.why and "暂缓发放" in found.why
    april = fee(judged=[judged], month=Month(year=2026, month=4), today=date(2026, 5, 1))
    assert (april.state, april.withheld_fen, april.why) == ("due", 0, "")


def test_rectified_the_fee_is_released_and_the_list_says_since_when() -> None:
    found = fee(judged=[Judged(period=Q1, total=52, withholds=True, rectified_on=date(2026, 4, 20))])
    assert (found.state, found.withheld_fen, found.payable_fen) == ("released", 0, 40_000)
    assert "2026年4月20日整改合格，恢复发放" in found.why


def test_an_assessment_that_withholds_nothing_leaves_the_fee_due() -> None:
    assert fee(judged=[Judged(period=Q1, total=52, withholds=False)]).state == "due"


def test_only_the_days_of_the_period_are_withheld() -> None:
    late = Period(from_on=date(2026, 3, 15), to_on=date(2026, 6, 30))
    found = fee(judged=[Judged(period=late, total=10, withholds=True)])
    assert (yuan_text(found.amount_fen), yuan_text(found.withheld_fen)) == ("400.00", "219.35")
    assert yuan_text(found.payable_fen) == "180.65"


MOMENTS = st.integers(-24, 24 * 32).map(lambda hour: at(1) + timedelta(hours=hour))


@given(st.lists(st.tuples(MOMENTS, MOMENTS).map(sorted), max_size=6))
def test_days_agree_with_a_count_hour_by_hour(stretches: list[list[datetime]]) -> None:
    others = [Stretch(starts_at=begins, ends_at=ends) for begins, ends in stretches]
    expected = {
        date(2026, 3, day)
        for day in range(1, 32)
        if any(not any(begins <= at(day, hour) < ends for begins, ends in stretches) for hour in range(24))
    }
    assert days(YEAR, others, first=MARCH.first, last=MARCH.last) == expected


@given(yuan=st.integers(0, 100_000), split=st.integers(0, 31))
def test_the_parts_of_a_month_make_the_whole_but_for_a_fen(yuan: int, split: int) -> None:
    def part(first: int, last: int) -> int:
        if first > last:
            return 0
        in_force = InForce(starts_on=date(2026, 3, first), ends_on=date(2026, 3, last))
        return fee(in_force, yuan=yuan).amount_fen

    assert abs(part(1, split) + part(split + 1, 31) - yuan * 100) <= 1


def test_a_month_is_written_as_people_write_it() -> None:
    assert (Month.of("2026-03"), str(Month.of("2026-03"))) == (MARCH, "2026-03")
    assert (Month.of("2024-02").last, Month.of("2026-12").last) == (date(2024, 2, 29), date(2026, 12, 31))
    for wrong in ("2026-13", "2026-00", "2026-3", "1999-01", "202603", "２０２６-03", "2026-03-01", ""):
        with pytest.raises(ValueError, match="not a month"):
            Month.of(wrong)
