"""Today's matters of a specialist and of a district officer: 5,000 recipients and 20,000 open items in one district."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from accounts.policy import Policy
from alerts.alert import Ladder
from alerts.queries.rows import ladder_json
from api.app import create_app
from core import vault
from tests.bench import land
from tests.bench.figures import Figure, stopwatch
from tests.bench.ground import Ground
from tests.bench.land import DISTRICT_OF, RECIPIENT, VILLAGE_OF, Land, id_of, id_sql
from tests.bench.slots import fill

RECIPIENTS, ITEMS = 5_000, 20_000
P95_AT_MOST = 50.0  # ms
_REQUESTS, _WARM_UP = 300, 30
_DATABASE = "matters"
_NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday morning in Shanghai
_LAND = Land(districts=2)  # a second one beside it, as full, which neither of the two may feel
_PEOPLE = RECIPIENTS * _LAND.districts
_AGREEMENT, _THING = 12 << 40, 16 << 40

_EVERYBODY = f"""
    SELECT n, n % {_LAND.villages} AS village, (ARRAY['high', 'key', 'general'])[1 + n % 3] AS risk,
        interval '30 days' AS every, interval '7 days' AS opens_before, interval '3 days' AS grace
    FROM generate_series(0, {_PEOPLE} - 1) n
"""
# A year of visits in four slots each, so that the tables beside the matters are not empty.
_SLOTS = f"SELECT n * 4 + k, timestamptz '{_NOW}' + k * interval '30 days' FROM generate_series(0, 3) k"

_ALERTED: Mapping[str, int] = {
    "visit_missed": 3_200,
    "visit_not_known": 1_600,
    "door_unanswered": 200,
    "late_entry": 800,
    "no_contact": 300,
    "return_check": 200,
    "hazard_unattended": 800,
    "rectification_overdue": 900,
    "verification_overdue": 500,
    "statement_unheard": 200,
    "replacement_undecided": 100,
    "temporary_care_ending": 80,
    "agreement_ending": 1_950,
    "assessment_overdue": 1_900,
    "uncovered": 20,
}
"""Things an alert is open about, a district; those with a row of their own have one alert each about it."""
_UNALERTED: Mapping[str, int] = {
    "hazard": 1_500,
    "order": 2_400,
    "statement": 100,
    "verification": 900,
    "case": 200,
    "care": 100,
    "agreement": 50,
    "assessment": 1_500,
    "objection": 100,
    "standing": 150,
    "absence": 250,
}
"""Things nobody has been alerted about yet, a district."""
_SORTS: Mapping[str, str] = {
    "hazard_unattended": "hazard",
    "rectification_overdue": "order",
    "statement_unheard": "statement",
    "verification_overdue": "verification",
    "replacement_undecided": "case",
    "temporary_care_ending": "care",
    "agreement_ending": "agreement",
    "assessment_overdue": "assessment",
}
"""The rows an alert of this kind is about."""


async def measure(ground: Ground) -> list[Figure]:
    """Each asks for the first page again and again, through the whole API in this process."""
    if sum(_ALERTED.values()) + sum(_UNALERTED.values()) != ITEMS:
        raise AssertionError("the invented items do not add up")
    await ground.migrated(_DATABASE)
    async with ground.owner(_DATABASE) as owner:
        await _make(owner)
    readers = {"specialist": id_of(land.SPECIALIST), "district": id_of(land.OFFICER)}
    figures = []
    app: Any = create_app(ground.settings_of(_DATABASE), now=lambda: _NOW)
    async with app.lifespan(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as http:
        for name, account in readers.items():
            async with ground.owner(_DATABASE) as owner:
                headers = {"authorization": f"Bearer {await _signed_in(owner, account)}"}
            for path in ("matters", "matters/counts"):
                took = [await _ask(http, path, headers) for _ in range(_WARM_UP + _REQUESTS)][_WARM_UP:]
                figures += _figures(f"{path.replace('/', '_')}_{name}", took, bounded=path == "matters")
    await ground.drop(_DATABASE)
    return figures


def _figures(name: str, took: list[float], *, bounded: bool) -> list[Figure]:
    took = sorted(took)
    middle, p95 = (took[len(took) * share // 100] * 1000 for share in (50, 95))
    return [
        Figure(name=f"{name}_p95", value=p95, unit=" ms", at_most=P95_AT_MOST if bounded else None),
        Figure(name=f"{name}_median", value=middle, unit=" ms"),
    ]


async def _ask(http: httpx.AsyncClient, path: str, headers: Mapping[str, str]) -> float:
    with stopwatch() as watch:
        answer = await http.get(f"/v1/{path}", headers=headers)
    found = answer.json()
    if answer.status_code != 200 or not found or found == {"items": [], "next": None}:
        raise AssertionError(answer.text)
    return watch.seconds


async def _signed_in(owner: asyncpg.Connection, account: UUID) -> str:
    token = f"bench-session-of-{account}"
    await owner.execute(
        "INSERT INTO session (id, token_hash, account, created_at, last_seen_at, expires_at, second_factor_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $3, $4, $3)",
        vault.token_hash(token),
        account,
        _NOW,
        _NOW + timedelta(days=1),
    )
    return token


async def _make(owner: asyncpg.Connection) -> None:
    await land.settle(owner, _LAND, now=_NOW)
    await fill(owner, _EVERYBODY, _SLOTS)
    await owner.execute(f"CREATE TEMP TABLE thing AS {_things()}; ANALYZE thing")
    await owner.execute(_AGREEMENTS)
    for sort, insert in _INSERTS.items():
        await owner.execute(insert.replace("{things}", f"SELECT * FROM thing WHERE sort = '{sort}'"))
    await owner.execute(_ALERTS, _ladder())
    await owner.execute("DROP TABLE thing")
    await owner.execute("VACUUM (ANALYZE)")
    found = await owner.fetchval("SELECT count(*) FROM alert")
    if found != sum(_ALERTED.values()) * _LAND.districts:
        raise AssertionError(f"{found} alerts were made")


def _ladder() -> str:
    """The critical ladder of the default policy, as an alert keeps it."""
    policy = Policy.default().alerts
    return ladder_json(
        Ladder(
            rungs=policy.rungs("critical", urgent=True),
            acknowledged_for=policy.acknowledgement_expires["high"],
            paused_at_most=policy.pause_at_most["critical"],
            messages=policy.messaging,
            policy_version=1,
            document_number="",
        )
    )


def _things() -> str:
    """Every item, spread over the people: `n` is the person, `number` the item's own."""
    wanted = [(_SORTS.get(kind, kind), f"'{kind}'", count) for kind, count in _ALERTED.items()]
    wanted += [(sort, "NULL", count) for sort, count in _UNALERTED.items()]
    rows = ", ".join(f"('{sort}', {kind}, {count})" for sort, kind, count in wanted)
    return f"""
        SELECT sort, kind, number, {id_sql(f"{_THING} + number")} AS id, {id_sql(f"{_AGREEMENT} + n")} AS agreement,
            {id_sql(f"{RECIPIENT} + n")} AS recipient, {VILLAGE_OF.format(f"n % {_LAND.villages}")} AS area,
            {DISTRICT_OF.format(f"n % {_LAND.villages}")} AS district, timestamptz '{_NOW}' AS now,
            number * 37 % 2880 * interval '1 minute' AS hours
        FROM (SELECT sort, kind, row_number() OVER () AS number, row_number() OVER () * 7 % {_PEOPLE} AS n
            FROM (VALUES {rows}) AS wanted (sort, kind, count)
            CROSS JOIN LATERAL generate_series(0, count * {_LAND.districts} - 1) k) AS spread
    """


