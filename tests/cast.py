"""The fixed cast: two townships of one district, the people who answer for them, and those they visit."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accounts.permissions import Account, Role
from core import vault
from core.ids import new_id

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 10:00 in Shanghai: an ordinary working morning."""


class Clock:
    """The test's clock: stands still at `NOW` until a test moves it. The API of the tests reads this one."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        """Move ahead by a length of time given as to `timedelta`; the new now."""
        self.at += timedelta(**by)
        return self.at


@dataclass(kw_only=True)
class Cast:
    """Accounts as the doors would hand them over, areas by id, and ways to add people to visit."""

    owner: asyncpg.Connection
    province: int
    district_area: int
    township: int
    village: int
    other_village: int
    foreign_township: int
    foreign_village: int
    worker: Account
    specialist: Account
    leader: Account
    district: Account
    auditor: Account
    administrator: Account
    foreign_worker: Account
    foreign_specialist: Account
    foreign_leader: Account
    now: datetime = NOW
    tokens: dict[UUID, str] = field(default_factory=dict)

    @property
    def everybody(self) -> tuple[Account, ...]:
        found = (getattr(self, name) for name in self.__dataclass_fields__)
        return tuple(one for one in found if isinstance(one, Account))

    async def recipient(self, *, risk: str = "general", area_id: int | None = None, **columns: Any) -> UUID:
        """Insert a register row as the owner: dispersed, at home, in the worker's village unless said otherwise.

        `columns` are the table's own (JSON as text, sealed values as bytes).
        """
        area = self.village if area_id is None else area_id
        in_village = {self.village: self.worker.id, self.foreign_village: self.foreign_worker.id}
        row: dict[str, Any] = {
            "id": new_id(),
            "area_id": area,
            "district_id": self.district_area,
            "name": "李桂英",
            "name_pinyin": "li gui ying",
            "name_initials": "lgy",
            "sex": "female",
            "born_on": date(1941, 5, 6),
            "id_kind": "to_confirm",
            "id_to_confirm_reason": "身份证遗失，正在补办",
            "self_care": "self",
            "categories": ["aged"] if risk == "high" else [],
            "conditions": [],
            "risk": risk,
            "living_alone": risk == "high",
            "visit_worker_id": in_village.get(area),
            "created_at": self.now - timedelta(days=90),
            "created_by": self.specialist.id,
            "changed_at": self.now - timedelta(days=90),
        } | columns
        await _insert(self.owner, "recipient", row)
        return UUID(str(row["id"]))

    async def phone_seen(self, account: Account, at: datetime) -> None:
        """The account's phone spoke to the server at that moment."""
        await self.owner.execute("UPDATE device SET last_seen_at = $2 WHERE id = $1", account.device_id, at)

    async def session(self, account: Account) -> str:
        """The token of a live session of this account, written to the database the first time it is asked for."""
        if account.session_id not in self.tokens:
            self.tokens[account.session_id] = secrets.token_urlsafe(32)
            row = {
                "id": account.session_id,
                "token_hash": vault.token_hash(self.tokens[account.session_id]),
                "account": account.id,
                "device": account.device_id,
                "created_at": self.now,
                "last_seen_at": self.now,
                "expires_at": self.now + timedelta(days=90),
                "second_factor_at": self.now if account.second_factor_ok else None,
            }
            await _insert(self.owner, "session", row)
        return self.tokens[account.session_id]


