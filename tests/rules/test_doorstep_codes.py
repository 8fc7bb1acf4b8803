"""Doorstep codes: they prove then and not now, fall to no search, and a lost slip stops nobody."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOW
from visits.evidence.codes import (
    SLIPS_AHEAD,
    STEP,
    Card,
    Fob,
    code_at,
    fits,
    fits_earlier,
    in_order,
    new_secret,
    resynchronised,
    step_of,
)

AROUND = timedelta(minutes=10)
FOB = Fob(secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
CARD = Card(secret=FOB.secret, next=40, printed=100)


def test_the_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B, the SHA-1 rows: the secret is "12345678901234567890".
    for seconds, code in ((59, "94287082"), (1111111109, "07081804"), (2000000000, "69279037")):
        assert code_at(FOB, seconds // 30) == code


def test_a_fobs_code_fits_around_the_moment_it_was_taken_and_not_later() -> None:
    code = code_at(FOB, step_of(NOW))
    assert fits(FOB, code, claimed_at=NOW, around=AROUND) == step_of(NOW)
    assert fits(FOB, code, claimed_at=NOW + AROUND, around=AROUND) == step_of(NOW)
    assert fits(FOB, code, claimed_at=NOW + AROUND + STEP, around=AROUND) is None
    assert fits(FOB, code, claimed_at=NOW - AROUND - STEP, around=AROUND) is None


def test_a_code_taken_offline_days_ago_fits_then_and_not_now() -> None:
    then = NOW - timedelta(days=6)
    code = code_at(FOB, step_of(then))
    assert fits(FOB, code, claimed_at=then, around=AROUND) == step_of(then)
    assert fits(FOB, code, claimed_at=NOW, around=AROUND) is None


@given(st.integers(-20, 20))
def test_a_fob_whose_clock_is_off_fits_once_its_skew_is_known(skew: int) -> None:
    fob = Fob(secret=FOB.secret, skew_steps=skew)
    shown = code_at(fob, step_of(NOW) + skew)
    assert fits(fob, shown, claimed_at=NOW, around=timedelta()) == step_of(NOW) + skew


def test_a_search_asks_forty_one_steps_at_most() -> None:
    hits = sum(fits(FOB, f"{guess:08d}", claimed_at=NOW, around=AROUND) is not None for guess in range(2_000))
    assert hits <= 41
    fitting = {
        code_at(FOB, step)
        for step in range(step_of(NOW) - 60, step_of(NOW) + 60)
        if fits(FOB, code_at(FOB, step), claimed_at=NOW, around=AROUND) is not None
    }
    assert len(fitting) == 41


def test_a_slip_of_a_card_fits_though_a_few_before_it_were_lost() -> None:
    for slip in range(CARD.next, CARD.next + SLIPS_AHEAD):
        assert fits(CARD, code_at(CARD, slip), claimed_at=NOW, around=AROUND) == slip
    assert fits(CARD, code_at(CARD, CARD.next + SLIPS_AHEAD), claimed_at=NOW, around=AROUND) is None
    assert fits(CARD, code_at(CARD, CARD.next - 1), claimed_at=NOW, around=AROUND) is None


def test_no_slip_fits_that_was_never_printed() -> None:
    last = Card(secret=CARD.secret, next=99, printed=100)
    assert fits(last, code_at(last, 99), claimed_at=NOW, around=AROUND) == 99
    assert fits(last, code_at(last, 100), claimed_at=NOW, around=AROUND) is None


@pytest.mark.parametrize("code", ["", "1234567", "123456789", "12 45678", "１２３４５６７８", "abcdefgh", "-1234567"])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert fits(FOB, code, claimed_at=NOW, around=AROUND) is None


def test_two_codes_in_a_row_set_a_fob_right_again() -> None:
    drifted = step_of(NOW) + 70
    found = resynchronised(FOB, code_at(FOB, drifted), code_at(FOB, drifted + 1), now=NOW)
    assert isinstance(found, Fob) and found.skew_steps == 71
    assert fits(found, code_at(FOB, drifted + 1), claimed_at=NOW, around=timedelta()) == drifted + 1


def test_two_slips_in_a_row_set_a_card_right_again() -> None:
    found = resynchronised(CARD, code_at(CARD, 70), code_at(CARD, 71), now=NOW)
    assert isinstance(found, Card) and found.next == 72


def test_one_right_code_or_two_of_another_token_set_nothing_right() -> None:
    right, other = step_of(NOW), Fob(secret=new_secret())
    assert resynchronised(FOB, code_at(FOB, right), code_at(FOB, right + 2), now=NOW) is None
    assert resynchronised(FOB, code_at(other, right), code_at(other, right + 1), now=NOW) is None


def test_a_token_does_not_show_its_secret() -> None:
    assert FOB.secret not in f"{FOB} {CARD}"
    assert new_secret() != new_secret()


def test_a_slip_torn_off_before_the_last_one_is_known_by_its_number() -> None:
    used_to = Card(secret=CARD.secret, next=20, printed=40)
    assert fits_earlier(used_to, code_at(CARD, 15)) == 15
    assert fits_earlier(used_to, code_at(CARD, 20 - SLIPS_AHEAD - 1)) is None
    assert fits_earlier(used_to, code_at(CARD, 20)) is None


def test_a_late_slip_counts_only_in_its_turn() -> None:
    used = {3: NOW, 5: NOW + timedelta(days=2)}
    assert in_order(4, NOW + timedelta(days=1), used)
    assert not in_order(4, NOW - timedelta(days=1), used)
    assert not in_order(4, NOW + timedelta(days=3), used)
    assert not in_order(4, NOW + timedelta(days=2), used)
    assert in_order(4, NOW, {})
