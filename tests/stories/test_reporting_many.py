"""Many reports at once: the same visits, answers, alerts and history as one by one, and none holds up another."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from accounts.permissions import Account
from core import db
from core.errors import Refusal
from core.ids import new_id
from tests import caring
from tests.bench.statements import overheard
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, detailed, journal, normal, not_met, row, slot, status
from visits.actions import Answer, Failed, Sent, log_visit, log_visits, mark_missed
from visits.actions.reporting import log_sent
from visits.queries import reporting
from visits.refusals import (
    BeforeThePlan,
    CaregiverIsNoVisitor,
    ReportConflicts,
    ReportContradictory,
    ReportIdTaken,
    VisitCancelled,
    VisitNotFound,
)
from visits.report import Confidential, Hazard, Report

MINUTE = timedelta(minutes=1)
STOVE = Hazard(block="safety", severity="serious", what="灶台旁堆放柴草", removed_now=False)
GAS = Hazard(block="safety", severity="critical", what="煤气漏气", removed_now=False)


def sent(visit: UUID, report: Report, **said: Any) -> Sent:
    """As its phone sent it, under an id of its own and judged by the phone's clock, unless said otherwise."""
    return Sent(**{"visit_id": visit, "report_id": new_id(), "report": report, "at": report.made_at, **said})


async def log_all(cast: Cast, *all_sent: Sent, by: Account | None = None) -> list[Answer | Refusal | Failed]:
    by = by or cast.worker
    async with db.transaction(by.scope):
        return await log_visits(all_sent, by=by, now=cast.now)


async def test_plain_reports_make_their_visits_in_as_many_statements_however_many_they_are(cast: Cast) -> None:
    asked = []
    for many in (2, 20):
        visits = [await slot(cast) for _ in range(many)]
        with overheard() as statements:
            answers = await log_all(cast, *(sent(visit, normal(cast.now)) for visit in visits))
        assert [one.counted for one in answers if isinstance(one, Answer)] == [True] * many
        assert {await status(cast, visit) for visit in visits} == {"made"}
        assert [await journal(cast, visit) for visit in visits] == [["visit.logged"]] * many
        asked.append(len(statements))
    assert asked == [6, 6]  # begin, hold, savepoint, write, release, commit


async def test_the_servers_moment_judges_and_the_phones_claim_stays_in_the_content(cast: Cast) -> None:
    visit, claim = await slot(cast), normal(cast.now - 400 * DAY)
    one = sent(visit, claim, at=cast.now - MINUTE, labels=frozenset({"implausible_time"}))
    for _ in range(2):  # the same claim again gets the same answer, whatever the server holds its moment to be by then
        (answer,) = await log_all(cast, one)
        assert isinstance(answer, Answer) and answer.labels == ("implausible_time",) and answer.counted
        one = msgspec.structs.replace(one, at=cast.now)
    kept = await cast.owner.fetchrow("SELECT made_at, labels, content FROM visit_report")
    assert (kept["made_at"], kept["labels"]) == (cast.now - MINUTE, ["implausible_time"])
    assert msgspec.json.decode(kept["content"])["made_at"] == claim.made_at.isoformat()


async def test_a_clock_a_day_behind_makes_no_report_late(cast: Cast) -> None:
    (answer,) = await log_all(cast, sent(await slot(cast), normal(cast.now - 30 * HOUR), at=cast.now - MINUTE))
    assert isinstance(answer, Answer) and answer.labels == ()


async def test_the_servers_moment_also_finds_what_else_the_contact_makes(cast: Cast) -> None:
    person = await cast.recipient(risk="high")
    visits = [await slot(cast, person, reason=reason) for reason in ("plan", "extra")]
    await log_all(cast, sent(visits[0], normal(cast.now - 400 * DAY), at=cast.now))
    assert [await status(cast, visit) for visit in visits] == ["made", "made"]
    assert [await journal(cast, visit) for visit in visits] == [["visit.logged"]] * 2


async def test_a_bad_one_in_the_middle_leaves_the_others(cast: Cast) -> None:
    first, cancelled, last = await slot(cast), await slot(cast, status="cancelled"), await slot(cast)
    foreign = await slot(cast, area_id=cast.foreign_village, worker_id=cast.foreign_worker.id)
    answers = await log_all(
        cast,
        sent(first, normal(cast.now)),
        sent(cancelled, normal(cast.now)),
        sent(foreign, normal(cast.now)),
        sent(new_id(), normal(cast.now)),
        sent(last, normal(cast.now, hazards=(GAS,))),
        sent(last, normal(cast.now)),
    )
    expected = [Answer, VisitCancelled, VisitNotFound, VisitNotFound, ReportContradictory, Answer]
    assert [type(one) for one in answers] == expected
    assert (await status(cast, first), await status(cast, foreign), await status(cast, last)) == (
        "made",
        "open",
        "made",
    )


