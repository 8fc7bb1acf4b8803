"""When a failure counts: never before the caregiver's statement had its chance, and never put off by not listening."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.calendar import WorkCalendar
from accounts.policy import Policy
from caregivers.rectification.order import Order
from caregivers.rectification.terms import Statement, Terms, counts_from
from tests.rules.test_order_lifecycle import DAY, HOUR, ISSUED, LATE, ORDER

TERMS = Terms(policy=Policy.default().rectification, calendar=WorkCalendar())
UNTIL = ORDER.statement_until


def counts(order: Order = LATE, *unheard: Statement, heard: bool = False, failed: bool = False) -> datetime:
    return counts_from(order, TERMS, heard=heard, unheard=unheard, failed=failed)


def test_it_waits_until_the_time_for_a_statement_is_over() -> None:
    assert counts() == UNTIL
    assert counts(failed=True) == UNTIL


def test_a_statement_heard_ends_the_wait() -> None:
    assert counts(heard=True) == ISSUED


def test_a_statement_made_in_time_is_waited_for_as_long_as_people_have_to_hear_it() -> None:
    made = Statement(made_at=UNTIL, hear_by=UNTIL + 2 * DAY)
    assert counts(LATE, made) == UNTIL + 2 * DAY


def test_one_made_too_late_puts_nothing_off() -> None:
    made = Statement(made_at=UNTIL + timedelta(seconds=1), hear_by=UNTIL + 2 * DAY)
    assert counts(LATE, made) == UNTIL


def test_a_second_statement_unheard_is_waited_for_though_the_first_was_heard() -> None:
    second = Statement(made_at=ISSUED + HOUR, hear_by=ISSUED + 2 * DAY)
    assert counts(LATE, second, heard=True) == ISSUED + 2 * DAY


def test_where_policy_leaves_no_time_lateness_waits_for_the_verification() -> None:
    at_once = replace(LATE, severity="critical", deadline_at=ISSUED, first_deadline_at=ISSUED, statement_until=ISSUED)
    assert counts(at_once) == ISSUED + DAY
    assert counts(at_once, failed=True) == ISSUED


def test_the_terms_are_the_policys() -> None:
    assert TERMS.deadline("serious", ISSUED) == ISSUED + 3 * DAY
    assert TERMS.deadline("critical", ISSUED) == ISSUED
    assert TERMS.verify_by("critical", ISSUED) == ISSUED + DAY
    assert TERMS.statement_until("general", ISSUED) == ISSUED + 3 * DAY
    assert TERMS.extended_at_most("critical", ISSUED) == ISSUED
    assert TERMS.extended_at_most("general", ISSUED) == ISSUED + 7 * DAY


def test_working_days_are_counted_by_the_calendar() -> None:
    friday = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)
    monday, tuesday = friday + 3 * DAY, friday + 4 * DAY
    assert TERMS.attend_by("serious", friday) == monday
    assert TERMS.hear_by(friday) == tuesday
