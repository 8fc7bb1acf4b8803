"""How a case and its grounds are stored, and read back as the rules see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from caregivers.replacement.case import Case
from caregivers.replacement.grounds import Ground

COLUMNS = (
    "c.id, c.agreement_id, c.recipient_id, c.caregiver_id, c.area_id, c.district_id, c.mandatory, c.confidential,"
    " c.barred_ids, c.grounds, c.status, c.policy_id, c.proposed_at, c.decide_by, c.told_at, c.heard_at, c.decision,"
    " c.decided_at, c.review_ordered_at, c.keep_seen_at, c.flagged_at, c.flag_reviewed_at, c.temporary_care_id,"
    " c.successor_agreement_id"
)
SEEN = "area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = ANY (visible_areas()))"
"""Row-level security says it too; said here, nobody reaches a case by being its caregiver."""

OPEN = "status NOT IN ('closed', 'withdrawn') AND decision IS DISTINCT FROM 'keep_with_reason'"
"""The cases of which an agreement has one at most, and one more where suspicion of abuse is kept from its side."""


def case(row: Mapping[str, Any]) -> Case:
    stored: list[dict[str, Any]] = msgspec.json.decode(row["grounds"])
    return Case(
        **{
            **row,
            "barred_ids": tuple(row["barred_ids"]),
            "grounds": tuple(msgspec.convert(one, Ground) for one in stored),
            "withdrawn_ids": frozenset(UUID(one["subject_id"]) for one in stored if "withdrawn_at" in one),
        }
    )


def grounds_json(grounds: Sequence[Ground]) -> str:
    return msgspec.json.encode(grounds).decode()
