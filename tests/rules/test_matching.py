"""Whether a ledger row is somebody already on the register."""

from typing import Any
from uuid import UUID

import pytest

from recipients.fault import Problem
from recipients.matching import ELSEWHERE, OTHER_NAME, SEVERAL, Known, Register

LI, WANG, TWIN = UUID(int=1), UUID(int=2), UUID(int=3)


def register() -> Register:
    return Register(
        within={b"li": Known(id=LI, name="李桂英")},
        anywhere={b"li", b"foreign"},
        unnumbered={(1, "王大山"): [WANG], (1, "赵同名"): [TWIN, LI]},
    )


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ({"index": b"li", "name": "李桂英"}, LI),
        ({"index": b"li", "name": "张冠李"}, OTHER_NAME),
        ({"index": b"foreign", "name": "李桂英"}, ELSEWHERE),
        ({"index": b"new", "name": "李桂英"}, None),
        ({"index": None, "name": "王大山"}, WANG),
        ({"index": None, "name": "王大山", "village_id": 2}, None),
        ({"index": None, "name": "赵同名"}, SEVERAL),
    ],
)
def test_a_row_is_known_new_or_refused(row: dict[str, Any], match: UUID | Problem | None) -> None:
    assert register().match(**{"village_id": 1} | row) == match


def test_two_rows_are_never_one_person() -> None:
    known = register()
    assert known.match(index=None, name="王大山", village_id=1) == WANG
    assert known.match(index=None, name="王大山", village_id=1) == SEVERAL


def test_somebody_new_of_a_name_whose_number_is_not_known_is_looked_at_twice() -> None:
    assert register().likely_known(index=b"new", name="王大山", village_id=1)
    assert not register().likely_known(index=b"new", name="王大山", village_id=2)
    assert not register().likely_known(index=b"li", name="王大山", village_id=1)
    assert not register().likely_known(index=None, name="王大山", village_id=1)
