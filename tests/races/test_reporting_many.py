"""Batches of reports at once, with real commits: nothing lost, nothing doubled, and nobody waits in a circle."""

import asyncio
import random
from collections import Counter
from uuid import UUID

import msgspec
import pytest

from accounts.permissions import Account
from core import db
from core.errors import Refusal
from core.ids import new_id
from tests.cast import Cast
from tests.racing import Gate, waits_for_a_lock
from tests.visiting import DAY, detailed, journal, log, normal, slot, status
from visits.actions import Answer, Failed, Sent, log_visits
from visits.queries import reporting
from visits.report import Hazard, Report

STOVE = Hazard(block="safety", severity="serious", what="灶台旁堆放柴草", removed_now=False)


def sent(visit: UUID, report: Report) -> Sent:
    return Sent(visit_id=visit, report_id=new_id(), report=report, at=report.made_at)


async def log_all(batch: list[Sent], by: Account, cast: Cast) -> list[Answer | Refusal | Failed]:
    async with db.transaction(by.scope):
        return await log_visits(batch, by=by, now=cast.now)


async def free(cast: Cast, visit: UUID) -> bool:
    """Whether nobody holds the visit."""
    sql = "SELECT id FROM visit WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"
    return await cast.owner.fetchval(sql, visit) is not None


@pytest.mark.parametrize("seed", range(5))
async def test_overlapping_batches_lose_nothing_double_nothing_and_do_not_block_each_other(
    cast: Cast, seed: int
) -> None:
    chance = random.Random(seed)
    visits = [await slot(cast) for _ in range(16)]
    kinds = [normal(cast.now), normal(cast.now), detailed(cast.now, hazards=(STOVE,))]
    reports = [sent(visit, chance.choice(kinds)) for visit in visits]
    batches = [chance.sample(reports, 12) for _ in range(4)] + [reports]
    answers = await asyncio.gather(*(log_all(batch, cast.worker, cast) for batch in batches))
    told = {answer for batch in answers for answer in batch if isinstance(answer, Answer)}
    assert {one.report_id for one in told} == {one.report_id for one in reports} and len(told) == len(reports)
    assert {await status(cast, visit) for visit in visits} == {"made"}
    stored = await cast.owner.fetch("SELECT id FROM visit_report")
    assert Counter(row["id"] for row in stored) == Counter(one.report_id for one in reports)
    written = await cast.owner.fetch("SELECT subject_id FROM journal WHERE kind = 'visit.logged'")
    assert Counter(row["subject_id"] for row in written) == Counter(visits)
    hazards = await cast.owner.fetchval("SELECT count(*) FROM hazard")
    assert hazards == sum(bool(one.report.hazards) for one in reports)


async def test_a_batch_waits_for_its_first_visit_before_it_holds_the_next(cast: Cast) -> None:
    """In the order of ids, whatever the order sent: so two batches never wait for each other in a circle."""
    first, second = sorted([await slot(cast), await slot(cast)])
    async with cast.owner.transaction():
        await cast.owner.execute("SELECT FROM visit WHERE id = $1 FOR NO KEY UPDATE", first)
        batch = [sent(second, normal(cast.now)), sent(first, normal(cast.now))]
        waiting = asyncio.create_task(log_all(batch, cast.worker, cast))
        await waits_for_a_lock(cast)
        assert await free(cast, second)
    await waiting
    assert [await status(cast, visit) for visit in (first, second)] == ["made", "made"]


async def test_those_that_go_one_by_one_are_held_with_the_others_from_the_beginning(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hazardous, plain = await slot(cast), await slot(cast)
    gate = Gate(reporting.add_reports)
    monkeypatch.setattr("visits.queries.reporting.add_reports", gate)
    batch = [sent(hazardous, detailed(cast.now, hazards=(STOVE,))), sent(plain, normal(cast.now))]
    logging = asyncio.create_task(log_all(batch, cast.worker, cast))
    await gate.arrived.wait()
    assert (await free(cast, hazardous), await free(cast, plain)) == (False, False)
    gate.opened.set()
    assert all(isinstance(one, Answer) for one in await logging)


@pytest.mark.parametrize("other_content", [False, True])
async def test_a_report_stored_while_the_batch_waited_for_its_visit_is_seen_after_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, other_content: bool
) -> None:
    early = await slot(cast, due_at=cast.now + 5 * DAY)  # a contact before its window leaves it open
    one, other = sent(early, normal(cast.now)), sent(await slot(cast), normal(cast.now))
    gate = Gate(reporting.add_reports)
    monkeypatch.setattr("visits.queries.reporting.add_reports", gate)
    alone = asyncio.create_task(log(cast, one.visit_id, one.report, report_id=one.report_id))
    await gate.arrived.wait()
    monkeypatch.undo()
    again = msgspec.structs.replace(one, report=normal(cast.now, note="补充")) if other_content else one
    batch = asyncio.create_task(log_all([other, again], cast.specialist, cast))
    await waits_for_a_lock(cast)
    gate.opened.set()
    first, (plain, seen) = await alone, await batch
    assert isinstance(plain, Answer) and plain.counted
    assert (seen == first) is not other_content
    assert await cast.owner.fetchval("SELECT count(*) FROM report_conflict") == int(other_content)
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 2
    assert [await journal(cast, sent.visit_id) for sent in (one, other)] == [["visit.logged"]] * 2
