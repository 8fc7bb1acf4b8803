"""Standing: what may follow what, two people for what takes somebody out of sight, and the way back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipients.standing import (
    STANDING_WORDS,
    TRANSITIONS,
    TWO_PEOPLE,
    UNDER_VISIT,
    Change,
    Refused,
    Standing,
    confirm,
    propose,
    reject,
    shown,
    undo,
)

CLERK, LEADER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = datetime(2025, 10, 8, 9, 0, tzinfo=UTC)
TODAY = date(2025, 10, 8)
LATER = NOW + timedelta(hours=1)


def proposed(
    current: Standing,
    after: Standing,
    *,
    pending: Change | None = None,
    on: date = TODAY,
    reason: str = "死亡证明",
    by: UUID = CLERK,
) -> Change | Refused:
    return propose(current, after, happened_on=on, today=TODAY, reason=reason, pending=pending, by=by, at=NOW)


def change(current: Standing, after: Standing) -> Change:
    found = proposed(current, after)
    assert isinstance(found, Change)
    return found


def agreed(current: Standing, after: Standing) -> Change:
    found = confirm(change(current, after), current=current, by=LEADER, at=LATER)
    assert isinstance(found, Change)
    return found


def why(found: Change | Refused) -> str:
    assert isinstance(found, Refused), found
    assert found.detail.endswith("。")
    return found.why


class TestTwoPeople:
    @pytest.mark.parametrize("after", sorted(TWO_PEOPLE))
    def test_death_move_and_end_wait_for_a_second_person(self, after: Standing) -> None:
        found = change("at_home", after)
        assert found.pending and not found.in_force

    @pytest.mark.parametrize("after", sorted(TWO_PEOPLE))
    def test_the_proposer_cannot_confirm(self, after: Standing) -> None:
        assert why(confirm(change("at_home", after), current="at_home", by=CLERK, at=LATER)) == "same-person"

    @pytest.mark.parametrize("after", sorted(TWO_PEOPLE))
    def test_somebody_else_can(self, after: Standing) -> None:
        found = agreed("at_home", after)
        assert found.in_force
        assert (found.confirmed_by, found.confirmed_at) == (LEADER, LATER)

    def test_the_three_are_the_ones_that_end_the_visits(self) -> None:
        assert {"died", "moved_to_collective", "eligibility_ended"} == TWO_PEOPLE
        assert set(TRANSITIONS) == TWO_PEOPLE | UNDER_VISIT
        assert not TWO_PEOPLE & UNDER_VISIT

    def test_going_to_hospital_and_coming_home_need_one(self) -> None:
        assert change("at_home", "in_hospital").in_force
        assert change("in_hospital", "at_home").in_force

    def test_coming_back_under_visit_needs_one(self) -> None:
        assert change("eligibility_ended", "at_home").in_force
        assert change("moved_to_collective", "at_home").in_force


class TestProposing:
    @pytest.mark.parametrize("current", list(TRANSITIONS))
    @pytest.mark.parametrize("after", list(TRANSITIONS))
    def test_the_table_is_the_law(self, current: Standing, after: Standing) -> None:
        found = proposed(current, after)
        assert isinstance(found, Change) == (after in TRANSITIONS[current])

    def test_nothing_follows_death_but_its_undoing(self) -> None:
        found = proposed("died", "at_home")
        assert why(found) == "not-allowed"
        assert isinstance(found, Refused) and "撤销" in found.detail

    def test_it_needs_a_reason(self) -> None:
        assert why(proposed("at_home", "died", reason="  ")) == "no-reason"

    def test_it_cannot_happen_tomorrow(self) -> None:
        assert why(proposed("at_home", "died", on=TODAY + timedelta(days=1))) == "in-future"

    def test_it_cannot_have_happened_before_there_was_any_support(self) -> None:
        assert why(proposed("at_home", "in_hospital", on=date(1955, 12, 31))) == "too-far-back"
        assert isinstance(proposed("at_home", "in_hospital", on=date(1956, 1, 1)), Change)

    def test_one_at_a_time(self) -> None:
        assert why(proposed("at_home", "died", pending=change("at_home", "eligibility_ended"))) == "already-pending"


class TestConfirming:
    def test_it_is_refused_when_the_standing_has_moved_on(self) -> None:
        assert why(confirm(change("at_home", "died"), current="in_hospital", by=LEADER, at=LATER)) == "overtaken"

    def test_it_happens_once(self) -> None:
        assert why(confirm(agreed("at_home", "died"), current="died", by=THIRD, at=LATER)) == "already-settled"

    def test_a_rejected_proposal_is_over(self) -> None:
        rejected = reject(change("at_home", "died"), by=LEADER, at=LATER)
        assert isinstance(rejected, Change) and not rejected.in_force
        assert why(confirm(rejected, current="at_home", by=THIRD, at=LATER)) == "already-settled"

    def test_the_proposer_may_take_it_back(self) -> None:
        assert isinstance(reject(change("at_home", "died"), by=CLERK, at=LATER), Change)

    def test_what_is_in_force_cannot_be_rejected(self) -> None:
        assert why(reject(agreed("at_home", "died"), by=LEADER, at=LATER)) == "already-settled"


class TestUndoing:
    @pytest.mark.parametrize("after", sorted(TWO_PEOPLE))
    def test_one_person_brings_somebody_back(self, after: Standing) -> None:
        found = undo(agreed("at_home", after), current=after, reason="登记错人", by=CLERK, at=LATER)
        assert isinstance(found, Change) and not found.in_force
        assert (found.before, found.undone_by, found.undo_reason) == ("at_home", CLERK, "登记错人")

    def test_five_years_later_too(self) -> None:
        late = NOW + timedelta(days=5 * 365)
        assert isinstance(
            undo(agreed("at_home", "died"), current="died", reason="本人仍在世", by=THIRD, at=late), Change
        )

    def test_it_needs_a_reason(self) -> None:
        assert why(undo(agreed("at_home", "died"), current="died", reason="", by=CLERK, at=LATER)) == "no-reason"

    def test_it_cannot_be_used_to_make_somebody_vanish_alone(self) -> None:
        back = change("eligibility_ended", "at_home")
        assert why(undo(back, current="at_home", reason="误操作", by=CLERK, at=LATER)) == "not-allowed"

    def test_only_the_latest_can_be_undone(self) -> None:
        moved = agreed("at_home", "moved_to_collective")
        assert why(undo(moved, current="died", reason="误操作", by=CLERK, at=LATER)) == "not-latest"

    def test_what_never_held_or_is_undone_cannot_be(self) -> None:
        assert (
            why(undo(change("at_home", "died"), current="at_home", reason="x", by=CLERK, at=LATER)) == "already-settled"
        )
        undone = replace(agreed("at_home", "died"), undone_by=CLERK, undone_at=LATER)
        assert why(undo(undone, current="died", reason="x", by=CLERK, at=LATER)) == "already-settled"


class TestShown:
    def test_absence_colours_only_those_under_visit(self) -> None:
        assert shown("at_home", None) == "at_home"
        assert shown("at_home", "away") == "absent"
        assert shown("at_home", "in_hospital") == "in_hospital"
        assert shown("in_hospital", "away") == "in_hospital"
        assert shown("died", "away") == "died"

    def test_every_standing_has_its_word(self) -> None:
        assert set(STANDING_WORDS) == {*TRANSITIONS, "absent"}


steps = st.lists(
    st.tuples(
        st.sampled_from(["propose", "confirm", "reject", "undo"]),
        st.sampled_from(list(TRANSITIONS)),
        st.sampled_from([CLERK, LEADER, THIRD]),
    ),
    max_size=40,
)


@given(steps=steps)
def test_whatever_people_do_nobody_vanishes_by_one_hand(steps: list[tuple[str, Standing, UUID]]) -> None:
    current: Standing = "at_home"
    pending: Change | None = None
    in_force: list[Change] = []
    for act, after, who in steps:
        found: Change | Refused | None = None
        if act == "propose":
            found = proposed(current, after, pending=pending, by=who)
        elif act == "confirm" and pending:
            found = confirm(pending, current=current, by=who, at=NOW)
        elif act == "reject" and pending:
            found = reject(pending, by=who, at=NOW)
        elif act == "undo" and in_force:
            found = undo(in_force[-1], current=current, reason="r", by=who, at=NOW)
        if not isinstance(found, Change):
            continue
        if found.undone_at is not None:
            in_force.pop()
            current = found.before
            assert current in UNDER_VISIT or found.after in TWO_PEOPLE
        elif found.in_force:
            assert found.after in TRANSITIONS[current]
            assert found.after in UNDER_VISIT or found.confirmed_by != found.proposed_by
            in_force.append(found)
            current, pending = found.after, None
        else:
            pending = found if found.pending else None
    for held in in_force:
        assert held.after in UNDER_VISIT or held.confirmed_by not in {None, held.proposed_by}
