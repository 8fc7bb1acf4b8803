"""Reports logged a second through HTTP, beside pgbench sending the same statements to the same server."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import httpx
import msgspec

from api.app import create_app
from cli.product import free_port
from core.db import APP_ROLE
from tests.bench import land, load
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.land import Land, id_of, id_sql
from tests.bench.load import Plan, Seen
from tests.bench.serving import pgbench, run, serving
from tests.bench.slots import fill
from tests.bench.statements import Script, Statement, overheard, script

CONNECTIONS = 16
REPORTS = 4_000
TRANSACTIONS_EACH = 1_000
ROUNDS = 3
TARGETS = {1: 0.25, 2: 0.4}
"""By API processes: the least share of pgbench's rate."""
P99_AT_MOST = 100.0  # ms
_WARM_UP = 400
_DATABASE = "reports"
_LAND = Land(districts=1)
_VISITS = (ROUNDS + 1) * (CONNECTIONS * TRANSACTIONS_EACH + len(TARGETS) * REPORTS)

_EVERYBODY = f"""
    SELECT n, n % {_LAND.villages} AS village, (ARRAY['high', 'key', 'general'])[1 + n % 3] AS risk,
        interval '30 days' AS every, interval '7 days' AS opens_before, interval '3 days' AS grace
    FROM generate_series(0, {_VISITS} - 1) n
"""


@dataclass(kw_only=True)
class _Numbers:
    """Hands out visits, each once."""

    next: int = 0

    def take(self, count: int) -> int:
        first, self.next = self.next, self.next + count
        if self.next > _VISITS:
            raise AssertionError("more reports were sent than visits were laid")
        return first


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """Rates a second: pgbench's, and the API's and its p99 in ms by the number of its processes."""

    alone: float
    rates: dict[int, float]
    p99: dict[int, float]