async def test_what_the_database_refuses_of_one_is_told_of_that_one_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = [await slot(cast) for _ in range(3)]
    broken = await cast.recipient()
    await cast.owner.execute(
        "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
        f"CREATE TRIGGER breaks BEFORE INSERT ON visit_report FOR EACH ROW"
        f" WHEN (NEW.recipient_id = '{broken}') EXECUTE FUNCTION breaks()"
    )
    try:
        middle = await slot(cast, broken)
        answers = await log_all(cast, *(sent(one, normal(cast.now)) for one in (visits[0], middle, *visits[1:])))
    finally:
        await cast.owner.execute("DROP TRIGGER breaks ON visit_report; DROP FUNCTION breaks")
    assert [type(one) for one in answers] == [Answer, Failed, Answer, Answer]
    assert [await status(cast, one) for one in (*visits, middle)] == ["made", "made", "made", "open"]
    assert await journal(cast, middle) == []


async def test_a_lost_connection_is_nobodys_own_fault_and_stores_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    async def lost(*_: Any, **__: Any) -> set[UUID]:
        tried.append(1)
        raise ConnectionResetError

    visit, hazardous = await slot(cast), await slot(cast)
    monkeypatch.setattr(reporting, "add_reports", lost)
    for one in (sent(visit, normal(cast.now)), sent(hazardous, detailed(cast.now, hazards=(STOVE,)))):
        with pytest.raises(ConnectionResetError):
            await log_all(cast, one)
    assert len(tried) == 2  # one by one it would be lost again


async def test_the_same_again_in_the_batch_or_a_later_one_gets_the_same_answer(cast: Cast) -> None:
    one, other = sent(await slot(cast), normal(cast.now)), sent(await slot(cast), normal(cast.now))
    first = await log_all(cast, one, other, one)
    assert first[0] == first[2] and isinstance(first[0], Answer)
    async with db.transaction(cast.worker.scope):
        again = await log_visits([other, one], by=cast.worker, now=cast.now + 3 * DAY)
    assert again == [first[1], first[0]]
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 2
    assert await cast.owner.fetchval("SELECT count(*) FROM journal") == 2


async def test_the_same_id_with_other_content_is_a_conflict_in_the_batch_and_in_a_later_one(cast: Cast) -> None:
    visit = await slot(cast)
    one = sent(visit, normal(cast.now))
    other = msgspec.structs.replace(one, report=detailed(cast.now))
    first = await log_all(cast, one, other)
    assert [type(answer) for answer in first] == [Answer, ReportConflicts]
    assert [type(answer) for answer in await log_all(cast, sent(await slot(cast), normal(cast.now)), other)] == [
        Answer,
        ReportConflicts,
    ]
    assert await cast.owner.fetchval("SELECT count(*) FROM report_conflict") == 1
    assert len(await alerts(cast, "conflicting_report")) == 1
    assert (await row(cast, visit))["report_id"] == one.report_id


async def test_an_id_used_twice_for_two_visits_makes_the_first_of_them(cast: Cast) -> None:
    one = sent(await slot(cast), normal(cast.now))
    other = msgspec.structs.replace(one, visit_id=await slot(cast))
    assert [type(answer) for answer in await log_all(cast, one, other)] == [Answer, ReportConflicts]
    assert (await status(cast, one.visit_id), await status(cast, other.visit_id)) == ("made", "open")


async def test_an_id_used_where_the_caller_sees_nothing_is_only_taken_also_in_a_batch(cast: Cast) -> None:
    foreign = await slot(cast, area_id=cast.foreign_village, worker_id=cast.foreign_worker.id)
    theirs = sent(foreign, normal(cast.now))
    await log_all(cast, theirs, by=cast.foreign_worker)
    own, other = await slot(cast), await slot(cast)
    answers = await log_all(
        cast, sent(own, normal(cast.now), report_id=theirs.report_id), sent(other, normal(cast.now))
    )
    assert [type(one) for one in answers] == [ReportIdTaken, Answer]
    assert (await status(cast, own), await status(cast, other)) == ("open", "made")
    assert (await journal(cast, own), await journal(cast, other)) == ([], ["visit.logged"])