_AGREEMENTS = f"""
    INSERT INTO agreement (id, recipient_id, caregiver_id, area_id, district_id, township_id, status, relation,
        starts_on, ends_on, fee_class, activated_at, created_by, created_at, changed_at)
    SELECT {id_sql(f"{_AGREEMENT} + n")}, {id_sql(f"{RECIPIENT} + n")}, {id_sql(f"{_THING} + n")},
        {VILLAGE_OF.format(f"n % {_LAND.villages}")}, {DISTRICT_OF.format(f"n % {_LAND.villages}")}, 0, 'active',
        'neighbour', '2026-01-01', coalesce((now + hours)::date, '2026-12-31'), 'none', '2026-01-01', {id_sql("0")},
        '2026-01-01', '2026-01-01'
    FROM generate_series(0, {_PEOPLE} - 1) n
    LEFT JOIN thing ON thing.sort = 'agreement' AND thing.agreement = {id_sql(f"{_AGREEMENT} + n")}
"""
_ORDER = """
    INSERT INTO rectification_order (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, year, serial,
        number, status, severity, issued_by, issued_at, deadline_at, first_deadline_at, statement_until)
    SELECT id, agreement, recipient, agreement, area, district, 2026, number, number, {status}, {severity}, recipient,
        now - interval '3 days', {deadline}, {deadline}, {deadline} FROM ({things}) AS thing;
"""


def _order(status: str, deadline: str, severity: str = "'serious'") -> str:
    return _ORDER.format(status=status, deadline=deadline, severity=severity, things="{things}")


