"""Why somebody looks: a sentence that names nobody."""

import pytest

from recipients import purpose


@pytest.mark.parametrize(
    "note",
    ["", "看", "   看 ", "核对 120101194001011234", "打 138 1234 1234 联系", "给李桂英办低保", "长" * 201],
)
def test_a_note_that_says_nothing_or_too_much_is_refused(note: str) -> None:
    found = purpose.fault(note, name="李桂英")
    assert found is not None
    assert found.remedy


@pytest.mark.parametrize("note", ["上门前电话联系", "核对2026年3月名册", "办理第12批救助"])
def test_a_plain_reason_is_enough(note: str) -> None:
    assert purpose.fault(note, name="李桂英") is None


def test_every_purpose_has_a_word() -> None:
    assert set(purpose.PURPOSES) == set(purpose.PURPOSE_WORDS)
