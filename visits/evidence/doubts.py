"""What is odd about a report, each oddity a rule of its own with its reason. A doubt asks; it refuses nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.policy_rows import Doubts, Evidence
from visits.evidence.doubt_words import WORDS, Word
from visits.evidence.position import Position, distance

_A_HABIT = 3  # visits
_FAR = 500  # metres: a house number in a village is found to within this


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """One oddity, and the facts it rests on: words, counts and moments only."""

    word: Word
    because: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A report as far as oddities go. `entered_at` is when it was saved on the phone, or reached the server.

    `waited`: how long ago it reached the server, and so how long its photo has had to follow.
    """

    report_id: UUID
    recipient_id: UUID
    area_id: int
    worker_id: UUID
    device_id: UUID | None
    at_door: bool
    made_at: datetime
    entered_at: datetime
    all_normal: bool = False
    implausible: bool = False
    identified_by: str | None = None
    on_paper: bool = False
    lives_alone: bool = True
    code_started_at: datetime | None = None
    code_ended_at: datetime | None = None
    photo: bool = False
    position: Position | None = None
    home: Position | None = None
    waited: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What else is known. `same_worker`: their other reports of the days around. `same_home`: earlier reports there."""

    same_worker: tuple[Told, ...] = ()
    same_home: tuple[Told, ...] = ()
    accounts_of_phone: int = 1
    positions: Mapping[UUID, Position] = field(default_factory=dict)  # of reports of other homes, by recipient


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What the district's policy asks of a visit. `sent_within`: how long a photo may be on its way."""

    doubts: Doubts
    evidence: Evidence
    sent_within: timedelta


def doubts(told: Told, around: Around, terms: Terms) -> tuple[Doubt, ...]:
    """Every oddity of a report, in the order of the rules."""
    found = (rule(told, around, terms) for rule in _RULES)
    return tuple(doubt for doubt in found if doubt is not None)


def weight(found: tuple[Doubt, ...]) -> int:
    return sum(WORDS[doubt.word].weight for doubt in found)


