"""An invented land: districts, townships and villages in any number, and the people who answer for them.

Ids follow from numbers, so that pgbench and SQL name the same rows as Python does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from accounts.permissions import Account, Role
from core import vault

WORKER, DEVICE, SESSION = 1 << 40, 2 << 40, 3 << 40
SPECIALIST, LEADER, OFFICER = 4 << 40, 5 << 40, 6 << 40
RECIPIENT, PLAN, VISIT, REPORT, ABSENCE = 7 << 40, 8 << 40, 9 << 40, 10 << 40, 11 << 40
"""The first number of each sort of row; the n-th has the number `SORT + n`."""

TOWNSHIPS_A_DISTRICT = 10
VILLAGES_A_TOWNSHIP = 20
VILLAGES_A_DISTRICT = TOWNSHIPS_A_DISTRICT * VILLAGES_A_TOWNSHIP
_PROVINCE, _DISTRICT, _TOWNSHIP, _VILLAGE = 1, 1_000, 10_000, 100_000


def id_of(number: int) -> UUID:
    return UUID(int=number)


def id_sql(number: str) -> str:
    """The same in SQL, of an expression that gives a bigint."""
    return f"lpad(to_hex({number}), 32, '0')::uuid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Land:
    """So many districts, each of 10 townships of 20 villages, each village with its worker and the worker's phone."""

    districts: int

    @property
    def villages(self) -> int:
        return self.districts * VILLAGES_A_DISTRICT


def specialist(township: int) -> Account:
    """Who keeps the ledger of a township."""
    return Account(
        id=id_of(SPECIALIST + township),
        name="某人",
        role=Role.TOWNSHIP_SPECIALIST,
        area_ids=(_TOWNSHIP + township,),
        district_id=_DISTRICT + township // TOWNSHIPS_A_DISTRICT,
        second_factor_ok=True,
        session_id=id_of(SESSION),
    )


VILLAGE_OF = f"{_VILLAGE} + {{0}}"
DISTRICT_OF = f"{_DISTRICT} + {{0}} / {VILLAGES_A_DISTRICT}"
"""SQL: the area and the district of the village of this number."""


def village_id(village: int) -> int:
    return _VILLAGE + village


def token_sql(worker: str) -> str:
    """SQL: the hash of the session token `token` gives the worker of this number."""
    return f"sha256(('{_TOKEN}' || {worker})::bytea)"


def token(worker: int) -> str:
    return f"{_TOKEN}{worker}"


def token_hash(worker: int) -> bytes:
    return vault.token_hash(token(worker))


_TOKEN = "bench-session-of-worker-"

_SETTLE = f"""
INSERT INTO area (id, code, name, level, valid_from) VALUES ({_PROVINCE}, '130000000000', '某省', 2, '2020-01-01');
INSERT INTO area (id, code, name, level, parent, district_id, valid_from)
    SELECT {_DISTRICT} + d, '1301' || lpad((d + 1)::text, 2, '0') || '000000', '某区' || d, 6, {_PROVINCE},
        {_DISTRICT} + d, '2020-01-01'
    FROM generate_series(0, {{districts}} - 1) d;
INSERT INTO area (id, code, name, level, parent, district_id, valid_from)
    SELECT {_TOWNSHIP} + t, left(d.code, 6) || lpad((100 + t % {TOWNSHIPS_A_DISTRICT})::text, 3, '0') || '000',
        '某镇' || t, 9, d.id, d.id, '2020-01-01'
    FROM generate_series(0, {{districts}} * {TOWNSHIPS_A_DISTRICT} - 1) t
    JOIN area d ON d.id = {_DISTRICT} + t / {TOWNSHIPS_A_DISTRICT};
INSERT INTO area (id, code, name, level, parent, district_id, valid_from)
    SELECT {_VILLAGE} + v, left(t.code, 9) || lpad((201 + v % {VILLAGES_A_TOWNSHIP})::text, 3, '0'),
        '某村' || v, 12, t.id, t.district_id, '2020-01-01'
    FROM generate_series(0, {{districts}} * {VILLAGES_A_DISTRICT} - 1) v
    JOIN area t ON t.id = {_TOWNSHIP} + v / {VILLAGES_A_TOWNSHIP};
INSERT INTO area_within (ancestor_id, area_id)
    WITH RECURSIVE up (ancestor_id, area_id) AS (
        SELECT id, id FROM area
        UNION ALL SELECT a.parent, up.area_id FROM up JOIN area a ON a.id = up.ancestor_id WHERE a.parent IS NOT NULL)
    SELECT ancestor_id, area_id FROM up;
CREATE TEMP TABLE staff AS
    SELECT {id_sql(f"{WORKER} + id - {_VILLAGE}")} AS id, id AS area, district_id, 'worker' AS role, 'village' AS duty
    FROM area WHERE level = 12
    UNION ALL SELECT {id_sql(f"{SPECIALIST} + id - {_TOWNSHIP}")}, id, district_id, 'township_specialist',
        'township_specialist' FROM area WHERE level = 9
    UNION ALL SELECT {id_sql(f"{LEADER} + id - {_TOWNSHIP}")}, id, district_id, 'township_leader', 'township_leader'
        FROM area WHERE level = 9
    UNION ALL SELECT {id_sql(f"{OFFICER} + id - {_DISTRICT}")}, id, district_id, 'district', 'district'
        FROM area WHERE level = 6;
INSERT INTO account (id, login, name, role, district_id, created_at)
    SELECT id, 'bench-' || right(id::text, 12), '某人', role, district_id, '{{long_ago}}' FROM staff;
INSERT INTO account_area (id, account, area) SELECT gen_random_uuid(), id, area FROM staff;
INSERT INTO duty (id, area, duty, account, starts_at)
    SELECT gen_random_uuid(), area, duty, id, '{{long_ago}}' FROM staff;
INSERT INTO device (id, account, label, activated_at, last_seen_at)
    SELECT {id_sql(f"{DEVICE} + area - {_VILLAGE}")}, id, '手机', '{{long_ago}}', '{{lately}}'
    FROM staff WHERE role = 'worker';
INSERT INTO session (id, token_hash, account, device, created_at, last_seen_at, expires_at)
    SELECT {id_sql(f"{SESSION} + area - {_VILLAGE}")}, {token_sql(f"area - {_VILLAGE}")}, id,
        {id_sql(f"{DEVICE} + area - {_VILLAGE}")}, '{{long_ago}}', '{{lately}}', '{{in_future}}'
    FROM staff WHERE role = 'worker';
DROP TABLE staff;
"""


async def settle(owner: asyncpg.Connection, land: Land, *, now: datetime) -> None:
    """Fill an empty database with the land as it is at a moment: every phone was heard ten minutes ago."""
    await owner.execute(
        _SETTLE.format(
            districts=land.districts,
            long_ago=(now - timedelta(days=365)).isoformat(),
            lately=(now - timedelta(minutes=10)).isoformat(),
            in_future=(now + timedelta(days=90)).isoformat(),
        )
    )
