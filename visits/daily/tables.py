"""Tables of daily checks: lanes and their watchers, the checks expected, what was seen, sensors, what was done."""

from piccolo.columns import (
    UUID,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Lane(Table):
    """A few households one watcher looks at. A watcher has a first name here and nothing else."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)
    district_id = Integer()
    name = Varchar(length=40)
    watcher_name = Varchar(length=20)
    account_id = UUID(null=True, default=None)  # of a watcher who has one
    status = Varchar(length=8, default="active")
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended_by = UUID(null=True, default=None)

    lane_known_status = Check("status IN ('active', 'ended')")


class LaneHousehold(Table):
    """A household of a lane, and its own windows where they differ from the policy's."""

    id = UUID(primary_key=True, default=None)
    lane_id = ForeignKey(Lane, null=False, default=None, index=True)
    recipient_id = UUID(default=None)
    area_id = Integer()
    shown_as = Varchar(length=40)  # what the watcher sees: a house number, never a full name
    position = SmallInt(default=0)
    morning = Varchar(length=11, null=True, default=None)  # 07:00-09:00
    evening = Varchar(length=11, null=True, default=None)
    since_on = Date(default=None)
    until_on = Date(null=True, default=None)  # up to but not including

    lane_household_runs_forward = Check("until_on IS NULL OR until_on >= since_on")


class WatchLink(Table):
    """A personal link a watcher enters by: no password, revocable."""

    id = UUID(primary_key=True, default=None)
    lane_id = ForeignKey(Lane, null=False, default=None, index=True)
    area_id = Integer()
    token_hash = Bytea(unique=True)
    issued_by = UUID(default=None)
    issued_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    revoked_at = Timestamptz(null=True, default=None)
    revoked_by = UUID(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)


class DailyCheck(Table):
    """One window of one household on one day."""

    id = UUID(primary_key=True, default=None)
    lane_id = UUID(null=True, default=None)
    recipient_id = UUID(default=None)
    area_id = Integer()
    district_id = Integer()
    risk = Varchar(length=8)
    on_day = Date(default=None)
    part = Varchar(length=8)
    opens_at = Timestamptz(default=None)
    closes_at = Timestamptz(default=None)
    status = Varchar(length=12, default="expected")
    state = Varchar(length=8, null=True, default=None)
    seen_at = Timestamptz(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)
    why = Varchar(length=24, null=True, default=None)

    daily_check_known_part = Check("part IN ('morning', 'evening')")
    daily_check_known_status = Check(
        "status IN ('expected', 'changed', 'anomaly', 'not_observed', 'suppressed', 'ended')"
    )
    daily_check_known_state = Check("state IN ('changed', 'unchanged', 'closed', 'dark', 'unseen', 'active', 'quiet')")
    daily_check_once = Unique([recipient_id, on_day, part])


class Observation(Table):
    """What somebody or something saw; append-only. The id is made by the phone."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None)
    area_id = Integer()
    lane_id = UUID(null=True, default=None)
    link_id = UUID(null=True, default=None)
    by_account_id = UUID(null=True, default=None)
    source = Varchar(length=8)
    part = Varchar(length=8)
    on_day = Date(default=None)
    state = Varchar(length=8)
    seen_at = Timestamptz(default=None)
    logged_at = Timestamptz(default=None)

    observation_known_state = Check("state IN ('changed', 'unchanged', 'closed', 'dark', 'unseen', 'active', 'quiet')")
    observation_known_source = Check("source IN ('watcher', 'staff', 'sensor')")


class EmergencyStep(Table):
    """A step of the fast ladder somebody took: each visible to the next."""

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


class Sensor(Table):
    """A meter or contact that witnesses a window. Silence of the device is not silence of the person."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer()
    district_id = Integer()
    kind = Varchar(length=12)
    label = Varchar(length=40)
    key_sealed = Bytea()
    heard_at = Timestamptz(null=True, default=None)
    silent_since = Timestamptz(null=True, default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)

    sensor_known_kind = Check("kind IN ('water', 'electricity', 'door')")


class SensorEvent(Table):
    """A reading, once by its own number."""

    id = UUID(primary_key=True, default=None)
    sensor_id = ForeignKey(Sensor, null=False, default=None)
    event_id = Varchar(length=64)
    area_id = Integer()
    at = Timestamptz(default=None)
    received_at = Timestamptz(default=None)
    amount = Numeric(digits=(12, 4), null=True, default=None)  # m³, kWh, or openings since the last reading

    sensor_event_once = Unique([sensor_id, event_id])
