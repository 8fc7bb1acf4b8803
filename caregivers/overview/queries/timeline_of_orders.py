"""What of an agreement's history has to do with hazards and orders: found, ordered, answered, verified, counted."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from accounts.policy_words import SEVERITY_NAMES, Severity
from caregivers.overview.timeline import Line
from caregivers.rectification.hazards import SOURCE_NAMES
from caregivers.rectification.hazards import STATUS_NAMES as HAZARD_STATUS_NAMES
from core import db

_CHANCE_NAMES: Mapping[str, str] = {"statement": "已听取申辩", "time_ran_out": "申辩期已过"}
_WHY_NAMES: Mapping[str, str] = {"failed": "复核不合格", "overdue": "逾期未改"}


async def order_lines(agreement_id: UUID) -> list[Line]:
    """Every line, also of what was withdrawn. Who complained, and who wrote a complaint down, is not told."""
    lines: list[Line] = []
    for sql, made in _SOURCES:
        for row in await db.fetch(sql, agreement_id):
            lines += made(row)
    return lines


def _hazard(row: Any) -> list[Line]:
    struck = row["status"] in ("withdrawn", "mistaken")
    source = SOURCE_NAMES[row["source"]]
    found = Line(
        kind="hazard.recorded",
        subject_id=row["id"],
        at=row["recorded_at"],
        by=None if row["source"] == "complaint" else row["found_by"],
        text=f"{SEVERITY_NAMES[Severity(row['severity'])]}({source})：{row['what']}",
        struck=struck,
        why_struck=(row["close_reason"] or HAZARD_STATUS_NAMES[row["status"]]) if struck else None,
    )
    if row["closed_at"] is None:
        return [found]
    kind = "hazard.withdrawn" if row["status"] == "withdrawn" else "hazard.closed"
    text = "：".join(word for word in (HAZARD_STATUS_NAMES[row["status"]], row["close_reason"]) if word)
    return [found, Line(kind=kind, subject_id=row["id"], at=row["closed_at"], by=row["closed_by"], text=text)]


def _order(row: Any) -> list[Line]:
    one: UUID = row["id"]
    struck = row["withdrawn_at"] is not None
    lines = [
        Line(
            kind="order.issued",
            subject_id=one,
            at=row["issued_at"],
            by=row["issued_by"],
            text=f"{row['number']}：{row['musts']}",
            struck=struck,
            why_struck=row["withdrawn_reason"] if struck else None,
        )
    ]
    asked, decided = row["extension_asked_at"], row["extension_decided_at"]
    if asked:
        by = row["extension_asked_by"]
        lines.append(
            Line(kind="order.extension_asked", subject_id=one, at=asked, by=by, text=row["extension_reason"] or "")
        )
    if decided:
        text = "同意" if row["extension_granted"] else "不同意"
        by = row["extension_decided_by"]
        lines.append(Line(kind="order.extension_decided", subject_id=one, at=decided, by=by, text=text))
    if row["overdue_at"]:
        lines.append(Line(kind="order.overdue", subject_id=one, at=row["overdue_at"]))
    if row["closed_at"]:
        by, text = row["closed_by"], row["close_reason"] or ""
        lines.append(Line(kind="order.closed", subject_id=one, at=row["closed_at"], by=by, text=text))
    if struck:
        by, text = row["withdrawn_by"], row["withdrawn_reason"] or ""
        lines.append(Line(kind="order.withdrawn", subject_id=one, at=row["withdrawn_at"], by=by, text=text))
    return lines


def _answer(row: Any) -> list[Line]:
    paper = f"({row['on_paper_by']} 的书面答复)" if row["on_paper_by"] else ""
    said = Line(
        kind=f"order.answered_{row['kind']}",
        subject_id=row["order_id"],
        at=row["logged_at"],
        by=row["by_account_id"],
        text=f"{row['text']}{paper}",
    )
    if row["heard_at"] is None:
        return [said]
    text = "：".join(word for word in ("采纳" if row["upheld"] else "不予采纳", row["heard_reason"]) if word)
    heard = Line(
        kind="order.statement_heard", subject_id=row["order_id"], at=row["heard_at"], by=row["heard_by"], text=text
    )
    return [said, heard]


def _verification(row: Any) -> list[Line]:
    planned = Line(
        kind="verification.planned",
        subject_id=row["order_id"],
        at=row["planned_at"],
        struck=row["status"] == "cancelled",
        why_struck="已取消" if row["status"] == "cancelled" else None,
    )
    if row["logged_at"] is None:
        return [planned]
    text = f"{'见到本人' if row['person_seen'] else '未见到本人'}；合格 {row['passed']} 项，不合格 {row['failed']} 项"
    done = Line(
        kind="order.verified", subject_id=row["order_id"], at=row["logged_at"], by=row["by_account_id"], text=text
    )
    return [planned, done]


def _cycle(row: Any) -> list[Line]:
    struck = row["withdrawn_at"] is not None
    counted = Line(
        kind="order.failure_counted",
        subject_id=row["order_id"],
        at=row["counted_at"],
        text=f"{_WHY_NAMES[row['why']]}，{_CHANCE_NAMES[row['heard']]}",
        struck=struck,
        why_struck=row["withdrawn_reason"],
    )
    if not struck:
        return [counted]
    gone = Line(
        kind="order.failure_withdrawn",
        subject_id=row["order_id"],
        at=row["withdrawn_at"],
        text=row["withdrawn_reason"],
    )
    return [counted, gone]


_ORDERS = "rectification_order o ON o.id = x.order_id WHERE o.agreement_id = $1"
_SOURCES: tuple[tuple[str, Callable[[Any], list[Line]]], ...] = (
    (
        "SELECT id, source, severity, what, found_by, recorded_at, status, closed_at, closed_by, close_reason"
        " FROM hazard WHERE agreement_id = $1",
        _hazard,
    ),
    (
        "SELECT o.*, coalesce((SELECT string_agg(i.must_be, '；' ORDER BY i.id) FROM order_item i"
        " WHERE i.order_id = o.id), '') AS musts FROM rectification_order o WHERE o.agreement_id = $1",
        _order,
    ),
    (f"SELECT x.* FROM order_answer x JOIN {_ORDERS}", _answer),
    (
        "SELECT x.order_id, x.status, x.planned_at, x.logged_at, x.by_account_id, x.person_seen,"
        " (SELECT count(*) FROM jsonb_array_elements(x.results) r WHERE (r->>'passed')::boolean) AS passed,"
        " (SELECT count(*) FROM jsonb_array_elements(x.results) r WHERE NOT (r->>'passed')::boolean) AS failed"
        f" FROM verification x JOIN {_ORDERS}",
        _verification,
    ),
    ("SELECT * FROM failed_cycle WHERE agreement_id = $1", _cycle),
)
