"""What the policy makes of a happening when its alert opens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.duty import Duty
from accounts.lengths import Length
from accounts.policy import Policy, with_changes
from accounts.policy_rows import ALERT_KINDS
from alerts.alert import Alert, Ladder
from alerts.kinds import KINDS
from alerts.opening import NewAlert, Terms, opened
from tests.an_alert import CALENDAR, DISTRICT, NOW, VILLAGE, ladder


def open_one(
    kind: str = "visit_missed", *, risk: Any = "high", policy: Policy | None = None, waits: tuple[str, ...] = ()
) -> Alert:
    new = NewAlert(
        occurrence=f"{kind}:1",
        kind=kind,
        risk=risk,
        area_id=VILLAGE,
        district_id=DISTRICT,
        waits=tuple(map(Length.of, waits)),
    )
    terms = Terms(alerts=(policy or Policy.default()).alerts, version=3, document_number="津宁民发〔2026〕3号")
    return opened(new, terms, CALENDAR, id=UUID(int=1), now=NOW)


def test_its_first_rung_is_due_at_once() -> None:
    found = open_one()
    assert (found.status, found.rung, found.next_at) == ("open", -1, NOW)


def test_a_happening_with_minutes_of_its_own_climbs_by_them() -> None:
    found = open_one(waits=("30min", "15min"))
    assert [str(rung.wait) for rung in found.ladder.rungs] == ["30min", "15min", "2h", "2h"]
    assert str(found.ladder.acknowledged_for) == "30min"


def test_minutes_of_its_own_never_make_it_slower() -> None:
    found = open_one("door_unanswered", waits=("30min", "5min", "15min", "1h", "1h"))
    assert [str(rung.wait) for rung in found.ladder.rungs] == ["10min", "5min", "10min", "10min"]


@pytest.mark.parametrize("risk", ["high", "key", "general"])
def test_missed_and_not_known_are_equally_grave(risk: str) -> None:
    missed, unknown = open_one("visit_missed", risk=risk), open_one("visit_not_known", risk=risk)
    assert (missed.severity, missed.urgent, missed.ladder) == (unknown.severity, unknown.urgent, unknown.ladder)


def test_whoever_is_at_high_risk_is_urgent_whatever_the_severity() -> None:
    policy = with_changes(Policy.default(), {"alerts": {"severity": {"visit_missed": {"high": "general"}}}})
    found = open_one(policy=policy)
    assert (found.severity, found.urgent) == ("general", True)
    assert all(not rung.wait.working_days for rung in found.ladder.rungs)


def test_a_general_alert_about_anybody_else_is_not_urgent() -> None:
    assert not open_one(risk="general").urgent
    assert open_one("door_unanswered", risk="key").urgent


def test_the_ladder_and_the_terms_are_copied_from_the_policy() -> None:
    found = open_one()
    assert [rung.duty for rung in found.ladder.rungs] == list(Duty)
    assert [str(rung.wait) for rung in found.ladder.rungs] == ["2h", "2h", "2h", "2h"]
    assert str(found.ladder.acknowledged_for) == "4h"
    assert (found.ladder.policy_version, found.ladder.document_number) == (3, "津宁民发〔2026〕3号")
    assert found.resolve_by == NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    ("kind", "risk", "severity", "longest"),
    [
        ("door_unanswered", "high", "critical", "24h"),
        ("visit_missed", "high", "serious", "3d"),
        ("visit_missed", "general", "general", "7d"),
    ],
)
def test_the_graver_it_is_the_shorter_it_may_be_paused(kind: str, risk: str, severity: str, longest: str) -> None:
    found = open_one(kind, risk=risk)
    assert found.severity == severity
    assert found.ladder.paused_at_most == Length.of(longest)


def test_without_a_known_risk_the_shortest_acknowledgement_counts() -> None:
    assert open_one(risk=None).ladder.acknowledged_for == Length.of("4h")


def test_what_a_village_cannot_settle_starts_above_it() -> None:
    assert open_one("late_entry").ladder.rungs[0].duty is Duty.TOWNSHIP_SPECIALIST
    assert [rung.duty for rung in open_one("quarantined").ladder.rungs] == [Duty.DISTRICT]


def test_a_deadline_to_resolve_that_is_not_urgent_runs_in_working_days() -> None:
    assert open_one(risk="general").resolve_by == NOW + timedelta(days=7)


def test_every_kind_has_its_row_in_the_policy() -> None:
    assert {kind.row for kind in KINDS.values()} <= set(ALERT_KINDS)


def test_an_unknown_kind_is_refused_where_it_is_made() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        NewAlert(occurrence="x:1", kind="no_such_kind", area_id=VILLAGE, district_id=DISTRICT)


def test_a_ladder_without_a_rung_or_an_end_cannot_be() -> None:
    with pytest.raises(ValueError, match="at least one rung"):
        ladder(duties=())
    with pytest.raises(ValueError, match="last some time"):
        ladder(repeat="0s")
    with pytest.raises(ValueError, match="last some time"):
        ladder(acknowledged_for="0h")
    assert isinstance(ladder(), Ladder)
