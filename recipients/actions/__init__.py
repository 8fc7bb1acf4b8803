"""What people and the clock can do to the register. One action is one transaction."""

from recipients.actions.absences import (
    confirm_absence,
    end_absence,
    end_absences,
    report_absence,
    settle_return_checks,
)
from recipients.actions.commit import commit_import
from recipients.actions.people import Saved, edit, register
from recipients.actions.preview import preview_import, refused_workbook
from recipients.actions.rederive import rederive_risk
from recipients.actions.revealing import export_ledger, reveal
from recipients.actions.standing import confirm_standing, propose_standing, reject_standing, undo_standing

__all__ = [
    "Saved",
    "commit_import",
    "confirm_absence",
    "confirm_standing",
    "edit",
    "end_absence",
    "end_absences",
    "export_ledger",
    "preview_import",
    "propose_standing",
    "rederive_risk",
    "refused_workbook",
    "register",
    "reject_standing",
    "report_absence",
    "reveal",
    "settle_return_checks",
    "undo_standing",
]
