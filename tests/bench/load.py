"""Phones sending reports: a process of its own, which keeps connections open and times every answer.

The plan comes as JSON on standard input, what was seen leaves as JSON on standard output.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from time import perf_counter
from typing import cast

import msgspec
import uvloop

from tests.bench.land import REPORT, VISIT, id_of, token


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Log the visits numbered from `first`, each once, over so many connections; `made_at` as the phone writes it."""

    port: int
    connections: int
    first: int
    count: int
    workers: int
    made_at: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of the whole, seconds of each answer sorted, and how many answers of each status."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]


def body_of(number: int, made_at: str) -> bytes:
    """A normal visit as the phone sends it: one tap for all normal."""
    return msgspec.json.encode(
        {
            "id": id_of(REPORT + number),
            "outcome": "made",
            "made_at": made_at,
            "method": "door",
            "identified_by": "known_personally",
            "all_normal": True,
            "hazards": [],
        }
    )


def path_of(number: int) -> str:
    return f"/v1/visits/{id_of(VISIT + number)}/report"


def _request(number: int, plan: Plan) -> bytes:
    body = body_of(number, plan.made_at)
    head = (
        f"PUT {path_of(number)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token(number % plan.workers)}\r\n"
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
    requests = iter([_request(number, plan) for number in range(plan.first, plan.first + plan.count)])
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
