"""Every SELECT and UPDATE of accounts; the names other packages ask for are gathered here."""

from accounts.queries.areas import area_by_code, areas_within, chain_of, district_ids, seen_areas
from accounts.queries.devices import phones_last_seen
from accounts.queries.people import staff_named
from accounts.queries.policies import EffectivePolicy, calendars_for, policies_for, policy_for, policy_issued
from accounts.queries.roster import DutyFacts, coming_gaps, duty_facts

__all__ = [
    "DutyFacts",
    "EffectivePolicy",
    "area_by_code",
    "areas_within",
    "calendars_for",
    "chain_of",
    "coming_gaps",
    "district_ids",
    "duty_facts",
    "phones_last_seen",
    "policies_for",
    "policy_for",
    "policy_issued",
    "seen_areas",
    "staff_named",
]
