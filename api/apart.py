"""Taking a batch apart without looking into its items: what is wrong inside one of them stays inside it."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import msgspec

_STEP = re.compile(rb'\\.|["\[\]{}]', re.DOTALL)
_ITEMS_LIE_AT = 2  # within the list within the object


async def decode_apart(body: bytes, kind: Any, *, strictly: Callable[[bytes, Any], Any]) -> Any:
    """Decode a struct with one field of `list[Raw]`, its items; what is wrong around them is told by `strictly`.

    An item may be nested however deep, or hold text nobody can read, as long as its brackets close: where that makes
    the decoder stumble, the items are cut out by their brackets alone.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return await asyncio.to_thread(_decode_cut, body, kind, strictly)


def _decode_cut(body: bytes, kind: Any, strictly: Callable[[bytes, Any], Any]) -> Any:
    around, items = _cut(body)
    batch = strictly(around, kind)
    name = next(field.name for field in msgspec.structs.fields(kind) if field.type == list[msgspec.Raw])
    raws = [msgspec.Raw(items.get(bytes(raw), bytes(raw))) for raw in getattr(batch, name)]
    return msgspec.structs.replace(batch, **{name: raws})


def _cut(body: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """The body with a mark in the place of every object and list that lies as deep as an item, and what they were."""
    around: list[bytes] = []
    items: dict[bytes, bytes] = {}
    depth = begins = done = 0
    in_text = False
    for step in _STEP.finditer(body):
        sign = step[0]
        if sign == b'"':
            in_text = not in_text
        elif in_text or sign[:1] == b"\\":
            continue
        elif sign in b"[{":
            if depth == _ITEMS_LIE_AT:
                begins = step.start()
            depth += 1
        else:
            depth -= 1
            if depth == _ITEMS_LIE_AT:
                mark = b'{"":%d}' % len(items)
                items[mark] = body[begins : step.end()]
                around += (body[done:begins], mark)
                done = step.end()
    return b"".join((*around, body[done:])), items
