"""Hazards: what was found, how grave several are together, and when one may be closed by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.policy_words import Severity

Source = Literal["visit_report", "complaint", "inspection", "missed_duty"]
Ending = Literal["removed", "mistaken"]
Status = Literal["open", "removed", "withdrawn", "mistaken"]

SOURCE_NAMES: Mapping[Source, str] = {
    "visit_report": "走访发现",
    "complaint": "投诉举报",
    "inspection": "检查发现",
    "missed_duty": "未履行约定",
}
STATUS_NAMES: Mapping[Status, str] = {
    "open": "未消除",
    "removed": "已消除",
    "withdrawn": "依据已撤回",
    "mistaken": "情况不实",
}
BLOCKS: Mapping[str, str] = {
    "identity": "身份和去向",
    "living": "吃穿、被褥、保暖",
    "health": "身体状况",
    "mood": "精神情绪",
    "safety": "居住安全",
    "hygiene": "卫生",
    "neighbours": "邻里",
    "money": "资金发放",
    "care": "照料服务",
    "needs": "急需和诉求",
}
GRAVE: frozenset[str] = frozenset({"serious", "critical"})

_GRAVEST_FIRST = tuple(one.value for one in Severity)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundHazard:
    """What a report, complaint, inspection or missed duty found. `source_item` tells several of one source apart."""

    recipient_id: UUID
    area_id: int
    district_id: int
    source: Source
    source_id: UUID
    source_item: int = 0
    severity: str
    block: str
    what: str
    found_at: datetime
    removed_now: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Hazard:
    """A hazard as stored, as far as acting on it needs."""

    id: UUID
    recipient_id: UUID
    agreement_id: UUID | None
    caregiver_id: UUID | None
    area_id: int
    district_id: int
    severity: str
    status: Status

    @property
    def grave(self) -> bool:
        return self.severity in GRAVE


def gravest(severities: Iterable[str]) -> str:
    """The gravest of these; at least one must be given."""
    return min(severities, key=_GRAVEST_FIRST.index)
