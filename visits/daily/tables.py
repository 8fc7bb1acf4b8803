"""Tables of daily checks: lanes and their watchers, the checks expected, what was seen, and what was done about it."""

from piccolo.columns import UUID, Bytea, Date, ForeignKey, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Lane(Table):
    """A few households one watcher looks at. A watcher has a first name here and nothing else."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)
    district_id = Integer()
    name = Varchar(length=40)
    watcher_name = Varchar(length=20)
    account_id = UUID(null=True, default=None, index=True)  # of a watcher who has one
    status = Varchar(length=8, default="active")
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)

    lane_known_status = Check("status IN ('active', 'ended')")


class LaneHousehold(Table):
    """A household of a lane, and its own windows where they differ from the policy's."""

    id = UUID(primary_key=True, default=None)
    lane_id = ForeignKey(Lane, null=False, default=None, index=True)
    recipient_id = UUID(default=None)
    area_id = Integer()
    shown_as = Varchar(length=40)  # what the watcher sees: a house number or a first name, never a full name
    position = SmallInt(default=0)
    morning = Varchar(length=11, null=True, default=None)  # 07:00-09:00
    evening = Varchar(length=11, null=True, default=None)
    added_by = UUID(default=None)
    added_at = Timestamptz(default=None)
    laid_until = Date(null=True, default=None)  # the last day whose checks are laid
    removed_by = UUID(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)


class WatchLink(Table):
    """A personal link a watcher enters by: no password, revocable."""

    id = UUID(primary_key=True, default=None)
    lane_id = ForeignKey(Lane, null=False, default=None, index=True)
    area_id = Integer()
    token_hash = Bytea(unique=True)
    issued_by = UUID(default=None)
    issued_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    revoked_by = UUID(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)


class DailyCheck(Table):
    """One window of one household on one day: expected, then what became of it."""

    id = UUID(primary_key=True, default=None)
    lane_id = UUID(null=True, default=None)  # none: only a sensor watches
    recipient_id = UUID(default=None)
    area_id = Integer()
    district_id = Integer()
    risk = Varchar(length=8)
    on_day = Date(default=None)
    part = Varchar(length=8)
    opens_at = Timestamptz(default=None)
    closes_at = Timestamptz(default=None)
    status = Varchar(length=12, default="expected")
    told = SmallInt(default=0)  # something was seen and not judged yet: 1, 2 where it is alarming
    seen = Varchar(length=12, null=True, default=None)  # what decided it
    seen_at = Timestamptz(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)
    why = Varchar(length=24, null=True, default=None)

    daily_check_known_part = Check("part IN ('morning', 'evening')")
    daily_check_known_status = Check(
        "status IN ('expected', 'changed', 'unchanged', 'anomaly', 'not_observed', 'suppressed', 'ended')"
    )
    daily_check_known_seen = Check("seen IN ('changed', 'unchanged', 'closed', 'dark', 'active', 'quiet')")
    daily_check_known_told = Check("told BETWEEN 0 AND 2")
    daily_check_runs_forward = Check("opens_at < closes_at")
    daily_check_once = Unique([recipient_id, on_day, part])


class Observation(Table):
    """What somebody or something saw of one window; append-only. The id is made by the phone."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None)
    area_id = Integer()
    lane_id = UUID(null=True, default=None)
    link_id = UUID(null=True, default=None)
    by_account_id = UUID(null=True, default=None)
    source = Varchar(length=8)
    on_day = Date(default=None)
    part = Varchar(length=8)
    seen = Varchar(length=12)
    made_at = Timestamptz(default=None)
    logged_at = Timestamptz(default=None)

    observation_known_source = Check("source IN ('watcher', 'staff', 'sensor')")
    observation_known_part = Check("part IN ('morning', 'evening')")
    observation_known_seen = Check("seen IN ('changed', 'unchanged', 'closed', 'dark', 'unseen', 'active', 'quiet')")


class EmergencyStep(Table):
    """A step of the fast ladder somebody took; each is visible to the next. Append-only; the id is the phone's."""

    id = UUID(primary_key=True, default=None)
    alert_id = UUID(default=None, index=True)
    recipient_id = UUID(default=None)
    area_id = Integer()
    step = Varchar(length=16)
    result = Varchar(length=12)
    note = Text(default="")
    by_account_id = UUID(default=None)
    made_at = Timestamptz(default=None)
    logged_at = Timestamptz(default=None)

    emergency_step_known = Check(
        "step IN ('look', 'call', 'knock', 'second_person', 'keyholder', 'police', 'ambulance', 'entered')"
    )
    emergency_step_known_result = Check("result IN ('safe', 'no_answer', 'needs_help', 'on_the_way', 'done')")
