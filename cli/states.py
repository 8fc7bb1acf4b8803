"""Writes docs/states.md, a diagram of each state machine from its own table of moves: `python -m cli.states`."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alerts.explain import ALERT_STATUS_NAMES
from alerts.lifecycle import MOVES as ALERT
from caregivers.abuse import suspicion
from caregivers.agreements import lifecycle as agreement
from caregivers.assessment import lifecycle as assessment
from caregivers.rectification import order
from caregivers.replacement import case
from recipients.standing import STANDING_WORDS, TRANSITIONS
from visits.lifecycle import MOVES as VISIT

STATES = Path(__file__).parent.parent / "docs" / "states.md"

Moves = Mapping[Any, str]
"""From (status, verb) to status. Each table has words of its own for both."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A table of moves with the words people read. `begins`: where one comes into being, with what brings it there."""

    title: str
    source: str
    moves: Moves
    names: Mapping[Any, str]
    verbs: Mapping[Any, str] = field(default_factory=dict)
    begins: Mapping[str, str]
    note: str = ""


def by_status(table: Mapping[Any, frozenset[Any]]) -> Moves:
    """Moves of a table that tells only what may follow what: they have no verbs."""
    return {(came, f"→{went}"): went for came, after in table.items() for went in sorted(after)}


MACHINES = (
    Machine(
        title="Standing of a recipient 状态",
        source="recipients.standing",
        moves=by_status(TRANSITIONS),
        names=STANDING_WORDS,
        begins={"at_home": "登记"},
        note="The last three take two people. An undone change goes back to what was before it.",
    ),
    Machine(
        title="Visit 探访",
        source="visits.lifecycle",
        moves=by_status(VISIT),
        names={
            "open": "待探访",
            "made": "已完成",
            "missed": "逾期未访",
            "not_known": "尚无消息",
            "excused": "免访",
            "cancelled": "已取消",
        },
        begins={"open": "排期"},
        note="Stored open is scheduled before its window and due after: time alone decides.",
    ),
    Machine(
        title="Alert 预警",
        source="alerts.lifecycle",
        moves=ALERT,
        names=ALERT_STATUS_NAMES,
        verbs={"climb": "升级", "acknowledge": "签收", "return": "退回", "pause": "暂停", "resolve": "解除"},
        begins={"open": "建立"},
    ),
    Machine(
        title="Care agreement 照料协议",
        source="caregivers.agreements.lifecycle",
        moves=agreement.MOVES,
        names=agreement.STATUS_NAMES,
        verbs=agreement.VERB_NAMES,
        begins={"draft": "起草", "active": "由台账转入"},
        note="An agreement comes back with a standing that was undone, suspended where it had been.",
    ),
    Machine(
        title="Rectification order 责令限期整改",
        source="caregivers.rectification.order",
        moves=order.MOVES,
        names=order.STATUS_NAMES,
        verbs={
            "accept": "接受",
            "refuse": "拒绝",
            "start": "开始整改",
            "submit": "报告完成",
            "lapse": "到期未完成",
            "extend": "准予延期",
            "pass": "复核合格",
            "fail": "复核不合格",
            "close": "办结",
            "withdraw": "撤回",
            "take_away": "依据不再成立",
        },
        begins={"issued": "下达"},
    ),
    Machine(
        title="Replacement case 撤换",
        source="caregivers.replacement.case",
        moves=case.MOVES,
        names=case.STATUS_NAMES,
        verbs={
            "hear": "听取意见",
            "decide": "决定",
            "withdraw": "撤回",
            "cover": "安排临时照料",
            "sign": "接任协议生效",
            "hand_over": "交接",
            "close": "办结",
        },
        begins={"proposed": "提请"},
    ),
    Machine(
        title="Suspected abuse 疑似虐待",
        source="caregivers.abuse.suspicion",
        moves=suspicion.MOVES,
        names=suspicion.STATUS_NAMES,
        verbs=suspicion.VERB_NAMES,
        begins={"open": "发现线索"},
    ),
    Machine(
        title="Assessment of a caregiver 照料人考核",
        source="caregivers.assessment.lifecycle",
        moves=assessment.MOVES,
        names=assessment.STATUS_NAMES,
        verbs={
            "ask": "询问评价",
            "settle": "评定",
            "cancel": "取消",
            "reopen": "恢复",
            "object": "申诉",
            "run_out": "申诉期满",
            "decide": "申诉决定",
            "rectify": "整改合格",
        },
        begins={"due": "考核期满"},
    ),
)


def page() -> str:
    """The whole of docs/states.md."""
    parts = [
        "# States",
        "Drawn from the tables of moves in the code by `make docs`; a test fails where this page and the code differ."
        " What is not drawn is refused, most of it by the database as well.",
        *(part for machine in MACHINES for part in _section(machine)),
    ]
    return "\n\n".join(parts) + "\n"


def _section(machine: Machine) -> list[str]:
    text = f"Table: `{machine.source}`." + (f" {machine.note}" if machine.note else "")
    return [f"## {machine.title}", text, f"```mermaid\n{diagram(machine)}\n```"]


def diagram(machine: Machine) -> str:
    """A Mermaid state diagram. Verbs that lead the same way share an arrow; what nothing leaves is an end."""
    ways: dict[tuple[str, str], list[str]] = {}
    for (came, verb), went in machine.moves.items():
        ways.setdefault((came, went), []).append(verb)
    states = dict.fromkeys([*machine.begins, *(state for way in ways for state in way)])
    left = {came for came, went in ways if came != went}
    lines = [
        "stateDiagram-v2",
        *(f'state "{machine.names[state]}" as {state}' for state in states),
        *(f"[*] --> {state} : {by}" for state, by in machine.begins.items()),
        *(f"{came} --> {went}{_label(verbs, machine)}" for (came, went), verbs in ways.items()),
        *(f"{state} --> [*]" for state in states if state not in left),
    ]
    return "\n    ".join(lines)


def _label(verbs: list[str], machine: Machine) -> str:
    return f" : {'、'.join(machine.verbs[verb] for verb in verbs)}" if machine.verbs else ""


if __name__ == "__main__":
    STATES.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"已写好状态图：{STATES.name}\n")
