"""Fetching while others write: whatever commits arrives, in whatever order; a phone's pulls wait for each other."""

import asyncio
from random import Random

from accounts.permissions import Sender
from core import db
from core.ids import new_id
from core.scope import JOBS
from tests.cast import Cast
from tests.fetching import Pocket
from tests.visiting import DAY, HOUR, slot
from visits.sync.actions import pull

_ADD = (
    "INSERT INTO visit (id, recipient_id, area_id, district_id, reason, risk, worker_id, opens_at, due_at,"
    " missed_after, status) VALUES ($1, $2, $3, $4, 'plan', 'high', $5, $6, $7, $7, 'open')"
)


async def test_rows_of_a_transaction_that_began_before_a_pull_and_ends_after_it_arrive_with_the_next(
    cast: Cast,
) -> None:
    before = await slot(cast)
    recipient = await cast.recipient()
    late = new_id()
    phone = Pocket(account=cast.worker)
    began, pulled = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with db.transaction(JOBS):
            due = cast.now + 2 * HOUR
            await db.execute(
                _ADD, late, recipient, cast.village, cast.district_area, cast.worker.id, cast.now - DAY, due
            )
            began.set()
            await pulled.wait()

    writing = asyncio.create_task(slow())
    await began.wait()
    after = await slot(cast)
    await phone.pull(cast.now)
    assert phone.ids("visit") == {before, after}, "what is not committed is not there yet"
    later = await slot(cast)
    await phone.pull(cast.now)
    pulled.set()
    await writing
    await phone.pull(cast.now)
    assert phone.ids("visit") == {before, after, later, late}


async def test_however_writes_and_pulls_interleave_the_phone_ends_with_what_there_is(cast: Cast) -> None:
    random = Random(5)
    recipients = [await cast.recipient() for _ in range(4)]
    phone = Pocket(account=cast.worker)
    alive: set[object] = set()

    async def writer(number: int) -> None:
        for turn in range(6):
            async with db.transaction(JOBS):
                visit, due = new_id(), cast.now + (1 + number * 10 + turn) * HOUR
                recipient = recipients[number]
                await db.execute(
                    _ADD, visit, recipient, cast.village, cast.district_area, cast.worker.id, cast.now - DAY, due
                )
                await asyncio.sleep(random.random() / 50)
                if turn % 3 == 2:
                    await db.execute(
                        "UPDATE visit SET status = 'cancelled', closed_reason = 'died' WHERE id = $1", visit
                    )
            if turn % 3 != 2:
                alive.add(visit)

    async def reader() -> None:
        while not done.is_set():
            await phone.pull(cast.now)
            await asyncio.sleep(random.random() / 100)

    done = asyncio.Event()
    reading = asyncio.create_task(reader())
    await asyncio.gather(*(writer(number) for number in range(4)))
    done.set()
    await reading
    await phone.pull(cast.now)
    assert phone.ids("visit") == alive and len(alive) == 16


async def test_two_pulls_at_once_leave_each_answer_whole_and_no_number_given_twice(cast: Cast) -> None:
    phone = Pocket(account=cast.worker)
    await slot(cast)
    await phone.pull(cast.now)
    for _ in range(5):
        await slot(cast)
        asked = phone.generation
        answers = await asyncio.gather(
            *(pull(asked, sender=Sender(account=cast.worker), now=cast.now) for _ in range(4))
        )
        assert len({one.generation for one in answers}) == 4
        phone.take(max(answers, key=lambda one: one.generation))
        there = await cast.owner.fetchval("SELECT count(*) FROM visit")
        assert len(phone.ids("visit")) == there
    assert await cast.owner.fetchval("SELECT count(*) FROM held") == 2


async def test_a_pull_waits_for_another_of_the_same_phone_and_for_nobody_elses(cast: Cast) -> None:
    phone, other = Pocket(account=cast.worker), Pocket(account=cast.foreign_worker)
    for one in (phone, other):
        await one.pull(cast.now)
    async with cast.owner.transaction():
        await cast.owner.execute("SELECT FROM device_state WHERE id = $1 FOR UPDATE", cast.worker.device_id)
        waits = asyncio.create_task(phone.pull(cast.now))
        await other.pull(cast.now)
        await asyncio.sleep(0.2)
        assert not waits.done()
    await waits
