"""Tables of areas, accounts, sessions, duty and district policy."""

from typing import Any

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Area(Table):
    """A place in the tree. The code is valid for a time; an ended area names its successor and keeps its rows."""

    id = Serial(primary_key=True)
    code = Varchar(length=12, index=True)
    name = Varchar(length=80)
    level = SmallInt()  # digits that count: 2 province, 4 city, 6 county, 9 township, 12 village
    parent: ForeignKey[Any] = ForeignKey(
        LazyTableReference("Area", module_path="accounts.tables"), null=True, default=None
    )
    district_id = Integer(null=True, default=None, index=True)  # the county-level area above, itself for a county
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    successor_id = Integer(null=True, default=None)

    area_one_code_a_time = Unique([code, valid_from])


class AreaWithin(Table):
    """Closure of the tree, each area within itself; an ended area is also within its successor's ancestors."""

    id = Serial(primary_key=True)
    ancestor_id = Integer()
    area_id = Integer(index=True)

    area_within_once = Unique([ancestor_id, area_id])


class Account(Table):
    """A person who may sign in, or a watcher or caregiver who enters by a link."""

    id = UUID(primary_key=True, default=None)
    login = Varchar(length=40, unique=True)
    name = Varchar(length=40)
    role = Varchar(length=24)
    status = Varchar(length=8, default="active")
    district_id = Integer(index=True)
    phone_sealed = Bytea(null=True, default=None)
    password_hash = Varchar(length=200, null=True, default=None)
    must_change_password = Boolean(default=False)
    totp_sealed = Bytea(null=True, default=None)
    totp_pending_sealed = Bytea(null=True, default=None)  # shown, not yet confirmed by a first code
    totp_confirmed_at = Timestamptz(null=True, default=None)
    totp_last_timecode = BigInt(default=0)
    created_at = Timestamptz(default=None)
    created_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)

    account_known_status = Check("status IN ('active', 'ended')")
    account_known_role = Check(
        "role IN ('worker', 'watcher', 'caregiver', 'township_specialist', 'township_leader',"
        " 'district', 'auditor', 'administrator')"
    )


class AccountArea(Table):
    """The roots of an account's areas."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(Account, index=True)
    area = ForeignKey(Area, index=True)

    account_area_once = Unique(["account", "area"])


class RecoveryCode(Table):
    """One-time codes that stand in for a lost second factor, hashed."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(Account, index=True)
    code_hash = Bytea()
    used_at = Timestamptz(null=True, default=None)


class Device(Table):
    """A phone bound to a worker."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(Account, index=True)
    label = Varchar(length=80)
    activated_at = Timestamptz(default=None)
    last_seen_at = Timestamptz(default=None)
    revoked_at = Timestamptz(null=True, default=None)
    revoked_by = UUID(null=True, default=None)


class Session(Table):
    """A server-side session; only the hash of its 256-bit token is kept."""

    id = UUID(primary_key=True, default=None)
    token_hash = Bytea(unique=True)
    account = ForeignKey(Account, index=True)
    device = ForeignKey(Device, null=True, default=None)
    created_at = Timestamptz(default=None)
    last_seen_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    second_factor_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended_reason = Varchar(length=40, null=True, default=None)


class Activation(Table):
    """A one-time code by which a supervisor binds a worker's phone."""

    id = UUID(primary_key=True, default=None)
    code_hash = Bytea(unique=True)
    account = ForeignKey(Account, index=True)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)
    device = ForeignKey(Device, null=True, default=None)


class SignInThrottle(Table):
    """Failed attempts by key ("account:…", "device:…", "address:…", hashed)."""

    key = Varchar(length=90, primary_key=True)
    failures = Integer(default=0)
    last_failed_at = Timestamptz(null=True, default=None)
    locked_until = Timestamptz(null=True, default=None)


class Duty(Table):
    """Who answers for an area at a rung, from when to when; several holders are told together."""

    id = UUID(primary_key=True, default=None)
    area = ForeignKey(Area, index=True)
    duty = Varchar(length=24)
    account = ForeignKey(Account, index=True)
    position = SmallInt(default=0)
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(null=True, default=None)
    created_by = UUID(null=True, default=None)

    duty_known_duty = Check("duty IN ('village', 'township_specialist', 'township_leader', 'district')")
    duty_runs_forward = Check("ends_at IS NULL OR ends_at >= starts_at")  # equal: never began


class Leave(Table):
    """A time somebody does not answer, and who covers."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(Account, index=True)
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
    cover = ForeignKey(Account, null=True, default=None)
    reason = Varchar(length=80)
    created_by = UUID(default=None)
    cancelled_at = Timestamptz(null=True, default=None)

    leave_runs_forward = Check("ends_at > starts_at")


class PolicyVersion(Table):
    """One issued version of a district's policy; never altered, superseded by the next effective one."""

    id = UUID(primary_key=True, default=None)
    district_id = Integer(index=True)
    version = Integer()
    document_number = Varchar(length=80)
    effective_on = Date(default=None)
    content = JSONB()
    changes = JSONB(default="[]")  # the rows that differ from the version it was built on
    note = Text(default="")
    issued_by = UUID(null=True, default=None)
    issued_at = Timestamptz(default=None)

    policy_version_one_number = Unique([district_id, version])


class CalendarDay(Table):
    """A district's own word on one day: a working day or not, over the State Council's calendar."""

    id = UUID(primary_key=True, default=None)
    district_id = Integer(index=True)
    day = Date(default=None)
    working = Boolean()
    reason = Varchar(length=80)

    calendar_day_once = Unique([district_id, day])


class AccountChannel(Table):
    """How a person is reached besides the in-app inbox."""

    id = UUID(primary_key=True, default=None)
    account = ForeignKey(Account, index=True)
    channel = Varchar(length=16)
    address_sealed = Bytea()
    secret_sealed = Bytea(null=True, default=None)
    created_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
