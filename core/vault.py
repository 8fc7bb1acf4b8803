"""Sealing of sensitive fields (AES-256-GCM, bound to their place) and blind indexes (HMAC-SHA-256, separate key)."""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class CannotOpen(RuntimeError):
    """The sealed value was moved, altered, or sealed with a key this keyring does not hold."""


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """Sealing keys by version (32 bytes each), the version in use, and the key of the blind indexes."""

    current: int
    keys: dict[int, bytes]
    index_key: bytes

    def __repr__(self) -> str:
        return f"Keyring(current={self.current}, versions={sorted(self.keys)})"


def new_keyring() -> str:
    """A fresh keyring as the JSON text a keyring file holds."""

    def fresh() -> str:
        return base64.b64encode(os.urandom(32)).decode()

    return json.dumps({"current": 1, "keys": {"1": fresh()}, "index_key": fresh()})


def read_keyring(text: str) -> Keyring:
    """Parse a keyring; ValueError when a key is missing or not 32 bytes."""
    data = json.loads(text)
    keys = {int(version): base64.b64decode(key) for version, key in data["keys"].items()}
    ring = Keyring(current=int(data["current"]), keys=keys, index_key=base64.b64decode(data["index_key"]))
    if ring.current not in keys or any(len(key) != 32 for key in (*keys.values(), ring.index_key)):
        raise ValueError("the keyring needs its current key, and every key must be 32 bytes")
    return ring


def keyring_file(path: Path) -> Path:
    """Make the keyring file (mode 0600) when it is not there yet; its path."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_keyring())
    return path


_ring: Keyring | None = None


def use(ring: Keyring) -> None:
    """Set the keyring of this process, once, at start-up."""
    global _ring
    _ring = ring


def _current() -> Keyring:
    if _ring is None:
        raise CannotOpen("no keyring is set for this process")
    return _ring


@lru_cache(maxsize=16)
def _box(key: bytes) -> AESGCM:
    """The cipher of one key: setting it up costs as much as sealing a field."""
    return AESGCM(key)


def seal(plain: str, place: str) -> bytes:
    """Seal a text for one place, written "table.column:row-id"; it opens nowhere else."""
    return seal_bytes(plain.encode(), place)


def seal_bytes(plain: bytes, place: str) -> bytes:
    """Seal bytes, such as a picture, for one place."""
    ring = _current()
    nonce = os.urandom(_NONCE)
    version = ring.current.to_bytes(2, "big")
    return version + nonce + _box(ring.keys[ring.current]).encrypt(nonce, plain, version + place.encode())


def open_sealed(sealed: bytes, place: str) -> str:
    """Open what `seal` sealed for this place; `CannotOpen` when it was moved, altered or its key is gone."""
    try:
        return open_bytes(sealed, place).decode()
    except UnicodeDecodeError:
        raise CannotOpen("what is sealed there is no text") from None


def open_bytes(sealed: bytes, place: str) -> bytes:
    """Open what `seal_bytes` sealed for this place; `CannotOpen` as of a text."""
    ring = _current()
    version, nonce, box = sealed[:2], sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :]
    key = ring.keys.get(int.from_bytes(version, "big"))
    if key is None:
        raise CannotOpen(f"no key of version {int.from_bytes(version, 'big')}")
    try:
        return _box(key).decrypt(nonce, box, version + place.encode())
    except (InvalidTag, ValueError):  # ValueError: cut so short that nothing can be checked
        raise CannotOpen("the sealed value does not belong to this place") from None


def blind_index(plain: str, purpose: str) -> bytes:
    """A keyed hash for equality look-ups and uniqueness; the purpose keeps equal texts of two columns apart."""
    return hmac.new(_current().index_key, f"{purpose}\0{plain}".encode(), hashlib.sha256).digest()


def chain_code(said: bytes) -> bytes:
    """A keyed hash for the chain over the journal; its key serves nothing else."""
    return hmac.new(blind_index("key", "journal_chain"), said, hashlib.sha256).digest()


def token_hash(token: str) -> bytes:
    """SHA-256 of an opaque random token (at least 128 bits, so it needs neither salt nor stretching)."""
    return hashlib.sha256(token.encode()).digest()
