"""What a phone lacks is found by comparing; whatever leaves it says why; long numbers stay behind."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id
from visits.sync.manifest import (
    WHY_NAMES,
    Left,
    Manifest,
    basis,
    difference,
    first_generation,
    hash_of,
    key_of,
    next_generation,
    why_left,
)
from visits.sync.things import Me, Place, without_numbers

EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
MANIFESTS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("xyz"))


def me(**said: Any) -> Me:
    return Me(
        **{
            "id": UUID(int=1),
            "name": "王秀兰",
            "role": "worker",
            "role_name": "走访员",
            "areas": (Place(id=1, name="柳家庄村"),),
            **said,
        }
    )


@given(held=MANIFESTS, current=MANIFESTS)
def test_applying_the_difference_gives_exactly_what_should_be_held(
    held: dict[str, str], current: dict[str, str]
) -> None:
    found = difference(held, current)
    phone = {key: value for key, value in held.items() if key not in found.gone}
    phone |= {key: current[key] for key in found.changed}
    assert phone == current
    assert bool(found) == (held != current)
    assert not found.changed & found.gone


def test_anything_a_phone_is_told_makes_another_hash() -> None:
    assert hash_of(me()) == hash_of(me())
    assert len({hash_of(me()), hash_of(me(name="李秀兰")), hash_of(me(areas=(Place(id=1, name="前柳村"),)))}) == 3


def test_an_unknown_generation_and_none_give_everything() -> None:
    base = first_generation(EPOCH)
    kept = {base + 4: {"a": "x"}, base + 5: {"a": "y"}}
    assert basis(base + 5, kept, epoch_since=EPOCH) == {"a": "y"}
    assert basis(base + 4, kept, epoch_since=EPOCH) == {"a": "x"}
    for asked in (None, base + 3, base + 6, 0, 2**31 - 1):
        assert basis(asked, kept, epoch_since=EPOCH) is None


def test_a_generation_from_before_a_restore_is_not_known_even_where_its_number_is() -> None:
    restored = EPOCH + timedelta(days=1)
    kept = {first_generation(EPOCH) + 3: {"a": "x"}}
    assert basis(first_generation(EPOCH) + 3, kept, epoch_since=EPOCH) == {"a": "x"}
    assert basis(first_generation(EPOCH) + 3, kept, epoch_since=restored) is None


@given(pulls=st.integers(min_value=0, max_value=50), after=st.integers(min_value=60, max_value=10**8))
def test_no_number_is_given_twice_across_a_restore(pulls: int, after: int) -> None:
    restored = EPOCH + timedelta(seconds=after)
    lost = {next_generation({}, epoch_since=EPOCH) + number for number in range(pulls)}
    assert next_generation({}, epoch_since=restored) not in lost
    kept: dict[int, Manifest] = {next_generation({}, epoch_since=EPOCH): {}}
    assert next_generation(kept, epoch_since=EPOCH) > max(kept)


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (Left(kind="visit", seen=True, status="made", by_me=True), "made"),
        (Left(kind="visit", seen=False, by_me=True), "made"),
        (Left(kind="visit", seen=True, status="made"), "made_by_other"),
        (Left(kind="visit", seen=True, status="made", mine=False), "made_by_other"),
        (Left(kind="visit", seen=True, status="open", mine=False), "reassigned"),
        (Left(kind="visit", seen=True, status="missed", mine=False), "reassigned"),
        (Left(kind="visit", seen=True, status="excused"), "excused"),
        (Left(kind="visit", seen=True, status="cancelled", reason="died"), "died"),
        (Left(kind="visit", seen=True, status="cancelled", reason="moved_to_collective"), "moved"),
        (Left(kind="visit", seen=True, status="cancelled", reason="collective_support"), "moved"),
        (Left(kind="visit", seen=True, status="cancelled", reason="eligibility_ended"), "not_eligible"),
        (Left(kind="visit", seen=True, status="cancelled", reason="worker_changed"), "reassigned"),
        (Left(kind="visit", seen=True, status="cancelled", reason="risk_changed"), "cancelled"),
        (Left(kind="visit", seen=True, status="missed"), "overtaken"),
        (Left(kind="visit", seen=True, status="not_known"), "overtaken"),
        (Left(kind="visit", seen=True, status="open"), "rearranged"),
        (Left(kind="visit", seen=False, status=None), "left_area"),
        (Left(kind="visit", seen=False, status="cancelled", reason="died"), "left_area"),
        (Left(kind="recipient", seen=True, status="died", reason="dispersed"), "died"),
        (Left(kind="recipient", seen=True, status="at_home", reason="collective"), "moved"),
        (Left(kind="recipient", seen=True, status="eligibility_ended", reason="dispersed"), "not_eligible"),
        (Left(kind="recipient", seen=True, status="at_home", reason="dispersed"), "no_task"),
        (Left(kind="recipient", seen=False), "left_area"),
        (Left(kind="verification", seen=True, status="done"), "settled"),
        (Left(kind="verification", seen=True, status="cancelled"), "cancelled"),
        (Left(kind="verification", seen=True, status="planned", mine=False), "reassigned"),
        (Left(kind="call_back", seen=True, status="open", mine=False), "reassigned"),
        (Left(kind="alert", seen=True, status="resolved"), "settled"),
        (Left(kind="order", seen=True, status="withdrawn"), "cancelled"),
        (Left(kind="order", seen=True, status="closed"), "settled"),
        (Left(kind="agreement", seen=True, status="ended"), "settled"),
        (Left(kind="lane", seen=True, status="active", mine=False), "reassigned"),
        (Left(kind="lane", seen=False), "left_area"),
    ],
)
def test_whatever_leaves_a_phone_says_why(left: Left, why: str) -> None:
    assert why_left(left) == why
    assert WHY_NAMES[why]
    assert len(why) <= 16, "the column takes sixteen characters"


@given(
    kind=st.sampled_from(["visit", "recipient", "verification", "alert", "order", "lane", "call_back", "agreement"]),
    status=st.one_of(st.none(), st.text(max_size=12)),
    reason=st.one_of(st.none(), st.text(max_size=12)),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_there_is_a_name_for_every_reason(
    kind: str, status: str | None, reason: str | None, flags: tuple[bool, bool, bool]
) -> None:
    seen, mine, by_me = flags
    left = Left(kind=kind, seen=seen, status=status, reason=reason, mine=mine, by_me=by_me)
    assert why_left(left) in WHY_NAMES
    if not seen and not by_me:
        assert why_left(left) == "left_area", "what came after is none of their business"


def test_a_key_names_kind_and_id() -> None:
    one = new_id()
    assert key_of("visit", one) == f"visit:{one}"


@pytest.mark.parametrize(
    "number",
    ["13812341234", "138-1234-1234", "138 1234 1234", "022-87654321", "120101194001011234", "12010119400101123X"],
)
def test_long_numbers_in_what_somebody_wrote_are_hidden(number: str) -> None:
    said = without_numbers(f"健康：儿子电话{number}，晚上再打")
    assert said == "健康：儿子电话***，晚上再打"


def test_house_numbers_doses_and_days_stay() -> None:
    said = "柳家庄村3排12号，每日2次，2026-03-02复查"
    assert without_numbers(said) == said
