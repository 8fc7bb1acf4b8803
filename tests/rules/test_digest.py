"""The digest says what asks for somebody, in counts; and it says so when nothing does."""

import json
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.lengths import Length
from visits.digest import SENT_EMPTY, Counts, facts, lines, occurrence, owed, seen_since

MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 00:00 in Shanghai."""
HOUR = timedelta(hours=1)

LOUD = Counts(
    supported=147,
    not_seen=3,
    due_today=12,
    missed=2,
    not_known=1,
    alerts={"critical": 1, "general": 4},
    unacknowledged=2,
    gaps=1,
    phones_silent=5,
    quarantined=6,
)


def test_it_is_owed_from_eight_in_the_morning_until_the_day_ends() -> None:
    assert owed(MIDNIGHT) is None
    assert owed(MIDNIGHT + 8 * HOUR - timedelta(seconds=1)) is None
    assert owed(MIDNIGHT + 8 * HOUR) == date(2026, 3, 2)
    assert owed(MIDNIGHT + 24 * HOUR - timedelta(seconds=1)) == date(2026, 3, 2)


def test_each_day_and_area_has_its_own() -> None:
    named = {occurrence(date(2026, 3, day), area) for day in (2, 3) for area in (1, 2)}
    assert len(named) == 4


def test_an_empty_day_says_so_and_still_says_something() -> None:
    assert lines(Counts()) == [SENT_EMPTY, "分散供养 0 人，今日到期探访 0 次。"]


def test_an_ordinary_day_of_visits_is_no_concern() -> None:
    assert lines(Counts(supported=147, due_today=12))[0] == SENT_EMPTY


def test_every_concern_has_its_line_before_the_ordinary() -> None:
    assert lines(LOUD) == [
        "超过探访间隔未见到：3 人。",
        "逾期未走访：2 次。",
        "未收到走访记录：1 次。",
        "未解除预警：危急 1 · 一般 4；其中未签收 2 条。",
        "值守空缺(现有和即将出现):1 处。",
        "手机长时间未联网：5 人。",
        "系统无法自动处理的记录：6 条，须人工跟进。",
        "分散供养 147 人，今日到期探访 12 次。",
    ]


@pytest.mark.parametrize("concern", ["not_seen", "missed", "not_known", "gaps", "phones_silent", "quarantined"])
def test_a_single_concern_is_enough_to_end_the_quiet(concern: str) -> None:
    one = Counts(**{concern: 1})  # type: ignore[arg-type]
    assert not one.quiet
    assert SENT_EMPTY not in lines(one)
    assert len(lines(one)) == 2


def test_an_open_alert_ends_the_quiet_acknowledged_or_not() -> None:
    assert not Counts(alerts={"general": 1}).quiet
    assert Counts(alerts={"general": 0}).quiet


def test_the_notice_carries_counts_and_lines_and_nothing_else() -> None:
    carried = facts(LOUD, day=date(2026, 3, 2))
    assert set(carried) == {"day", "counts", "lines"}
    assert set(carried["counts"]) == {field.name for field in fields(Counts)}
    json.dumps(carried)


def test_an_interval_of_days_ends_with_its_last_day() -> None:
    assert seen_since(Length.of("7d"), now=MIDNIGHT + 8 * HOUR) == MIDNIGHT - timedelta(days=7)
    assert seen_since(Length.of("7d"), now=MIDNIGHT + 23 * HOUR) == MIDNIGHT - timedelta(days=7)


def test_an_interval_of_minutes_is_exact() -> None:
    now = MIDNIGHT + 8 * HOUR
    assert seen_since(Length.of("10min"), now=now) == now - timedelta(minutes=10)
