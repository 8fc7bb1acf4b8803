"""The statements one request sends, overheard in this process and rewritten as a script for pgbench."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What was sent to the database; without arguments it went as plain text, maybe several statements in one."""

    sql: str
    args: tuple[Any, ...]


@contextmanager
def overheard() -> Iterator[list[Statement]]:
    """Every statement any connection of this process sends during the block."""
    heard: list[Statement] = []

    def listening(name: str) -> Any:
        send: Callable[..., Awaitable[Any]] = getattr(asyncpg.Connection, name)

        async def sent(connection: asyncpg.Connection, sql: str, *args: Any, **options: Any) -> Any:
            heard.append(Statement(sql=sql, args=args))
            return await send(connection, sql, *args, **options)

        return patch.object(asyncpg.Connection, name, sent)

    with listening("fetch"), listening("fetchrow"), listening("fetchval"), listening("execute"):
        yield heard


@dataclass(frozen=True, kw_only=True)
class Script:
    """A pgbench script, and the variables that hold what is the same in every request."""

    text: str
    variables: Mapping[str, str]


@dataclass(kw_only=True)
class _Writer:
    """Writes statements for pgbench. `moving` are SQL expressions for the values that follow from the request's number.

    A moment after `since` is the server's now. Everything else is sent as a parameter, as the product does.
    """

    moving: Mapping[Any, str]
    since: datetime
    variables: dict[str, str] = field(default_factory=dict)

    def lines(self, statement: Statement) -> list[str]:
        if statement.args:
            return [self._with_parameters(statement)]
        parts = [self._literal(part.strip()) for part in statement.sql.split(";") if part.strip()]
        # In one round trip, as the product sends them. Prepared statements cannot be joined by `\;`, a pipeline can.
        return ["\\startpipeline", *parts, "\\endpipeline"] if len(parts) > 1 else parts

    def _literal(self, sql: str) -> str:
        for value, expression in self.moving.items():
            if isinstance(value, UUID):
                sql = sql.replace(f"'{value}'", f"({expression})::text")
            elif isinstance(value, int):
                sql = sql.replace(f"'{{{value}}}'", f"'{{' || {expression} || '}}'")
        return f"{sql};"

    def _with_parameters(self, statement: Statement) -> str:
        sql = " ".join(statement.sql.split())
        for place in range(len(statement.args), 0, -1):
            sql = sql.replace(f"${place}", self._argument(statement.args[place - 1]))
        return f"{sql};"

    def _argument(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, datetime) and value >= self.since:
            return "now()"
        if _hashable(value) and value in self.moving and not isinstance(value, bool):
            return f"({self.moving[value]})"
        if isinstance(value, list) and value and all(_hashable(one) and one in self.moving for one in value):
            return f"ARRAY[{', '.join(self.moving[one] for one in value)}]"
        name = f"v{len(self.variables)}"
        self.variables[name] = _text(value)
        return f":{name}"


def script(
    requests: Mapping[int, Sequence[Statement]],
    moving: Callable[[int], Mapping[Any, str]],
    *,
    head: str,
    since: datetime,
) -> Script:
    """The script for what two or more requests, by their number, have sent after a moment.

    AssertionError when they did not send the same, or when something that followed from the number was missed.
    """
    written = []
    for number, statements in requests.items():
        writer = _Writer(moving=moving(number), since=since)
        text = "\n".join([head, *(line for one in statements for line in writer.lines(one)), ""])
        written.append(Script(text=text, variables=writer.variables))
    first, *others = written
    for other in others:
        if other.text != first.text:
            raise AssertionError(f"requests send different statements:\n{first.text}\n{other.text}")
        moved = {name for name, value in first.variables.items() if other.variables[name] != value and _plain(value)}
        if moved:
            raise AssertionError(f"pgbench would repeat what differs from request to request: {moved}")
    return first


def _plain(value: str) -> bool:
    """Not JSON, nor a hash of it: of those only the length matters to the database."""
    return not value.startswith(("{", "\\x"))


def _hashable(value: Any) -> bool:
    return not isinstance(value, list | dict)


def _text(value: Any) -> str:
    """As PostgreSQL reads a parameter sent as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, list | tuple):
        return "{" + ",".join("NULL" if one is None else _quoted(_text(one)) for one in value) + "}"
    return str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
