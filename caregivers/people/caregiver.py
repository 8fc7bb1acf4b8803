"""A caregiver as registered, read from what is typed by the rules every ledger row is read by."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, get_args
from uuid import UUID

from recipients import id_number, masking
from recipients.columns import TITLE_OF
from recipients.fault import Problem
from recipients.fields import SEX_WORDS
from recipients.fields import born_on as read_born_on
from recipients.fields import name as read_name
from recipients.fields import sex as read_sex
from recipients.row import Row

Kind = Literal["natural", "provider_staff"]
Status = Literal["active", "left", "died"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_WORDS: dict[Kind, str] = {"natural": "个人", "provider_staff": "机构护理员"}
STATUS_WORDS: dict[Status, str] = {"active": "在岗", "left": "已离开", "died": "已去世"}


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Caregiver:
    """Everything in plain text: it leaves only masked, or revealed for a purpose. Never printed, so it has no repr.

    `id_compared` is the one form in which two ID numbers are compared.
    """

    area_id: int
    kind: Kind = "natural"
    provider_id: UUID | None = None
    name: str
    sex: id_number.Sex | None = None
    born_on: date | None = None
    without_capacity: bool = False
    id_number: str | None = None
    id_compared: str | None = None
    id_to_confirm_reason: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    caregiver: Caregiver
    warnings: tuple[str, ...] = ()


FIELD_WORDS: dict[str, str] = {
    "kind": "类型",
    "provider_id": "服务机构",
    "name": "姓名",
    "sex": "性别",
    "born_on": "出生日期",
    "without_capacity": "民事行为能力",
    "id_number": "身份证号",
    "id_to_confirm_reason": "待核实原因",
    "phone": "联系电话",
    "address": "住址",
}
REVEALABLE = ("name", "id_number", "born_on", "phone", "address", "id_to_confirm_reason")
_TAKEN_AS_GIVEN = ("area_id", "kind", "provider_id", "without_capacity")


def read(changes: Mapping[str, Any], *, known: Caregiver | None, today: date) -> Read | tuple[Problem, ...]:
    """A new caregiver, or a known one with these fields changed; else everything that is wrong. None clears a field."""
    held = {one.name: getattr(known, one.name) for one in fields(Caregiver)} if known is not None else {}
    told = held | dict(changes)
    row = Row({name: value for name, value in _cells(told, changes).items() if value is not None}, today)
    identity = row.take("id_number", lambda cell: id_number.read(cell, today=today))
    for warning in identity.warnings if identity is not None else ():
        row.warn("id_number", warning)
    name, sex, born_on = read_name(row), read_sex(row, identity), read_born_on(row, identity)
    phone, address = row.phone("phone"), row.words("address")
    problems = (*row.problems, *_of_kind(told))
    if problems or name is None or identity is None:
        return problems
    caregiver = Caregiver(
        **{field: told[field] for field in _TAKEN_AS_GIVEN if field in told},
        name=name,
        sex=sex,
        born_on=born_on,
        id_number=identity.number,
        id_compared=identity.compared,
        id_to_confirm_reason=identity.to_confirm_because,
        phone=phone,
        address=address,
    )
    return Read(caregiver=caregiver, warnings=tuple(row.warnings))


def read_identity(name: str, number: str, *, today: date) -> tuple[str, str] | Problem:
    """Name and compared ID number of somebody who is not registered; a number still to be confirmed will not do."""
    row = Row({"name": name, "id_number": number}, today)
    identity, plain = row.take("id_number", lambda cell: id_number.read(cell, today=today)), read_name(row)
    if row.problems:
        return row.problems[0]
    if plain is None or identity is None or identity.compared is None:
        return Problem(column=FIELD_WORDS["id_number"], reason="须填写完整的身份证号", remedy="请核实后填写")
    return plain, identity.compared


def _cells(told: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, str | None]:
    number, reason = told.get("id_number"), told.get("id_to_confirm_reason")
    if changes.get("id_to_confirm_reason") and not changes.get("id_number"):
        number = None  # the number told before is the one in doubt
    born_on = told.get("born_on")
    return {
        "name": told.get("name"),
        "sex": SEX_WORDS[told["sex"]] if told.get("sex") else None,
        "id_number": number or (f"待核实：{reason}" if reason else None),
        "born_on": born_on.isoformat() if born_on is not None else None,
        "phone": told.get("phone"),
        "address": told.get("address"),
    }


def _of_kind(told: Mapping[str, Any]) -> tuple[Problem, ...]:
    staff, provider = told.get("kind", "natural") == "provider_staff", told.get("provider_id")
    if staff == (provider is not None):
        return ()
    reason, remedy = (
        ("机构护理员须写明所在机构", "请从机构列表中选择")
        if staff
        else ("个人没有所在机构", "请去掉机构，或改为机构护理员")
    )
    return (Problem(column=FIELD_WORDS["provider_id"], reason=reason, remedy=remedy),)


def pointer(problem: Problem) -> str:
    """The field a problem lies in, as a JSON pointer."""
    return f"/{_FIELD_OF[problem.column]}"


_FIELD_OF = {words: field for field, words in FIELD_WORDS.items()} | {
    TITLE_OF[field]: field for field in ("name", "sex", "id_number", "born_on", "phone", "address")
}


def changed(before: Caregiver, after: Caregiver) -> tuple[str, ...]:
    """The fields that differ."""
    return tuple(field for field in FIELD_WORDS if getattr(before, field) != getattr(after, field))


def masked(full: Caregiver) -> Caregiver:
    """As shown without a reason: enough to recognise somebody known. The birthday is left out: an age is enough."""
    return replace(
        full,
        name=masking.name(full.name),
        born_on=None,
        id_number=masking.id_number(full.id_number) if full.id_number else None,
        id_compared=None,
        id_to_confirm_reason=masking.text(full.id_to_confirm_reason) if full.id_to_confirm_reason else None,
        phone=masking.phone(full.phone) if full.phone else None,
        address=masking.address(full.address) if full.address else None,
    )
