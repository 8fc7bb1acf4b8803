"""The rows a take-over writes, sealed: made off the event loop, thousands at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from accounts.policy_rows import Fees
from caregivers.agreements import taking_over_rows as rules
from caregivers.agreements.queries.taking_over import Place
from caregivers.agreements.taking_over import Ready, person_name
from core import vault
from core.ids import new_id
from recipients import pinyin
from recipients.care_told import CareTold

Guardianship = Mapping[str, Any]


@dataclass(kw_only=True, slots=True)
class Rows:
    """Columns by name, ready to be stored."""

    agreements: list[dict[str, Any]] = field(default_factory=list)
    caregivers: list[dict[str, Any]] = field(default_factory=list)
    signatures: list[dict[str, Any]] = field(default_factory=list)

    def of(self, agreement_ids: Collection[UUID]) -> "Rows":
        """Only these agreements, their signatures, and the new caregivers who have one."""
        agreements = [one for one in self.agreements if one["id"] in agreement_ids]
        caring = {one["caregiver_id"] for one in agreements}
        return Rows(
            agreements=agreements,
            caregivers=[one for one in self.caregivers if one["id"] in caring],
            signatures=[one for one in self.signatures if one["agreement_id"] in agreement_ids],
        )


def rows_of(ready: Sequence[Ready], places: Mapping[int, Place], fees: Fees) -> Rows:
    """Everything these agreements need; of one caregiver for several people one row."""
    rows = Rows()
    new: dict[tuple[int, str, str | None], UUID] = {}
    for one in ready:
        caregiver_id = one.caregiver_id or new.get(one.who)
        if caregiver_id is None:
            caregiver_id = new[one.who] = new_id()
            rows.caregivers.append(_caregiver(one, caregiver_id))
        agreement = _agreement(one, caregiver_id, places[one.told.area_id], fees)
        rows.agreements.append(agreement)
        rows.signatures += _signatures(one, agreement["id"], places[one.told.area_id])
    return rows


def _caregiver(one: Ready, caregiver_id: UUID) -> dict[str, Any]:
    return {
        "id": caregiver_id,
        "area_id": one.told.area_id,
        "district_id": one.told.district_id,
        "name": one.caregiver,
        "name_pinyin": pinyin.sort_key(one.caregiver),
        "name_initials": pinyin.initials(one.caregiver),
        "phone_sealed": _sealed("caregiver.phone_sealed", one.told.caregiver_phone, caregiver_id),
        "id_to_confirm_reason": rules.ID_TO_COME,
    }


def _agreement(one: Ready, caregiver_id: UUID, place: Place, fees: Fees) -> dict[str, Any]:
    fee_class, fee_yuan = rules.fee(one.told.self_care, fees)
    return {
        "id": new_id(),
        "recipient_id": one.told.recipient_id,
        "caregiver_id": caregiver_id,
        "area_id": one.told.area_id,
        "district_id": one.told.district_id,
        "township_id": place.township_id,
        "number": one.told.agreement_number,
        "relation": rules.relation(one.told.caregiver_relation),
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "fee_class": fee_class,
        "fee_yuan": fee_yuan,
    }


def _signatures(one: Ready, agreement_id: UUID, place: Place) -> list[dict[str, Any]]:
    found = []
    told = rules.signers(one.told, caregiver=one.caregiver, village=place.village, township=place.township)
    for party, capacity, reason, name in told:
        row_id = new_id()
        found.append(
            {
                "id": row_id,
                "agreement_id": agreement_id,
                "area_id": one.told.area_id,
                "party": party,
                "capacity": capacity,
                "capacity_reason": reason,
                "signer_name_sealed": _sealed("signature.signer_name_sealed", name, row_id),
                "signed_on": one.starts_on,
            }
        )
    return found


def guardian_rows(
    told: Sequence[CareTold], cared: Mapping[UUID, tuple[UUID, str]], today: date
) -> Sequence[Guardianship]:
    """By `cared`, id and name of who cares for somebody, a guardian who is the caregiver is known as such."""
    found = []
    for one in told:
        assert one.guardian is not None
        row_id = new_id()
        name = person_name(one.guardian) or one.guardian
        caregiver_id, caregiver = cared.get(one.recipient_id, (None, None))
        same = caregiver is not None and name == caregiver
        found.append(
            {
                "id": row_id,
                "recipient_id": one.recipient_id,
                "area_id": one.area_id,
                "who": "caregiver" if same else rules.guardian_kind(one.guardian),
                "caregiver_id": caregiver_id if same else None,
                "name_sealed": _sealed("care_fact.name_sealed", name, row_id),
                "phone_sealed": _sealed("care_fact.phone_sealed", one.guardian_phone, row_id),
                "since_on": today,
            }
        )
    return found


def _sealed(place: str, plain: str | None, row_id: UUID) -> bytes | None:
    return None if plain is None else vault.seal(plain, f"{place}:{row_id}")