def _impossible_load(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """More door visits around one day than anybody can make."""
    near = [one for one in _doors(around) if abs(one.made_at - told.made_at) < timedelta(hours=12)]
    count = len(near) + 1
    if not told.at_door or count <= terms.doubts.visits_a_day:
        return None
    return Doubt(word="impossible_load", because={"visits": count, "at_most": terms.doubts.visits_a_day})


def _two_places_at_once(told: Told, around: Around, terms: Terms) -> Doubt | None:
    return _too_near(told, around, "two_places_at_once", terms.doubts.between_homes.delta, same_village=True)


def _impossible_travel(told: Told, around: Around, terms: Terms) -> Doubt | None:
    return _too_near(told, around, "impossible_travel", terms.doubts.between_villages.delta, same_village=False)


def _too_near(told: Told, around: Around, word: Word, least: timedelta, *, same_village: bool) -> Doubt | None:
    """Another home's door at nearly the same moment, by the same person."""
    others = [
        one
        for one in _doors(around)
        if one.recipient_id != told.recipient_id
        and (one.area_id == told.area_id) is same_village
        and not may_share_a_home(told.lives_alone, one.lives_alone, same_village=same_village)
        and abs(one.made_at - told.made_at) < least
    ]
    if not told.at_door or not others:
        return None
    nearest = min(others, key=lambda one: abs(one.made_at - told.made_at))
    apart = int(abs(nearest.made_at - told.made_at).total_seconds())
    return Doubt(word=word, because={"report": str(nearest.report_id), "seconds_apart": apart})


def may_share_a_home(one_alone: bool, other_alone: bool, *, same_village: bool) -> bool:
    """Two people of a village neither of whom lives alone may be a couple, or brothers, under one roof."""
    return same_village and not one_alone and not other_alone


def _same_position(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """To the last digit the same as at another home: no two readings ever are."""
    same = [home for home, position in around.positions.items() if position == told.position]
    elsewhere = [home for home in same if home != told.recipient_id]
    if told.position is None or not elsewhere:
        return None
    return Doubt(word="same_position", because={"homes": len(elsewhere)})


def _far_from_home(told: Told, around: Around, terms: Terms) -> Doubt | None:
    if told.position is None or told.home is None or not told.at_door:
        return None
    metres = int(distance(told.position, told.home))
    return Doubt(word="far_from_home", because={"metres": metres}) if metres > _FAR else None


def _too_short(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """Only where codes were taken at start and end: nobody's time is counted otherwise."""
    if told.code_started_at is None or told.code_ended_at is None:
        return None
    stayed = told.code_ended_at - told.code_started_at
    if stayed >= terms.doubts.shortest.delta:
        return None
    return Doubt(word="too_short", because={"seconds": int(stayed.total_seconds())})


def _batch_entry(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """Many typed in within a short while, of visits that lie far apart. Paper keyed in by an office is no batch."""
    if told.on_paper:
        return None
    together = [told] + [
        one
        for one in around.same_worker
        if not one.on_paper and abs(one.entered_at - told.entered_at) <= terms.doubts.batch_within.delta
    ]
    made = sorted(one.made_at for one in together)
    span = made[-1] - made[0]
    if len(together) < terms.doubts.batch_of or span <= terms.doubts.batch_within.delta:
        return None
    hours = int(span.total_seconds()) // 3600
    return Doubt(word="batch_entry", because={"reports": len(together), "hours_of_visits": hours})


def _backdated(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """Saved on the phone long after the visit. Saved at once and sent late is not this."""
    behind = told.entered_at - told.made_at
    if behind < terms.doubts.backdated.delta:
        return None
    return Doubt(word="backdated", because={"hours": int(behind.total_seconds()) // 3600})


def _implausible_time(told: Told, around: Around, terms: Terms) -> Doubt | None:
    return Doubt(word="implausible_time", because={}) if told.implausible else None


def _always_normal(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """Every visit for months in perfect order, told by one tap, by the same person."""
    run = [one for one in around.same_home if one.worker_id == told.worker_id]
    run = sorted([*run, told], key=lambda one: one.made_at)
    since = told.made_at - terms.doubts.always_normal_for.delta
    lately = [one for one in run if one.made_at >= since]
    if run[0].made_at > since or len(lately) < _A_HABIT or not all(one.all_normal for one in lately):
        return None
    return Doubt(word="always_normal", because={"visits": len(lately)})


def _shared_phone(told: Told, around: Around, terms: Terms) -> Doubt | None:
    if around.accounts_of_phone <= terms.doubts.accounts_per_phone:
        return None
    return Doubt(word="shared_phone", because={"accounts": around.accounts_of_phone})


def _identity_not_confirmed(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """A dead man was paid for 17 months because visitors met his brother."""
    if told.identified_by != "not_confirmed":
        return None
    return Doubt(word="identity_not_confirmed", because={})


def _photo_missing(told: Told, around: Around, terms: Terms) -> Doubt | None:
    """Only where the district has made photos compulsory. A visit on paper is a whole one, and brings none."""
    lacks = terms.evidence.photo and not told.photo
    return Doubt(word="photo_missing", because={}) if lacks and _had_to_bring(told, terms) else None


def _position_missing(told: Told, around: Around, terms: Terms) -> Doubt | None:
    lacks = terms.evidence.position and told.position is None
    return Doubt(word="position_missing", because={}) if lacks and _had_to_bring(told, terms) else None


def _had_to_bring(told: Told, terms: Terms) -> bool:
    return told.at_door and not told.on_paper and told.waited >= terms.sent_within


def _doors(around: Around) -> list[Told]:
    return [one for one in around.same_worker if one.at_door]


_RULES: tuple[Callable[[Told, Around, Terms], Doubt | None], ...] = (
    _impossible_load,
    _two_places_at_once,
    _impossible_travel,
    _same_position,
    _far_from_home,
    _too_short,
    _batch_entry,
    _backdated,
    _implausible_time,
    _always_normal,
    _shared_phone,
    _identity_not_confirmed,
    _photo_missing,
    _position_missing,
)
