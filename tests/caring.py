"""What stories about care need: caregivers, agreements, temporary care, written as the owner; and how they stand."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accounts.permissions import Account, Role
from core import vault
from core.ids import new_id
from tests.cast import NOW, Cast

TODAY = date(2026, 3, 2)
"""The local day of `NOW`."""


async def caregiver(cast: Cast, **columns: Any) -> UUID:
    """A natural person of the worker's village, with an ID number of their own; their id.

    `columns` are the table's own; `id_number` is blind-indexed and sealed at its row.
    """
    caregiver_id = columns.pop("id", None) or new_id()
    number = columns.pop("id_number", f"{caregiver_id.int % 10**18:018d}")
    row: dict[str, Any] = {
        "id": caregiver_id,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "kind": "natural",
        "name": "张秀英",
        "name_pinyin": "zhang xiu ying",
        "name_initials": "zxy",
        "sex": "female",
        "born_on": date(1970, 1, 1),
        "id_sealed": vault.seal(number, f"caregiver.id_sealed:{caregiver_id}"),
        "id_index": id_index(number),
        "created_by": cast.specialist.id,
        "created_at": NOW - timedelta(days=60),
        "changed_at": NOW - timedelta(days=60),
    } | columns
    await insert(cast.owner, "caregiver", row)
    return caregiver_id


def id_index(number: str) -> bytes:
    """The blind index of a caregiver's ID number."""
    return vault.blind_index(number, "caregiver.id")


async def linked_caregiver(cast: Cast, **columns: Any) -> tuple[UUID, Account]:
    """A caregiver who signs in with an account of their own, of the role `caregiver`."""
    account_id, caregiver_id = new_id(), columns.pop("id", None) or new_id()
    await insert(
        cast.owner,
        "account",
        {
            "id": account_id,
            "login": f"caregiver-{account_id.hex[-12:]}",
            "name": columns.get("name", "张秀英"),
            "role": Role.CAREGIVER,
            "district_id": cast.district_area,
            "created_at": NOW - timedelta(days=60),
        },
    )
    await insert(
        cast.owner,
        "account_area",
        {"id": new_id(), "account": account_id, "area": columns.get("area_id", cast.village)},
    )
    account = Account(
        id=account_id,
        name=columns.get("name", "张秀英"),
        role=Role.CAREGIVER,
        area_ids=(columns.get("area_id", cast.village),),
        district_id=cast.district_area,
        second_factor_ok=True,
        session_id=new_id(),
    )
    await caregiver(cast, id=caregiver_id, account_id=account_id, **columns)
    return caregiver_id, account


async def agreement(
    cast: Cast,
    recipient: UUID | None = None,
    caregiver_id: UUID | None = None,
    status: str = "active",
    **columns: Any,
) -> UUID:
    """An agreement in the worker's village, with two services promised: since two months, for a year.

    From `pending_signatures` on it has its consent, from `active` on its four signatures.
    """
    row: dict[str, Any] = {
        "id": new_id(),
        "recipient_id": recipient or await cast.recipient(),
        "caregiver_id": caregiver_id or await caregiver(cast),
        "area_id": cast.village,
        "district_id": cast.district_area,
        "township_id": cast.township,
        "status": status,
        "relation": "neighbour",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "fee_class": "none",
        "liability": "照料人应按约定提供服务，造成损害的依法承担责任。",
        "created_by": cast.specialist.id,
        "created_at": NOW - timedelta(days=60),
        "changed_at": NOW - timedelta(days=60),
    }
    if status != "draft":
        row |= {"consent_by": "self", "consent_at": NOW - timedelta(days=60)}
    if status in ("active", "suspended", "ended"):
        row["activated_at"] = NOW - timedelta(days=60)
    if status == "suspended":
        row |= {"suspended_at": NOW - timedelta(days=1), "suspended_by": cast.leader.id, "suspend_reason": "配合调查"}
    if status == "ended":
        row |= {"ended_at": NOW - timedelta(days=1), "ended_on": date(2026, 3, 1), "ended_reason": "mutual"}
    row |= columns
    agreement_id: UUID = row["id"]
    await insert(cast.owner, "agreement", row)
    for service, times, per in (("cleaning", 1, "week"), ("meals", 2, "day")):
        item = {"id": new_id(), "agreement_id": agreement_id, "area_id": row["area_id"], "service": service}
        await insert(cast.owner, "agreement_item", item | {"times": times, "per": per})
    if status in ("active", "suspended", "ended"):
        for party in ("township", "village", "caregiver", "recipient"):
            await signature(cast, agreement_id, party, area_id=row["area_id"])
    return agreement_id


async def signature(cast: Cast, agreement_id: UUID, party: str, **columns: Any) -> UUID:
    """One party's signature in ink."""
    row_id = new_id()
    row = {
        "id": row_id,
        "agreement_id": agreement_id,
        "area_id": cast.village,
        "party": party,
        "how": "ink",
        "signer_name_sealed": vault.seal("签字人", f"signature.signer_name_sealed:{row_id}"),
        "signed_on": date(2026, 1, 1),
        "recorded_by": cast.specialist.id,
        "recorded_at": NOW - timedelta(days=60),
    } | columns
    await insert(cast.owner, "signature", row)
    return row_id


async def temporary_care(cast: Cast, recipient: UUID, **columns: Any) -> UUID:
    """Temporary care by the village, since yesterday and for four weeks more."""
    care_id = columns.pop("id", None) or new_id()
    row: dict[str, Any] = {
        "id": care_id,
        "recipient_id": recipient,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "kind": "village",
        "carer_name_sealed": vault.seal("刘桂香", f"temporary_care.carer_name_sealed:{care_id}"),
        "carer_phone_sealed": vault.seal("13800138000", f"temporary_care.carer_phone_sealed:{care_id}"),
        "reason": "照料人住院",
        "starts_at": NOW - timedelta(days=1),
        "ends_by": NOW + timedelta(days=28),
        "arranged_by": cast.specialist.id,
        "arranged_at": NOW - timedelta(days=1),
    } | columns
    await insert(cast.owner, "temporary_care", row)
    return care_id


async def row_of(cast: Cast, table: str, row_id: UUID) -> asyncpg.Record:
    """A row as the database holds it, whoever may see it."""
    found = await cast.owner.fetchrow(f"SELECT * FROM {table} WHERE id = $1", row_id)
    assert found, f"no row {row_id} in {table}"
    return found


async def insert(owner: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    """One row, as the owner: row-level security does not hold it, constraints and triggers do."""
    marks = ", ".join(f"${position}" for position in range(1, len(row) + 1))
    await owner.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
