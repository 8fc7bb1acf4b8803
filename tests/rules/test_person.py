"""A person made from a ledger row, told again as one, edited and brought up to date."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from accounts.policy import Policy
from recipients import masking
from recipients.editing import pointer, read
from recipients.ledger import LedgerRow
from recipients.person import FIELDS, Person, changed, merged, person, title_of
from recipients.villages import Village
from tests.ledger_files import id_number

VILLAGE = Village(code="120151101201", name="柳家庄村", township="南柳镇")
TODAY = date(2026, 3, 2)


def told(known: Person | None = None, **changes: Any) -> Person:
    row = read(changes, known=known, village=VILLAGE, policy=Policy.default(), today=TODAY)
    assert isinstance(row, LedgerRow), row
    own = {"visit_worker_id": None, "diagnosis": None, "bank_card": None}
    return person(row, area_id=1, **own)


def somebody(**changes: Any) -> Person:
    return told(**{"name": "李桂英", "id_number": id_number(7), "self_care": "self"} | changes)


SIX = ("eating", "dressing", "getting_up", "toileting", "walking_indoors", "bathing")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"id_number": None, "id_to_confirm_reason": "户口未落实", "sex": "male", "born_on": date(1950, 1, 1)},
        {"id_number": "120199500101014"},
        {"name": "古丽·买买提", "number": "南-7"},
        {"categories": ["aged", "severe_disability", "serious_illness", "incapacity"], "conditions": ["dementia"]},
        {"self_care": None, "indicators": dict.fromkeys(SIX, True) | {"bathing": False}},
        {"self_care": "full", "living_alone": True, "support_mode": "collective"},
        {"disability_kind": "肢体、视力", "disability_grade": 3, "categories": ["severe_disability"]},
        {"entry_consent": False, "last_seen_on": date(2026, 1, 5), "last_seen_how": "phone", "visit_every_days": 7},
        {"agreement_number": "一号", "agreement_starts_on": date(2025, 1, 1), "agreement_ends_on": date(2027, 1, 1)},
        {"guardian": "李建军", "guardian_phone": "13900001111", "remarks": "耳背;\n腿脚不便"},
    ],
)
def test_a_person_told_as_a_row_and_read_again_is_the_same_person(given: dict[str, Any]) -> None:
    one = somebody(**given)
    assert changed(one, told(one)) == ()


@pytest.mark.parametrize(
    ("before", "change", "gone"),
    [
        ({"living_alone": True}, {"living_alone": False}, "living_alone"),
        ({"self_care": "full"}, {"self_care": "self"}, "incapacity"),
        ({"disability_grade": 1}, {"disability_grade": 4}, "severe_disability"),
        ({"categories": ["serious_illness"]}, {"categories": []}, "serious_illness"),
        ({"id_number": id_number(1, born_on=date(1940, 1, 1))}, {"id_number": id_number(1)}, "aged"),
    ],
)
def test_a_category_goes_with_the_fact_it_came_from(before: dict[str, Any], change: dict[str, Any], gone: str) -> None:
    one = somebody(**before)
    assert gone in one.categories
    assert gone not in told(one, **change).categories


def test_a_category_kept_in_doubt_survives_an_edit_of_something_else() -> None:
    one = somebody(categories=["severe_disability"], disability_grade=3)
    assert "severe_disability" in told(one, phone="13812345678").categories


def test_class_and_indicators_are_told_one_from_the_other() -> None:
    one = somebody(self_care=None, indicators=dict.fromkeys(SIX, False))
    assert one.self_care == "full"
    assert told(one, self_care="partial").indicators is None
    assert told(one, indicators=dict.fromkeys(SIX, True)).self_care == "self"


def test_a_reason_does_not_push_a_known_number_aside() -> None:
    one = somebody()
    assert told(one, id_to_confirm_reason="待补").id_number == one.id_number
    assert told(one, id_number=None, id_to_confirm_reason="证件遗失").id_number is None


def test_every_problem_points_at_a_field() -> None:
    wrong = {"name": "", "id_number": "1", "self_care": None, "phone": "1", "guardian_phone": "2"}
    problems = read(wrong, known=None, village=VILLAGE, policy=Policy.default(), today=TODAY)
    assert isinstance(problems, tuple)
    assert {pointer(one) for one in problems} == {"/name", "/id_number", "/self_care", "/phone", "/guardian_phone"}


def test_every_field_has_a_name_people_read() -> None:
    for name in FIELDS:
        if name != "id_compared":
            assert title_of(name)


def test_a_later_ledger_erases_nothing_and_takes_no_category_away() -> None:
    known = somebody(living_alone=True, conditions=["dementia"], phone="13812345678", disability_grade=2)
    after, warnings = merged(known, somebody())
    assert changed(known, after) == ()
    assert len(warnings) == 2


def test_a_later_ledger_brings_what_it_states() -> None:
    known = somebody(self_care="full", last_seen_on=date(2026, 2, 20), last_seen_how="door")
    after, _ = merged(known, somebody(phone="13812345678", last_seen_on=date(2026, 1, 1), last_seen_how="phone"))
    assert set(changed(known, after)) == {"phone", "self_care", "categories"}
    assert (after.last_seen_on, after.last_seen_how) == (date(2026, 2, 20), "door")


def test_a_person_is_never_printed() -> None:
    assert "李桂英" not in repr(somebody())


def test_no_masked_field_shows_its_value() -> None:
    plain: dict[str, Any] = {name: f"{name}-密" for name in masking.MASKED if name != "born_on"}
    plain |= {"id_number": id_number(7), "phone": "13812345678"}
    one = replace(somebody(), **plain)
    masked = masking.person(one)
    for name in masking.MASKED:
        assert getattr(masked, name) != getattr(one, name), name
