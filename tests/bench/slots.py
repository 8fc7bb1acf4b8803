"""Invented people and the visits they are due, in any number, written as the owner."""

from collections.abc import Mapping

import asyncpg

from tests.bench.land import DISTRICT_OF, PLAN, RECIPIENT, VILLAGE_OF, VISIT, WORKER, id_sql

_PEOPLE = f"""
INSERT INTO recipient (id, area_id, district_id, name, name_pinyin, name_initials, sex, born_on, id_kind,
    id_to_confirm_reason, self_care, categories, conditions, risk, visit_worker_id, created_at, created_by, changed_at)
SELECT {id_sql(f"{RECIPIENT} + n")}, {VILLAGE_OF.format("village")}, {DISTRICT_OF.format("village")}, '李桂英',
    'li gui ying', 'lgy', 'female', '1950-05-06', 'to_confirm', '身份证遗失', 'self', '{{}}', '{{}}', risk,
    {id_sql(f"{WORKER} + village")}, '2025-01-01', {id_sql("0")}, '2025-01-01'
FROM person
"""
_PLANS = f"""
INSERT INTO visit_plan (id, recipient_id, area_id, district_id, risk, every, opens_before, grace, worker_id, anchor_at,
    laid_until, started_at)
SELECT {id_sql(f"{PLAN} + n")}, {id_sql(f"{RECIPIENT} + n")}, {VILLAGE_OF.format("village")},
    {DISTRICT_OF.format("village")}, risk, every, opens_before, grace, {id_sql(f"{WORKER} + village")}, '2025-01-01',
    '2035-01-01', '2025-01-01'
FROM person
"""
_VISITS = f"""
INSERT INTO visit (id, plan_id, recipient_id, area_id, district_id, risk, worker_id, opens_at, due_at, missed_after)
SELECT {id_sql(f"{VISIT} + slot.number")}, {id_sql(f"{PLAN} + n")}, {id_sql(f"{RECIPIENT} + n")},
    {VILLAGE_OF.format("village")}, {DISTRICT_OF.format("village")}, risk, {id_sql(f"{WORKER} + village")},
    slot.due_at - opens_before, slot.due_at, slot.due_at + grace
FROM person CROSS JOIN LATERAL ({{slots}}) AS slot (number, due_at) ORDER BY slot.number
"""


async def fill(owner: asyncpg.Connection, people: str, slots: str) -> None:
    """Write recipients, their plans and visits.

    `people` is a SELECT of n, village, risk, every, opens_before and grace; `slots` one of number and due_at for each.
    """
    await fill_people(owner, people, {"visit_plan": _PLANS, "visit": _VISITS.replace("{slots}", slots)})


async def fill_people(owner: asyncpg.Connection, people: str, rows: Mapping[str, str]) -> None:
    """Write recipients and what else there is of each: an INSERT from `person` a table, in this order.

    `people` is a SELECT of n, village and risk at least.
    """
    await owner.execute(f"CREATE TEMP TABLE person AS {people}; ANALYZE person")
    for table, statement in {"recipient": _PEOPLE, **rows}.items():
        await _without_indexes(owner, table, statement)
    await owner.execute("DROP TABLE person")
    await owner.execute("VACUUM (ANALYZE)")


async def _without_indexes(owner: asyncpg.Connection, table: str, statement: str) -> None:
    """Building an index once is faster than keeping it up to date for a million rows."""
    indexes = await owner.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = $1"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        table,
    )
    for index in indexes:
        await owner.execute(f"DROP INDEX {index['indexname']}")
    await owner.execute(statement)
    for index in indexes:
        await owner.execute(index["indexdef"])
