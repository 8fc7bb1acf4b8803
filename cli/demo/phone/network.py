"""What lies between phone and server: real connections that may be slow, absent, or end at any byte."""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

import h11

_PIECE = 1024
_PATIENCE = 60.0  # seconds for one whole exchange


class NotSent(ConnectionError):
    """The exchange did not end with a whole answer; the phone does not know what the server has of it."""


class NoSignal(NotSent):
    """No connection at all."""


class CutOff(NotSent):
    """The connection ended in the middle."""


class Busy(NotSent):
    """The server, or whatever stands before it, asks to be tried again later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Where a connection ends: after so many bytes of the request, or with so many bytes of the answer heard.

    A request cut at its end has been sent whole, and nothing of the answer is heard.
    """

    request: int | None = None
    answer: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(kw_only=True)
class Network:
    """To `address`: "http(s)://host:port", or "unix:" and a socket's path.

    `cuts` are spent one a connection, in order. `pace` is the time a kilobyte takes, in seconds. `sent` and `heard`
    count the bytes of the last exchange, `answer` is the last one heard whole.
    """

    address: str
    up: bool = True
    pace: float = 0.0
    cuts: deque[Cut] = field(default_factory=deque)
    sent: int = 0
    heard: int = 0
    answer: Answer | None = None

    async def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One request over a connection of its own."""
        if not self.up:
            raise NoSignal("no signal")
        cut = self.cuts.popleft() if self.cuts else Cut()
        spoken = h11.Connection(h11.CLIENT)
        request = _request(spoken, method, path, headers, body)
        try:
            async with asyncio.timeout(_PATIENCE), _Line(await self._connect()) as line:
                await self._send(line, request[: cut.request])
                if cut.request is not None:
                    raise CutOff(f"cut after {self.sent} bytes of the request")
                self.answer = await self._hear(line, spoken, cut.answer)
                return self.answer
        except (OSError, h11.RemoteProtocolError) as error:
            if isinstance(error, NotSent):
                raise
            raise CutOff(str(error)) from error

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kind, _, path = self.address.partition(":")
        try:
            if kind == "unix":
                return await asyncio.open_unix_connection(path)
            url = urlsplit(self.address)
            secured = ssl.create_default_context() if url.scheme == "https" else None
            port = url.port or (443 if secured else 80)
            return await asyncio.open_connection(unquote(url.hostname or ""), port, ssl=secured)
        except OSError as error:
            raise NoSignal(str(error)) from error

    async def _send(self, line: "_Line", request: bytes) -> None:
        self.sent = 0
        for start in range(0, len(request), _PIECE):
            await asyncio.sleep(self.pace)
            piece = request[start : start + _PIECE]
            line.writer.write(piece)
            await line.writer.drain()
            self.sent += len(piece)

    async def _hear(self, line: "_Line", spoken: h11.Connection, most: int | None) -> Answer:
        """The whole answer, unless it has more than `most` bytes: then those are heard and the line is cut."""
        self.heard = 0
        head: h11.Response | None = None
        body = b""
        while True:
            event = spoken.next_event()
            if event is h11.NEED_DATA:
                spoken.receive_data(await self._next_piece(line, most))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return _answer(head, body)
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                raise CutOff("the server hung up")

    async def _next_piece(self, line: "_Line", most: int | None) -> bytes:
        await asyncio.sleep(self.pace)
        piece = await line.reader.read(_PIECE)
        kept = piece if most is None else piece[: most - self.heard]
        self.heard += len(kept)
        if len(kept) < len(piece):
            raise CutOff(f"cut after {self.heard} bytes of the answer")
        return kept


@dataclass(slots=True)
class _Line:
    """An open connection, closed at the end of the block whatever the other side thinks of it."""

    ends: tuple[asyncio.StreamReader, asyncio.StreamWriter]

    @property
    def reader(self) -> asyncio.StreamReader:
        return self.ends[0]

    @property
    def writer(self) -> asyncio.StreamWriter:
        return self.ends[1]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)


def _request(spoken: h11.Connection, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    said = {"Host": "chuangdeng", "Connection": "close", "Content-Length": str(len(body)), **headers}
    head = h11.Request(method=method, target=path, headers=list(said.items()))
    parts = (spoken.send(head), spoken.send(h11.Data(data=body)), spoken.send(h11.EndOfMessage()))
    return b"".join(part for part in parts if part)


def _answer(head: h11.Response | None, body: bytes) -> Answer:
    if head is None:
        raise CutOff("an end without a beginning")
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in head.headers}
    return Answer(status=head.status_code, headers=headers, body=body)
