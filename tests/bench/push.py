"""Reports pushed fifty at a time through HTTP, beside one multi-row statement that writes the same tables."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import msgspec

from cli.product import free_port
from core.db import APP_ROLE
from tests.bench import land
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.land import DEVICE, RECIPIENT, REPORT, VILLAGE_OF, VISIT, WORKER, Land, id_sql
from tests.bench.load import Plan, Seen
from tests.bench.serving import pgbench, run, serving
from tests.bench.slots import fill

BATCH, CONNECTIONS, ROUNDS = 50, 8, 3
PUSHES, STATEMENTS_EACH = 200, 50  # a round: of the product, and of each bare connection
TARGET = 0.4
_WARM_UP = 40
_DATABASE = "push"
_LAND = Land(districts=1)
PROCESSES = (1, 2)
_PUSHES = (ROUNDS + 1) * (len(PROCESSES) * PUSHES + CONNECTIONS * STATEMENTS_EACH)
_TURNS = -(-_PUSHES // _LAND.villages)

_EVERYBODY = f"""
    SELECT n, n % {_LAND.villages} AS village, (ARRAY['high', 'key', 'general'])[1 + n % 3] AS risk,
        interval '30 days' AS every, interval '7 days' AS opens_before, interval '3 days' AS grace
    FROM generate_series(0, {_TURNS * BATCH * _LAND.villages} - 1) n
