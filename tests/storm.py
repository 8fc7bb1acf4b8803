"""Many phones at once on a bad network: what each wrote, sent again and again in pieces, while servers are killed."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from subprocess import Popen
from uuid import UUID

import asyncpg

from cli.demo.phone import Busy, Cut, Item, Network, NotSent, Phone, PhoneClock
from core import clock
from core.ids import new_id
from tests.bench import land
from tests.bench.land import DEVICE, DISTRICT_OF, RECIPIENT, VILLAGE_OF, VISIT, WORKER, Land, id_of, id_sql
from tests.night import started, until

WORKERS = 40
SECOND_PHONES = 8
YEAR, DAY = timedelta(days=365), timedelta(days=1)
_A_BATCH, _A_REQUEST, _AN_ANSWER = 50, 30_000, 15_000
_AT_ONCE = 16

_PEOPLE = f"""
    INSERT INTO recipient (id, area_id, district_id, name, name_pinyin, name_initials, sex, born_on, id_kind,
        id_to_confirm_reason, self_care, categories, conditions, risk, visit_worker_id, created_at, created_by,
        changed_at)
    SELECT {id_sql(f"{RECIPIENT} + n")}, {VILLAGE_OF.format("n % $2")}, {DISTRICT_OF.format("n % $2")}, '李桂英',
        'li gui ying', 'lgy', 'female', '1950-05-06', 'to_confirm', '身份证遗失', 'self', '{{}}', '{{}}', 'general',
        {id_sql(f"{WORKER} + n % $2")}, '2025-01-01', {id_sql("0")}, '2025-01-01'
    FROM generate_series(0, $1::bigint - 1) n
"""
_VISITS = f"""
    INSERT INTO visit (id, recipient_id, area_id, district_id, risk, worker_id, opens_at, due_at, missed_after)
    SELECT {id_sql(f"{VISIT} + n")}, {id_sql(f"{RECIPIENT} + n / 2")}, {VILLAGE_OF.format("n / 2 % $2")},
        {DISTRICT_OF.format("n / 2 % $2")}, 'general', {id_sql(f"{WORKER} + n / 2 % $2")}, w.due_at - interval '3 days',
        w.due_at, w.due_at
    FROM generate_series(0, $1::bigint - 1) n,
        LATERAL (SELECT $3::timestamptz + interval '4 days' * (n % 2 - 1) + interval '12 hours' AS due_at) w