async def _insert(owner: asyncpg.Connection, table: str, row: dict[str, Any]) -> Any:
    names = ", ".join(row)
    marks = ", ".join(f"${position}" for position in range(1, len(row) + 1))
    return await owner.fetchval(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", *row.values())


async def seed(owner: asyncpg.Connection) -> Cast:
    """Write the cast into an empty database."""
    async with owner.transaction():
        areas = await _seed_areas(owner)
        people = {name: await _seed_account(owner, name, areas) for name in _PEOPLE}
        await _seed_duties(owner, people, areas)
    known: dict[str, Any] = {**areas, **people}
    known.pop("city")
    return Cast(owner=owner, **known)


# name: (code, Chinese name, level, parent)
_AREAS: dict[str, tuple[str, str, int, str | None]] = {
    "province": ("120000000000", "天津市", 2, None),
    "city": ("120100000000", "市辖区", 4, "province"),
    "district_area": ("120151000000", "津宁区", 6, "city"),
    "township": ("120151101000", "南柳镇", 9, "district_area"),
    "village": ("120151101201", "柳家庄村", 12, "township"),
    "other_village": ("120151101202", "前柳村", 12, "township"),
    "foreign_township": ("120151102000", "北柳镇", 9, "district_area"),
    "foreign_village": ("120151102201", "北塘村", 12, "foreign_township"),
}

# name: (Chinese name, role, area, duty held there)
_PEOPLE: dict[str, tuple[str, Role, str, str | None]] = {
    "worker": ("王秀兰", Role.WORKER, "village", "village"),
    "specialist": ("赵建国", Role.TOWNSHIP_SPECIALIST, "township", "township_specialist"),
    "leader": ("孙丽华", Role.TOWNSHIP_LEADER, "township", "township_leader"),
    "district": ("周志强", Role.DISTRICT, "district_area", "district"),
    "auditor": ("吴敏", Role.AUDITOR, "district_area", None),
    "administrator": ("郑伟", Role.ADMINISTRATOR, "district_area", None),
    "foreign_worker": ("冯玉梅", Role.WORKER, "foreign_village", "village"),
    "foreign_specialist": ("陈立新", Role.TOWNSHIP_SPECIALIST, "foreign_township", "township_specialist"),
    "foreign_leader": ("褚明远", Role.TOWNSHIP_LEADER, "foreign_township", "township_leader"),
}


async def _seed_areas(owner: asyncpg.Connection) -> dict[str, int]:
    ids: dict[str, int] = {}
    for name, (code, chinese, level, parent) in _AREAS.items():
        row = {"code": code, "name": chinese, "level": level, "valid_from": date(2020, 1, 1)}
        ids[name] = await _insert(owner, "area", row | {"parent": ids[parent] if parent else None})
    await owner.execute("UPDATE area SET district_id = $1 WHERE level >= 6", ids["district_area"])
    await owner.execute(
        "WITH RECURSIVE up (ancestor_id, area_id) AS ("
        " SELECT id, id FROM area UNION SELECT area.parent, up.area_id FROM up JOIN area ON area.id = up.ancestor_id"
        " WHERE area.parent IS NOT NULL)"
        " INSERT INTO area_within (ancestor_id, area_id) SELECT ancestor_id, area_id FROM up"
    )
    return ids


async def _seed_account(owner: asyncpg.Connection, login: str, areas: dict[str, int]) -> Account:
    chinese, role, area, _ = _PEOPLE[login]
    row = {
        "id": new_id(),
        "login": login,
        "name": chinese,
        "role": role,
        "district_id": areas["district_area"],
        "created_at": NOW - timedelta(days=365),
    }
    account_id = await _insert(owner, "account", row)
    await _insert(owner, "account_area", {"id": new_id(), "account": account_id, "area": areas[area]})
    return Account(
        id=account_id,
        name=chinese,
        role=role,
        area_ids=(areas[area],),
        district_id=areas["district_area"],
        second_factor_ok=True,
        session_id=new_id(),
        device_id=await _seed_phone(owner, account_id) if role is Role.WORKER else None,
    )


async def _seed_phone(owner: asyncpg.Connection, account_id: UUID) -> UUID:
    row = {
        "id": new_id(),
        "account": account_id,
        "label": "测试手机",
        "activated_at": NOW - timedelta(days=30),
        "last_seen_at": NOW,
    }
    phone: UUID = await _insert(owner, "device", row)
    return phone


async def _seed_duties(owner: asyncpg.Connection, people: dict[str, Account], areas: dict[str, int]) -> None:
    for login, (_, _, area, duty) in _PEOPLE.items():
        if duty:
            row = {"id": new_id(), "area": areas[area], "duty": duty, "account": people[login].id}
            await _insert(owner, "duty", row | {"starts_at": NOW - timedelta(days=365)})
