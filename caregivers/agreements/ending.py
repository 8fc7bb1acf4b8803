"""Why an agreement ends, who may say so, and on which day: nobody ends what is to come, or what had not begun."""

from datetime import date

from caregivers.agreements.lifecycle import Agreement
from caregivers.agreements.refusals import EndDateWrong, EndReasonWrong, EndUntrue, ReasonMissing
from caregivers.agreements.words import END_NAMES

OF_STANDING: tuple[str, ...] = ("died", "moved_to_collective", "eligibility_ended")
"""Standings that take somebody out of dispersed support: each ends an agreement with its own word."""

BY_PEOPLE: frozenset[str] = frozenset({"mutual", "resigned", "caregiver_died"})
"""What a person may end an agreement with. It runs out by itself; a breach takes a decision on a replacement."""

FACTS: frozenset[str] = frozenset({"expired", "resigned", "caregiver_died"})
"""What nobody can refuse to write down, even while nobody takes over: then somebody is told until there is care."""


def refuse_end(agreement: Agreement, *, reason: str, on: date, note: str, caregiver_dead: bool, today: date) -> None:
    """Refuse an end that is not a person's to write down, is not true, or lies on a day it cannot lie on."""
    if reason not in BY_PEOPLE:
        said = END_NAMES.get(reason)
        by_itself = "因违约撤换的，请办理撤换；到期自动终止；死亡、转集中供养、终止救助的，变更对象状态后自动终止。"
        raise EndReasonWrong(f"不能以“{said}”终止。{by_itself}" if said else None, field="/reason")
    if reason == "caregiver_died" and not caregiver_dead:
        raise EndUntrue("照料人没有登记死亡。请先在照料人信息中登记，再终止协议。", field="/reason")
    if not note.strip():
        raise ReasonMissing("请写明终止的经过和依据。", field="/note")
    refuse_day(agreement, on, today=today)


def refuse_day(agreement: Agreement, on: date, *, today: date) -> None:
    """Refuse a last day before the agreement began, or after today."""
    if on < agreement.starts_on:
        began = agreement.starts_on
        raise EndDateWrong(f"终止日期早于协议开始日期({began:%Y-%m-%d})。请核对后重新填写。", field="/on")
    if on > today:
        raise EndDateWrong("终止日期在今天之后。请到那一天再办理；继任者请先签订续接的新协议。", field="/on")
