"""What the silence of a phone means: somebody waits for it, or nobody does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.calendar import WorkCalendar
from accounts.lengths import Length
from accounts.policy_rows import Phones
from visits.sync.silence import PhoneFacts, judge, never_before, over, told

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TERMS = Phones(pulled_ahead=Length.of("7d"), silent_after=Length.of("24h"), unsent_after=Length.of("12h"))
PHONE = PhoneFacts(device_id=UUID(int=1), account_id=UUID(int=2), area_id=3, district_id=4, last_seen_at=NOW, tasks=5)


def judged(terms: Phones = TERMS, **said: Any) -> tuple[datetime, tuple[str, ...]] | None:
    found = judge(replace(PHONE, **said), terms, WorkCalendar(), now=NOW)
    return (found.since, found.why) if found else None


def test_a_phone_that_speaks_and_owes_nothing_is_nobodys_business() -> None:
    assert judged() is None


def test_a_phone_with_tasks_is_asked_after_once_it_is_silent_for_the_policys_length() -> None:
    assert judged(last_seen_at=NOW - DAY + timedelta(seconds=1)) is None
    assert judged(last_seen_at=NOW - DAY) == (NOW - DAY, ("silent",))


def test_a_phone_without_tasks_may_be_silent_as_long_as_it_likes() -> None:
    assert judged(last_seen_at=NOW - 30 * DAY, tasks=0) is None


def test_an_old_phone_of_somebody_whose_new_one_speaks_is_not_missed() -> None:
    assert judged(last_seen_at=NOW - 30 * DAY, latest=False) is None


@pytest.mark.parametrize(
    ("why", "count", "since"),
    [("unsent", "unsent", "oldest_unsent_at"), ("missing", "missing", "missing_since"), ("held", "held", "held_since")],
)
def test_a_record_that_stays_away_is_asked_after_though_the_phone_speaks(why: str, count: str, since: str) -> None:
    assert judged(TERMS, **{count: 1, since: NOW - 11 * HOUR}) is None
    assert judged(TERMS, **{count: 1, since: NOW - 12 * HOUR}) == (NOW - 12 * HOUR, (why,))
    assert judged(TERMS, **{count: 0, since: NOW - 12 * HOUR}) is None
    assert judged(TERMS, **{count: 1, since: NOW - 12 * HOUR}, tasks=0, latest=False) is not None


def test_an_episode_begins_with_the_first_thing_that_lasted_too_long() -> None:
    found = judged(last_seen_at=NOW - 2 * DAY, unsent=2, oldest_unsent_at=NOW - 3 * DAY, missing=1, missing_since=NOW)
    assert found == (NOW - 3 * DAY, ("silent", "unsent"))


def test_working_days_wait_for_no_weekend() -> None:
    terms = replace(TERMS, silent_after=Length.of("1wd"))
    friday = datetime(2026, 2, 27, 3, 0, tzinfo=UTC)
    assert judged(terms, last_seen_at=friday) is None
    assert judged(terms, last_seen_at=friday - 2 * HOUR) is not None
    assert never_before(terms.silent_after, NOW) >= friday
    assert never_before(TERMS.silent_after, NOW) == NOW - DAY


def test_an_episode_is_over_when_the_phone_has_spoken_and_owes_nothing() -> None:
    spoke = replace(PHONE, last_seen_at=NOW + HOUR)
    assert over(spoke, alerted_at=NOW)
    assert not over(PHONE, alerted_at=NOW)
    for owes in (replace(spoke, unsent=1), replace(spoke, missing=1), replace(spoke, held=1)):
        assert not over(owes, alerted_at=NOW)


@pytest.mark.parametrize(
    ("missing", "unsent", "ago", "said"),
    [
        (3, 0, 26 * HOUR, "3 条未收到，最近联系 26 小时前"),
        (0, 2, timedelta(minutes=5), "2 条未上传，最近联系 5 分钟前"),
        (1, 1, 6 * DAY, "1 条未收到，1 条未上传，最近联系 6 天前"),
        (0, 0, timedelta(0), "最近联系 0 分钟前"),
        (0, 0, -HOUR, "最近联系 0 分钟前"),
    ],
)
def test_it_is_told_in_one_line(missing: int, unsent: int, ago: timedelta, said: str) -> None:
    assert told(missing=missing, unsent=unsent, last_seen_at=NOW - ago, now=NOW) == said
