"""Alerts between their row and the rules: the columns read together, the ladder as JSON."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from accounts.duty import Duty
from accounts.lengths import Length, Window
from accounts.policy_rows import Rung
from alerts.alert import Alert, Ladder

COLUMNS = (
    "a.id, a.kind, a.severity, a.status, a.urgent, a.high_risk, a.area_id, a.district_id, a.subject_id, a.owner_id,"
    " a.ladder, a.opened_at, a.rung, a.repeat, a.fired_at, a.next_at, a.resolve_by, a.acknowledged_by,"
    " a.acknowledged_at, a.acknowledged_until, a.acknowledged_rank, a.paused_until, a.returned_to, a.confidential,"
    " CASE WHEN a.confidential THEN a.barred_ids || too_near(a.recipient_id) ELSE '{}' END AS barred_ids"
)

AREA = "coalesce(CASE WHEN village.level = 12 THEN township.name END, '') || coalesce(village.name, '') AS area"
"""The place as people say it, for a statement that joins `area` as village and its parent as township."""

SEEN = "EXISTS (SELECT FROM area_within w WHERE w.area_id = {0}.area_id AND w.ancestor_id = ANY ({1}::int[]))"
"""That a row lies within the caller's areas: said here besides row-level security."""

HANDLED = "(NOT a.confidential OR handles_confidential(a.barred_ids, a.recipient_id))"
"""That an alert is not kept from the caller: said here besides row-level security."""


def alert(row: Mapping[str, Any]) -> Alert:
    """The alert of a row that holds `COLUMNS`; ValueError, TypeError or KeyError where its ladder makes no sense."""
    return Alert(
        **{name: row[name] for name in _PLAIN},
        ladder=ladder(row["ladder"]),
        barred_ids=frozenset(row["barred_ids"]),
    )


_PLAIN = tuple(name for name in Alert.__dataclass_fields__ if name not in ("ladder", "barred_ids"))


def ladder_json(found: Ladder) -> str:
    """The ladder as stored. A wait is kept as `accounts` writes a rung."""
    return msgspec.json.encode(
        {
            "rungs": [rung.to_data() for rung in found.rungs],
            "acknowledged_for": str(found.acknowledged_for),
            "paused_at_most": str(found.paused_at_most),
            "messages": str(found.messages),
            "policy_version": found.policy_version,
            "document_number": found.document_number,
        }
    ).decode()


@lru_cache(maxsize=256)
def ladder(text: str) -> Ladder:
    """The ladder `ladder_json` stored; few differ, so each is read once a process."""
    data = msgspec.json.decode(text)
    return Ladder(
        rungs=_rungs(data["rungs"]),
        acknowledged_for=Length.of(data["acknowledged_for"]),
        paused_at_most=Length.of(data["paused_at_most"]),
        messages=Window.of(data["messages"]),
        policy_version=data["policy_version"],
        document_number=data["document_number"],
    )


def _rungs(data: Sequence[Mapping[str, Any]]) -> tuple[Rung, ...]:
    return tuple(
        Rung(
            duty=Duty(rung["duty"]),
            wait=Length(seconds=rung.get("wait_seconds", 0), working_days=rung.get("wait_workdays", 0)),
        )
        for rung in data
    )


def text(data: Mapping[str, Any]) -> str:
    """Plain data as the JSON text a jsonb parameter takes."""
    return msgspec.json.encode(data).decode()


def plain(found: str | None) -> dict[str, Any]:
    """The plain data of a jsonb column; empty for NULL and for what is no object."""
    data = msgspec.json.decode(found) if found else None
    return data if isinstance(data, dict) else {}
