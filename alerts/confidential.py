"""Confidential alerts: who may be told of one. To everybody else it does not exist."""

from collections.abc import Collection
from uuid import UUID

from accounts.permissions import GRANTS, Role
from alerts.alert import Alert

HANDLERS: frozenset[Role] = frozenset(role for role, granted in GRANTS.items() if "abuse.handle" in granted)


def may_be_told(account_id: UUID, alert: Alert, handlers: Collection[UUID]) -> bool:
    """Whether somebody may hear of an alert. `handlers` are the accounts whose post it is to handle such matters."""
    return not alert.confidential or (account_id in handlers and account_id not in alert.barred_ids)
