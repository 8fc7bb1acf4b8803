"""Who may speak for a person: they themselves, their guardian, or somebody they asked, with the reason."""

from dataclasses import dataclass

from caregivers.agreements.refusals import ConsentWrong
from caregivers.agreements.words import CAPACITY_NAMES, Capacity


@dataclass(frozen=True, kw_only=True, slots=True)
class Ability:
    """Whether somebody can declare their own will. `full_care`: they can do next to nothing with their own hands."""

    minor: bool
    without_capacity: bool
    full_care: bool


def who_may_speak(ability: Ability) -> tuple[Capacity, ...]:
    """Only the guardian for a minor and for who has no capacity (民法典 art. 20, 21, 23).

    Who needs full care may be clear of mind, but can neither read nor sign alone: the guardian, or a proxy.
    """
    if ability.minor or ability.without_capacity:
        return ("guardian",)
    if ability.full_care:
        return ("guardian", "proxy")
    return ("self", "guardian", "proxy")


def refuse_speaker(ability: Ability, capacity: Capacity, reason: str | None, *, field: str) -> None:
    """Refuse whoever may not speak here, and another than the person who does not say why they do."""
    able = who_may_speak(ability)
    if capacity not in able:
        names = "或".join(CAPACITY_NAMES[one] for one in able)
        why = "未成年人" if ability.minor else "无民事行为能力人" if ability.without_capacity else "全护理对象"
        raise ConsentWrong(f"{why}须由{names}同意并签字，不能由{CAPACITY_NAMES[capacity]}办理。", field=field)
    if capacity != "self" and not (reason or "").strip():
        raise ConsentWrong(f"由{CAPACITY_NAMES[capacity]}办理的，请写明原因。", field=f"{field}_reason")
