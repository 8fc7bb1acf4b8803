"""Every SELECT and UPDATE of caregivers, providers, checks, relations and bars; other parts ask for these names."""

from caregivers.people.queries.bars import bar_list, bar_of, bars_by_number
from caregivers.people.queries.cards import (
    Card,
    Filter,
    cards_by_id_number,
    cards_by_name,
    caregiver_card,
    caregiver_cards,
    masked_caregiver_names,
)
from caregivers.people.queries.checks import StoredCheck, stored_checks
from caregivers.people.queries.providers import Provider, provider_list, provider_of
from caregivers.people.queries.register import add_caregiver, hold_caregiver, hold_for_care
from caregivers.people.queries.relations import (
    ConflictOfInterest,
    Relation,
    caregivers_side,
    conflicts,
    relations_of,
)
from caregivers.people.queries.rows import Registered, id_index
from caregivers.people.queries.suitability import caregiver_barred, suitability_facts

__all__ = [
    "Card",
    "ConflictOfInterest",
    "Filter",
    "Provider",
    "Registered",
    "Relation",
    "StoredCheck",
    "add_caregiver",
    "bar_list",
    "bar_of",
    "bars_by_number",
    "cards_by_id_number",
    "cards_by_name",
    "caregiver_barred",
    "caregiver_card",
    "caregiver_cards",
    "caregivers_side",
    "conflicts",
    "hold_caregiver",
    "hold_for_care",
    "id_index",
    "masked_caregiver_names",
    "provider_list",
    "provider_of",
    "relations_of",
    "stored_checks",
    "suitability_facts",
]