async def test_each_of_two_reports_on_one_person_is_judged_by_what_the_other_left(cast: Cast) -> None:
    visit = await slot(cast)
    door, seen = sent(visit, not_met(cast.now - HOUR)), sent(visit, normal(cast.now - MINUTE))
    assert all(isinstance(answer, Answer) for answer in await log_all(cast, door, seen))
    assert [(one["kind"], one["outcome"]) for one in await alerts(cast)] == [("door_unanswered", "seen_later")]


async def test_a_second_call_in_a_row_is_one_too_many_also_in_a_batch(cast: Cast) -> None:
    person = await cast.recipient()
    visits = [await slot(cast, person, due_at=cast.now + days * DAY, risk="general", opens=20 * DAY) for days in (1, 2)]
    for visit, labels in zip(visits, ((), ("remote_excess",)), strict=True):
        call = sent(visit, normal(cast.now - HOUR * (2 - len(labels)), method="phone"))
        (answer,) = await log_all(cast, call)
        assert isinstance(answer, Answer) and answer.labels == labels


async def test_a_batch_takes_no_visit_of_a_caregiver_and_none_before_its_time(cast: Cast) -> None:
    cared_for = await cast.recipient()
    await caring.agreement(cast, cared_for, await caring.caregiver(cast, account_id=cast.worker.id))
    own, other = await slot(cast, cared_for), await slot(cast)
    ahead = await slot(cast, due_at=cast.now + 5 * DAY)
    early = sent(ahead, normal(cast.now - 2 * DAY))
    answers = await log_all(cast, sent(own, normal(cast.now)), sent(other, normal(cast.now)), early)
    assert [type(one) for one in answers] == [CaregiverIsNoVisitor, Answer, BeforeThePlan]
    assert [await status(cast, visit) for visit in (own, other, ahead)] == ["open", "made", "open"]


async def test_it_joins_the_transaction_under_way(cast: Cast) -> None:
    visit = await slot(cast)

    class Undone(Exception):
        pass

    with pytest.raises(Undone):
        async with db.transaction(cast.worker.scope):
            await log_visits([sent(visit, normal(cast.now))], by=cast.worker, now=cast.now)
            raise Undone
    assert await status(cast, visit) == "open"


# Two worlds alike: the one logs a random list in batches, the other one by one.


@dataclass(kw_only=True)
class World:
    """What stands in one of the two, by name."""

    names: dict[str, str]
    visits: list[UUID]
    reports: list[UUID]

    def named(self, value: Any) -> Any:
        """The same with names for the ids of this world; other ids are all alike."""
        text = msgspec.json.encode(value).decode()
        return _ID.sub(lambda found: self.names.get(found[0], "?"), text)


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PEOPLE, _REPORTS = 14, 16


async def build(cast: Cast, chance: random.Random, worker_cares: UUID) -> World:
    """People with a visit or three each: due, long due and judged, not due yet, cancelled; some cared for."""
    names = {str(one.id): one.role.value for one in cast.everybody}
    visits: list[UUID] = []
    for person in range(_PEOPLE):
        risk = chance.choice(["high", "key", "general"])
        recipient = await cast.recipient(risk=risk)
        names[str(recipient)] = f"person {person}"
        if person < 4:
            await caring.agreement(cast, recipient, worker_cares if person % 2 else await caring.caregiver(cast))
        for reason in chance.sample(["plan", "extra", "return_check", "campaign"], chance.choice([1, 1, 2, 3])):
            visits.append(
                await slot(
                    cast,
                    recipient,
                    due_at=cast.now + chance.choice([HOUR, HOUR, HOUR, -2 * HOUR, -4 * DAY, 5 * DAY]),
                    grace=chance.choice([timedelta(), DAY]),
                    risk=risk,
                    reason=reason,
                    status="cancelled" if chance.random() < 0.1 else "open",
                    worker_id=chance.choice([cast.worker.id, cast.worker.id, cast.leader.id, None]),
                )
            )
            names[str(visits[-1])] = f"visit {len(visits)}"
    visits.append(await slot(cast, area_id=cast.foreign_village))
    names[str(visits[-1])] = "foreign visit"
    await mark_missed(now=cast.now)
    reports = [new_id() for _ in range(_REPORTS)]
    names |= {str(one): f"report {number}" for number, one in enumerate(reports)}
    return World(names=names, visits=visits, reports=reports)


