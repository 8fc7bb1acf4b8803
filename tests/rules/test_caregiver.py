"""A caregiver as typed: read by the ledger's rules, masked, compared; providers, relations and bars beside them."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from caregivers.people import provider
from caregivers.people.bars import Bar, until
from caregivers.people.caregiver import REVEALABLE, Caregiver, Read, changed, masked, pointer, read, read_identity
from caregivers.people.conflict import barred
from recipients.fault import Problem
from tests.cast import NOW
from tests.ledger_files import id_number

TODAY = date(2026, 3, 2)
TOLD: dict[str, Any] = {
    "area_id": 7,
    "name": "张秀英",
    "id_number": id_number(7, born_on=date(1970, 1, 1)),
    "phone": "138 1234 5678",
    "address": "南柳镇柳家庄村3排12号",
}


def known(**more: Any) -> Caregiver:
    found = read(TOLD | more, known=None, today=TODAY)
    assert isinstance(found, Read), found
    return found.caregiver


def refused(told: dict[str, Any], before: Caregiver | None = None) -> str:
    found = read(told, known=before, today=TODAY)
    assert not isinstance(found, Read)
    return pointer(found[0])


def test_sex_and_birthday_follow_from_the_number() -> None:
    one = known()
    assert (one.sex, one.born_on, one.phone) == ("female", date(1970, 1, 1), "13812345678")
    assert one.id_compared == TOLD["id_number"]


def test_a_number_still_to_be_confirmed_needs_a_reason_and_the_sex() -> None:
    told = TOLD | {"id_number": None, "id_to_confirm_reason": "正在补办", "sex": "male", "born_on": date(1980, 5, 6)}
    one = known(**told)
    assert (one.id_number, one.id_compared, one.id_to_confirm_reason) == (None, None, "正在补办")
    assert one.born_on == date(1980, 5, 6)
    assert refused(TOLD | {"id_number": None}) == "/id_number"
    assert refused(told | {"sex": None}) == "/sex"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id_number": "120199197001010001"}, "/id_number"),
        ({"name": "张秀英2"}, "/name"),
        ({"name": None}, "/name"),
        ({"phone": "12"}, "/phone"),
        ({"address": "村" * 201}, "/address"),
        ({"kind": "provider_staff"}, "/provider_id"),
        ({"provider_id": uuid4()}, "/provider_id"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(change: dict[str, Any], field: str) -> None:
    assert refused(TOLD | change) == field
    assert refused(change, known()) == field


def test_an_edit_changes_what_is_given_and_nothing_else() -> None:
    before = known()
    after = read({"phone": "13900001111"}, known=before, today=TODAY)
    assert isinstance(after, Read)
    assert after.caregiver == replace(before, phone="13900001111")
    assert changed(before, after.caregiver) == ("phone",)
    cleared = read({"phone": None}, known=before, today=TODAY)
    assert isinstance(cleared, Read) and cleared.caregiver.phone is None


def test_a_number_is_put_in_doubt_and_told_again() -> None:
    doubted = read({"id_to_confirm_reason": "号码有误"}, known=known(), today=TODAY)
    assert isinstance(doubted, Read)
    assert (doubted.caregiver.id_number, doubted.caregiver.id_to_confirm_reason) == (None, "号码有误")
    again = read({"id_number": TOLD["id_number"]}, known=doubted.caregiver, today=TODAY)
    assert isinstance(again, Read)
    assert again.caregiver == known()


def test_staff_name_their_provider() -> None:
    provider_id = uuid4()
    assert known(kind="provider_staff", provider_id=provider_id).provider_id == provider_id


def test_what_is_masked_shows_neither_number_nor_birthday() -> None:
    shown = masked(known())
    assert (shown.name, shown.born_on, shown.id_compared) == ("张*", None, None)
    told = [getattr(shown, name) for name in REVEALABLE]
    for secret in ("秀英", TOLD["id_number"][4:14], "13812345678", "3排12号"):
        assert not any(isinstance(one, str) and secret in one for one in told), secret


def test_a_caregiver_is_never_printed() -> None:
    assert "张秀英" not in repr(known())
    assert "张秀英" not in repr(bar())


def test_somebody_to_be_barred_is_told_by_name_and_whole_number() -> None:
    assert read_identity(" 张秀英 ", TOLD["id_number"], today=TODAY) == ("张秀英", TOLD["id_number"])
    for name, number in (("张秀英", "待核实：遗失"), ("张秀英", "1201"), ("", TOLD["id_number"])):
        assert isinstance(read_identity(name, number, today=TODAY), Problem)


def bar(**told: Any) -> Bar:
    held: dict[str, Any] = {
        "id": uuid4(),
        "district_id": 1,
        "caregiver_id": None,
        "name": "张秀英",
        "by_number": True,
        "reason": "removed",
        "ground": "多次整改不到位",
        "case_id": None,
        "from_on": date(2026, 1, 1),
        "until_on": date(2028, 1, 1),
        "created_by": uuid4(),
        "created_at": NOW,
    }
    return Bar(**(held | told))


def test_a_bar_holds_from_its_first_day_to_the_day_before_its_last() -> None:
    assert [bar().holds(day) for day in (date(2025, 12, 31), date(2026, 1, 1), date(2027, 12, 31))] == [
        False,
        True,
        True,
    ]
    assert not bar().holds(date(2028, 1, 1))
    assert bar(until_on=None).holds(date(2099, 1, 1))
    assert not bar(lifted_at=NOW, lifted_by=uuid4()).holds(TODAY)


def test_a_removal_bars_for_the_months_of_the_policy_and_the_law_for_ever() -> None:
    assert until("removed", date(2026, 3, 2), months=24) == date(2028, 3, 2)
    assert until("law", date(2026, 3, 2), months=24) is None


def test_whoever_is_on_the_caregivers_side_or_named_beside_it_does_not_judge() -> None:
    own, related, issuer, stranger = (uuid4() for _ in range(4))
    side = frozenset({own, related})
    assert barred(own, side) and barred(related, side)
    assert barred(issuer, side, issuer, None)
    assert not barred(stranger, side, issuer, None)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91120116MA05J3N84L"])
def test_a_credit_code_checks_itself(code: str) -> None:
    body = code[:17]
    right = [end for end in "0123456789ABCDEFGHJKLMNPQRTUWXY" if provider.is_credit_code(body + end)]
    assert len(right) == 1
    swapped = body[:8] + body[9] + body[8] + body[10:] + right[0]
    assert body[8] == body[9] or not provider.is_credit_code(swapped)


def test_a_known_credit_code_is_right_and_a_letter_it_never_uses_is_wrong() -> None:
    assert provider.is_credit_code("91350100M000100Y43")  # the standard's own example
    assert not provider.is_credit_code("91350100M000100Y44")
    assert not provider.is_credit_code("9135O100M000100Y43")


def test_a_provider_is_read_with_its_faults() -> None:
    found = provider.read(name="　安康养老服务中心 ", credit_code="91350100m000100y43", phone="022-23456789")
    assert isinstance(found, provider.Read)
    assert (found.name, found.credit_code, found.phone) == ("安康养老服务中心", "91350100M000100Y43", "022-23456789")
    told: dict[str, Any] = {"name": "安康", "credit_code": None, "phone": None}
    for field, wrong in (("name", " "), ("credit_code", "123"), ("phone", "12")):
        fault = provider.read(**(told | {field: wrong}))
        assert isinstance(fault, tuple) and fault[0] == field
