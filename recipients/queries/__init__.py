"""Every SELECT and UPDATE of the register. Row-level security holds each of them to the caller's areas."""

from recipients.queries.absences import owner_of, waiting_absences, whereabouts_of
from recipients.queries.facts import SupportFacts, absences_of, support_facts, support_facts_of
from recipients.queries.imports import batch, imported_rows
from recipients.queries.people import (
    Card,
    Filter,
    Listed,
    cards_by_id_number,
    cards_by_name,
    masked_names,
    recipient_card,
    recipient_cards,
)
from recipients.queries.rows import id_index
from recipients.queries.standing import changes_of, pending_changes

__all__ = [
    "Card",
    "Filter",
    "Listed",
    "SupportFacts",
    "absences_of",
    "batch",
    "cards_by_id_number",
    "cards_by_name",
    "changes_of",
    "id_index",
    "imported_rows",
    "masked_names",
    "owner_of",
    "pending_changes",
    "recipient_card",
    "recipient_cards",
    "support_facts",
    "support_facts_of",
    "waiting_absences",
    "whereabouts_of",
]
