"""How a hazard is shown. Who complained is not part of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from api.order_cards import OFFER, severity_name
from caregivers.rectification import hazards
from caregivers.rectification.queries.reading import HazardRead


class HazardCard(msgspec.Struct, frozen=True, kw_only=True):
    """一项隐患。order_id 为正在整改它的通知；photos 为照片的编号；advice 为危急隐患时应立即办理的事项。"""

    id: UUID
    recipient_id: UUID
    who: str
    agreement_id: UUID | None
    area_id: int
    village: str
    source: str
    source_name: str
    severity: str
    severity_name: str
    block: str
    block_name: str
    what: str
    found_at: datetime
    found_by: str | None
    status: str
    status_name: str
    closed_at: datetime | None
    close_reason: str | None
    attend_by: datetime | None
    has_complainant: bool
    order_id: UUID | None
    photos: list[UUID]
    suspension_offered: bool
    advice: str | None


def hazard_card(
    one: HazardRead, names: Mapping[UUID, str], staff: Mapping[UUID, str], photos: Mapping[UUID, Sequence[UUID]]
) -> HazardCard:
    offered = one.severity == "critical" and one.status == "open" and one.in_force
    return HazardCard(
        id=one.id,
        recipient_id=one.recipient_id,
        who=names.get(one.recipient_id, ""),
        agreement_id=one.agreement_id,
        area_id=one.area_id,
        village=one.village,
        source=one.source,
        source_name=hazards.SOURCE_NAMES[one.source],  # type: ignore[index]  # the table's own check holds it
        severity=one.severity,
        severity_name=severity_name(one.severity),
        block=one.block,
        block_name=hazards.BLOCKS.get(one.block, one.block),
        what=one.what,
        found_at=one.found_at,
        found_by=staff.get(one.found_by) if one.found_by else None,
        status=one.status,
        status_name=hazards.STATUS_NAMES[one.status],  # type: ignore[index]  # the table's own check holds it
        closed_at=one.closed_at,
        close_reason=one.close_reason,
        attend_by=one.attend_by,
        has_complainant=one.has_complainant,
        order_id=one.order_id,
        photos=list(photos.get(one.id, ())),
        suspension_offered=offered,
        advice=OFFER if offered else None,
    )