"""


def moment_of(visit: int, now: datetime, random: Random) -> datetime:
    """Some moment at which this visit was made: inside its window, and before now."""
    latest = now - timedelta(minutes=5) if visit % 2 else now - 3.5 * DAY
    return latest - random.random() * 2 * DAY


async def settle(owner: asyncpg.Connection, visits: int, now: datetime) -> None:
    """Two visits, four days apart, to each of half as many people; a worker with a phone in each village."""
    await land.settle(owner, Land(districts=1), now=now)
    await owner.execute(_PEOPLE, visits // 2, WORKERS)
    await owner.execute(_VISITS, visits, WORKERS, now)
    for number in range(SECOND_PHONES):
        device_id = id_of(DEVICE + 10_000 + number)
        await owner.execute(
            "INSERT INTO device (id, account, label, activated_at, last_seen_at) VALUES ($1, $2, '手机', $3, $3)",
            device_id,
            id_of(WORKER + number),
            now - DAY,
        )
        await owner.execute(
            "INSERT INTO session (id, token_hash, account, device, created_at, last_seen_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $5, $6)",
            new_id(),
            land.token_hash(10_000 + number),
            id_of(WORKER + number),
            device_id,
            now - DAY,
            now + DAY,
        )
    await owner.execute("ANALYZE")


@dataclass(kw_only=True)
class Written:
    """What went into the phones, and so what must come out of the server. Ids of reports, by what was done to them."""

    truth: dict[UUID, datetime] = field(default_factory=dict)
    visit_of: dict[UUID, UUID] = field(default_factory=dict)
    edits: dict[UUID, int] = field(default_factory=dict)  # how many other contents under the same id
    amended_by: dict[UUID, UUID] = field(default_factory=dict)
    nonsense: set[UUID] = field(default_factory=set)


def phones_of(address: str, random: Random, now: datetime) -> list[Phone]:
    """Every clock wrong by up to three years, each drifting a little."""
    numbers = [*range(WORKERS), *(10_000 + number for number in range(SECOND_PHONES))]
    return [
        Phone(
            token=land.token(number),
            network=Network(address=address),
            clock=PhoneClock(ahead=YEAR * random.uniform(-3, 3), drift=random.uniform(-5e-5, 5e-5), right_at=now),
            random=Random(random.random()),
        )
        for number in numbers
    ]


def write(phones: list[Phone], visits: int, random: Random, now: datetime) -> Written:
    """A report of every visit; of some a second and third content under the same id, of some an amendment."""
    written = Written()
    for number in range(visits):
        worker = number // 2 % WORKERS
        phone = phones[worker] if worker >= SECOND_PHONES or number % 2 else phones[WORKERS + worker]
        at, visit = moment_of(number, now, random), id_of(VISIT + number)
        report = phone.at(at).report(visit, note="第一份")
        written.truth[report], written.visit_of[report] = at, visit
        lot = random.random()
        if lot < 0.03:
            written.edits[report] = random.choice((1, 1, 2))
            for edit in range(written.edits[report]):
                phone.at(at).report(visit, id=report, note=f"改过的第{edit + 2}份")
        elif lot < 0.05:
            written.amended_by[report] = phone.at(at).amend(report, after=report, note="更正")
        elif lot < 0.06:
            written.nonsense.add(phone.note("karaoke", {"visit_id": visit}))
    return written


@dataclass(kw_only=True)
class Storm:
    """Sends everything, each item one to five times, in shuffled batches, some cut somewhere."""

    phones: list[Phone]
    random: Random
    sent: int = 0
    cut: int = 0
    put_off: int = 0

    async def blow(self, *, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Send every batch. `meanwhile` is done twice, when a third and two thirds of them are on their way."""
        batches = [(phone, batch) for phone in self.phones for batch in self._batches(phone)]
        self.random.shuffle(batches)
        waiting = enumerate(batches, start=1)
        async with asyncio.TaskGroup() as group:

            async def carry() -> None:
                for number, (phone, batch) in waiting:
                    if number in (len(batches) // 3, len(batches) * 2 // 3):
                        group.create_task(_done(meanwhile))
                    await self._send(phone, batch)

            for _ in range(_AT_ONCE):
                group.create_task(carry())

    def _batches(self, phone: Phone) -> Iterator[list[Item]]:
        copies = [item for item in phone.memory.items for _ in range(self.random.randint(1, 5))]
        self.random.shuffle(copies)
        while copies:
            size = self.random.randint(1, _A_BATCH)
            yield copies[:size]
            del copies[:size]

    async def _send(self, phone: Phone, batch: list[Item]) -> None:
        """Over a connection of its own, as two processes of one phone would."""
        lot = self.random.random()
        cut = None
        if lot < 0.1:
            cut = Cut(request=self.random.randrange(_A_REQUEST))
        elif lot < 0.2:
            cut = Cut(answer=self.random.randrange(_AN_ANSWER))
        way = Network(address=phone.network.address)
        way.cuts.extend([cut] if cut else [])
        self.sent += len(batch)
        try:
            await phone.over(way).send(batch)
        except Busy:
            self.put_off += 1
        except NotSent:
            self.cut += 1

    async def calm(self) -> None:
        """Every phone goes on until it has a last word on everything."""
        least = asyncio.Semaphore(_AT_ONCE)

        async def settle(phone: Phone) -> None:
            async with least:
                for _ in range(20):
                    try:
                        await phone.push()
                    except NotSent:
                        await asyncio.sleep(0.2)
                    if not phone.waiting:
                        return

        await asyncio.gather(*(settle(phone) for phone in self.phones))


async def _done(act: Callable[[], Awaitable[None]]) -> None:
    await act()


class Servers:
    """Processes of the API on one port: any of them may be killed, the next one starts at once."""

    def __init__(self, port: int, environment: dict[str, str], log: Path, stack: ExitStack) -> None:
        self.address, self._port = f"http://127.0.0.1:{port}", port
        self._environment, self._log, self._stack = environment, log, stack
        self._alive: list[Popen[bytes]] = []

    async def start(self) -> None:
        """One more, which answers before this returns."""
        process = self._stack.enter_context(
            started("-m", "api.serve", str(self._port), environment=self._environment, log=self._log)
        )
        self._alive.append(process)

        async def answers() -> bool:
            assert process.poll() is None, self._log.read_text()[-2000:]
            return await self._answers()

        await until(answers, within=30)

    async def replace(self) -> None:
        """kill -9 the eldest in the middle of its work, and start another."""
        self._alive.pop(0).send_signal(signal.SIGKILL)
        await self.start()

    async def _answers(self) -> bool:
        try:
            return (await Network(address=self.address).exchange("GET", "/healthz", {})).status == 200
        except NotSent:
            return False


@contextmanager
def api(port: int, environment: dict[str, str], log: Path) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(port, environment, log, stack)


def now() -> datetime:
    """The moment the processes of the API read too."""
    return clock.now().replace(microsecond=0)
