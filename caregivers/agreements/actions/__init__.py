"""What people and the clock do with agreements and care; the names other packages ask for are gathered here."""

from caregivers.agreements.actions.care import arrange_care, end_care, extend_care
from caregivers.agreements.actions.drafting import abandon, draft, edit_draft, submit
from caregivers.agreements.actions.ending import end, end_for_breach, resume, suspend
from caregivers.agreements.actions.facts import record_care_fact
from caregivers.agreements.actions.gaps import report_no_cover, restore_cover
from caregivers.agreements.actions.renewing import renew, review_renewal
from caregivers.agreements.actions.signing import sign
from caregivers.agreements.actions.sweeping import settle_cover

__all__ = [
    "abandon",
    "arrange_care",
    "draft",
    "edit_draft",
    "end",
    "end_care",
    "end_for_breach",
    "extend_care",
    "record_care_fact",
    "renew",
    "report_no_cover",
    "restore_cover",
    "resume",
    "review_renewal",
    "settle_cover",
    "sign",
    "submit",
    "suspend",
]
