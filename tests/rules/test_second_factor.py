"""One-time codes count once; recovery codes are kept as hashes."""

import base64
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pyotp
import pytest

from accounts.second_factor import (
    accepted_timecode,
    matching_recovery_hash,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    recovery_hash,
)

NOW = datetime(2026, 3, 2, 2, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)
# RFC 6238, appendix B: the secret "12345678901234567890"; at 59 s the code ends in 287082.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
ME, OTHER = UUID(int=1), UUID(int=2)


def code_at(moment: datetime, secret: str = RFC_SECRET) -> str:
    return pyotp.TOTP(secret).at(moment)


def accepted(code: str, *, last: int = 0, now: datetime = NOW) -> int | None:
    return accepted_timecode(RFC_SECRET, code, now=now, last_timecode=last)


def test_the_standards_own_example_is_accepted() -> None:
    assert accepted("287082", now=datetime.fromtimestamp(59, UTC)) == 1


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_before_and_after_is_accepted(steps: int, taken: bool) -> None:
    assert (accepted(code_at(NOW + steps * STEP)) is not None) is taken


def test_a_code_counts_once() -> None:
    code = code_at(NOW)
    timecode = accepted(code)
    assert timecode == int(NOW.timestamp()) // 30
    assert accepted(code, last=timecode) is None


def test_a_code_older_than_the_last_accepted_one_is_refused() -> None:
    newest = accepted(code_at(NOW + STEP))
    assert newest is not None
    assert accepted(code_at(NOW), last=newest) is None
    assert accepted(code_at(NOW + 2 * STEP), last=newest, now=NOW + 2 * STEP) == newest + 1


@pytest.mark.parametrize("code", ["", "000000000", "28708", "2870822", "abcdef", "28708２x", "二八七零八二"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert accepted(code, now=datetime.fromtimestamp(59, UTC)) is None


@pytest.mark.parametrize("code", ["287 082", " 287082 ", "２８７０８２", "287-082"])
def test_a_code_may_be_typed_as_phones_type_it(code: str) -> None:
    assert accepted(code, now=datetime.fromtimestamp(59, UTC)) == 1


def test_a_secret_has_160_bits_and_is_never_the_same() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(base64.b32decode(secret)) == 20 for secret in secrets)


def test_the_address_for_authenticators_names_the_house_and_the_person() -> None:
    uri = urlsplit(otpauth_uri(RFC_SECRET, "zhaojianguo"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/窗灯:zhaojianguo"
    assert parse_qs(uri.query) == {"secret": [RFC_SECRET], "issuer": ["窗灯"]}


def test_ten_recovery_codes_of_80_bits_each_different() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code) for code in codes)


def test_a_recovery_code_opens_only_its_own_hash() -> None:
    codes = new_recovery_codes()
    hashes = [recovery_hash(code, ME) for code in codes]
    assert matching_recovery_hash(codes[3], ME, hashes) == hashes[3]
    assert matching_recovery_hash(codes[3], ME, hashes[:3] + hashes[4:]) is None
    assert matching_recovery_hash(codes[3], OTHER, hashes) is None
    assert matching_recovery_hash("", ME, hashes) is None


def test_a_recovery_code_may_be_typed_in_any_case_with_or_without_dashes() -> None:
    code = new_recovery_codes()[0]
    stored = [recovery_hash(code, ME)]
    assert matching_recovery_hash(f" {code.lower().replace('-', ' ')} ", ME, stored) == stored[0]


def test_the_hash_does_not_contain_the_code() -> None:
    code = new_recovery_codes()[0]
    assert len(recovery_hash(code, ME)) == 32
    assert code.replace("-", "").encode() not in recovery_hash(code, ME)
