"""Lines of a history: joined once each, in order, and every word of the journal has a Chinese name."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from accounts.permissions import PERMISSIONS
from caregivers.overview.timeline import NAMES, Line, joined, people
from tests.an_alert import NOW

ONE, TWO = UUID(int=1), UUID(int=2)
HOUR = timedelta(hours=1)
CAREGIVERS = Path(__file__).parents[2] / "caregivers"
_ENTRY = re.compile(r'"((?:agreement|order|hazard|verification|replacement|care|assessment|abuse)\.[a-z_]+)"')


def test_an_entry_a_row_tells_in_words_is_told_once() -> None:
    row = Line(kind="order.issued", subject_id=ONE, at=NOW, text="津宁整〔2026〕1号")
    assert joined([row], [Line(kind="order.issued", subject_id=ONE, at=NOW)]) == [row]


def test_the_same_thing_at_another_time_or_of_another_subject_is_told_besides() -> None:
    row = Line(kind="agreement.suspended", subject_id=ONE, at=NOW)
    earlier = Line(kind="agreement.suspended", subject_id=ONE, at=NOW - HOUR)
    other = Line(kind="agreement.suspended", subject_id=TWO, at=NOW + HOUR)
    assert joined([row], [other, earlier]) == [earlier, row, other]


def test_everybody_mentioned_is_known_and_the_clock_is_nobody() -> None:
    lines = [
        Line(kind="order.issued", subject_id=ONE, at=NOW, by=TWO),
        Line(kind="order.overdue", subject_id=ONE, at=NOW),
    ]
    assert people(lines) == {TWO}


def test_every_word_the_journal_uses_of_an_agreement_has_a_name() -> None:
    sources = [path.read_text() for path in CAREGIVERS.glob("*/actions/*.py")]
    used = {word for source in sources for word in _ENTRY.findall(source)} - PERMISSIONS
    used |= {
        f"agreement.{verb}"
        for source in sources
        for verb in re.findall(r'\btell\("([a-z_]+)", (?:agreement|followed)', source)
    }
    assert used - set(NAMES) == set()
    assert {"order.issued", "replacement.decided", "agreement.signed"} <= used
