"""Tables of alerts, rungs, notices (the outbox) and roster gaps."""

from piccolo.columns import JSONB, UUID, Array, Boolean, Bytea, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Alert(Table):
    """Somebody must act. `next_at` is when the machine moves it next; NULL once resolved."""

    id = UUID(primary_key=True, default=None)
    occurrence = Varchar(length=120)  # names the one happening it stands for: "visit_missed:<visit>"
    kind = Varchar(length=40)
    severity = Varchar(length=8)
    status = Varchar(length=12, default="open")
    urgent = Boolean(default=False)  # ignores office hours and the messaging window
    high_risk = Boolean(default=False)
    area_id = Integer(index=True)
    district_id = Integer()
    recipient_id = UUID(null=True, default=None, index=True)
    subject_id = UUID(null=True, default=None, index=True)
    owner_id = UUID(null=True, default=None)  # the named first owner, told with the first rung
    policy_id = UUID(null=True, default=None)
    ladder = JSONB()  # copied at opening: its rungs and the other terms of the policy, see alerts.ladder.Ladder
    facts = JSONB(default="{}")  # what is missing, words and dates only
    opened_at = Timestamptz(default=None)
    rung = SmallInt(default=-1)  # the last rung fired; -1 before the first
    repeat = Integer(default=0)
    fired_at = Timestamptz(null=True, default=None)  # when that rung fired
    next_at = Timestamptz(null=True, default=None)
    resolve_by = Timestamptz(null=True, default=None)
    acknowledged_by = UUID(null=True, default=None)
    acknowledged_at = Timestamptz(null=True, default=None)
    acknowledged_until = Timestamptz(null=True, default=None)
    acknowledged_rank = SmallInt(null=True, default=None)  # the rung whoever acknowledged belongs to
    paused_by = UUID(null=True, default=None)
    paused_until = Timestamptz(null=True, default=None)
    pause_reason = Text(null=True, default=None)
    returned_by = UUID(null=True, default=None)
    returned_at = Timestamptz(null=True, default=None)
    returned_to = UUID(null=True, default=None)
    return_reason = Text(null=True, default=None)
    resolved_by = UUID(null=True, default=None)
    resolved_at = Timestamptz(null=True, default=None)
    outcome = Varchar(length=40, null=True, default=None)
    evidence = JSONB(null=True, default=None)
    confidential = Boolean(default=False)  # only for those who handle suspected abuse, and never for `barred_ids`
    barred_ids = Array(base_column=UUID())  # accounts on the side of whoever it is about

    alert_one_occurrence = Unique([occurrence])
    alert_known_status = Check("status IN ('open', 'acknowledged', 'resolved')")
    alert_known_severity = Check("severity IN ('critical', 'serious', 'general')")
    alert_open_means_next = Check("(status = 'resolved') = (next_at IS NULL)")
    alert_resolved_has_cause = Check("status <> 'resolved' OR (resolved_at IS NOT NULL AND outcome IS NOT NULL)")
    alert_acknowledged_expires = Check(
        "status <> 'acknowledged' OR (acknowledged_by IS NOT NULL AND acknowledged_until IS NOT NULL)"
    )


class AlertRung(Table):
    """One firing of one rung; a gap when nobody held the duty."""

    id = UUID(primary_key=True, default=None)
    alert_id = UUID(default=None)
    area_id = Integer()
    rung = SmallInt()
    repeat = Integer()
    duty = Varchar(length=24)
    fired_at = Timestamptz(default=None)
    gap = Boolean(default=False)

    alert_rung_once = Unique([alert_id, rung, repeat])


class Notice(Table):
    """A message owed to one person on one channel. Kept exactly once, sent at least once, tied to its occurrence."""

    id = UUID(primary_key=True, default=None)
    occurrence = Varchar(length=160)  # "<alert>:<rung>:<repeat>", or the happening of a notice without an alert
    kind = Varchar(length=40)
    severity = Varchar(length=8)
    urgent = Boolean(default=False)
    alert_id = UUID(null=True, default=None, index=True)
    rung = SmallInt(null=True, default=None)
    repeat = Integer(null=True, default=None)
    account_id = UUID(default=None)
    covering_for = UUID(null=True, default=None)
    channel = Varchar(length=16)
    area_id = Integer(null=True, default=None)
    facts = JSONB(default="{}")
    owed_at = Timestamptz(default=None)
    status = Varchar(length=10, default="owed")
    next_try_at = Timestamptz(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    tries = Integer(default=0)
    tried_at = Timestamptz(null=True, default=None)
    address_index = Bytea(null=True, default=None)  # blind index of where it was last tried, for the throttle
    last_error = Text(null=True, default=None)
    sent_at = Timestamptz(null=True, default=None)
    provider_reference = Varchar(length=120, null=True, default=None)
    bundle_id = UUID(null=True, default=None)
    read_at = Timestamptz(null=True, default=None)

    notice_once = Unique([occurrence, account_id, channel])
    notice_known_severity = Check("severity IN ('critical', 'serious', 'general')")
    notice_known_status = Check("status IN ('owed', 'sent', 'failed', 'withdrawn')")
    notice_owed_means_next = Check("(status = 'owed') = (next_try_at IS NOT NULL)")
    notice_unsent_has_reason = Check("status NOT IN ('failed', 'withdrawn') OR last_error IS NOT NULL")
    notice_sent_has_time = Check("status <> 'sent' OR sent_at IS NOT NULL")


class RosterGap(Table):
    """Nobody holds a duty: found when a rung fired, or seen coming."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)
    duty = Varchar(length=24)
    found = Varchar(length=8)  # "fired" on a rung, "coming" seen ahead
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(null=True, default=None)
    alert_id = UUID(null=True, default=None)
    noticed_at = Timestamptz(default=None)

    roster_gap_once = Unique([area_id, duty, found, starts_at])