_LATE, _AHEAD = "now - hours", "now + hours"
_DUE = f"CASE WHEN kind IS NULL THEN {_AHEAD} ELSE {_LATE} END"
_TOLD = "CASE WHEN kind IS NOT NULL THEN now END"
_INSERTS: Mapping[str, str] = {
    "hazard": f"""
        INSERT INTO hazard (id, recipient_id, agreement_id, area_id, district_id, source, severity, block, what,
            found_at, recorded_at, attend_by, unattended_at)
        SELECT id, recipient, agreement, area, district, 'inspection',
            CASE WHEN number % 50 = 0 THEN 'critical' WHEN number % 5 = 0 THEN 'serious' ELSE 'general' END,
            'safety', '电线老化', {_LATE}, now, CASE WHEN kind IS NULL THEN {_AHEAD} END, {_TOLD}
        FROM ({{things}}) AS thing;
    """,
    "order": _order(
        "CASE WHEN kind IS NULL THEN 'issued' ELSE 'overdue' END",
        _DUE,
        "CASE WHEN number % 50 = 0 THEN 'critical' ELSE 'serious' END",
    ),
    "statement": _order("'refused'", "now + interval '9 days'")
    + f"""
        INSERT INTO order_answer (id, order_id, area_id, kind, text, by_account_id, made_at, logged_at, hear_by,
            unheard_at, sha256)
        SELECT {id_sql(f"{_THING} + 1000000 + number")}, id, area, 'statement', '老人不愿意', recipient, {_LATE},
            {_LATE}, {_DUE}, {_TOLD}, '' FROM ({{things}}) AS thing;
    """,
    "verification": _order("'submitted'", "now - interval '1 day'")
    + f"""
        INSERT INTO verification (id, order_id, area_id, district_id, verifier_id, planned_at, due_at,
            overdue_at)
        SELECT {id_sql(f"{_THING} + 1000000 + number")}, id, area, district,
            CASE WHEN number % 10 > 0 THEN recipient END, now - interval '1 day', {_DUE}, {_TOLD}
        FROM ({{things}}) AS thing;
    """,
    "case": f"""
        INSERT INTO replacement_case (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, mandatory,
            ground, proposed_at, decide_by)
        SELECT DISTINCT ON (agreement) id, agreement, recipient, agreement, area, district, true, 'failed_cycles',
            now - interval '2 days', {_DUE} FROM ({{things}}) AS thing;
    """,
    "care": f"""
        INSERT INTO temporary_care (id, recipient_id, area_id, district_id, kind, carer_name_sealed, reason, starts_at,
            ends_by, arranged_by, arranged_at)
        SELECT DISTINCT ON (recipient) id, recipient, area, district, 'village', '', '照料人住院',
            now - interval '20 days', {_AHEAD}, recipient, now - interval '20 days' FROM ({{things}}) AS thing;
    """,
    "assessment": f"""
        INSERT INTO assessment (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, period_from,
            period_to, opened_at, due_at)
        SELECT id, agreement, recipient, agreement, area, district,
            date '2025-10-01' - (number / {_PEOPLE})::int, '2025-12-31', now,
            {_DUE} FROM ({{things}}) AS thing;
    """,
    "objection": f"""
        INSERT INTO assessment (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, period_from,
            period_to, opened_at, due_at, status, recipient_score, recipient_asked_by, recipient_asked_how,
            recipient_asked_at, total, qualified, settled_by, settled_at, objection_until, objected_at, objected_by,
            objection, objection_decide_by)
        SELECT id, agreement, recipient, agreement, area, district,
            date '2025-10-01' - (number / {_PEOPLE})::int, '2025-12-31', now,
            {_LATE}, 'objected', 50, recipient, 'voice', {_LATE}, 50, false, recipient, {_LATE}, {_AHEAD}, {_LATE},
            recipient, '不服', {_AHEAD} FROM ({{things}}) AS thing;
    """,
    "standing": f"""
        INSERT INTO standing_change (id, recipient, area_id, from_standing, standing, happened_on, reason, proposed_by,
            proposed_at)
        SELECT id, recipient, area, 'at_home', 'moved_to_collective', '2026-02-27', '本人自愿', recipient, {_LATE}
        FROM ({{things}}) AS thing ON CONFLICT DO NOTHING;
    """,
    "absence": f"""
        INSERT INTO absence (id, recipient, area_id, kind, starts_at, ends_at, reported_by, reported_at)
        SELECT id, recipient, area, 'away', {_LATE}, {_AHEAD} + interval '1 day', recipient, {_LATE}
        FROM ({{things}}) AS thing;
    """,
}
# One in four is acknowledged and goes on tomorrow; the rest climb within the next hours.
_ALERTS = """
    INSERT INTO alert (id, occurrence, kind, severity, status, urgent, area_id, district_id, recipient_id, subject_id,
        ladder, opened_at, rung, next_at, acknowledged_by, acknowledged_at, acknowledged_until)
    SELECT gen_random_uuid(), kind || number, kind,
        CASE WHEN kind IN ('uncovered', 'door_unanswered') THEN 'critical' ELSE 'serious' END,
        CASE WHEN number % 4 = 0 THEN 'acknowledged' ELSE 'open' END, true, area, district, recipient,
        CASE sort WHEN 'agreement' THEN agreement ELSE id END, $1::jsonb, now - interval '1 day',
        number % 4, now + hours * CASE WHEN number % 4 = 0 THEN 1 ELSE 0.1 END,
        CASE WHEN number % 4 = 0 THEN recipient END, CASE WHEN number % 4 = 0 THEN now END,
        CASE WHEN number % 4 = 0 THEN now + interval '1 day' END
    FROM thing WHERE kind IS NOT NULL
"""
