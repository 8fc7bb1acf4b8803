"""Row-level security: the database itself shows nobody what lies outside their areas, whatever a query forgets."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from core import db
from core.ids import new_id
from core.scope import DOOR, JOBS, Scope
from tests.cast import Cast

WITHOUT_ROWS_OF_PEOPLE = {
    "area",
    "area_within",
    "heartbeat",
    "migration",
    "quarantined",
    "server_epoch",
    "sign_in_throttle",
}
READ_BY_EVERYBODY = {"policy_version", "calendar_day"}
"""A district's policy and calendar: protected against change, open to be read."""
READ_BY_THE_DISTRICT = {"bar"}
"""Townships are told that somebody is barred, and read nothing of the list."""
SEEN_BY_ITS_SENDER = {"attachment_part", "held"}
"""What is still on its way, and what is on a phone, is nobody else's, whatever their areas."""

SEEN_BY_THE_DOOR = {
    "account",
    "account_area",
    "activation",
    "area",
    "area_within",
    "calendar_day",
    "daily_check",  # a watcher with a link has no account: their lane, by the names neighbours use
    "device",
    "duty",
    "lane",
    "lane_household",
    "observation",
    "policy_version",
    "recovery_code",
    "sensor_gateway",
    "session",
    "sign_in_throttle",
    "watch_link",
}

PERSONAL = re.compile(
    r"sealed$|(^|_)(name|pinyin|initials|login|number|phone|address|label|content|reason|evidence|ledger|remarks)(_|$)"
    r"|password|totp|note$"
)
"""Columns whose name says that a person may be found in them."""
JOBS_MUST_READ = {
    "account_channel.address_sealed",  # to deliver a notice
    "account_channel.secret_sealed",
    "agreement.ended_reason",  # a word of ours, not of people
    "area.name",
    "attachment.position_sealed",  # to judge where a photo was taken
    "calendar_day.reason",
    "campaign.reason",  # a word of ours, not of people
    "failed_cycle.withdrawn_evidence",  # ids and dates
    "import_row.row_number",
    "migration.app_name",
    "migration.name",
    "notice.address_index",  # keyed hash, for the throttle
    "policy_version.content",
    "policy_version.document_number",
    "policy_version.note",
    "temporary_care.ended_reason",
    "visit.closed_reason",  # a word of ours, not of people
    "visit.phone_last_seen_at",
    "visit.reason",
    "visit_plan.ended_reason",
}


async def _tables(owner: asyncpg.Connection, which: str = "true") -> set[str]:
    rows = await owner.fetch(
        "SELECT relname FROM pg_class"
        f" WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND {which}"
    )
    return {row["relname"] for row in rows}


async def _readable(owner: asyncpg.Connection, role: str) -> set[str]:
    return await _tables(owner, f"has_any_column_privilege('{role}', oid, 'SELECT')")


async def _count(table: str, scope: Scope) -> int:
    async with db.transaction(scope):
        count: int = await db.fetch_value(f"SELECT count(*) FROM {table}")
    return count


