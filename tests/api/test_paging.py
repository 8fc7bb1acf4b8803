"""Cursors: opaque, of one list, and nobody alters them."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from api.paging import Page, after, page
from core import errors
from core.ids import new_id
from tests.cast import NOW


def test_a_cursor_goes_back_to_its_key_and_shows_nothing_of_it() -> None:
    rows = [(NOW + timedelta(minutes=minute), new_id()) for minute in range(5)]
    first = page(rows[:3], 2, of="visits", key=lambda row: row, item=lambda row: str(row[1]))
    assert isinstance(first, Page)
    assert first.items == [str(row[1]) for row in rows[:2]]
    assert first.next is not None
    assert str(rows[1][1])[:8] not in first.next
    assert after(first.next, tuple[datetime, UUID], of="visits") == rows[1]
    last = page(rows[3:], 2, of="visits", key=lambda row: row, item=lambda row: str(row[1]))
    assert (len(last.items), last.next) == (2, None)
    assert after(None, tuple[datetime, UUID], of="visits") is None


def test_an_altered_or_foreign_cursor_is_bad_input() -> None:
    made = page([1, 2], 1, of="visits", key=lambda row: row, item=str).next
    assert made is not None
    assert after(made, int, of="visits") == 1
    for wrong in (made[:-2], "x" + made, "!!!", "", "令牌", made.swapcase(), made + made):
        with pytest.raises(errors.Invalid):
            after(wrong, int, of="visits")
    with pytest.raises(errors.Invalid):
        after(made, int, of="alerts")
    with pytest.raises(errors.Invalid):
        after(made, UUID, of="visits")
