"""Phones sending reports, one by one or in batches: a process of its own, which times every answer.

The plan comes as JSON on standard input, what was seen leaves as JSON on standard output.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, cast

import msgspec
import uvloop

from tests.bench.land import DEVICE, REPORT, VISIT, id_of, token


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Send the requests numbered from `first`, each once, over so many connections; `made_at` as the phone writes it.

    A request is the report on the visit of its number or, with `batch`, a push of so many.
    """

    port: int
    connections: int
    first: int
    count: int
    workers: int
    made_at: str
    batch: int = 0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of the whole, seconds of each answer sorted, and how many answers of each status."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]


def content_of(made_at: str) -> dict[str, Any]:
    """A normal visit as the phone tells it: one tap for all normal."""
    return {
        "outcome": "made",
        "made_at": made_at,
        "method": "door",
        "identified_by": "known_personally",
        "all_normal": True,
        "hazards": [],
    }


def body_of(number: int, made_at: str) -> bytes:
    return msgspec.json.encode({"id": id_of(REPORT + number), **content_of(made_at)})


def path_of(number: int) -> str:
    return f"/v1/visits/{id_of(VISIT + number)}/report"


def visits_of(push: int, batch: int, workers: int) -> list[int]:
    """The numbers of the visits a push reports on: the next ones of its worker, for the workers push in turn."""
    turn, worker = divmod(push, workers)
    return [(turn * batch + place) * workers + worker for place in range(batch)]


def push_of(push: int, batch: int, workers: int, made_at: str, sent_at: datetime) -> bytes:
    """A phone's outbox after a few days: so many reports under the phone's own numbers."""
    turn, worker = divmod(push, workers)
    items = [
        {
            "id": id_of(REPORT + number),
            "seq": turn * batch + place + 1,
            "kind": "report",
            "made_at": made_at,
            "body": {"visit_id": id_of(VISIT + number), **content_of(made_at)},
        }
        for place, number in enumerate(visits_of(push, batch, workers))
    ]
    head = {"sent_at": sent_at, "installation_id": id_of(DEVICE + worker), "unsent": 0}
    return msgspec.json.encode({**head, "items": items})


def _request(number: int, plan: Plan, sent_at: datetime) -> bytes:
    if plan.batch:
        line, body = "POST /v1/sync/push", push_of(number, plan.batch, plan.workers, plan.made_at, sent_at)
    else:
        line, body = f"PUT {path_of(number)}", body_of(number, plan.made_at)
    head = (
        f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token(number % plan.workers)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Phone(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float], statuses: Counter[int]) -> None:
        self.requests, self.latencies, self.statuses = requests, latencies, statuses
        self.done = asyncio.get_running_loop().create_future()
        self.heard = b""
        self.asked = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def ask(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            return
        self.asked = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        head, gap, body = self.heard.partition(b"\r\n\r\n")
        if not gap or len(body) < _length(head):
            return
        self.latencies.append(perf_counter() - self.asked)
        self.statuses[int(head[9:12])] += 1
        self.heard = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        self.done.set_result(None)


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def run(plan: Plan) -> Seen:
    """Send everything; a connection lost early shows in the statuses, which then do not add up."""
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    sent_at = datetime.now(UTC)
    requests = iter([_request(number, plan, sent_at) for number in range(plan.first, plan.first + plan.count)])
    loop = asyncio.get_running_loop()
    phones = []
    for _ in range(plan.connections):
        _, phone = await loop.create_connection(lambda: _Phone(requests, latencies, statuses), "127.0.0.1", plan.port)
        phones.append(phone)
    began = perf_counter()
    for phone in phones:
        phone.ask()
    await asyncio.gather(*(phone.done for phone in phones))
    return Seen(seconds=perf_counter() - began, latencies=sorted(latencies), statuses=dict(statuses))


if __name__ == "__main__":
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(plan))))
