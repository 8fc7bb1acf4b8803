"""The floor's tables: the journal and its seals, the jobs' heartbeats, and rows a job could not judge."""

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, Bytea, Integer, Text, Timestamptz, Varchar
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


class JournalSeal(Table):
    """One link of the chain over the journal: which lines it covers, what they said, and the link before it."""

    id = Integer(primary_key=True, default=None)  # 1, 2, 3 … without a gap
    lines = Text()  # the ids it covers, as a multirange: lines are committed out of order
    line_count = Integer()
    reached = BigInt()  # the highest id seen, and the first transaction that had not begun then:
    horizon = BigInt()  # once all before it have ended, no further id up to `reached` can appear
    settled = BigInt()  # up to this id every line there ever will be is covered
    digest = Bytea()
    head = Bytea()
    sealed_at = Timestamptz(default=None)


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