def some_report(cast: Cast, chance: random.Random) -> Report:
    made_at = cast.now - chance.choice([MINUTE, MINUTE, MINUTE, HOUR, 3 * HOUR, 2 * DAY, 5 * DAY, 40 * DAY, -DAY])
    confidential = chance.choice([None, None, Confidential(), Confidential(fear=True)])
    return chance.choice(
        [
            normal(made_at),
            normal(made_at),
            normal(made_at),
            normal(made_at, confidential=Confidential(note=" ")),
            normal(made_at, identified_by="not_confirmed"),
            normal(made_at, method="phone"),
            normal(made_at, on_paper_by="王秀兰"),
            normal(made_at, hazards=None),
            detailed(made_at, confidential=confidential),
            detailed(made_at, hazards=(chance.choice([STOVE, GAS]),)),
            not_met(made_at),
        ]
    )


def some_sent(cast: Cast, chance: random.Random, world: World) -> list[Sent]:
    """Reports of any kind on any of the visits, some sent again, some under an id used before."""
    all_sent: list[Sent] = []
    for report_id in world.reports:
        report = some_report(cast, chance)
        corrected = chance.random() < 0.3
        all_sent.append(
            Sent(
                visit_id=chance.choice(world.visits),
                report_id=chance.choice(world.reports) if chance.random() < 0.1 else report_id,
                report=report,
                at=report.made_at - 30 * MINUTE if corrected else report.made_at,
                labels=frozenset({"revoked_phone"} if chance.random() < 0.1 else ()),
            )
        )
        if chance.random() < 0.15:
            all_sent.append(chance.choice(all_sent))
    return all_sent


async def in_batches(all_sent: Sequence[Sent], by: Account, cast: Cast, chance: random.Random) -> list[Any]:
    cut = chance.randrange(len(all_sent))
    answers: list[Any] = []
    for part in (all_sent[:cut], all_sent[cut:]):
        async with db.transaction(by.scope):
            answers += await log_visits(part, by=by, now=cast.now)
    return answers


async def one_by_one(all_sent: Sequence[Sent], by: Account, cast: Cast) -> list[Any]:
    answers: list[Any] = []
    for one in all_sent:
        try:
            if one.at == one.report.made_at and not one.labels:
                answers.append(
                    await log_visit(
                        visit_id=one.visit_id, report_id=one.report_id, report=one.report, by=by, now=cast.now
                    )
                )
            else:
                answers.append(await log_sent(one, by=by, now=cast.now))
        except Refusal as refusal:
            answers.append(refusal)
    return answers


def told(world: World, answer: Answer | Refusal) -> str:
    if isinstance(answer, Answer):
        return str(world.named(answer))
    return str(world.named([type(answer).__name__, answer.detail, answer.field]))


_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " AND relname <> 'migration'"
)


async def everything(cast: Cast) -> dict[str, dict[str, Any]]:
    """Every row of every table, by its table and key."""
    found = {}
    for (table,) in await cast.owner.fetch(_TABLES):
        for (data,) in await cast.owner.fetch(f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1"):
            one = msgspec.json.decode(data)
            found[f"{table} {one.get('id')}"] = {"table": table, **one}
    return found


def alike(rows: Sequence[dict[str, Any]], world: World) -> Counter[str]:
    """The rows without what differs by nature: ids made on the way, what is sealed or hashed, the server's own clock.

    Of the journal's lines on one subject their order counts.
    """
    told_before: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for one in sorted(rows, key=lambda one: one["id"] if isinstance(one.get("id"), int) else 0):
        plain = {name: value for name, value in one.items() if name not in ("id", "written_at", "sha256")}
        plain |= {name: value is not None for name, value in one.items() if name.endswith(("_sealed", "_index"))}
        if one["table"] == "journal":
            plain["turn"] = told_before[one["subject_id"]]
            told_before[one["subject_id"]] += 1
        if str(one.get("id")) in world.names:
            plain["id"] = one["id"]
        seen[world.named(plain)] += 1
    return seen


@pytest.mark.parametrize("seed", range(40))
async def test_a_batch_leaves_the_same_world_as_its_reports_one_by_one(cast: Cast, seed: int) -> None:
    by = random.Random(seed).choice([cast.worker, cast.worker, cast.specialist])
    worker_cares = await caring.caregiver(cast, account_id=cast.worker.id)
    answers, worlds = [], []
    for batches in (True, False):
        before = await everything(cast)
        world = await build(cast, random.Random(seed), worker_cares)
        chance = random.Random(seed + 1_000)
        all_sent = some_sent(cast, chance, world)
        if batches:
            got = await in_batches(all_sent, by, cast, chance)
        else:
            got = await one_by_one(all_sent, by, cast)
        answers.append([told(world, one) for one in got])
        after = await everything(cast)
        worlds.append(alike([one for key, one in after.items() if before.get(key) != one], world))
    assert answers[0] == answers[1]
    assert worlds[0] == worlds[1]
    assert worlds[0]
