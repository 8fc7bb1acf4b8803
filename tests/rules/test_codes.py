"""Codes people read aloud, and logins and phone numbers as they are typed."""

import math
import re

import pytest

from accounts.codes import new_code, plain_code
from accounts.passwords import weakness
from accounts.people import is_login, masked_phone, plain_login


def test_a_code_has_more_than_fifty_bits_and_no_signs_that_look_alike() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"([2-9A-HJKMNP-TV-Z]{4}-){2}[2-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    signs = {sign for code in codes for sign in code} - {"-"}
    assert len(signs) == 30
    assert 12 * math.log2(len(signs)) > 50


@pytest.mark.parametrize(
    "typed", ["7KQM-9RTA-XW4C", "7kqm9rtaxw4c", " 7kqm 9rta xw4c ", "７ＫＱＭ－９ＲＴＡ－ＸＷ４Ｃ"]
)
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert plain_code(typed) == "7KQM9RTAXW4C"


def test_a_fresh_code_is_good_enough_for_a_first_password() -> None:
    assert all(weakness(new_code(), "liuyang") is None for _ in range(50))


@pytest.mark.parametrize("login", ["abc", "13800001234", "liu.yang", "a_b-c@d", "x" * 40])
def test_what_may_be_a_login(login: str) -> None:
    assert is_login(login)


@pytest.mark.parametrize("login", ["ab", "", "x" * 41, "刘洋", ".abc", "a b c", "Abc", "abc\n", "a\u00e9bc"])
def test_what_may_be_no_login(login: str) -> None:
    assert not is_login(login)


def test_a_login_is_plain_whatever_keyboard_it_came_from() -> None:
    assert plain_login(" LiuYang ") == "liuyang"


@pytest.mark.parametrize(
    ("phone", "masked"), [("13800001234", "138******34"), ("12345", "123***45"), ("+8613800001234", "+86*********34")]
)
def test_a_phone_number_is_masked(phone: str, masked: str) -> None:
    assert masked_phone(phone) == masked
