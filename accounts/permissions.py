"""Who may do what: roles, permissions as words, the table that joins them, and the account that asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args
from uuid import UUID

from core.scope import Scope


class Role(StrEnum):
    WORKER = "worker"
    WATCHER = "watcher"
    CAREGIVER = "caregiver"
    TOWNSHIP_SPECIALIST = "township_specialist"
    TOWNSHIP_LEADER = "township_leader"
    DISTRICT = "district"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_NAMES: Mapping[Role, str] = {
    Role.WORKER: "走访员",
    Role.WATCHER: "邻里守望员",
    Role.CAREGIVER: "照料人",
    Role.TOWNSHIP_SPECIALIST: "民政专干",
    Role.TOWNSHIP_LEADER: "乡镇(街道)负责人",
    Role.DISTRICT: "区民政局",
    Role.AUDITOR: "审计监督",
    Role.ADMINISTRATOR: "系统管理员",
}

Permission = Literal[
    "session.self",  # own session, devices, password, second factor
    "notice.read",  # own inbox
    "area.read",
    "area.import",
    "account.read",
    "account.manage",
    "worker.activate",
    "duty.read",
    "duty.manage",
    "policy.read",
    "policy.set",
    "recipient.read",
    "recipient.edit",
    "recipient.import",
    "recipient.export",
    "recipient.reveal",
    "standing.propose",
    "standing.confirm",
    "absence.report",
    "absence.confirm",
    "visit.read",
    "visit.log",
    "visit.amend",
    "conflict.decide",
    "plan.manage",
    "alert.read",
    "alert.acknowledge",
    "alert.resolve",
    "alert.return",
    "alert.pause",
    "caregiver.read",
    "caregiver.edit",
    "caregiver.reveal",
    "bar.read",
    "bar.manage",
    "agreement.read",
    "agreement.edit",  # draft, sign, submit
    "agreement.decide",  # suspend, end, renew
    "cover.arrange",  # temporary care
    "care.own",  # a caregiver's own agreements, orders, assessments
    "attendance.log",
    "hazard.read",
    "hazard.record",
    "order.read",
    "order.issue",
    "order.decide",  # hear a statement, extend, close, withdraw
    "verification.log",
    "replacement.read",
    "replacement.propose",
    "replacement.hear",
    "replacement.decide",
    "replacement.review",
    "handover.record",
    "abuse.report",
    "abuse.read",
    "abuse.handle",
    "assessment.read",
    "assessment.record",
    "assessment.settle",
    "assessment.decide",  # an objection
    "matters.read",
    "fee.read",
    "doorstep.use",
    "doorstep.manage",  # issue, end, print, resync tokens
    "callback.read",
    "callback.log",
    "campaign.read",
    "campaign.manage",
    "sync.use",  # push and pull of one's own phone
    "attachment.send",
    "attachment.read",
    "lane.read",
    "lane.manage",  # lanes, their watchers' links
    "check.log",
    "sensor.read",
    "sensor.manage",
    "journal.read",
    "jobs.read",
]

PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))

_EVERYONE: frozenset[Permission] = frozenset({"session.self", "notice.read", "area.read"})
_ANSWERS_ALERTS: frozenset[Permission] = frozenset({"alert.read", "alert.acknowledge", "alert.resolve", "alert.return"})
_WORKER: frozenset[Permission] = (
    _EVERYONE
    | _ANSWERS_ALERTS
    | {
        "policy.read",
        "recipient.read",
        "standing.propose",
        "absence.report",
        "visit.read",
        "visit.log",
        "visit.amend",
        "caregiver.read",
        "agreement.read",
        "care.own",
        "attendance.log",
        "hazard.read",
        "hazard.record",
        "order.read",
        "verification.log",
        "abuse.report",
        "assessment.record",
        "doorstep.use",
        "callback.log",
        "campaign.read",
        "sync.use",
        "attachment.send",
        "attachment.read",
        "lane.read",
        "check.log",
        "sensor.read",
    }
)
_TOWNSHIP: frozenset[Permission] = _WORKER | {
    "account.read",
    "worker.activate",
    "duty.read",
    "duty.manage",
    "recipient.edit",
    "recipient.import",
    "recipient.export",
    "recipient.reveal",
    "standing.confirm",
    "absence.confirm",
    "conflict.decide",
    "plan.manage",
    "caregiver.edit",
    "caregiver.reveal",
    "agreement.edit",
    "agreement.decide",
    "cover.arrange",
    "order.issue",
    "order.decide",
    "replacement.read",
    "replacement.propose",
    "replacement.hear",
    "replacement.decide",
    "handover.record",
    "abuse.read",
    "abuse.handle",
    "assessment.read",
    "assessment.settle",
    "assessment.decide",
    "matters.read",
    "fee.read",
    "doorstep.manage",
    "callback.read",
    "campaign.manage",
    "lane.manage",
    "sensor.manage",
}

# A watcher has five households, not a village: their own lanes, and no register.
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.WORKER: _WORKER,
    Role.WATCHER: _EVERYONE | {"sync.use", "check.log"},
    Role.CAREGIVER: _EVERYONE | {"care.own", "attendance.log", "sync.use", "attachment.send"},
    Role.TOWNSHIP_SPECIALIST: _TOWNSHIP | {"account.manage"},
    Role.TOWNSHIP_LEADER: _TOWNSHIP | {"alert.pause"},
    Role.DISTRICT: _EVERYONE
    | _ANSWERS_ALERTS
    | {
        "account.read",
        "duty.read",
        "duty.manage",
        "policy.read",
        "policy.set",
        "recipient.read",
        "recipient.import",
        "recipient.export",
        "recipient.reveal",
        "standing.confirm",
        "visit.read",
        "alert.pause",
        "caregiver.read",
        "caregiver.reveal",
        "bar.read",
        "bar.manage",
        "agreement.read",
        "cover.arrange",
        "hazard.read",
        "hazard.record",
        "order.read",
        "replacement.read",
        "replacement.review",
        "abuse.report",
        "abuse.read",
        "abuse.handle",
        "assessment.read",
        "assessment.decide",
        "matters.read",
        "fee.read",
        "callback.read",
        "callback.log",
        "campaign.read",
        "campaign.manage",
        "attachment.read",
        "lane.read",
        "sensor.read",
        "sensor.manage",
        "journal.read",
    },
    Role.AUDITOR: _EVERYONE
    | {
        "account.read",
        "duty.read",
        "policy.read",
        "recipient.read",
        "visit.read",
        "alert.read",
        "caregiver.read",
        "bar.read",
        "agreement.read",
        "hazard.read",
        "order.read",
        "replacement.read",
        "abuse.read",
        "assessment.read",
        "matters.read",
        "fee.read",
        "callback.read",
        "campaign.read",
        "attachment.read",
        "lane.read",
        "sensor.read",
        "journal.read",
    },
    Role.ADMINISTRATOR: _EVERYONE
    | {
        "area.import",
        "account.read",
        "account.manage",
        "worker.activate",
        "duty.read",
        "policy.read",
        "journal.read",
        "jobs.read",
    },
}

MANAGES: Mapping[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: frozenset(Role),
    Role.TOWNSHIP_SPECIALIST: frozenset({Role.WORKER, Role.WATCHER, Role.CAREGIVER}),
}
"""Whose accounts somebody with `account.manage` may open, change and end; always within their own areas."""

_SECOND_FACTOR = frozenset(
    {Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER, Role.DISTRICT, Role.AUDITOR, Role.ADMINISTRATOR}
)


def second_factor_required(role: Role) -> bool:
    """From the township upward: whoever sees a whole township's people needs more than a password."""
    return role in _SECOND_FACTOR


