"""A phone's first pull of a worker with 60 recipients: what it costs of a village's signal, and how long it takes."""

import gzip
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from api.app import create_app
from core import vault
from core.ids import new_id
from tests.bench import land
from tests.bench.figures import Figure, stopwatch
from tests.bench.ground import Ground
from tests.bench.land import DEVICE, WORKER, Land, id_of
from visits.report import BLOCKS

RECIPIENTS, VISITS_EACH, ALERTED = 60, 2, 10
AT_MOST = 40.0  # KB gz
_ROUNDS = 40
_DATABASE = "pull"
_NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
_LAND = Land(districts=1)
_DISTRICT = land.specialist(0).district_id
_NOTES = (
    "咳嗽一周，已嘱子女陪同就医",
    "被褥单薄，需添置棉被",
    "煤炉靠近柴堆，已当场移开一部分",
    "近日情绪低落，不愿出门",
)
_DAY = timedelta(days=1)


async def measure(ground: Ground) -> list[Figure]:
    """Through the whole API, over ids and addresses that differ as real ones do: nothing packs better than in life."""
    await ground.migrated(_DATABASE)
    vault.use(ground.settings_of(_DATABASE).keyring)
    async with ground.owner(_DATABASE) as owner:
        await land.settle(owner, _LAND, now=_NOW)
        for number in range(RECIPIENTS):
            await _person(owner, number)
        await owner.execute("VACUUM (ANALYZE)")
    app: Any = create_app(ground.settings_of(_DATABASE), now=lambda: _NOW)
    headers = {"authorization": f"Bearer {land.token(0)}", "accept-encoding": "gzip"}
    transport = httpx.ASGITransport(app)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as http:
        first, again = [], []
        for _ in range(_ROUNDS):
            took, size, pulled = await _pull(http)
            first.append(took)
            took, _, nothing = await _pull(http, generation=pulled["generation"])
            again.append(took)
            if len(pulled["changed"]) < RECIPIENTS * (1 + VISITS_EACH) or nothing["changed"] or nothing["gone"]:
                raise AssertionError("the pull did not hold what was laid, or sent it twice")
    await ground.drop(_DATABASE)
    return [
        Figure(name="first_pull", value=size / 1000, unit=" KB gz", at_most=AT_MOST),
        Figure(name="first_pull_objects", value=len(pulled["changed"])),
        Figure(name="first_pull_took", value=median(first), unit=" ms"),
        Figure(name="empty_pull_took", value=median(again), unit=" ms"),
    ]


async def _pull(http: httpx.AsyncClient, **said: int) -> tuple[float, int, dict[str, Any]]:
    """Milliseconds, bytes on the wire, and what was said."""
    with stopwatch() as watch:
        async with http.stream("POST", "/v1/sync/pull", json=said) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
    answer.raise_for_status()
    packed = answer.headers.get("content-encoding") == "gzip"
    return watch.seconds * 1000, len(raw), msgspec.json.decode(gzip.decompress(raw) if packed else raw)


async def _person(owner: asyncpg.Connection, number: int) -> None:
    """Somebody in the first village, seen last month with two things left open, and two visits ahead."""
    recipient, worker, village = new_id(), id_of(WORKER), land.village_id(0)
    address = f"某区某镇某村{number // 7 + 1}组{number * 13 % 97 + 1}号院东数第{number % 5 + 1}户"
    row: dict[str, Any] = {"id": recipient, "area_id": village, "district_id": _DISTRICT, "name": "李桂英"}
    row |= {"name_pinyin": "li gui ying", "name_initials": "lgy", "sex": "female", "born_on": date(1941, 5, 6)}
    row |= {"id_kind": "to_confirm", "id_to_confirm_reason": "补办", "self_care": "self", "categories": ["aged"]}
    row |= {"conditions": [], "risk": ("high", "key", "general")[number % 3], "visit_worker_id": worker}
    row |= {"address_sealed": vault.seal(address, f"recipient.address_sealed:{recipient}"), "created_by": worker}
    await _insert(owner, "recipient", row | {"created_at": _NOW - 90 * _DAY, "changed_at": _NOW - 90 * _DAY})
    last = await _visit(owner, recipient, _NOW - 20 * _DAY + number * timedelta(minutes=37))
    await _report(owner, last, recipient, number)
    for turn in range(VISITS_EACH):
        visit = await _visit(owner, recipient, _NOW + (1 + 3 * turn) * _DAY + number * timedelta(minutes=11))
        if turn == 0 and number < ALERTED:
            await _alert(owner, recipient, visit)


async def _visit(owner: asyncpg.Connection, recipient: UUID, due_at: datetime) -> UUID:
    visit = new_id()
    row: dict[str, Any] = {"id": visit, "recipient_id": recipient, "area_id": land.village_id(0), "reason": "plan"}
    row |= {"district_id": _DISTRICT, "risk": "high", "worker_id": id_of(WORKER), "opens_at": due_at - 3 * _DAY}
    await _insert(owner, "visit", row | {"due_at": due_at, "missed_after": due_at, "status": "open"})
    return visit


async def _report(owner: asyncpg.Connection, visit: UUID, recipient: UUID, number: int) -> None:
    notes = (_NOTES[number % len(_NOTES)], _NOTES[(number + 1) % len(_NOTES)])
    blocks = {block: {"ok": False, "note": note} for block, note in zip(BLOCKS, notes, strict=False)}
    content = {"blocks": blocks, "hazards": [], "outcome": "made"}
    made_at = _NOW - 20 * _DAY + number * timedelta(minutes=37) - timedelta(hours=5)
    row: dict[str, Any] = {"id": new_id(), "visit": visit, "recipient_id": recipient, "area_id": land.village_id(0)}
    row |= {"outcome": "made", "by_account_id": id_of(WORKER), "device_id": id_of(DEVICE), "method": "door"}
    row |= {"identified_by": "known_personally", "made_at": made_at, "logged_at": made_at, "labels": []}
    row |= {"visit_status": "made", "content": msgspec.json.encode(content).decode(), "sha256": b"x"}
    await _insert(owner, "visit_report", row)
    await owner.execute("UPDATE visit SET status = 'made', report_id = $2 WHERE id = $1", visit, row["id"])


async def _alert(owner: asyncpg.Connection, recipient: UUID, visit: UUID) -> None:
    row: dict[str, Any] = {"id": new_id(), "occurrence": f"door:{visit}", "kind": "door_unanswered", "ladder": "{}"}
    row |= {"severity": "serious", "area_id": land.village_id(0), "district_id": _DISTRICT, "next_at": _NOW}
    row |= {"recipient_id": recipient, "subject_id": visit, "owner_id": id_of(WORKER), "opened_at": _NOW}
    await _insert(owner, "alert", row | {"facts": msgspec.json.encode({"since": _NOW}).decode()})


async def _insert(owner: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await owner.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