async def measure(ground: Ground) -> list[Figure]:
    """Both kinds of API stay up all the while, so that rounds differ in nothing but what is asked of them."""
    now = datetime.now(UTC).replace(microsecond=0)
    made_at = (now - timedelta(hours=1)).isoformat()
    await _make(ground, now)
    numbers = _Numbers()
    bench = await _overhear(ground, numbers, made_at)
    ports = {count: free_port() for count in TARGETS}
    with serving(ground, _DATABASE, ports):
        for port in ports.values():
            await _send(port, numbers, made_at, count=_WARM_UP)
        await _pgbench(ground, bench, numbers, each=_WARM_UP // CONNECTIONS)
        rounds = [await _round(ground, bench, ports, numbers, made_at) for _ in range(ROUNDS)]
    await _check(ground, numbers)
    await ground.drop(_DATABASE)
    return _figures(rounds)


def _figures(rounds: list[Round]) -> list[Figure]:
    figures = []
    for count, target in TARGETS.items():
        of = f"{count}_process" + ("es" if count > 1 else "")
        ratio = median(one.rates[count] / one.alone for one in rounds)
        figures += [
            Figure(name=f"reports_to_pgbench_{of}", value=ratio, at_least=target),
            Figure(
                name=f"reports_p99_{of}",
                value=median(one.p99[count] for one in rounds),
                unit=" ms",
                at_most=P99_AT_MOST,
            ),
            Figure(name=f"reports_{of}", value=median(one.rates[count] for one in rounds), unit="/s"),
        ]
    return [*figures, Figure(name="reports_pgbench", value=median(one.alone for one in rounds), unit="/s")]


async def _make(ground: Ground, now: datetime) -> None:
    await ground.migrated(_DATABASE)
    async with ground.owner(_DATABASE) as owner:
        await land.settle(owner, _LAND, now=now)
        await fill(owner, _EVERYBODY, f"SELECT n, timestamptz '{now + timedelta(days=1)}'")


async def _overhear(ground: Ground, numbers: _Numbers, made_at: str) -> Script:
    """Let two requests through the app in this process, and listen to what they say to the database."""
    app: Any = create_app(ground.settings_of(_DATABASE))
    heard: dict[int, list[Statement]] = {}
    began = datetime.now(UTC)
    async with app.lifespan(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as http:
        first = numbers.take(4)
        for number in range(first, first + 4):
            with overheard() as statements:
                answer = await http.put(
                    load.path_of(number),
                    content=load.body_of(number, made_at),
                    headers={
                        "authorization": f"Bearer {land.token(number % _LAND.villages)}",
                        "content-type": "application/json",
                    },
                )
            if answer.status_code != 200 or not answer.json()["counted"]:
                raise AssertionError(answer.text)
            heard[number] = statements
    kinds = [one.sql.split()[0] for one in heard[first]]
    if kinds != ["SELECT", "BEGIN;", "SELECT", "WITH", "COMMIT"]:
        raise AssertionError(f"a report is logged by other statements than this bench was made for: {kinds}")
    return script({number: heard[number] for number in (first + 2, first + 3)}, _moving, head=_HEAD, since=began)


# `first` and `each` are given to pgbench, `k` counts each client's transactions.
_HEAD = f"""\\set k :k + 1
\\set n :first + :client_id * :each + :k - 1
\\set w :n % {_LAND.villages}"""


def _moving(number: int) -> dict[Any, str]:
    """What of a request follows from its number, and how SQL finds it: all else is the same for every request."""
    worker = number % _LAND.villages
    ids = {kind: ":n" for kind in (land.RECIPIENT, land.VISIT, land.REPORT)}
    ids |= {kind: ":w" for kind in (land.WORKER, land.DEVICE)}
    numbers = {":n": number, ":w": worker}
    return {
        **{id_of(kind + numbers[of]): id_sql(f"{kind} + {of}::bigint") for kind, of in ids.items()},
        land.village_id(worker): f"({land.VILLAGE_OF.format(':w::int')})",
        land.token_hash(worker): land.token_sql(":w::int"),
    }


async def _round(ground: Ground, bench: Script, ports: dict[int, int], numbers: _Numbers, made_at: str) -> Round:
    await ground.checkpoint()
    alone = await _pgbench(ground, bench, numbers, each=TRANSACTIONS_EACH)
    rates, p99 = {}, {}
    for count, port in ports.items():
        await ground.checkpoint()
        seen = await _send(port, numbers, made_at, count=REPORTS)
        rates[count] = REPORTS / seen.seconds
        p99[count] = seen.latencies[len(seen.latencies) * 99 // 100] * 1000
    return Round(alone=alone, rates=rates, p99=p99)


async def _send(port: int, numbers: _Numbers, made_at: str, *, count: int) -> Seen:
    """Log so many visits from a process of its own."""
    first = numbers.take(count)
    plan = Plan(port=port, connections=CONNECTIONS, first=first, count=count, workers=_LAND.villages, made_at=made_at)
    seen = msgspec.json.decode(
        await run([sys.executable, "-m", "tests.bench.load"], feed=msgspec.json.encode(plan)), type=Seen
    )
    if seen.statuses != {200: count}:
        raise AssertionError(f"of {count} reports: {seen.statuses}")
    return seen


async def _pgbench(ground: Ground, bench: Script, numbers: _Numbers, *, each: int) -> float:
    """Transactions a second, by as many connections of the same role as the phones have."""
    first = numbers.take(CONNECTIONS * each)
    return await pgbench(
        ground,
        _DATABASE,
        bench.text,
        variables={**bench.variables, "first": str(first), "each": str(each), "k": "0"},
        options=f"-c role={APP_ROLE}",
        connections=CONNECTIONS,
        each=each,
    )


async def _check(ground: Ground, numbers: _Numbers) -> None:
    """Every report was logged once, whoever sent it, and left the same traces."""
    async with ground.owner(_DATABASE) as owner:
        logged = await owner.fetchrow(
            "SELECT (SELECT count(*) FROM visit_report) AS reports,"
            " (SELECT count(*) FROM visit WHERE status = 'made') AS made,"
            " (SELECT count(*) FROM journal WHERE kind = 'visit.logged') AS told"
        )
    if set(logged.values()) != {numbers.next}:
        raise AssertionError(f"of {numbers.next} reports: {dict(logged)}")
