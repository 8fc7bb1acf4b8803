"""What people and the clock do with evidence. One action is one transaction."""

from visits.evidence.actions.calling_back import log_call_back, reassign
from visits.evidence.actions.codes import use_code
from visits.evidence.actions.drawing import draw_samples
from visits.evidence.actions.grading import grade_reports
from visits.evidence.actions.tokens import Slip, end_token, issue_token, replace_token, resynchronise, slips_of

__all__ = [
    "Slip",
    "draw_samples",
    "end_token",
    "grade_reports",
    "issue_token",
    "log_call_back",
    "reassign",
    "replace_token",
    "resynchronise",
    "slips_of",
    "use_code",
]
