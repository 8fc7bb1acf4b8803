"""What a look at the door found: each item passed or failed, and what that makes of the order."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemResult:
    item: UUID
    passed: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What the verifier says, at `made_at` by the phone's clock. The id is the phone's, so that a retry is harmless."""

    id: UUID
    made_at: datetime
    person_seen: bool
    items: Sequence[ItemResult]

    @property
    def verb(self) -> Literal["pass", "fail"]:
        return "pass" if all(one.passed for one in self.items) else "fail"


def wrong(result: Result, open_items: Collection[UUID]) -> str | None:
    """What is wrong with a result, in Chinese with its remedy: each open item must be judged exactly once."""
    judged = [one.item for one in result.items]
    if len(judged) != len(set(judged)) or set(judged) != set(open_items):
        return "请对整改通知中的每一项逐项认定，不能遗漏或重复。"
    if any(not one.passed and not one.note.strip() for one in result.items):
        return "不合格的项目须写明现场情况。"
    if not result.person_seen and result.verb == "pass":
        return "未见到本人，不能全部认定合格。请再次上门，见到本人后提交。"
    return None


def fingerprint(subject_id: UUID, content: Mapping[str, Any]) -> bytes:
    """The same for the same content about the same subject, whatever order or zone its parts came in."""
    text = json.dumps([str(subject_id), content], sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).digest()


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
