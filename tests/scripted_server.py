"""A server that answers what a test tells it to: what the simulated phone is itself tested against."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h11
import msgspec

from cli.demo.phone import Answer

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One whole request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Json


@dataclass(kw_only=True)
class ScriptedServer:
    """`heard` are the whole requests; `bytes_heard` counts what came of each, whole or not."""

    address: str
    answers: Callable[[Heard], Answer]
    heard: list[Heard] = field(default_factory=list)
    bytes_heard: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await self._whole(reader)
            if request is not None:
                self.heard.append(request)
                writer.write(_bytes_of(self.answers(request)))
                await writer.drain()
        except ConnectionError:
            pass  # whoever asked has gone
        finally:
            writer.close()

    async def _whole(self, reader: asyncio.StreamReader) -> Heard | None:
        spoken, head, body, count = h11.Connection(h11.SERVER), None, b"", 0
        while True:
            event = spoken.next_event()
            if event is h11.NEED_DATA:
                piece = await reader.read(4096)
                count += len(piece)
                if not piece:
                    self.bytes_heard.append(count)
                    return None
                spoken.receive_data(piece)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert head
                self.bytes_heard.append(count)
                return Heard(
                    method=head.method.decode(),
                    path=head.target.decode(),
                    headers={name.decode(): value.decode() for name, value in head.headers},
                    body=msgspec.json.decode(body) if body else {},
                )


def _bytes_of(answer: Answer) -> bytes:
    headers = {"Content-Length": str(len(answer.body)), "Connection": "close", **answer.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} \r\n{head}\r\n".encode() + answer.body


def told(body: Json, *, status: int = 200) -> Answer:
    return Answer(status=status, headers={"Content-Type": "application/json"}, body=msgspec.json.encode(body))


@asynccontextmanager
async def scripted(folder: Path, answers: Callable[[Heard], Answer]) -> AsyncIterator[ScriptedServer]:
    """Listening on a socket in this folder for the length of the block."""
    path = folder / "server"
    server = ScriptedServer(address=f"unix:{path}", answers=answers)
    listening = await asyncio.start_unix_server(server.serve, path)
    async with listening:
        yield server
