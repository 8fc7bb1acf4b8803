"""Somebody of the story, who acts through the public API and nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pyotp

from core.ids import new_id


class NotObserved(RuntimeError):
    """What the story expects did not happen; the message says what was seen instead."""


def expect(true: bool, otherwise: str) -> None:
    """`NotObserved`, saying what was seen instead, unless this is true."""
    if not true:
        raise NotObserved(otherwise)


@dataclass(kw_only=True)
class Person:
    """A name, a post, and a session. `password` and `secret` are kept to be printed at the end."""

    name: str
    post: str
    login: str
    http: httpx.AsyncClient
    id: str = ""
    password: str = ""
    secret: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, *, expect: int | tuple[int, ...] = (200, 201, 204), **kwargs: Any
    ) -> Any:
        """Send one request; the decoded answer. `NotObserved` when the status is not the expected one."""
        answer = await self.http.request(method, f"/v1{path}", **kwargs)
        expected = (expect,) if isinstance(expect, int) else expect
        if answer.status_code not in expected:
            raise NotObserved(f"{self.post}{self.name} {method} {path}：{answer.status_code} {answer.text[:600]}")
        if answer.headers.get("content-type", "").startswith(("application/json", "application/problem+json")):
            return answer.json()
        return answer.content

    async def get(self, path: str, **parameters: Any) -> Any:
        return await self.ask("GET", path, params=parameters)

    async def post_json(self, path: str, body: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        return (
            await self.ask("POST", path, json=body, **kwargs)
            if body is not None
            else await self.ask("POST", path, **kwargs)
        )

    async def pages(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, size=200, **parameters, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def holds(self, token: str) -> None:
        """Use this session from now on."""
        self.http.headers["Authorization"] = f"Bearer {token}"


async def first_sign_in(person: Person, first_password: str, password: str) -> None:
    """The way of everybody with a password: sign in, replace the given password, set up the authenticator."""
    await sign_in(person, first_password)
    await person.post_json("/me/password", {"password": first_password, "new_password": password})
    person.password = password
    begun = await person.post_json("/me/second-factor", {"password": password})
    person.secret = begun["secret"]
    await person.post_json("/me/second-factor/confirm", {"code": pyotp.TOTP(person.secret).now()})


async def sign_in(person: Person, password: str) -> None:
    """Open a session by password."""
    opened = await person.post_json("/sessions", {"login": person.login, "password": password})
    person.holds(opened["token"])


async def until(seen: Callable[[], Any], what: str, *, within: float = 45.0) -> Any:
    """Look again and again until `seen` answers with something; `NotObserved` when it does not in time."""
    began = asyncio.get_running_loop().time()
    while True:
        found = await seen()
        if found:
            return found
        if asyncio.get_running_loop().time() - began > within:
            raise NotObserved(f"{within:.0f} 秒内没有等到：{what}")
        await asyncio.sleep(0.5)


def report(made_at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """A normal visit as the phone sends it: one tap for all normal, an id made by the phone."""
    return {
        "id": str(new_id()),
        "outcome": "made",
        "made_at": (made_at or datetime.now(UTC)).isoformat(),
        "method": "door",
        "identified_by": "known_personally",
        "all_normal": True,
        "hazards": [],
    } | changes
