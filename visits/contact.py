"""Nobody is forgotten: the auditor's rule over people, which knows nothing of plans and slots."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from visits.cadence import Terms

ABOUT_NOT_SEEN = frozenset(
    {
        "visit_missed",
        "visit_not_known",
        "return_check",
        "door_unanswered",
        "no_contact",
        "identity_not_confirmed",
        "daily_anomaly",
        "daily_not_observed",
    }
)
"""Kinds of alert that ask for somebody to see the person."""

STANDS_STILL_AFTER = timedelta(minutes=2)
"""An unresolved alert the ladder should have moved this long ago is no comfort: two rounds of the auditor."""

ANSWERED_FOR = timedelta(days=1)
"""How long a person's word that resolved such an alert is taken for an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody dispersed, alive and eligible. Moments are the latest of their kind, None where there is none.

    `contact_at`: somebody met or spoke to them and knew it was them. `alert_next_at`: when the ladder moves an
    unresolved alert about not having seen them. `answered_at`: a human resolved such an alert. `silenced_until`: when
    the return check after a confirmed absence is due.
    """

    recipient_id: UUID
    registered_at: datetime
    contact_at: datetime | None = None
    alert_next_at: datetime | None = None
    answered_at: datetime | None = None
    silenced_until: datetime | None = None


def longest_gap(terms: Terms) -> timedelta:
    """The longest time between two contacts that a plan kept in every slot can leave.

    One interval, from the first moment of one window to the last of the next; windows of whole days begin up to a day
    earlier than `opens_before` says.
    """
    return terms.every + terms.opens_before + terms.grace + (timedelta(days=1) if terms.by_day else timedelta())


def forgotten(person: Person, terms: Terms, *, now: datetime) -> bool:
    """Whether nobody has seen this person for too long and nobody is being told so."""
    seen_since = now - longest_gap(terms)
    if person.registered_at > seen_since:
        return False
    if person.contact_at is not None and person.contact_at > seen_since:
        return False
    if person.silenced_until is not None and person.silenced_until > now:
        return False
    if person.answered_at is not None and person.answered_at > now - ANSWERED_FOR:
        return False
    return person.alert_next_at is None or person.alert_next_at <= now - STANDS_STILL_AFTER
