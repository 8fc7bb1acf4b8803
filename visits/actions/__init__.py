"""What people and the clock do with plans, visits and reports. One action is one transaction."""

from visits.actions.amending import amend, confirm_late, decide_conflict
from visits.actions.auditing import audit_people
from visits.actions.laying import lay_out
from visits.actions.reporting import Answer, Sent, log_visit
from visits.actions.reporting_many import Failed, log_visits
from visits.actions.sweeping import mark_missed

__all__ = [
    "Answer",
    "Failed",
    "Sent",
    "amend",
    "audit_people",
    "confirm_late",
    "decide_conflict",
    "lay_out",
    "log_visit",
    "log_visits",
    "mark_missed",
]
