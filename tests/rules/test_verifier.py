"""Who verifies, and what a result must say."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from caregivers.rectification.hazards import gravest
from caregivers.rectification.result import ItemResult, Result, fingerprint, wrong
from caregivers.rectification.verifier import choose, unfit

ISSUER, CAREGIVER, COUSIN, WORKER, OTHER = (UUID(int=number) for number in range(1, 6))
SIDE = frozenset({CAREGIVER, COUSIN})
ONE, TWO = UUID(int=11), UUID(int=12)
RESULT = Result(
    id=UUID(int=20),
    made_at=datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
    person_seen=True,
    items=[ItemResult(item=ONE, passed=True), ItemResult(item=TWO, passed=False, note="柴草仍在")],
)


@pytest.mark.parametrize(
    ("account", "why"),
    [(ISSUER, "issuer"), (CAREGIVER, "related"), (COUSIN, "related"), (WORKER, None)],
)
def test_neither_the_issuer_nor_the_caregivers_side_verifies(account: UUID, why: str | None) -> None:
    assert unfit(account, issuer=ISSUER, side=SIDE) == why


def test_the_first_who_may_is_chosen_in_the_order_asked() -> None:
    assert choose([COUSIN, ISSUER, OTHER, WORKER], issuer=ISSUER, side=SIDE) == OTHER


def test_nobody_is_chosen_where_nobody_suits() -> None:
    assert choose([ISSUER, CAREGIVER], issuer=ISSUER, side=SIDE) is None
    assert choose([], issuer=ISSUER, side=SIDE) is None


def test_a_result_passes_only_whole() -> None:
    assert RESULT.verb == "fail"
    assert replace(RESULT, items=[ItemResult(item=ONE, passed=True)]).verb == "pass"


def test_every_open_item_is_judged_once_and_none_besides() -> None:
    assert wrong(RESULT, [ONE, TWO]) is None
    assert wrong(RESULT, [ONE]) and wrong(RESULT, [ONE, TWO, OTHER])
    assert wrong(replace(RESULT, items=[*RESULT.items, RESULT.items[0]]), [ONE, TWO])


def test_a_failed_item_says_what_was_seen() -> None:
    silent = replace(RESULT, items=[RESULT.items[0], ItemResult(item=TWO, passed=False, note=" ")])
    assert wrong(silent, [ONE, TWO])


def test_nothing_passes_without_seeing_the_person_and_failing_is_possible() -> None:
    unseen = replace(RESULT, person_seen=False)
    assert wrong(unseen, [ONE, TWO]) is None
    assert wrong(replace(unseen, items=[ItemResult(item=ONE, passed=True)]), [ONE])


def test_a_fingerprint_is_of_the_content_and_its_subject_not_of_the_zone() -> None:
    here = RESULT.made_at.astimezone(ZoneInfo("Asia/Shanghai"))
    assert fingerprint(ONE, {"made_at": here}) == fingerprint(ONE, {"made_at": RESULT.made_at})
    assert fingerprint(ONE, {"a": 1}) != fingerprint(TWO, {"a": 1})
    assert fingerprint(ONE, {"a": 1}) != fingerprint(ONE, {"a": 2})


def test_the_gravest_decides() -> None:
    assert gravest(["general", "critical", "serious"]) == "critical"
    assert gravest(["general", "serious"]) == "serious"