"""


@dataclass(kw_only=True)
class _Numbers:
    """Hands out pushes, each once."""

    next: int = 0

    def take(self, count: int) -> int:
        first, self.next = self.next, self.next + count
        if self.next > _PUSHES:
            raise AssertionError("more was pushed than visits were laid for")
        return first


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """Rows a second: the bare statement's, and the product's and its p99 in ms by the number of its API processes."""

    bare: float
    product: dict[int, float]
    p99: dict[int, float]


async def measure(ground: Ground) -> list[Figure]:
    """The API stays up all the while; both write to one database, in turns."""
    now = datetime.now(UTC).replace(microsecond=0)
    made_at = (now - timedelta(hours=1)).isoformat()
    await ground.migrated(_DATABASE)
    async with ground.owner(_DATABASE) as owner:
        await land.settle(owner, _LAND, now=now)
        await fill(owner, _EVERYBODY, f"SELECT n, timestamptz '{now + timedelta(days=1)}'")
    numbers, ports = _Numbers(), {count: free_port() for count in PROCESSES}
    with serving(ground, _DATABASE, ports):
        for port in ports.values():
            await _push(port, numbers, made_at, count=_WARM_UP)
        same = await _what_is_stored(ground)
        await _bare(ground, numbers, same, each=_WARM_UP // CONNECTIONS)
        rounds = [await _round(ground, ports, numbers, made_at, same) for _ in range(ROUNDS)]
    await _check(ground, numbers)
    await ground.drop(_DATABASE)
    return _figures(rounds)


def _figures(rounds: list[Round]) -> list[Figure]:
    figures = [Figure(name="push_one_statement", value=median(one.bare for one in rounds), unit="/s")]
    for count in PROCESSES:
        name = f"push_by_{count}"
        ratio = median(one.product[count] / one.bare for one in rounds)
        figures += [
            Figure(name=f"{name}_to_one_statement", value=ratio, at_least=TARGET),
            Figure(name=f"{name}_reports", value=median(one.product[count] for one in rounds), unit="/s"),
            Figure(name=f"{name}_p99", value=median(one.p99[count] for one in rounds), unit=" ms"),
        ]
    return figures


async def _round(ground: Ground, ports: dict[int, int], numbers: _Numbers, made_at: str, same: dict[str, str]) -> Round:
    await ground.checkpoint()
    found = Round(
        bare=await _bare(ground, numbers, same, each=STATEMENTS_EACH) * BATCH,
        product={},
        p99={},
    )
    for count, port in ports.items():
        await ground.checkpoint()
        seen = await _push(port, numbers, made_at, count=PUSHES)
        found.product[count] = PUSHES * BATCH / seen.seconds
        found.p99[count] = seen.latencies[len(seen.latencies) * 99 // 100] * 1000
    return found


async def _push(port: int, numbers: _Numbers, made_at: str, *, count: int) -> Seen:
    """Push from a process of its own; what became of each item is asked of the database at the end."""
    plan = Plan(
        port=port,
        connections=CONNECTIONS,
        first=numbers.take(count),
        count=count,
        workers=_LAND.villages,
        made_at=made_at,
        batch=BATCH,
    )
    seen = msgspec.json.decode(
        await run([sys.executable, "-m", "tests.bench.load"], feed=msgspec.json.encode(plan)), type=Seen
    )
    if seen.statuses != {200: count}:
        raise AssertionError(f"of {count} pushes: {seen.statuses}")
    return seen


async def _what_is_stored(ground: Ground) -> dict[str, str]:
    """What the product has written for one report, as far as it is the same for all but for its ids and hashes."""
    async with ground.owner(_DATABASE) as owner:
        row = await owner.fetchrow(
            "SELECT i.payload_sealed::text AS payload, i.answer::text AS answer, r.content::text AS content,"
            " r.made_at::text AS made_at, j.facts::text AS facts FROM inbox_item i"
            " JOIN visit_report r ON r.id = i.client_id JOIN journal j ON j.subject_id = r.visit LIMIT 1"
        )
    return dict(row)


async def _bare(ground: Ground, numbers: _Numbers, same: dict[str, str], *, each: int) -> float:
    """Statements a second, by as many connections of the same role as the phones have."""
    first = numbers.take(CONNECTIONS * each)
    return await pgbench(
        ground,
        _DATABASE,
        _SCRIPT,
        variables={**same, "first": str(first), "each": str(each), "k": "0"},
        options=f"-c role={APP_ROLE} -c app.area_ids={{1}}",  # the whole land
        connections=CONNECTIONS,
        each=each,
    )


# `first` and `each` are given to pgbench, `k` counts each client's statements.
_SCRIPT = f"""\\set k :k + 1
\\set push :first + :client_id * :each + :k - 1
WITH item AS MATERIALIZED (
    SELECT place, worker, {VILLAGE_OF.format("worker::int")} AS area_id, {id_sql(f"{WORKER} + worker")} AS account_id,
        {id_sql(f"{DEVICE} + worker")} AS device_id, {id_sql(f"{REPORT} + n")} AS report_id,
        {id_sql(f"{VISIT} + n")} AS visit_id, {id_sql(f"{RECIPIENT} + n")} AS recipient_id
    FROM (SELECT (turn * {BATCH} + place) * {_LAND.villages} + worker AS n, turn * {BATCH} + place AS place, worker
        FROM (SELECT :push::bigint / {_LAND.villages} AS turn, :push::bigint % {_LAND.villages} AS worker) AS push,
            generate_series(0, {BATCH - 1}) place) AS slot
), kept AS (
    INSERT INTO inbox_item (id, client_id, first, device_id, account_id, area_id, device_seq, kind, subject_id,
        payload_sealed, sha256, made_at, received_at, status, answer, settled_at)
    SELECT gen_random_uuid(), report_id, true, device_id, account_id, area_id, place + 1, 'report', visit_id,
        :payload::bytea, sha256(report_id::text::bytea), :made_at::timestamptz, now(), 'taken', :answer::jsonb, now()
    FROM item ON CONFLICT DO NOTHING
), put AS (
    INSERT INTO visit_report (id, visit, recipient_id, area_id, outcome, by_account_id, device_id, method,
        identified_by, made_at, logged_at, labels, visit_status, content, sha256)
    SELECT report_id, visit_id, recipient_id, area_id, 'made', account_id, device_id, 'door', 'known_personally',
        :made_at::timestamptz, now(), '{{}}', 'made', :content::jsonb, sha256(visit_id::text::bytea)
    FROM item ON CONFLICT (id) DO NOTHING RETURNING id, visit, area_id, by_account_id
), made AS (
    UPDATE visit v SET status = 'made', report_id = put.id FROM put WHERE v.id = put.visit AND v.status <> 'cancelled'
), told AS (
    INSERT INTO journal (kind, subject_id, area_id, by_account_id, at, facts)
    SELECT 'visit.logged', visit, area_id, by_account_id, now(), :facts::jsonb FROM put
)
INSERT INTO device_state (id, account_id, installation_id, last_seq, pushed_at, measured_at)
SELECT DISTINCT device_id, account_id, device_id, (max(place) OVER ())::int + 1, now(), now() FROM item
ON CONFLICT (id) DO UPDATE SET last_seq = greatest(device_state.last_seq, excluded.last_seq),
    pushed_at = excluded.pushed_at, measured_at = excluded.measured_at;
"""


async def _check(ground: Ground, numbers: _Numbers) -> None:
    """Every report was logged once, whoever sent it, and left the same traces."""
    async with ground.owner(_DATABASE) as owner:
        logged = await owner.fetchrow(
            "SELECT (SELECT count(*) FROM visit_report) AS reports,"
            " (SELECT count(*) FROM visit WHERE status = 'made') AS made,"
            " (SELECT count(*) FROM inbox_item WHERE status = 'taken') AS taken,"
            " (SELECT sum(last_seq) FROM device_state) AS numbered,"
            " (SELECT count(*) FROM journal WHERE kind = 'visit.logged') AS told"
        )
    if set(logged.values()) != {numbers.next * BATCH}:
        raise AssertionError(f"of {numbers.next * BATCH} reports: {dict(logged)}")
