"""What people and the clock do with daily checks. One action is one transaction."""

from visits.daily.actions.lanes import add_household, end_lane, open_lane, remove_household, set_windows
from visits.daily.actions.laying import lay_checks
from visits.daily.actions.links import IssuedLink, issue_link, revoke_link
from visits.daily.actions.observing import Taken, observe
from visits.daily.actions.purging import purge_checks
from visits.daily.actions.settling import settle_checks
from visits.daily.actions.watching import View, observe_by_link, watch

__all__ = [
    "IssuedLink",
    "Taken",
    "View",
    "add_household",
    "end_lane",
    "issue_link",
    "lay_checks",
    "observe",
    "observe_by_link",
    "open_lane",
    "purge_checks",
    "remove_household",
    "revoke_link",
    "set_windows",
    "settle_checks",
    "watch",
]
