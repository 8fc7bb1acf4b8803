"""A report: what the visitor looked at, what contradicts itself, and what is left open for the next visit."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.clock import LOCAL

Outcome = Literal["made", "not_met"]
Method = Literal["door", "phone", "video"]
IdentifiedBy = Literal["known_personally", "id_card", "neighbour_confirmed", "keyholder", "not_confirmed"]
Tried = Literal["knock", "phone", "neighbour", "keyholder"]
Severity = Literal["general", "serious", "critical"]

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
"""What a visit looks at, in order."""

LABELS: Mapping[str, str] = {
    "cover": "同事代访",
    "former_worker": "原走访员补报",
    "paper": "纸质记录代录",
    "late": "迟报",
    "late_to_confirm": "迟报待确认",
    "early": "早于探访期",
    "after_window": "晚于探访期",
    "door_needed": "高风险须上门",
    "remote_excess": "非上门次数过多",
    "identity_unconfirmed": "身份未确认",
    "additional": "补充记录",
    "visit_cancelled": "任务已取消",
    "overtaken": "其后已见到本人",
    "counts_for_another": "计入另一次探访",
    "amendment": "更正",
    "implausible_time": "手机时间不可信",
    "revoked_phone": "手机停用后补传",
}

_READS_CONFIDENTIAL = frozenset({"township_specialist", "township_leader", "district"})

CLOCK_MAY_BE_AHEAD = timedelta(minutes=10)
_BEFORE_ALL_RECORDS = datetime(2020, 1, 1, tzinfo=LOCAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One block. `details` are the block's own answers, such as {"fee_taken": true} under money."""

    ok: bool
    note: str = ""
    details: Mapping[str, bool | str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hazard:
    block: str
    severity: Severity
    what: str
    removed_now: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Confidential:
    """What only the visitor saw and only a supervisor reads: never shown to whoever lives with the person."""

    bruises: bool = False
    fear: bool = False
    withdrawal: bool = False
    note: str = ""

    @property
    def raised(self) -> bool:
        return self.bruises or self.fear or self.withdrawal or bool(self.note.strip())


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What somebody says they found at `made_at` (the phone's clock). `hazards` empty is an explicit "none"."""

    outcome: Outcome
    method: Method
    made_at: datetime
    identified_by: IdentifiedBy | None = None
    all_normal: bool = False
    blocks: Mapping[str, Finding] = field(default_factory=dict)
    hazards: tuple[Hazard, ...] | None = None
    tried: tuple[Tried, ...] = ()
    note: str = ""
    on_paper_by: str | None = None
    confidential: Confidential | None = None

    @property
    def leaves_danger(self) -> bool:
        """Whether the visitor went away from a critical hazard that was still there."""
        return any(hazard.severity == "critical" and not hazard.removed_now for hazard in self.hazards or ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong and how to put it right, with a JSON pointer to where."""

    pointer: str
    detail: str


def contradictions(report: Report) -> tuple[Problem, ...]:
    """Everything the report says that cannot be true together, or leaves out."""
    found = _made(report) if report.outcome == "made" else _not_met(report)
    return tuple(found)


def misdated(made_at: datetime, *, now: datetime) -> Problem | None:
    """A moment no visit can have been made at, whatever the visit."""
    if made_at > now + CLOCK_MAY_BE_AHEAD:
        return Problem(pointer="/made_at", detail="走访时间晚于现在。请检查手机时间，改正后重新提交。")
    if made_at < _BEFORE_ALL_RECORDS:
        # The year as the phone wrote it: the first hours of the year 1 cannot be told in another zone.
        return Problem(
            pointer="/made_at", detail=f"走访时间是 {made_at.year} 年，明显有误。请检查手机时间，改正后重新提交。"
        )
    return None


def _made(report: Report) -> Iterator[Problem]:
    if report.identified_by is None:
        yield Problem(pointer="/identified_by", detail="请选择如何确认是本人；未能确认的选“未确认”。")
    if report.tried:
        yield Problem(pointer="/tried", detail="已见到本人，不应再填敲门未应情况。请删去，或改为“未见到”。")
    if report.hazards is None:
        yield Problem(pointer="/hazards", detail="请填写隐患；没有隐患的填空列表。")
    if report.all_normal:
        yield from _not_all_normal(report)
    else:
        yield from _each_block(report)
    for number, hazard in enumerate(report.hazards or ()):
        if not hazard.what.strip():
            yield Problem(pointer=f"/hazards/{number}/what", detail="请写明是什么隐患。")


def _not_all_normal(report: Report) -> Iterator[Problem]:
    if report.blocks:
        yield Problem(pointer="/blocks", detail="已选“全部正常”，不应再填各项情况。请删去，或取消“全部正常”。")
    if report.hazards:
        yield Problem(pointer="/hazards", detail="已选“全部正常”，但填了隐患。请取消“全部正常”，逐项填写。")
    if report.confidential is not None and report.confidential.raised:
        yield Problem(
            pointer="/confidential", detail="已选“全部正常”，但填了需保密的情况。请取消“全部正常”，逐项填写。"
        )


def _each_block(report: Report) -> Iterator[Problem]:
    for block, name in BLOCKS.items():
        finding = report.blocks.get(block)
        if finding is None:
            yield Problem(pointer=f"/blocks/{block}", detail=f"缺少“{name}”。请逐项填写，或选“全部正常”。")
        elif not finding.ok and not finding.note.strip():
            yield Problem(pointer=f"/blocks/{block}/note", detail=f"“{name}”有异常，请写明情况。")
        elif finding.ok and finding.details.get("fee_taken") is True:
            yield Problem(pointer=f"/blocks/{block}/ok", detail=f"“{name}”填了有人收取费用，不能同时为正常。请更正。")
    for block in report.blocks.keys() - BLOCKS.keys():
        yield Problem(pointer=f"/blocks/{block}", detail="没有这一项。请删去。")


def _not_met(report: Report) -> Iterator[Problem]:
    if report.method != "door":
        yield Problem(pointer="/method", detail="“未见到”指上门未见到本人。电话未接通的，请上门后再填。")
    if not report.tried:
        yield Problem(pointer="/tried", detail="请填写试过哪些办法：敲门、打电话、问邻居、找持钥匙人。")
    said = {"/identified_by": report.identified_by, "/blocks": report.blocks, "/hazards": report.hazards}
    for pointer, value in said.items():
        if value:
            yield Problem(pointer=pointer, detail="没有见到本人，不能填写这一项。请删去，或改为“已见到”。")
    if report.all_normal:
        yield Problem(pointer="/all_normal", detail="没有见到本人，不能选“全部正常”。")


def told(outcome: str, labels: Collection[str], visit_status: str) -> str:
    """What the visitor is told of a report that was kept. The first thing that keeps the visit open comes first."""
    if outcome == "not_met":
        return _TOLD["overtaken"] if "overtaken" in labels else _TOLD["not_met"]
    keeps_open = next((label for label in _KEEPS_OPEN if label in labels), None)
    said = _TOLD[keeps_open] if keeps_open else _TOLD["made"]
    if "counts_for_another" in labels:
        said += "已计入当前的一次探访。"
    if "late_to_confirm" in labels and visit_status == "made":
        said += "补录时间较晚，须由主管确认。"
    return said


_KEEPS_OPEN = (
    "identity_unconfirmed",
    "door_needed",
    "remote_excess",
    "early",
    "after_window",
    "additional",
    "visit_cancelled",
)
_TOLD: Mapping[str, str] = {
    "made": "已记录，本次探访完成。",
    "not_met": "已记录未见到本人，并已提醒负责人。任务仍未完成，请尽快再次上门。",
    "overtaken": "已记录。其后已有人见到本人，无需另行处理。",
    "identity_unconfirmed": "已记录，但未确认是本人，本次探访仍未完成。请由熟悉的人回访，确认身份。",
    "door_needed": "已记录联系情况。高风险对象须上门见到本人，本次探访仍未完成。",
    "remote_excess": "已记录联系情况。非上门联系次数已满，本次须上门，探访仍未完成。",
    "early": "已记录。尚未到本次探访的时间，到期前仍须探访一次。",
    "after_window": "已记录。已过本次探访的期限，该次仍按逾期登记。",
    "additional": "已记为补充记录。本次探访此前已完成，不重复计数。",
    "visit_cancelled": "已记录。这次探访任务在您离线期间已取消，记录照样保存。",
}


def reads_confidential(role: str) -> bool:
    """Whether a role reads what only the visitor saw: those who must act on it, and nobody else."""
    return role in _READS_CONFIDENTIAL


def open_points(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What a stored report leaves for the next visit: exceptions and hazards not removed, in the visitor's words."""
    blocks = content.get("blocks") or {}
    not_ok = [block for block in BLOCKS if block in blocks and not blocks[block]["ok"]]
    left = [hazard for hazard in content.get("hazards") or () if not hazard["removed_now"]]
    return (
        *(f"{BLOCKS[block]}：{blocks[block]['note']}" for block in not_ok),
        *(f"{BLOCKS[hazard['block']]}隐患：{hazard['what']}" for hazard in left),
    )


def to_content(report: Report) -> dict[str, Any]:
    """The report as plain JSON data, without what is confidential: that is sealed beside it."""
    return {
        "outcome": report.outcome,
        "method": report.method,
        "made_at": report.made_at.astimezone(UTC).isoformat(),
        "identified_by": report.identified_by,
        "all_normal": report.all_normal,
        "blocks": {
            block: {"ok": finding.ok, "note": finding.note} | dict(finding.details)
            for block, finding in report.blocks.items()
        },
        "hazards": None
        if report.hazards is None
        else [
            {"block": one.block, "severity": one.severity, "what": one.what, "removed_now": one.removed_now}
            for one in report.hazards
        ],
        "tried": list(report.tried),
        "note": report.note,
        "on_paper_by": report.on_paper_by,
    }


def confidential_data(confidential: Confidential | None) -> dict[str, Any] | None:
    """What is sealed; None where nothing was said."""
    if confidential is None or not confidential.raised:
        return None
    return {
        "bruises": confidential.bruises,
        "fear": confidential.fear,
        "withdrawal": confidential.withdrawal,
        "note": confidential.note,
    }


def suspicion_in_words(confidential: Confidential) -> str:
    """What only the visitor saw, as those who look into it read it."""
    seen = {"身上有伤痕": confidential.bruises, "神情恐惧": confidential.fear, "退缩回避": confidential.withdrawal}
    note = confidential.note.strip()
    return "；".join([word for word, said in seen.items() if said] + ([note] if note else [])) + "。"


def from_content(content: Mapping[str, Any], confidential: Mapping[str, Any] | None) -> Report:
    """The inverse of `to_content` and `confidential_data`."""
    return Report(
        outcome=content["outcome"],
        method=content["method"],
        made_at=datetime.fromisoformat(content["made_at"]),
        identified_by=content["identified_by"],
        all_normal=content["all_normal"],
        blocks={
            block: Finding(
                ok=said["ok"],
                note=said["note"],
                details={key: value for key, value in said.items() if key not in ("ok", "note")},
            )
            for block, said in content["blocks"].items()
        },
        hazards=None if content["hazards"] is None else tuple(Hazard(**one) for one in content["hazards"]),
        tried=tuple(content["tried"]),
        note=content["note"],
        on_paper_by=content["on_paper_by"],
        confidential=None if confidential is None else Confidential(**confidential),
    )


def fingerprint(about_id: UUID, content: Mapping[str, Any], confidential: Confidential | None) -> bytes:
    """SHA-256 of what is said about which visit, whatever the order of keys and blanks it travelled in.

    Over the text `json.dumps(…, sort_keys=True, ensure_ascii=False)` writes, which earlier versions hashed.
    """
    said = _CANONICAL.encode([about_id.hex, content, confidential_data(confidential)])
    return hashlib.sha256(msgspec.json.format(said, indent=0)).digest()


_CANONICAL = msgspec.json.Encoder(order="sorted")
