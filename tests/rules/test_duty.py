"""Who answers for an area, and the gaps before they come."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.duty import (
    COVER_STEPS,
    Answer,
    Assignment,
    Duty,
    Gap,
    Holder,
    Leave,
    Roster,
    gaps_ahead,
    who_answers,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VILLAGE, TOWNSHIP, COUNTY = 5, 4, 3
UP = (VILLAGE, TOWNSHIP, COUNTY)


def person(number: int) -> UUID:
    return UUID(int=number)


WANG, ZHAO, SUN, LI, ZHOU = (person(number) for number in range(1, 6))
EVERYBODY = (WANG, ZHAO, SUN, LI, ZHOU)


def holds(
    who: UUID,
    area_id: int = VILLAGE,
    duty: Duty = Duty.VILLAGE,
    *,
    position: int = 0,
    since: datetime = NOW - 100 * DAY,
    until: datetime | None = None,
) -> Assignment:
    return Assignment(account_id=who, duty=duty, area_id=area_id, position=position, starts_at=since, ends_at=until)


def leave(who: UUID, cover: UUID | None = None, *, since: datetime = NOW - DAY, until: datetime = NOW + DAY) -> Leave:
    return Leave(account_id=who, starts_at=since, ends_at=until, cover_id=cover)


def roster(
    *facts: Assignment | Leave, ended: dict[UUID, datetime] | None = None, gone: tuple[UUID, ...] = ()
) -> Roster:
    return Roster(
        assignments=tuple(fact for fact in facts if isinstance(fact, Assignment)),
        leaves=tuple(fact for fact in facts if isinstance(fact, Leave)),
        holders=tuple(Holder(account_id=who, ended_at=(ended or {}).get(who)) for who in EVERYBODY if who not in gone),
    )


def answering(facts: Roster, duty: Duty = Duty.VILLAGE, at: datetime = NOW) -> list[tuple[UUID, UUID | None]]:
    return [(one.account_id, one.covering_for) for one in who_answers(duty, UP, facts, at)]


def test_who_holds_the_duty_answers() -> None:
    assert who_answers(Duty.VILLAGE, UP, roster(holds(WANG)), NOW) == (Answer(account_id=WANG, area_id=VILLAGE),)


def test_several_holders_are_told_together_in_the_order_of_their_position() -> None:
    facts = roster(holds(WANG, position=2), holds(ZHAO, position=1), holds(SUN, position=1))
    assert answering(facts) == [(ZHAO, None), (SUN, None), (WANG, None)]


def test_another_duty_and_another_area_do_not_answer() -> None:
    facts = roster(holds(WANG, duty=Duty.DISTRICT), holds(ZHAO, area_id=99))
    assert answering(facts) == []


def test_the_nearest_area_with_anybody_present_answers() -> None:
    assert answering(roster(holds(WANG), holds(ZHAO, TOWNSHIP))) == [(WANG, None)]
    assert answering(roster(holds(WANG), leave(WANG), holds(ZHAO, TOWNSHIP))) == [(ZHAO, None)]


@pytest.mark.parametrize(
    ("since", "until", "present"),
    [
        (NOW, None, True),
        (NOW + timedelta(seconds=1), None, False),
        (NOW - DAY, NOW, False),
        (NOW - DAY, NOW + timedelta(seconds=1), True),
    ],
)
def test_a_duty_counts_from_its_start_up_to_but_not_at_its_end(
    since: datetime, until: datetime | None, present: bool
) -> None:
    assert bool(answering(roster(holds(WANG, since=since, until=until)))) is present


@pytest.mark.parametrize(
    ("since", "until", "present"),
    [
        (NOW, NOW + DAY, False),
        (NOW - DAY, NOW, True),
        (NOW + timedelta(seconds=1), NOW + DAY, True),
    ],
)
def test_a_leave_counts_from_its_start_up_to_but_not_at_its_end(
    since: datetime, until: datetime, present: bool
) -> None:
    assert bool(answering(roster(holds(WANG), leave(WANG, since=since, until=until)))) is present


def test_the_cover_answers_and_says_for_whom() -> None:
    assert answering(roster(holds(WANG), leave(WANG, ZHAO))) == [(ZHAO, WANG)]


def test_a_leave_without_cover_is_a_gap() -> None:
    assert answering(roster(holds(WANG), leave(WANG))) == []


def test_a_cover_on_leave_is_covered_by_their_own_cover() -> None:
    facts = roster(holds(WANG), leave(WANG, ZHAO), leave(ZHAO, SUN))
    assert answering(facts) == [(SUN, WANG)]


def test_covers_in_a_circle_are_a_gap_and_do_not_hang() -> None:
    assert answering(roster(holds(WANG), leave(WANG, ZHAO), leave(ZHAO, WANG))) == []
    assert answering(roster(holds(WANG), leave(WANG, WANG))) == []


def test_a_way_out_of_a_circle_of_covers_is_found() -> None:
    facts = roster(holds(WANG), leave(WANG, ZHAO), leave(ZHAO, WANG), leave(ZHAO, SUN))
    assert answering(facts) == [(SUN, WANG)]


def test_of_several_leaves_at_once_every_nearest_cover_answers() -> None:
    facts = roster(holds(WANG), leave(WANG, ZHAO), leave(WANG, SUN), leave(WANG))
    assert answering(facts) == [(ZHAO, WANG), (SUN, WANG)]


def test_cover_is_handed_on_only_so_often() -> None:
    people = [person(number) for number in range(10, 10 + COVER_STEPS + 2)]
    holders = tuple(Holder(account_id=who) for who in people)

    def handed_on(steps: int) -> Roster:
        leaves = tuple(leave(people[step], people[step + 1]) for step in range(steps))
        return Roster(assignments=(holds(people[0]),), leaves=leaves, holders=holders)

    assert answering(handed_on(COVER_STEPS)) == [(people[COVER_STEPS], people[0])]
    assert answering(handed_on(COVER_STEPS + 1)) == []


def test_an_ended_or_deleted_account_answers_for_nothing_and_is_not_covered() -> None:
    assert answering(roster(holds(WANG), ended={WANG: NOW})) == []
    assert answering(roster(holds(WANG), ended={WANG: NOW + timedelta(seconds=1)})) == [(WANG, None)]
    assert answering(roster(holds(WANG), gone=(WANG,))) == []
    assert answering(roster(holds(WANG), leave(WANG, ZHAO), ended={WANG: NOW})) == []


def test_an_ended_cover_does_not_answer() -> None:
    assert answering(roster(holds(WANG), leave(WANG, ZHAO), ended={ZHAO: NOW - DAY})) == []


def test_nobody_is_told_twice_and_ones_own_duty_comes_before_covering() -> None:
    facts = roster(holds(WANG, position=1), holds(ZHAO, position=2), leave(WANG, ZHAO))
    assert answering(facts) == [(ZHAO, None)]


def test_one_cover_of_two_holders_is_told_once() -> None:
    facts = roster(holds(WANG, position=1), holds(ZHAO, position=2), leave(WANG, SUN), leave(ZHAO, SUN))
    assert answering(facts) == [(SUN, WANG)]


def gaps(facts: Roster, *, days: int = 30) -> list[tuple[datetime, datetime | None]]:
    found = gaps_ahead([(Duty.VILLAGE, UP)], facts, since=NOW, until=NOW + days * DAY)
    assert all((gap.area_id, gap.duty) == (VILLAGE, Duty.VILLAGE) for gap in found)
    return [(gap.starts_at, gap.ends_at) for gap in found]


def test_no_gap_where_somebody_always_answers() -> None:
    assert gaps(roster(holds(WANG))) == []


def test_a_duty_nobody_ever_holds_is_a_gap_from_now_on() -> None:
    found = gaps_ahead([(Duty.TOWNSHIP_LEADER, (TOWNSHIP, COUNTY))], roster(), since=NOW, until=NOW + DAY)
    assert found == (Gap(area_id=TOWNSHIP, duty=Duty.TOWNSHIP_LEADER, starts_at=NOW, ends_at=None),)


def test_a_coming_leave_without_cover_is_seen_before_it_begins() -> None:
    facts = roster(holds(WANG), leave(WANG, since=NOW + 2 * DAY, until=NOW + 5 * DAY))
    assert gaps(facts) == [(NOW + 2 * DAY, NOW + 5 * DAY)]


def test_a_gap_beyond_the_days_looked_at_is_not_told_yet() -> None:
    facts = roster(holds(WANG), leave(WANG, since=NOW + 3 * DAY, until=NOW + 5 * DAY))
    assert gaps(facts, days=3) == []
    assert gaps(facts, days=4) == [(NOW + 3 * DAY, None)]


def test_a_gap_of_the_cover_is_seen_within_the_leave() -> None:
    facts = roster(
        holds(WANG),
        leave(WANG, ZHAO, since=NOW + DAY, until=NOW + 9 * DAY),
        leave(ZHAO, since=NOW + 2 * DAY, until=NOW + 4 * DAY),
    )
    assert gaps(facts) == [(NOW + 2 * DAY, NOW + 4 * DAY)]


def test_a_duty_that_ends_and_an_account_that_ends_are_seen() -> None:
    assert gaps(roster(holds(WANG, until=NOW + 3 * DAY))) == [(NOW + 3 * DAY, None)]
    assert gaps(roster(holds(WANG), ended={WANG: NOW + 3 * DAY})) == [(NOW + 3 * DAY, None)]


def test_gaps_that_touch_are_one_and_gaps_apart_are_two() -> None:
    touching = roster(
        holds(WANG),
        leave(WANG, since=NOW + DAY, until=NOW + 2 * DAY),
        leave(WANG, since=NOW + 2 * DAY, until=NOW + 3 * DAY),
    )
    assert gaps(touching) == [(NOW + DAY, NOW + 3 * DAY)]
    apart = roster(
        holds(WANG),
        leave(WANG, since=NOW + DAY, until=NOW + 2 * DAY),
        leave(WANG, since=NOW + 3 * DAY, until=NOW + 4 * DAY),
    )
    assert gaps(apart) == [(NOW + DAY, NOW + 2 * DAY), (NOW + 3 * DAY, NOW + 4 * DAY)]


hours = st.integers(-48, 96).map(lambda hour: NOW + timedelta(hours=hour))
spans = st.tuples(hours, hours).filter(lambda span: span[0] < span[1])
people = st.sampled_from(EVERYBODY)
assignments = st.builds(
    lambda who, area_id, position, span, open_end: holds(
        who, area_id, position=position, since=span[0], until=None if open_end else span[1]
    ),
    people,
    st.sampled_from(UP),
    st.integers(0, 2),
    spans,
    st.booleans(),
)
leaves = st.builds(
    lambda who, cover, span: leave(who, cover, since=span[0], until=span[1]), people, st.none() | people, spans
)
rosters = st.builds(
    lambda held, away, ended: roster(*held, *away, ended=ended),
    st.lists(assignments, max_size=5),
    st.lists(leaves, max_size=6),
    st.dictionaries(people, hours, max_size=2),
)


@given(rosters, hours)
def test_whoever_answers_is_present_and_told_once(facts: Roster, at: datetime) -> None:
    found = who_answers(Duty.VILLAGE, UP, facts, at)
    assert len({one.account_id for one in found}) == len(found)
    for one in found:
        assert facts.exists(one.account_id, at)
        assert not any(away.starts_at <= at < away.ends_at for away in facts.leaves_of(one.account_id))


@settings(max_examples=50)
@given(rosters)
def test_gaps_ahead_say_of_every_hour_what_asking_that_hour_says(facts: Roster) -> None:
    until = NOW + 4 * DAY
    found = gaps_ahead([(Duty.VILLAGE, UP)], facts, since=NOW, until=until)
    for hour in range(96):
        at = NOW + timedelta(hours=hour, minutes=30)
        told = any(gap.starts_at <= at < (gap.ends_at or until) for gap in found)
        assert told is (not who_answers(Duty.VILLAGE, UP, facts, at))
