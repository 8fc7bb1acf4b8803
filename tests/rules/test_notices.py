"""Notices: bundled and throttled but never dropped, tried again without end, and free of anything personal."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from alerts.ladder import climb
from alerts.messages import clock_time, render, short
from alerts.notices import PER_MINUTE, TRIES, Owed, bundles, given_up, of_firing, retry_at, throttle
from tests.an_alert import CALENDAR, NOW, WORKER, alert, people

MINUTE = timedelta(minutes=1)
AT_NIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
NEXT_MORNING = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai
SATURDAY = datetime(2026, 3, 7, 2, 0, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)


def owed(number: int, **facts: Any) -> Owed:
    known: dict[str, Any] = {
        "id": UUID(int=number),
        "kind": "visit_missed",
        "severity": "serious",
        "high_risk": False,
        "account_id": WORKER,
        "channel": "webhook",
        "owed_at": NOW + number * MINUTE,
        "tries": 0,
        "alert_id": UUID(int=1000 + number),
        "area": "南柳镇柳家庄村",
    }
    return Owed(**known | facts)


def test_a_firing_owes_one_notice_to_each_person_named_for_its_occurrence() -> None:
    about = alert()
    firing = climb(about, people(owner=[UUID(int=99)]), CALENDAR, now=NOW).firings[0]
    notices = of_firing(about, firing, CALENDAR, now=NOW)
    assert [one.account_id for one in notices] == [UUID(int=99), WORKER]
    assert {one.occurrence for one in notices} == {f"{about.id}:0:0"}


def test_each_repeat_of_the_last_rung_is_its_own_occurrence() -> None:
    about = alert(rung=3, repeat=4)
    firing = climb(about, people(), CALENDAR, now=NOW).firings[0]
    assert of_firing(about, firing, CALENDAR, now=NOW)[0].occurrence == f"{about.id}:3:5"


def test_an_urgent_notice_goes_out_at_night() -> None:
    about = alert()
    firing = climb(about, people(), CALENDAR, now=AT_NIGHT).firings[0]
    assert of_firing(about, firing, CALENDAR, now=AT_NIGHT)[0].send_after == AT_NIGHT


def test_any_other_notice_waits_for_the_messaging_hours_of_a_working_day() -> None:
    about = alert(urgent=False, high_risk=False, severity="general")
    firing = climb(about, people(), CALENDAR, now=AT_NIGHT).firings[0]
    assert of_firing(about, firing, CALENDAR, now=AT_NIGHT)[0].send_after == NEXT_MORNING
    assert of_firing(about, firing, CALENDAR, now=SATURDAY)[0].send_after == MONDAY_MORNING


def test_what_one_person_is_owed_on_one_channel_is_one_message_top_risk_first() -> None:
    first, gravest, high = owed(1), owed(2, severity="critical"), owed(3, high_risk=True)
    (made,) = bundles([first, gravest, high])
    assert made.notices == (gravest, high, first)
    assert made.id == gravest.id


def test_people_and_channels_are_not_mixed() -> None:
    made = bundles([owed(1), owed(2, channel="console"), owed(3, account_id=UUID(int=12))])
    assert sorted((one.account_id.int, one.channel) for one in made) == [
        (11, "console"),
        (11, "webhook"),
        (12, "webhook"),
    ]


def test_what_was_tried_together_is_tried_again_together_under_the_same_key() -> None:
    tried = [owed(number, bundle_id=UUID(int=1)) for number in (1, 2)]
    made = bundles([owed(3, severity="critical"), *tried])
    assert {(one.id, tuple(notice.id.int for notice in one.notices)) for one in made} == {
        (UUID(int=3), (3,)),
        (UUID(int=1), (1, 2)),
    }


def test_the_throttle_lets_the_gravest_go_and_delays_the_rest_without_dropping_any() -> None:
    made = bundles(owed(number, account_id=UUID(int=number)) for number in range(1, 51))
    address = b"one robot for all"
    let = throttle(made, addresses=dict.fromkeys((one.id for one in made), address), tried={address: 5}, now=NOW)
    assert let.now == made[:15]
    assert [one for one, _ in let.later] == list(made[15:])
    assert [until - NOW for _, until in let.later] == [MINUTE] * 20 + [2 * MINUTE] * 15


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=120))
def test_no_address_is_ever_tried_more_often_than_its_provider_allows(wanted: list[tuple[int, int]]) -> None:
    made = bundles(owed(number + 1, account_id=UUID(int=number + 1)) for number in range(len(wanted)))
    addresses = {one.id: bytes([wanted[position][0]]) for position, one in enumerate(made)}
    tried = {bytes([address]): count for address, count in wanted}
    let = throttle(made, addresses=addresses, tried=tried, now=NOW)
    for address in set(addresses.values()):
        going = sum(addresses[one.id] == address for one in let.now)
        assert going == 0 or going + tried[address] <= PER_MINUTE
    assert {one.id for one in let.now} | {one.id for one, _ in let.later} == {one.id for one in made}
    assert all(until > NOW for _, until in let.later)


@given(st.uuids(), st.integers(1, 10_000))
def test_a_failed_notice_is_tried_again_after_a_minute_and_within_a_quarter_of_an_hour(one: UUID, tries: int) -> None:
    wait = retry_at(one, tries, now=NOW) - NOW
    assert MINUTE <= wait <= 15 * MINUTE
    assert retry_at(one, tries, now=NOW) - NOW == wait


def test_retries_wait_longer_each_time_and_do_not_all_return_together() -> None:
    waits = [retry_at(UUID(int=5), tries, now=NOW) - NOW for tries in range(1, 5)]
    assert waits == sorted(waits)
    assert len({retry_at(UUID(int=number), 3, now=NOW) for number in range(1000)}) > 500


def test_a_notice_is_never_given_up_while_nothing_has_come_after_it() -> None:
    assert not given_up(10_000, superseded=False)
    assert not given_up(TRIES - 1, superseded=True)
    assert given_up(TRIES, superseded=True)


def test_a_single_message_says_what_where_and_by_when() -> None:
    (made,) = bundles([owed(1, next_at=NOW + timedelta(hours=2))])
    message = render(made, public_url="https://chuangdeng.example")
    assert message.title == "【严重】逾期未走访 · 南柳镇柳家庄村"
    assert message.lines == (
        "请尽快上门见到本人，并提交走访记录。",
        f"预警编号 {short(UUID(int=1001))}",
        "请于 3月2日 12:00 前签收或处理，逾期将继续升级提醒。",
    )
    assert message.link == f"https://chuangdeng.example/alerts/{UUID(int=1001)}"
    assert message.key == str(UUID(int=1))


def test_a_bundle_counts_lists_the_gravest_and_says_how_many_more() -> None:
    notices = [owed(number, severity="critical" if number == 7 else "general") for number in range(1, 9)]
    (made,) = bundles(notices)
    message = render(made, public_url="https://chuangdeng.example")
    assert message.title == "【危急】共 8 条提醒待处理"
    assert message.lines[0] == "危急 1 · 一般 7"
    assert message.lines[1].startswith("【危急】逾期未走访 · 南柳镇柳家庄村")
    assert message.lines[-1] == "其余 3 条请登录系统查看。"
    assert len(message.lines) == 7
    assert message.link == "https://chuangdeng.example/alerts"


def test_a_message_tells_nothing_of_the_facts_but_lines_written_for_it() -> None:
    (made,) = bundles(
        [owed(1, kind="digest", alert_id=None, facts={"secret": "李桂英", "lines": ["昨日新增预警 0 条"]})]
    )
    message = render(made, public_url="")
    assert message.lines == ("昨日新增预警 0 条",)
    assert "李桂英" not in str(message)


def test_moments_are_told_in_local_time() -> None:
    assert clock_time(AT_NIGHT) == "3月2日 23:00"
