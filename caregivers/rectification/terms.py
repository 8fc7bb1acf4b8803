"""What policy gives an order: its deadlines, how far it may be extended, when its failure counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.calendar import WorkCalendar, add
from accounts.policy_rows import Rectification
from caregivers.rectification.order import Order


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """One district's policy of one version, with its working days."""

    policy: Rectification
    calendar: WorkCalendar

    def deadline(self, severity: str, told_at: datetime) -> datetime:
        return add(told_at, self.policy.deadline[severity], self.calendar)

    def statement_until(self, severity: str, told_at: datetime) -> datetime:
        return add(told_at, self.policy.statement_within[severity], self.calendar)

    def hear_by(self, stated_at: datetime) -> datetime:
        return add(stated_at, self.policy.statement_heard_within, self.calendar)

    def verify_by(self, severity: str, since: datetime) -> datetime:
        """The due moment of a verification, from the submission or from the deadline that passed without one."""
        return add(since, self.policy.verify_within[severity], self.calendar)

    def attend_by(self, severity: str, since: datetime) -> datetime:
        return add(since, self.policy.order_within[severity], self.calendar)

    def extended_at_most(self, severity: str, deadline: datetime) -> datetime:
        """The deadline itself where policy allows no extension."""
        return add(deadline, self.policy.extension_at_most[severity], self.calendar)


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement of the caregiver, not heard yet."""

    made_at: datetime
    hear_by: datetime


def counts_from(order: Order, terms: Terms, *, heard: bool, unheard: Iterable[Statement], failed: bool) -> datetime:
    """When a failure may count against the agreement: never before the caregiver's statement had its chance.

    1. Not before the time for a statement is over, unless one was heard already.
    2. A statement made in that time is waited for as long as policy gives people to hear it, and no longer: nobody
       keeps a failure from counting by not listening. Upheld later, it takes the failure away again.
    3. Where policy leaves no time at all, being late is no failure by itself: it counts only if the verification's
       time has passed, too. A failed verification needs no such wait.
    """
    waits = [order.issued_at] if heard else [order.statement_until]
    waits += [one.hear_by for one in unheard if one.made_at <= order.statement_until]
    if order.at_once and not failed:
        waits.append(terms.verify_by(order.severity, order.deadline_at))
    return max(waits)
