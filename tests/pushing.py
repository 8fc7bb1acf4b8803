"""What tests of pushing need: items as a phone makes them, a push, and what the inbox says of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from core import vault
from core.ids import new_id
from tests.cast import Cast

INSTALLATION = UUID(int=0xA11)


def item(kind: str, made_at: datetime, seq: int = 1, /, *, after: str | None = None, **body: Any) -> dict[str, Any]:
    """One item under a fresh id."""
    found = {"id": str(new_id()), "seq": seq, "kind": kind, "made_at": made_at.isoformat(), "body": body}
    return found | ({"after": after} if after else {})


def report(visit: UUID, made_at: datetime, seq: int = 1, *, after: str | None = None, **said: Any) -> dict[str, Any]:
    """All normal at the door, unless said otherwise."""
    body = {
        "visit_id": str(visit),
        "outcome": "made",
        "method": "door",
        "made_at": made_at.isoformat(),
        "identified_by": "known_personally",
        "all_normal": True,
        "hazards": [],
        **said,
    }
    return item("report", made_at, seq, after=after, **body)


def body_of(*items: Any, **said: Any) -> bytes:
    """A batch as it travels. An item given as bytes goes as it is."""
    told = {"installation_id": str(INSTALLATION), "unsent": 0, **said}
    raw = [one if isinstance(one, bytes) else msgspec.json.encode(one) for one in items]
    return msgspec.json.encode(told)[:-1] + b',"items":[' + b",".join(raw) + b"]}"


async def send(
    client: httpx.AsyncClient,
    cast: Cast,
    *items: Any,
    at: datetime | None = None,
    ahead: timedelta = timedelta(),
    **said: Any,
) -> httpx.Response:
    """Push, by a clock that is right unless it is `ahead`."""
    body = body_of(*items, **{"sent_at": ((at or cast.now) + ahead).isoformat(), **said})
    return await client.post("/v1/sync/push", content=body, headers={"content-type": "application/json"})


async def results(client: httpx.AsyncClient, cast: Cast, *items: Any, **said: Any) -> list[dict[str, Any]]:
    answer = await send(client, cast, *items, **said)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def briefly(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Status and code of each."""
    return [(one["status"], one.get("code")) for one in found]


async def inbox(cast: Cast) -> list[asyncpg.Record]:
    found: list[asyncpg.Record] = await cast.owner.fetch("SELECT * FROM inbox_item ORDER BY server_seq")
    return found


def raw_of(row: asyncpg.Record) -> bytes:
    """What was sent, opened."""
    return vault.open_bytes(row["payload_sealed"], f"inbox_item.payload_sealed:{row['id']}")