def may_manage(manager: Role, role: Role) -> bool:
    """Whether the manager's role allows managing accounts of this role. The areas are checked by the caller."""
    return role in MANAGES.get(manager, frozenset())


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Somebody signed in. `area_ids` are the roots of their areas, `district_id` the county-level area above them."""

    id: UUID
    name: str
    role: Role
    area_ids: tuple[int, ...]
    district_id: int
    second_factor_ok: bool
    session_id: UUID
    device_id: UUID | None = None
    password_ok: bool = True

    def may(self, permission: Permission) -> bool:
        """Until a required second factor is passed, or while a password given by somebody else is still to be changed,
        only `session.self` is open: enough to do just that."""
        if permission not in PERMISSIONS:
            raise ValueError(f"unknown permission {permission!r}")
        waits = not self.password_ok or (second_factor_required(self.role) and not self.second_factor_ok)
        return permission in GRANTS[self.role] and (not waits or permission == "session.self")

    @property
    def scope(self) -> Scope:
        """A caregiver sees what is their own and no area: row-level security finds it by the account."""
        return Scope(account_id=self.id, area_ids=() if self.role is Role.CAREGIVER else self.area_ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Somebody whose phone hands in what it holds. `revoked_at`: when the phone was cut off, or its account ended."""

    account: Account
    revoked_at: datetime | None = None
