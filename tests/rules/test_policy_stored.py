"""A policy issued under an earlier release goes on holding, whatever rows have changed their shape since."""

from typing import Any

import pytest

from accounts.lengths import Length
from accounts.policy import Policy, to_data, with_changes
from accounts.policy_stored import from_stored

ISSUED = to_data(with_changes(Policy.default(), {"visits": {"interval": {"high": "5d"}}}))


def stored(section: str, row: str, value: Any) -> dict[str, Any]:
    return ISSUED | {section: ISSUED[section] | {row: value}}


def test_what_today_reads_whole_is_read_whole() -> None:
    policy, unreadable = from_stored(ISSUED)
    assert to_data(policy) == ISSUED
    assert unreadable == ()


@pytest.mark.parametrize(
    "old",
    [
        stored("alerts", "pause_at_most", ["a shape of before"]),
        stored("alerts", "a_row_of_before", "7d"),
        stored("alerts", "ladder", ISSUED["alerts"]["ladder"] | {"critical": ["a rung of before"]}),
        stored("alerts", "acknowledge", {"critical": "9d", "serious": "1h", "general": "1h"}),
        ISSUED | {"a_section_of_before": {"x": 1}},
        ISSUED | {"alerts": "not even a section"},
    ],
)
def test_a_row_that_no_longer_fits_is_the_defaults_and_told_while_all_others_hold(old: dict[str, Any]) -> None:
    policy, unreadable = from_stored(old)
    assert policy.visits.interval["high"] == Length.of("5d")
    assert policy.alerts == Policy.default().alerts
    assert unreadable


def test_what_was_stored_is_left_as_it_was() -> None:
    old = stored("alerts", "a_row_of_before", "7d")
    from_stored(old)
    assert old["alerts"]["a_row_of_before"] == "7d"
