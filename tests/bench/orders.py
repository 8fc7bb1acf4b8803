"""Every deadline of a million orders to rectify, ten thousand of them due, beside the bare SQL for the same rows."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median

from caregivers.rectification.actions import watch_orders
from core import db
from tests.bench import orders_bare
from tests.bench.figures import Figure, stopwatch
from tests.bench.ground import Ground
from tests.bench.land import DISTRICT_OF, RECIPIENT, SPECIALIST, VILLAGE_OF, VILLAGES_A_TOWNSHIP, WORKER, Land, id_sql
from tests.bench.land import settle as settle_land
from tests.bench.slots import fill_people

ORDERS, DUE, ROUNDS = 1_000_000, 10_000, 3
TARGET = 2.0
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday morning in Shanghai
_LAND = Land(districts=10)
_ORDERS_EACH = 4
_PEOPLE = ORDERS // _ORDERS_EACH
_ONE_IN = _PEOPLE // DUE  # of the people, one has an order due each round
_BATCH = 5_000  # as the job asks for
_CAREGIVER, _AGREEMENT, _ORDER, _HAZARD, _ANSWER = (number << 40 for number in range(12, 17))

# The people of one village follow each other in the tables. The first orders of some are due, a second apart for each
# round. `late` is the round; NULL: nothing of theirs is due.
_EVERYBODY = f"""
    SELECT n, n / {_ONE_IN} % {_LAND.villages} AS village,
        (ARRAY['high', 'key', 'general'])[1 + n / {_ONE_IN} % 3] AS risk,
        (ARRAY['serious', 'general'])[1 + n / {_ONE_IN} % 2] AS severity,
        (ARRAY['3 days', '7 days'])[1 + n / {_ONE_IN} % 2]::interval AS within,
        (ARRAY['2 days', '3 days'])[1 + n / {_ONE_IN} % 2]::interval AS statement_within,
        CASE WHEN n < {DUE * _ONE_IN} AND n % {_ONE_IN} < {ROUNDS} THEN n % {_ONE_IN} END AS late
    FROM generate_series(0, {_PEOPLE} - 1) n