async def _one_row_everywhere(cast: Cast, tables: Iterable[str]) -> None:
    """A row of the worker's village in each table that has none; said here is only what a constraint asks for."""
    recipient_id = await cast.recipient(risk="high")
    known: dict[str, Any] = {
        **dict.fromkeys(("area", "area_id"), cast.village),
        **dict.fromkeys(("recipient", "recipient_id"), recipient_id),
        **dict.fromkeys(("account", "account_id"), cast.worker.id),
        "district_id": cast.district_area,
        "ends_at": cast.now + timedelta(days=1),
        "kind": "away",
        "risk": "high",
        "severity": "general",
        "outcome": "made",
        "method": "door",
        "import_row.status": "ready",
        "alert.next_at": cast.now,
        "notice.next_try_at": cast.now,
        # What is seen with something else is seen when that is.
        **dict.fromkeys(("alert.id", "alert_rung.alert_id"), new_id()),
        **dict.fromkeys(("abuse_case.id", "abuse_concern.case_id"), new_id()),
        **dict.fromkeys(("replacement_case.id", "hearing.case_id", "handover_item.case_id"), new_id()),
        "abuse_case.minor": False,
        "abuse_concern.source": "concern",
        "attendance.note": "备注",
        "agreement.fee_class": "none",
        "agreement_item.per": "day",
        "signature.party": "village",
        "signature.how": "ink",
        "temporary_care.kind": "village",
        "temporary_care.ends_by": cast.now + timedelta(days=1),
        "bar.reason": "removed",
        "bar.caregiver_id": new_id(),
        "attachment.size": 1,
        "attachment.subject_kind": "visit_report",
        **dict.fromkeys(("visit_report.id", "attachment.subject_id"), new_id()),
        **dict.fromkeys(("attachment.id", "attachment_part.attachment_id"), new_id()),
        "held.device_id": cast.worker.device_id,
        "campaign.reason": "sweep",
        "campaign.deadline_at": cast.now + timedelta(days=1),
        "doorstep_token.kind": "totp",
        "doorstep_code.at_moment": "start",
        "grade.grade": "D",
        "call_back.why": "sample",
        "call_back.outcome": None,
        "caregiver.kind": "natural",
        "caregiver.id_to_confirm_reason": "补办",
        "record_check.kind": "health",
        "failed_cycle.why": "failed",
        "failed_cycle.heard": "statement",
        "handover_item.item": "keys",
        "handover_item.done": True,
        "hazard.source": "inspection",
        "order_answer.kind": "start",
        "order_item.duty": "每日到户",
        "replacement_case.ground": "proposed",
        "relation.kind": "child",
        "journal_seal.id": 1,
        "daily_check.part": "morning",
        "daily_check.status": "expected",
        "daily_check.seen": "changed",
        "daily_check.opens_at": cast.now,
        "daily_check.closes_at": cast.now + timedelta(hours=2),
        "lane.status": "active",
        "observation.source": "watcher",
        "observation.part": "morning",
        "observation.seen": "changed",
        "emergency_step.step": "look",
        "emergency_step.result": "safe",
        "inbox_item.status": "taken",
        "sensor.kind": "water",
        "care_fact.kind": "guardian",
        "care_fact.who": "village",
    }
    of_type: dict[str, Any] = {
        "timestamptz": cast.now,
        "date": cast.now.date(),
        "bytea": b"x",
        "interval": timedelta(days=7),
    }
    for table in sorted(tables):
        columns = await cast.owner.fetch(
            "SELECT attname AS name, typname AS kind, attnotnull AS wanted FROM pg_attribute"
            " JOIN pg_type t ON t.oid = atttypid"
            " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
            table,
        )
        row: dict[str, Any] = {}
        for name, kind, wanted in columns:
            if f"{table}.{name}" in known or name in known:
                row[name] = known.get(f"{table}.{name}", known.get(name))
            elif wanted and (kind == "uuid" or kind in of_type):
                row[name] = of_type.get(kind) or new_id()
        marks = ", ".join(f"${position}" for position in range(1, len(row) + 1))
        async with cast.owner.transaction():
            await cast.owner.execute("SET LOCAL session_replication_role = replica")  # foreign keys are not the matter
            if not await cast.owner.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                await cast.owner.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())


async def test_every_table_about_people_is_protected_even_from_its_owner(owner: asyncpg.Connection) -> None:
    protected = await _tables(owner, "relrowsecurity AND relforcerowsecurity")
    assert await _tables(owner) - protected == WITHOUT_ROWS_OF_PEOPLE


