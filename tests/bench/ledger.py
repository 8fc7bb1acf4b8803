"""A township's ledger of 5,000 rows, previewed and committed as the API does it: rows a second."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median

import asyncpg
import xlsxwriter  # type: ignore[import-untyped]

from caregivers.agreements.actions.taking_over import take_over_ledger
from cli.demo.make_ledger import _Pages, columns, spoil
from cli.demo.people import MADE_ON, Person, people, villages
from core import db
from recipients import actions
from recipients.id_number import check_character
from tests.bench.figures import Figure, stopwatch
from tests.bench.ground import Ground
from tests.bench.land import VILLAGE_OF, WORKER, Land, id_sql, settle, specialist

ROWS = 5_000
ROUNDS = 3
TARGET = 2_000
NOW = datetime(MADE_ON.year, MADE_ON.month, MADE_ON.day, 2, tzinfo=UTC)
_TOWNSHIP = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Took:
    preview: float
    commit: float
    take_over: float

    @property
    def rate(self) -> float:
        return ROWS / (self.preview + self.commit)

    @property
    def whole_rate(self) -> float:
        return ROWS / (self.preview + self.commit + self.take_over)


async def measure(ground: Ground) -> list[Figure]:
    """The same file, imported into the same township of a fresh database each time."""
    everybody = _everybody()
    file = await asyncio.to_thread(_workbook, everybody)
    await ground.migrated("ledger_template")
    async with ground.owner("ledger_template") as owner:
        await settle(owner, Land(districts=1), now=NOW)
        await _name(owner, everybody)
    took = [await _import(ground, file, f"ledger_{number}") for number in range(ROUNDS)]
    await ground.drop("ledger_template")
    return [
        Figure(name="ledger_import", value=median(one.rate for one in took), unit=" rows/s", at_least=TARGET),
        Figure(name="ledger_import_with_agreements", value=median(one.whole_rate for one in took), unit=" rows/s"),
        Figure(name="ledger_preview", value=median(one.preview for one in took), unit=" s"),
        Figure(name="ledger_commit", value=median(one.commit for one in took), unit=" s"),
        Figure(name="ledger_take_over", value=median(one.take_over for one in took), unit=" s"),
    ]


async def _import(ground: Ground, file: bytes, database: str) -> Took:
    await ground.copy("ledger_template", database)
    await ground.checkpoint()
    by = specialist(_TOWNSHIP)
    async with db.pools(ground.settings_of(database), app=2, jobs=0):
        with stopwatch() as preview:
            batch = await actions.preview_import(file, file_name="ledger.xlsx", area_id=by.area_ids[0], by=by, now=NOW)
        with stopwatch() as commit:
            done = await actions.commit_import(batch.id, by=by, now=NOW)
        with stopwatch() as take_over:
            care = await take_over_ledger(batch.id, by=by, now=NOW)
    async with ground.owner(database) as owner:
        registered = await owner.fetchval("SELECT count(*) FROM recipient")
    await ground.drop(database)
    if (done.row_count, done.refused_count, registered) != (ROWS, 3, ROWS - 3):
        raise AssertionError(f"{registered} of {done.row_count} rows were registered, {done.refused_count} refused")
    if care.taken_over != ROWS - 3:
        raise AssertionError(f"{care.taken_over} agreements were taken over, not {len(care.not_taken_over)}")
    return Took(preview=preview.seconds, commit=commit.seconds, take_over=take_over.seconds)


async def _name(owner: asyncpg.Connection, everybody: Sequence[Person]) -> None:
    """Give the township the villages of the sample ledger, and their workers the names it knows them by."""
    visitors = {person.village: person.visitor for person in everybody}
    names = villages()
    await owner.execute(
        f"UPDATE area SET name = named.name FROM unnest($1::text[]) WITH ORDINALITY AS named (name, place)"
        f" WHERE area.id = {VILLAGE_OF.format('named.place - 1')}",
        names,
    )
    await owner.execute(
        f"UPDATE account SET name = named.name FROM unnest($1::text[]) WITH ORDINALITY AS named (name, place)"
        f" WHERE account.id = {id_sql(f'{WORKER} + named.place - 1')}",
        [visitors[name] for name in names],
    )


def _everybody() -> list[Person]:
    """The people of the sample ledger again and again, each time born a day later, cared for by somebody else: no
    number comes twice."""
    first = people()
    everybody = [_again(first[number % len(first)], number // len(first)) for number in range(ROWS)]
    order = {name: place for place, name in enumerate(villages())}
    return sorted(everybody, key=lambda person: order[person.village])


def _again(person: Person, days: int) -> Person:
    born_on = person.born_on + timedelta(days=days)
    seventeen = f"{person.id_number[:6]}{born_on:%Y%m%d}{person.id_number[14:17]}"
    number, starts_on, ends_on = person.agreement
    return replace(
        person,
        born_on=born_on,
        id_number=seventeen + check_character(seventeen),
        caregiver=person.caregiver[:2] + _OTHERS[days % len(_OTHERS)],
        agreement=(f"{number}-{days}", starts_on, ends_on),
    )


_OTHERS = "仁义礼智信温良恭俭让忠孝廉耻勇春夏秋冬东南西北金木水火土山川江河湖海"


def _workbook(everybody: list[Person]) -> bytes:
    """As `make_ledger` writes it, warts included: three rows cannot be imported."""
    spoil(everybody)
    ordinary = [person for person in everybody if person.kind == "ordinary"]
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    _Pages(book).write(everybody, columns(ordinary))
    book.close()
    return held.getvalue()