"""
_VILLAGE, _DISTRICT = VILLAGE_OF.format("village"), DISTRICT_OF.format("village")
_ROWS: Mapping[str, str] = {
    "account": f"""
        INSERT INTO account (id, login, name, role, district_id, created_at)
        SELECT {id_sql(f"{_CAREGIVER} + n")}, 'bench-caregiver-' || n, '某人', 'caregiver', {_DISTRICT}, '2025-01-01'
        FROM person WHERE late IS NOT NULL
    """,
    "caregiver": f"""
        INSERT INTO caregiver (id, area_id, district_id, kind, account_id, name, name_pinyin, name_initials, id_sealed,
            id_index, created_by, created_at, changed_at)
        SELECT {id_sql(f"{_CAREGIVER} + n")}, {_VILLAGE}, {_DISTRICT}, 'natural',
            CASE WHEN late IS NOT NULL THEN {id_sql(f"{_CAREGIVER} + n")} END, '王秀兰', 'wang xiu lan', 'wxl', '',
            sha256(n::text::bytea), {id_sql("0")}, '2025-01-01', '2025-01-01'
        FROM person
    """,
    "agreement": f"""
        INSERT INTO agreement (id, recipient_id, caregiver_id, area_id, district_id, township_id, status, relation,
            starts_on, ends_on, fee_class, activated_at, created_by, created_at, changed_at)
        SELECT {id_sql(f"{_AGREEMENT} + n")}, {id_sql(f"{RECIPIENT} + n")}, {id_sql(f"{_CAREGIVER} + n")}, {_VILLAGE},
            {_DISTRICT}, 0, 'active', 'neighbour', '2026-01-01', '2026-12-31', 'none', '2026-01-01', {id_sql("0")},
            '2026-01-01', '2026-01-01'
        FROM person
    """,
    "hazard": f"""
        INSERT INTO hazard (id, recipient_id, agreement_id, caregiver_id, area_id, district_id, source, severity,
            block, what, found_at, recorded_at)
        SELECT {id_sql(f"{_HAZARD} + n")}, {id_sql(f"{RECIPIENT} + n")}, {id_sql(f"{_AGREEMENT} + n")},
            {id_sql(f"{_CAREGIVER} + n")}, {_VILLAGE}, {_DISTRICT}, 'inspection', severity, 'safety', '电线老化',
            timestamptz '{NOW}' - within, timestamptz '{NOW}' - within
        FROM person WHERE late IS NOT NULL
    """,
    "rectification_order": f"""
        INSERT INTO rectification_order (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, year,
            serial, number, status, severity, issued_by, issued_at, told_how, told_at, deadline_at, first_deadline_at,
            statement_until)
        SELECT {id_sql(f"{_ORDER} + n * {_ORDERS_EACH} + k")}, {id_sql(f"{_AGREEMENT} + n")},
            {id_sql(f"{RECIPIENT} + n")}, {id_sql(f"{_CAREGIVER} + n")}, {_VILLAGE}, {_DISTRICT}, 2026,
            n * {_ORDERS_EACH} + k, n * {_ORDERS_EACH} + k,
            (ARRAY['issued', 'accepted', 'refused', 'in_progress'])[1 + n % 4], severity,
            {id_sql(f"{SPECIALIST} + village / {VILLAGES_A_TOWNSHIP}")}, told_at, 'notice', told_at, told_at + within,
            told_at + within, told_at + statement_within
        FROM person CROSS JOIN generate_series(0, {_ORDERS_EACH} - 1) k CROSS JOIN LATERAL (SELECT CASE
            WHEN k = 0 AND late IS NOT NULL
            THEN timestamptz '{NOW}' + late * interval '1 second' - n % 997 * interval '1 millisecond' - within
            ELSE timestamptz '{NOW}' + interval '1 day' + n % 719 * interval '1 hour' + k * within
            END AS told_at) AS told
        ORDER BY n, k
    """,
    # Of every ten orders due, one has a statement nobody has heard yet, and one a statement that was heard.
    "order_answer": f"""
        INSERT INTO order_answer (id, order_id, area_id, kind, text, by_account_id, made_at, logged_at, sha256, hear_by,
            heard_by, heard_at, upheld)
        SELECT {id_sql(f"{_ANSWER} + n")}, {id_sql(f"{_ORDER} + n * {_ORDERS_EACH}")}, {_VILLAGE}, 'statement',
            '当天住院，有病历', {id_sql(f"{_CAREGIVER} + n")}, made_at, made_at, '', timestamptz '{NOW}'
            + interval '1 day', officer, CASE WHEN officer IS NOT NULL THEN made_at END,
            CASE WHEN officer IS NOT NULL THEN false END
        FROM person CROSS JOIN LATERAL (SELECT timestamptz '{NOW}' - within + interval '1 hour' AS made_at,
            CASE WHEN n / {_ONE_IN} % 10 = 1 THEN {id_sql("0")} END AS officer) AS said
        WHERE late IS NOT NULL AND n / {_ONE_IN} % 10 < 2
    """,
    # One caregiver in fifty is related to the worker of the village.
    "relation": f"""
        INSERT INTO relation (id, caregiver_id, area_id, account_id, kind, declared_by, declared_at)
        SELECT gen_random_uuid(), {id_sql(f"{_CAREGIVER} + n")}, {_VILLAGE}, {id_sql(f"{WORKER} + village")}, 'sibling',
            {id_sql("0")}, '2025-01-01'
        FROM person WHERE n / {_ONE_IN} % 50 = 2
    """,
    # Every other worker is reached by a webhook, too.
    "account_channel": f"""
        INSERT INTO account_channel (id, account, channel, address_sealed, created_at)
        SELECT gen_random_uuid(), {id_sql(f"{WORKER} + village")}, 'webhook', '', '2025-01-01'
        FROM (SELECT DISTINCT village FROM person WHERE village % 4 < 2) AS village
    """,
}


async def measure(ground: Ground) -> list[Figure]:
    """Two copies of one database, one for the product and one for the bare SQL, in turns."""
    await _make(ground, "orders_bare")
    await ground.copy("orders_bare", "orders_product")
    rounds = []
    async with db.pools(ground.settings_of("orders_product"), app=0, jobs=2):
        for number in range(ROUNDS):
            now = NOW + number * timedelta(seconds=1)
            await ground.checkpoint()
            bared = await orders_bare.run(ground, "orders_bare", now=now)
            await ground.checkpoint()
            rounds.append((await _product(now), bared))
            await _compare(ground, rounds=number + 1)
    await ground.drop("orders_product", "orders_bare")
    return _figures(rounds)


def _figures(rounds: list[tuple[float, float]]) -> list[Figure]:
    def middle(of: Callable[[float, float], float]) -> float:
        return median(of(did, bared) for did, bared in rounds)

    return [
        Figure(
            name="order_deadlines_to_bare_sql",
            value=middle(lambda did, bared: did / bared),
            unit="x",
            at_most=TARGET,
        ),
        Figure(name="order_deadlines", value=middle(lambda did, _: did), unit=" s"),
        Figure(name="order_deadlines_bare_sql", value=middle(lambda _, bared: bared), unit=" s"),
    ]


async def _make(ground: Ground, database: str) -> None:
    await ground.migrated(database)
    async with ground.owner(database) as owner:
        await settle_land(owner, _LAND, now=NOW)
        await fill_people(owner, _EVERYBODY, _ROWS)


async def _product(now: datetime) -> float:
    """As the job does it: batch after batch, until nothing is claimed."""
    with stopwatch() as watch:
        while (await watch_orders(now=now, limit=_BATCH))["claimed"]:
            pass
    return watch.seconds


_SEEN = """
    SELECT array_agg(told ORDER BY told) FROM (
        SELECT concat_ws(' ', 'order', status, severity, overdue_at, count_at, verification_id IS NOT NULL, count(*))
            AS told FROM rectification_order WHERE overdue_at IS NOT NULL
            GROUP BY status, severity, overdue_at, count_at, verification_id IS NOT NULL
        UNION ALL SELECT concat_ws(' ', 'verification', verifier_id, v.status, planned_at,
            sum(extract(epoch FROM due_at)), count(*))
            FROM verification v JOIN rectification_order o ON o.verification_id = v.id
            GROUP BY verifier_id, v.status, planned_at
        UNION ALL SELECT concat_ws(' ', 'cycle', why, heard, failed_at, counted_at, count(*)) FROM failed_cycle
            GROUP BY why, heard, failed_at, counted_at
        UNION ALL SELECT concat_ws(' ', 'alert', kind, severity, status, urgent, high_risk, owner_id, rung, repeat,
            next_at, resolve_by, md5(ladder::text), count(*)) FROM alert GROUP BY kind, severity, status, urgent,
            high_risk, owner_id, rung, repeat, next_at, resolve_by, ladder
        UNION ALL SELECT concat_ws(' ', 'journal', kind, count(*)) FROM journal GROUP BY kind
        UNION ALL SELECT concat_ws(' ', 'notice', kind, severity, urgent, channel, status, next_try_at, sent_at,
            count(*), count(DISTINCT account_id)) FROM notice
            GROUP BY kind, severity, urgent, channel, status, next_try_at, sent_at) AS seen
"""


async def _compare(ground: Ground, *, rounds: int) -> None:
    """Both must have written the same rows, but for ids and the order they came in."""
    async with ground.owner("orders_product") as product, ground.owner("orders_bare") as bared:
        did, wanted = await product.fetchval(_SEEN), await bared.fetchval(_SEEN)
        overdue = await product.fetchval("SELECT count(*) FROM rectification_order WHERE status = 'overdue'")
    if did != wanted:
        raise AssertionError(f"only the product: {set(did) - set(wanted)}; only the bare SQL: {set(wanted) - set(did)}")
    if overdue != rounds * DUE:
        raise AssertionError(f"{overdue} orders are overdue after {rounds} rounds of {DUE}")
