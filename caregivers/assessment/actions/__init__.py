"""What people and the clock do with attendance, assessments and fee lists."""

from caregivers.assessment.actions.asking import record_neighbours_opinion, record_recipient_opinion
from caregivers.assessment.actions.attending import Logged, log_attendance, log_paper_attendance
from caregivers.assessment.actions.exporting import export_fees
from caregivers.assessment.actions.objecting import decide_objection, object_on_paper, object_to
from caregivers.assessment.actions.settling import mark_rectified, settle
from caregivers.assessment.actions.watching import watch_assessments

__all__ = [
    "Logged",
    "decide_objection",
    "export_fees",
    "log_attendance",
    "log_paper_attendance",
    "mark_rectified",
    "object_on_paper",
    "object_to",
    "record_neighbours_opinion",
    "record_recipient_opinion",
    "settle",
    "watch_assessments",
]
