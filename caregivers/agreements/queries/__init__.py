"""Every SELECT and UPDATE of agreements and temporary care; the names other parts ask for are gathered here."""

from caregivers.agreements.queries.agreements import (
    active_agreement,
    agreement_in_force,
    agreement_of,
    awaits_decision,
    cares_for,
    case_awaits_decision,
    follower_of,
    hold_agreement,
    hold_cover,
)
from caregivers.agreements.queries.care import care_in_force, is_covered_at, is_supported
from caregivers.agreements.queries.care_facts import facts_in_force, facts_of
from caregivers.agreements.queries.drafts import content_of, items_of, recipient_for
from caregivers.agreements.queries.signatures import signatures_of, signed_parties

__all__ = [
    "active_agreement",
    "agreement_in_force",
    "agreement_of",
    "awaits_decision",
    "care_in_force",
    "cares_for",
    "case_awaits_decision",
    "content_of",
    "facts_in_force",
    "facts_of",
    "follower_of",
    "hold_agreement",
    "hold_cover",
    "is_covered_at",
    "is_supported",
    "items_of",
    "recipient_for",
    "signatures_of",
    "signed_parties",
]
