"""Items that build on each other: taken in their order, whatever order they come in, and never waiting for ever."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, code_of
from visits.refusals import VisitCancelled
from visits.sync.item import in_circles, refused, turn
from visits.sync.refusals import PhotoNotThere

A, B, C, D = (UUID(int=number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("status", "place"),
    [("taken", "ready"), ("conflict", "ready"), ("refused", "hopeless"), ("held", "waiting"), (None, "waiting")],
)
def test_an_item_waits_for_the_one_it_follows(status: str | None, place: str) -> None:
    found = turn({B: A}, {A: status} if status else {})
    assert getattr(found, place) == (B,)
    assert sum(map(len, (found.ready, found.hopeless, found.waiting))) == 1


def test_an_item_that_follows_none_is_next() -> None:
    assert turn({A: None, B: A}, {}).ready == (A,)


@given(order=st.permutations([A, B, C, D]))
def test_a_chain_is_taken_in_its_order_however_it_is_shuffled(order: list[UUID]) -> None:
    follows = {A: None, B: A, C: B, D: C}
    left, taken = {one: follows[one] for one in order}, list[UUID]()
    while left:
        for one in turn(left, dict.fromkeys(taken, "taken")).ready:
            taken.append(one)
            del left[one]
    assert taken == [A, B, C, D]


def test_whoever_waits_for_itself_waits_for_ever() -> None:
    assert in_circles({A: A}) == {A}
    assert in_circles({A: B, B: C, C: A, D: A}) == {A, B, C}
    assert in_circles({A: None, B: A, C: UUID(int=9)}) == frozenset()


@given(
    follows=st.dictionaries(
        st.integers(1, 9).map(lambda number: UUID(int=number)),
        st.none() | st.integers(1, 9).map(lambda number: UUID(int=number)),
    )
)
def test_every_circle_is_found_and_nothing_else(follows: dict[UUID, UUID | None]) -> None:
    def comes_back(start: UUID) -> bool:
        one = follows.get(start)
        for _ in range(20):
            if one is None or one == start:
                break
            one = follows.get(one)
        return one == start

    assert in_circles(follows) == {one for one in follows if comes_back(one)}


def test_a_refusal_is_told_by_its_name_its_words_and_its_place() -> None:
    told = refused(VisitCancelled(field="/visit_id"))
    assert (told.status, told.code, told.field) == ("refused", "visit-cancelled", "/visit_id")
    assert told.detail == VisitCancelled.detail
    assert refused(PhotoNotThere()).status == "held"
    assert code_of(Conflict()) == "conflict"