async def test_every_view_sees_with_its_readers_eyes(owner: asyncpg.Connection) -> None:
    views = await owner.fetch(
        "SELECT relname, relkind, coalesce(reloptions, '{}') AS options FROM pg_class"
        " WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    )
    blind = {row["relname"] for row in views if row["relkind"] == "m" or "security_invoker=true" not in row["options"]}
    assert blind == set()


async def test_the_roles_are_held_by_the_policies(owner: asyncpg.Connection) -> None:
    roles = await owner.fetch("SELECT * FROM pg_roles WHERE rolname LIKE 'chuangdeng%' AND rolname <> current_user")
    assert {row["rolname"] for row in roles} >= {db.APP_ROLE, db.JOBS_ROLE, db.DOOR_ROLE}
    assert not any(row["rolsuper"] or row["rolbypassrls"] or row["rolcreaterole"] for row in roles)
    owned = "SELECT count(*) FROM pg_class WHERE relowner::regrole::text = ANY ($1)"
    assert await owner.fetchval(owned, [db.APP_ROLE, db.JOBS_ROLE, db.DOOR_ROLE]) == 0
    making = (
        "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND has_schema_privilege(rolname, 'public', 'CREATE')"
    )
    assert await owner.fetch(making, [db.APP_ROLE, db.JOBS_ROLE, db.DOOR_ROLE]) == []


async def test_functions_that_see_more_are_owned_by_a_role_and_called_by_name(owner: asyncpg.Connection) -> None:
    functions = await owner.fetch(
        "SELECT proname, proowner::regrole::text AS held_by, proconfig,"
        " has_function_privilege('public', oid, 'EXECUTE') AS open"
        " FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert "session_account" in {row["proname"] for row in functions}
    for row in functions:
        assert row["held_by"] in {db.DOOR_ROLE, db.JOBS_ROLE}, row["proname"]
        assert "search_path=public, pg_temp" in (row["proconfig"] or []), row["proname"]
        assert not row["open"], row["proname"]


async def test_without_a_scope_or_with_anothers_nobody_is_seen(cast: Cast, owner: asyncpg.Connection) -> None:
    protected = await _tables(owner, "relrowsecurity")
    await _one_row_everywhere(cast, protected)
    for table in sorted(protected):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") > 0, f"the test made no row of {table}"
    for table in sorted(await _readable(owner, db.APP_ROLE) & protected - READ_BY_EVERYBODY):
        assert (await db.ask(f"SELECT count(*) FROM {table}"))["count"] == 0, table
        assert await _count(table, Scope()) == 0, table
        assert await _count(table, Scope(account_id=new_id())) == 0, table
        assert await _count(table, Scope(account_id=new_id(), area_ids=(cast.other_village,))) == 0, table
        if table in SEEN_BY_ITS_SENDER:
            assert await _count(table, cast.worker.scope) > 0, table
            assert await _count(table, cast.specialist.scope) == await _count(table, cast.district.scope) == 0, table
            continue
        assert (await _count(table, cast.specialist.scope) > 0) is (table not in READ_BY_THE_DISTRICT), table
        assert await _count(table, cast.district.scope) > 0, table


async def test_a_neighbouring_township_cannot_learn_that_a_recipient_exists(cast: Cast) -> None:
    known = await cast.recipient(risk="high")
    for scope in (cast.foreign_specialist.scope, cast.foreign_worker.scope):
        async with db.transaction(scope):
            assert await db.fetch("SELECT id FROM recipient WHERE id = $1", known) == []
            assert await db.execute("UPDATE recipient SET remarks_sealed = NULL WHERE id = $1", known) == 0
    for scope in (cast.worker.scope, cast.specialist.scope, cast.district.scope, cast.auditor.scope):
        async with db.transaction(scope):
            assert await db.fetch_value("SELECT id FROM recipient WHERE id = $1", known) == known


async def test_nobody_is_put_into_an_area_that_is_not_ones_own(cast: Cast) -> None:
    known = await cast.recipient()
    for area in (cast.foreign_village, cast.foreign_township, cast.district_area):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with db.transaction(cast.specialist.scope):
                await db.execute("UPDATE recipient SET area_id = $2 WHERE id = $1", known, area)


async def test_a_person_without_areas_sees_only_what_is_their_own(cast: Cast) -> None:
    await cast.session(cast.worker)
    mine = Scope(account_id=cast.worker.id)
    for table in ("account", "account_area", "device", "session"):
        assert await _count(table, mine) == 1, table
    assert await _count("duty", mine) == 0


async def test_the_unprotected_tables_are_read_by_whom_they_concern(owner: asyncpg.Connection) -> None:
    assert await _readable(owner, db.APP_ROLE) & WITHOUT_ROWS_OF_PEOPLE == {
        "area",
        "area_within",
        "heartbeat",
        "migration",
        "server_epoch",
    }
    assert "sign_in_throttle" not in await _readable(owner, db.JOBS_ROLE)


async def test_the_door_reads_nothing_about_recipients(cast: Cast, owner: asyncpg.Connection) -> None:
    assert await _readable(owner, db.DOOR_ROLE) <= SEEN_BY_THE_DOOR
    await cast.recipient()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _count("recipient", DOOR)


async def test_jobs_read_ids_dates_and_words_but_no_names(cast: Cast, owner: asyncpg.Connection) -> None:
    columns = await owner.fetch(
        "SELECT c.relname || '.' || a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
        " AND has_column_privilege($1, c.oid, a.attnum, 'SELECT')",
        db.JOBS_ROLE,
    )
    readable = {row["name"] for row in columns}
    assert "recipient.visit_worker_id" in readable
    assert {name for name in readable if PERSONAL.search(name.split(".")[1])} - JOBS_MUST_READ == set()
    await cast.recipient()
    assert await _count("recipient", JOBS) == 1
    for column in ("name", "name_pinyin", "id_sealed", "address_sealed", "*"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(JOBS):
                await db.fetch(f"SELECT {column} FROM recipient")


async def test_nobody_reads_a_password_or_a_second_factor_but_the_door(owner: asyncpg.Connection) -> None:
    secret = (
        "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'account'::regclass"
        " AND (a.attname = 'password_hash' OR a.attname LIKE 'totp%sealed')"
        " AND (has_column_privilege($1, a.attrelid, a.attnum, 'SELECT'))"
    )
    for role in (db.APP_ROLE, db.JOBS_ROLE):
        assert await owner.fetch(secret, role) == []
    assert await owner.fetch(secret, db.DOOR_ROLE) != []
