"""What people, reports and the clock do about hazards and orders. One action is one transaction."""

from caregivers.rectification.actions.answering import NewAnswer, answer
from caregivers.rectification.actions.ending import close, withdraw
from caregivers.rectification.actions.extending import ask_extension, decide_extension
from caregivers.rectification.actions.hearing import hear_statement
from caregivers.rectification.actions.issuing import NewItem, deliver, issue
from caregivers.rectification.actions.recording import (
    PersonsHazard,
    close_hazard,
    record_hazard,
    record_hazards,
    reveal_complainant,
)
from caregivers.rectification.actions.taking_away import withdraw_for, withdraw_hazards
from caregivers.rectification.actions.verifying import assign_verifier, log_verification
from caregivers.rectification.actions.watching import watch_orders

__all__ = [
    "NewAnswer",
    "NewItem",
    "PersonsHazard",
    "answer",
    "ask_extension",
    "assign_verifier",
    "close",
    "close_hazard",
    "decide_extension",
    "deliver",
    "hear_statement",
    "issue",
    "log_verification",
    "record_hazard",
    "record_hazards",
    "reveal_complainant",
    "watch_orders",
    "withdraw",
    "withdraw_for",
    "withdraw_hazards",
]
