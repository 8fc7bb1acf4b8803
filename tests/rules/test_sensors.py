"""Sensors as witnesses, readings and signatures: pure rules."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.policy import Policy
from tests.cast import NOW
from visits.sensors.reading import Installed, Reading, ReadingTerms, fault, late, rounded
from visits.sensors.signing import fits, in_time, sign
from visits.sensors.witness import Kind, Sensed, observation_id, said, witness

TERMS = Policy.default().sensors
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SENSOR = Installed(id=uuid4(), area_id=1, label="水表一", installed_at=NOW - 30 * DAY)
READING_TERMS = ReadingTerms(late_after=6 * HOUR, kept=92 * DAY)


def sensed(
    kind: Kind = "water",
    amount: str = "0",
    *,
    heard: timedelta = HOUR,
    hung: timedelta = 30 * DAY,
    moved: timedelta = 2 * HOUR,
) -> Sensed:
    return Sensed(
        kind=kind,
        installed_at=NOW - hung,
        heard_at=NOW - heard,
        amount=Decimal(amount),
        moved_at=NOW - moved if Decimal(amount) else None,
    )


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (sensed("water", "9.9999"), "quiet"),
        (sensed("water", "10"), "active"),
        (sensed("electricity", "49"), "quiet"),
        (sensed("electricity", "50"), "active"),
        (sensed("door", "0"), "quiet"),
        (sensed("door", "1"), "active"),
        (sensed("door", "1", moved=11 * HOUR), "active"),
        (sensed("door", "1", moved=12 * HOUR), None),
        (sensed("door", "3", moved=23 * HOUR), None),
        (sensed("water", "0", heard=6 * HOUR), None),
        (sensed("water", "50", heard=7 * HOUR), None),
        (sensed("water", "0", hung=11 * HOUR), None),
        (sensed("water", "20", hung=11 * HOUR), "active"),
        (sensed("door", "0", hung=23 * HOUR), None),
        (Sensed(kind="water", installed_at=NOW - DAY, heard_at=None, amount=Decimal(0), moved_at=None), None),
    ],
)
def test_a_sensor_says_active_or_quiet_or_nothing(one: Sensed, word: str | None) -> None:
    assert said(one, until=NOW, terms=TERMS) == word


def test_any_active_sensor_speaks_for_the_home_and_quiet_needs_all_that_speak() -> None:
    def together(*some: Sensed) -> str | None:
        return witness(some, until=NOW, now=NOW, terms=TERMS)

    assert together(sensed("water", "0"), sensed("door", "2")) == "active"
    assert together(sensed("water", "0"), sensed("door", "0")) == "quiet"
    assert together(sensed("water", "0"), sensed("door", "0", heard=9 * HOUR)) == "quiet"
    assert together(sensed("water", "0", heard=9 * HOUR)) is None
    assert together() is None


def test_quiet_is_said_only_when_the_window_is_over_and_active_before() -> None:
    before = NOW - timedelta(minutes=1)
    assert witness([sensed()], until=NOW, now=before, terms=TERMS) is None
    assert witness([sensed("water", "30")], until=NOW, now=before, terms=TERMS) == "active"


def test_one_window_has_one_observation() -> None:
    recipient, day = uuid4(), date(2026, 3, 2)
    assert observation_id(recipient, day, "morning") == observation_id(recipient, day, "morning")
    others = {
        observation_id(recipient, day, "evening"),
        observation_id(recipient, day + DAY, "morning"),
        observation_id(uuid4(), day, "morning"),
    }
    assert len(others | {observation_id(recipient, day, "morning")}) == 4


def reading(amount: str = "1", *, ago: timedelta = HOUR) -> Reading:
    return Reading(sensor="水表一", event_id="1", at=NOW - ago, amount=Decimal(amount))


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (reading("-0.1"), "ReadingBackwards"),
        (reading("NaN"), "ReadingOutOfRange"),
        (reading("Infinity"), "ReadingOutOfRange"),
        (reading("100000000"), "ReadingOutOfRange"),
        (reading(ago=-timedelta(minutes=6)), "ReadingFromFuture"),
        (reading(ago=93 * DAY), "ReadingTooOld"),
        (reading(ago=31 * DAY), "ReadingBeforeInstallation"),
        (reading("0"), "NoneType"),
        (reading(ago=-timedelta(minutes=4)), "NoneType"),
        (reading(ago=29 * DAY), "NoneType"),
    ],
)
def test_a_reading_is_taken_or_refused_for_a_reason(one: Reading, name: str) -> None:
    found = fault(one, SENSOR, terms=READING_TERMS, now=NOW)
    assert type(found).__name__ == name


def test_what_arrives_after_its_time_is_late() -> None:
    assert late(NOW - 7 * HOUR, terms=READING_TERMS, now=NOW)
    assert not late(NOW - 5 * HOUR, terms=READING_TERMS, now=NOW)


def test_an_amount_is_compared_as_it_is_stored() -> None:
    assert rounded(Decimal("1.00004")) == rounded(Decimal("1")) == Decimal("1.0000")


def test_a_signature_covers_key_time_and_every_byte() -> None:
    signature = sign("key", "1772416800", b'{"a":1}')
    assert signature == "".join(signature.lower().split()) and len(signature) == 64
    assert fits(signature, key="key", timestamp="1772416800", body=b'{"a":1}')
    assert fits(signature.upper(), key="key", timestamp="1772416800", body=b'{"a":1}')
    for changed in (
        {"key": "yek"},
        {"timestamp": "1772416801"},
        {"body": b'{"a":1} '},
        {"body": b'{"a":2}'},
    ):
        given = {"key": "key", "timestamp": "1772416800", "body": b'{"a":1}'} | changed
        assert not fits(signature, **given)  # type: ignore[arg-type]
    assert not fits("é", key="key", timestamp="1772416800", body=b"")


@pytest.mark.parametrize(
    ("seconds", "right"), [(0, True), (300, True), (-300, True), (301, False), (-301, False), (10**9, False)]
)
def test_a_signature_is_good_for_five_minutes_either_way(seconds: int, right: bool) -> None:
    assert in_time(str(int(NOW.timestamp()) + seconds), NOW) is right


@pytest.mark.parametrize("text", ["", "-1", "1.5", "١٢٣", "9" * 12, "now", " 1"])
def test_what_is_no_timestamp_is_never_in_time(text: str) -> None:
    assert not in_time(text, NOW)
