"""Tables of what phones send and hold: the inbox, each device's book-keeping, what was pulled and issued."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Integer,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class InboxItem(Table):
    """One item as a phone sent it, sealed and unchangeable. Of one client id the first counts; others are conflicts."""

    id = UUID(primary_key=True, default=None)
    server_seq = BigSerial()
    client_id = UUID(default=None)
    first = Boolean()
    device_id = UUID(null=True, default=None, index=True)
    account_id = UUID(default=None)
    area_id = Integer(null=True, default=None)  # of what it is about, once known
    device_seq = Integer()
    kind = Varchar(length=24)
    subject_id = UUID(null=True, default=None)  # the visit, lane, order it is about
    after_id = UUID(null=True, default=None)  # the client id it must not overtake
    payload_sealed = Bytea()
    sha256 = Bytea()
    made_at = Timestamptz(null=True, default=None)  # the phone's claim
    received_at = Timestamptz(default=None)
    offset_ms = BigInt(default=0)  # how far the phone's clock is estimated to be ahead: it may be years
    offset_error_ms = Integer(default=0)
    status = Varchar(length=10)
    tries = SmallInt(default=0)
    answer = JSONB(null=True, default=None)  # what the phone was told, and is told again
    settled_at = Timestamptz(null=True, default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decision = Varchar(length=10, null=True, default=None)

    inbox_item_known_status = Check("status IN ('taken', 'refused', 'held', 'conflict')")
    inbox_item_once = Unique([client_id, sha256])
    inbox_item_decided_whole = Check("(decided_by IS NULL) = (decision IS NULL)")
    inbox_item_known_decision = Check("decision IN ('kept', 'replaced')")


class DeviceState(Table):
    """What the server knows of a phone's own book-keeping."""

    id = UUID(primary_key=True, default=None)  # the device
    account_id = UUID(default=None, index=True)
    installation_id = UUID(null=True, default=None, index=True)  # of the app on that phone, whoever signs in there
    installed_at = Timestamptz(null=True, default=None)  # first heard of it; None: no other came before it
    last_seq = Integer(default=0)  # the highest number received
    missing = Array(base_column=Integer())  # numbers below it not received
    offset_ms = BigInt(default=0)
    offset_error_ms = Integer(default=0)
    measured_at = Timestamptz(null=True, default=None)
    unsent = Integer(default=0)  # as the phone said last
    oldest_unsent_at = Timestamptz(null=True, default=None)
    pushed_at = Timestamptz(null=True, default=None)
    pulled_at = Timestamptz(null=True, default=None)
    wiped_at = Timestamptz(null=True, default=None)


class ServerEpoch(Table):
    """A mark that changes after a restore, and makes phones send again what they hold."""

    id = UUID(primary_key=True, default=None)
    since = Timestamptz(default=None)
    reason = Varchar(length=40)


class Held(Table):
    """What a phone holds after a pull: the hash of every object sent. The next pull sends what differs."""

    id = UUID(primary_key=True, default=None)
    device_id = UUID(default=None)
    generation = Integer()
    contents = JSONB(default="{}")  # hash by "kind:id"
    at = Timestamptz(default=None)

    held_once = Unique([device_id, generation])


class TaskIssued(Table):
    """A visit that went out to somebody's phone: a report on it is welcome for ever, whoever has the visit now."""

    id = UUID(primary_key=True, default=None)
    visit_id = UUID(default=None)
    account_id = UUID(default=None)
    recipient_id = UUID(default=None)
    area_id = Integer()
    issued_at = Timestamptz(default=None)
    left_at = Timestamptz(null=True, default=None)  # when it left the phone again
    left_why = Varchar(length=16, null=True, default=None)

    task_issued_once = Unique([visit_id, account_id])
    task_issued_left_whole = Check("(left_at IS NULL) = (left_why IS NULL)")
