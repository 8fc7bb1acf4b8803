"""Ids made one after another sort in that order, and carry the moment they were made at."""

import time

from core.ids import new_id


def test_ids_sort_by_the_time_they_were_made_also_within_a_millisecond() -> None:
    made = []
    for _ in range(200):
        made.append(new_id())
        before = time.time_ns()
        while time.time_ns() - before < 1_000:
            pass
    assert made == sorted(made)


def test_an_id_is_a_version_seven_uuid_of_this_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made != new_id()
