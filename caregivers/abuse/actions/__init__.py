"""What people and the clock do about suspected abuse. One action is one transaction; a concern joins its report's."""

from caregivers.abuse.actions.handling import close_case, read_case, record_report
from caregivers.abuse.actions.noting import note_concern, report_concern
from caregivers.abuse.actions.opening import open_cases

__all__ = [
    "close_case",
    "note_concern",
    "open_cases",
    "read_case",
    "record_report",
    "report_concern",
]
