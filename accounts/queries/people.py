"""Accounts as their managers see them: within the caller's areas, without any secret."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.people import NewAccount, Person, StaffName
from accounts.permissions import Role
from core import db, vault
from core.ids import new_id

_IN_REACH = (
    "EXISTS (SELECT FROM account_area r JOIN area_within w ON w.area_id = r.area"
    " WHERE r.account = a.id AND w.ancestor_id = ANY (visible_areas()))"
)
_COLUMNS = (
    "a.id, a.login, a.name, a.role, a.status, a.district_id, a.phone_sealed, a.must_change_password,"
    " a.totp_confirmed_at, a.created_at, a.ended_at,"
    " ARRAY(SELECT r.area FROM account_area r WHERE r.account = a.id ORDER BY r.area) AS area_ids"
)


async def person(account_id: UUID) -> Person | None:
    """One account, when some of its areas are the caller's."""
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM account a WHERE a.id = $1 AND {_IN_REACH}", account_id)
    return _person(row) if row else None


async def locked_person(account_id: UUID) -> Person | None:
    """The same, locked until the transaction ends."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM account a WHERE a.id = $1 AND {_IN_REACH} FOR NO KEY UPDATE OF a", account_id
    )
    return _person(row) if row else None


async def people(
    *, after: UUID | None, limit: int, role: Role | None = None, area_id: int | None = None, ended: bool = False
) -> tuple[Person, ...]:
    """Accounts in the order they were opened, after one of them; optionally of one role, within one area."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM account a WHERE {_IN_REACH}"
        " AND ($1::uuid IS NULL OR a.id > $1) AND ($2::text IS NULL OR a.role = $2)"
        " AND ($3::int IS NULL OR EXISTS (SELECT FROM account_area r JOIN area_within w ON w.area_id = r.area"
        " WHERE r.account = a.id AND w.ancestor_id = $3))"
        " AND a.status = $4 ORDER BY a.id LIMIT $5",
        after,
        role,
        area_id,
        "ended" if ended else "active",
        limit,
    )
    return tuple(_person(row) for row in rows)


async def staff_named(account_ids: Collection[UUID]) -> dict[UUID, StaffName]:
    """Colleagues of the caller's district by id, wherever in it they serve; strangers are left out."""
    rows = await db.fetch("SELECT * FROM staff_named($1)", list(set(account_ids)))
    return {row["account_id"]: StaffName(name=row["name"], role=Role(row["role"])) for row in rows}


async def serves_elsewhere(account_id: UUID) -> bool:
    """Whether an account also serves areas the caller does not see."""
    return bool(await db.fetch_value("SELECT serves_elsewhere($1)", account_id))


async def add_account(
    account_id: UUID, new: NewAccount, *, district_id: int, password_hash: str | None, by: UUID, now: datetime
) -> bool:
    """Open an account; False when the login is taken."""
    row = await db.fetch_one(
        "INSERT INTO account (id, login, name, role, district_id, phone_sealed, password_hash, must_change_password,"
        " created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (login) DO NOTHING RETURNING id",
        account_id,
        new.login,
        new.name,
        new.role,
        district_id,
        _sealed_phone(account_id, new.phone),
        password_hash,
        password_hash is not None,
        now,
        by,
    )
    if row is None:
        return False
    await add_areas(account_id, new.area_ids)
    return True


async def add_areas(account_id: UUID, area_ids: Collection[int]) -> None:
    await db.execute(
        "INSERT INTO account_area (id, account, area) SELECT id, $2, area FROM unnest($1::uuid[], $3::int[])"
        " AS n (id, area) ON CONFLICT (account, area) DO NOTHING",
        [new_id() for _ in area_ids],
        account_id,
        list(area_ids),
    )


async def remove_areas(account_id: UUID, area_ids: Collection[int]) -> None:
    await db.execute(
        "DELETE FROM account_area WHERE account = $1 AND area = ANY ($2::int[])", account_id, list(area_ids)
    )


async def save_person(account_id: UUID, *, name: str, phone: str | None, role: Role, district_id: int) -> None:
    """Store what a manager may change."""
    await db.execute(
        "UPDATE account SET name = $2, phone_sealed = $3, role = $4, district_id = $5 WHERE id = $1",
        account_id,
        name,
        _sealed_phone(account_id, phone),
        role,
        district_id,
    )


async def save_first_password(account_id: UUID, password_hash: str) -> None:
    """Store a password somebody else gave: it opens nothing but its own change."""
    await db.execute(
        "UPDATE account SET password_hash = $2, must_change_password = true WHERE id = $1", account_id, password_hash
    )


async def clear_second_factor(account_id: UUID) -> None:
    """Forget the authenticator; recovery codes count for nothing without one."""
    await db.execute(
        "UPDATE account SET totp_sealed = NULL, totp_pending_sealed = NULL, totp_confirmed_at = NULL WHERE id = $1",
        account_id,
    )


async def close_account(account_id: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE account SET status = 'ended', ended_at = $2, password_hash = NULL, totp_sealed = NULL,"
        " totp_pending_sealed = NULL WHERE id = $1",
        account_id,
        now,
    )


async def administrators(district_id: int) -> frozenset[UUID]:
    """The active administrators of a district."""
    rows = await db.fetch(
        "SELECT id FROM account WHERE district_id = $1 AND role = 'administrator' AND status = 'active'", district_id
    )
    return frozenset(row["id"] for row in rows)


def _sealed_phone(account_id: UUID, phone: str | None) -> bytes | None:
    return vault.seal(phone, f"account.phone_sealed:{account_id}") if phone else None


def _person(row: Any) -> Person:
    phone = row["phone_sealed"]
    return Person(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        ended=row["status"] == "ended",
        district_id=row["district_id"],
        area_ids=tuple(row["area_ids"]),
        phone=vault.open_sealed(phone, f"account.phone_sealed:{row['id']}") if phone is not None else None,
        must_change_password=row["must_change_password"],
        second_factor=row["totp_confirmed_at"] is not None,
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )
