"""The database itself refuses what the rules refuse, whoever speaks to it as the application."""

from itertools import product
from typing import Any, get_args
from uuid import UUID

import asyncpg
import pytest

from caregivers.rectification.order import MOVES, Status
from core import db
from core.ids import new_id
from tests.cast import Cast
from tests.rectifying import DAY, Home, cycles, fail, hazard, home, order, status

STATUSES: tuple[Status, ...] = get_args(Status)
ALLOWED = {(old, new) for (old, _), new in MOVES.items()}
TIMES: dict[str, str] = {"closed": ", closed_at = issued_at", "withdrawn": ", withdrawn_at = issued_at"}


async def as_owner(cast: Cast, order_id: UUID, status: str) -> None:
    """Put an order into a state, past the triggers."""
    async with cast.owner.transaction():
        await cast.owner.execute("SET LOCAL session_replication_role = replica")
        await cast.owner.execute(
            "UPDATE rectification_order SET status = $2::text,"
            " closed_at = CASE WHEN $2::text = 'closed' THEN issued_at END,"
            " withdrawn_at = CASE WHEN $2::text = 'withdrawn' THEN issued_at END WHERE id = $1",
            order_id,
            status,
        )


async def refused(cast: Cast, sql: str, *args: Any) -> str | None:
    """The SQLSTATE the application role gets for a statement; None when it is allowed. Nothing is kept."""
    try:
        async with db.transaction(cast.specialist.scope):
            assert await db.execute(sql, *args) == 1
            raise _Undone
    except _Undone:
        return None
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)


class _Undone(Exception):
    pass


async def test_only_the_moves_of_the_table_are_possible(cast: Cast) -> None:
    order_id = await order(cast, await home(cast))
    wrong = []
    for old in STATUSES:
        await as_owner(cast, order_id, old)
        for new in STATUSES:
            sql = (
                f"UPDATE rectification_order SET status = '{new}'{TIMES.get(new, '')}"
                f"{'' if new == 'closed' else ', closed_at = NULL'}"
                f"{'' if new == 'withdrawn' else ', withdrawn_at = NULL'} WHERE id = $1"
            )
            if new == old:
                continue
            found = await refused(cast, sql, order_id)
            if found != (None if (old, new) in ALLOWED else "CD001"):
                wrong.append((old, new, found))
    assert wrong == []
    assert len(list(product(STATUSES, repeat=2))) == 100


async def test_an_order_begins_as_issued(cast: Cast) -> None:
    order_id = await order(cast, await home(cast))
    copied = (
        "INSERT INTO rectification_order (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, year,"
        " serial, number, status, severity, issued_by, issued_at, deadline_at, first_deadline_at, statement_until)"
        " SELECT $2, agreement_id, recipient_id, caregiver_id, area_id, district_id, year, 99, '99', 'passed',"
        " severity, issued_by, issued_at, deadline_at, first_deadline_at, statement_until FROM rectification_order"
        " WHERE id = $1"
    )
    assert await refused(cast, copied, order_id, new_id()) == "42501"
    assert await refused(cast, copied.replace("'passed'", "'issued'"), order_id, new_id()) is None


async def failed_twice(cast: Cast) -> tuple[Home, UUID]:
    at = await home(cast)
    found = await hazard(cast, at)
    for day in (0, 4):
        order_id = await order(cast, at, found, now=cast.now + day * DAY)
        await fail(cast, at, order_id, now=cast.now + (day + 2) * DAY)
    return at, order_id


async def test_no_order_closes_past_an_undecided_mandatory_case(cast: Cast) -> None:
    at, order_id = await failed_twice(cast)
    close = "UPDATE rectification_order SET status = 'closed', closed_at = issued_at WHERE id = $1"
    assert await refused(cast, close, order_id) == "CD003"
    elsewhere = close.replace("SET", f"SET agreement_id = '{new_id()}',")
    assert await refused(cast, elsewhere, order_id) == "CD001"
    assert await status(cast, order_id) == "failed"
    assert len(await cycles(cast, at)) == 2


@pytest.mark.parametrize("told", [False, True])
async def test_a_case_kept_from_somebody_does_not_show_in_what_they_may_close(cast: Cast, told: bool) -> None:
    """Whoever may know of it is held back by it; to whoever may not, a refusal would tell."""
    _, order_id = await failed_twice(cast)
    barred = [] if told else [cast.specialist.id]
    async with cast.owner.transaction():
        await cast.owner.execute("SET LOCAL session_replication_role = replica")
        await cast.owner.execute("UPDATE replacement_case SET confidential = true, barred_ids = $1::uuid[]", barred)
    close = "UPDATE rectification_order SET status = 'closed', closed_at = issued_at WHERE id = $1"
    assert await refused(cast, close, order_id) == ("CD003" if told else None)


async def test_a_failure_withdrawn_stays_withdrawn_and_an_answer_stays_as_it_was(cast: Cast) -> None:
    at, order_id = await failed_twice(cast)
    withdrawn = "UPDATE failed_cycle SET withdrawn_at = now(), withdrawn_reason = '试' WHERE order_id = $1"
    await cast.owner.execute(withdrawn, order_id)
    back = "UPDATE failed_cycle SET withdrawn_at = NULL, withdrawn_reason = NULL WHERE order_id = $1"
    assert await refused(cast, back, order_id) == "CD001"
    assert await refused(cast, "UPDATE order_answer SET text = '别的' WHERE order_id = $1", order_id) == "42501"
    assert await refused(cast, "DELETE FROM order_answer WHERE order_id = $1", order_id) == "42501"
    assert len(await cycles(cast, at)) == 2


async def test_a_caregiver_sees_their_own_orders_and_of_hazards_only_what_those_name(cast: Cast) -> None:
    at, other = await home(cast), await home(cast)
    mine, _ = await order(cast, at), await order(cast, other)
    await hazard(cast, at, source="complaint", complainant="邻居老王")
    async with db.transaction(at.account.scope):
        orders = await db.fetch("SELECT id FROM rectification_order")
        hazards = await db.fetch("SELECT source FROM hazard")
    assert [one["id"] for one in orders] == [mine]
    assert [one["source"] for one in hazards] == ["inspection"]


async def test_no_failure_counts_before_the_statement_had_its_chance(cast: Cast) -> None:
    order_id = await order(cast, await home(cast))
    until = await cast.owner.fetchval("SELECT statement_until FROM rectification_order WHERE id = $1", order_id)
    sql = (
        "INSERT INTO failed_cycle (id, order_id, agreement_id, caregiver_id, area_id, why, heard, failed_at,"
        " counted_at) SELECT $2, o.id, o.agreement_id, o.caregiver_id, o.area_id, 'overdue', $3, $4, $4"
        " FROM rectification_order o WHERE o.id = $1"
    )
    assert await refused(cast, sql, order_id, new_id(), "time_ran_out", until - DAY) == "CD001"
    assert await refused(cast, sql, order_id, new_id(), "statement", until) == "CD001"
    assert await refused(cast, sql, order_id, new_id(), "time_ran_out", until) is None
