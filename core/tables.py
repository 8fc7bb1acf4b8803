"""The floor's tables: the journal, the jobs' heartbeats, and rows a job could not judge."""

from piccolo.columns import JSONB, UUID, BigSerial, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Journal(Table):
    """What happened, append-only. No foreign keys: history never blocks life."""

    id = BigSerial(primary_key=True)
    kind = Varchar(length=60)
    subject_id = UUID(null=True, default=None)
    area_id = Integer(null=True, default=None)
    by_account_id = UUID(null=True, default=None)
    at = Timestamptz(default=None)
    written_at = Timestamptz(default=TimestamptzNow())
    facts = JSONB(default="{}")


class Heartbeat(Table):
    """When each job last finished its work, and who ran it ("worker" or "watchdog")."""

    job = Varchar(length=40, primary_key=True)
    beat_at = Timestamptz(default=None)
    by_worker_at = Timestamptz(null=True, default=None)  # the last round a worker ran; the watchdog's do not count
    ran_by = Varchar(length=20)
    counts = JSONB(default="{}")


class Quarantined(Table):
    """A row one job could not judge: set aside so that the others go on, waiting for a human."""

    id = UUID(primary_key=True, default=None)
    job = Varchar(length=40)
    subject_id = UUID(default=None)
    area_id = Integer(null=True, default=None)
    error = Text()
    at = Timestamptz(default=None)
    released_at = Timestamptz(null=True, default=None)
    released_by = UUID(null=True, default=None)
