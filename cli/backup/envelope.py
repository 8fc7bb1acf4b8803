"""An encrypted stream: opened only with its passphrase, and only whole, unaltered and in order.

A key derived by scrypt seals chunks with AES-256-GCM. The nonce of a chunk holds its number and whether it is the
last, so that none can be left out, moved, or missing at the end.
"""

import os
import struct
from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_MAGIC = b"chuangdeng backup 1\n"
_SALT, _PREFIX, _TAG = 16, 7, 16
CHUNK = 1 << 20
_COST = 1 << 15  # 32 MiB and a tenth of a second
LEAST_PASSPHRASE = 12


class CannotOpen(Exception):
    """Not a backup, another passphrase, altered, or cut short; it cannot be told which."""


class Sealer:
    """Seals what is written to it into a binary file. `finish` must be called: without it the file does not open."""

    def __init__(self, out: IO[bytes], passphrase: str) -> None:
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self._box = AESGCM(_key(passphrase, salt))
        self._out, self._waiting, self._number = out, bytearray(), 0
        out.write(_MAGIC + salt + self._prefix)

    def write(self, plain: bytes) -> None:
        self._waiting += plain
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._out.write(self._box.encrypt(_nonce(self._prefix, self._number, last), plain, _MAGIC))
        self._number += 1


def opened(file: IO[bytes], passphrase: str) -> Iterator[bytes]:
    """The plain chunks of a sealed file, each checked before it is handed out; `CannotOpen` at the first wrong one."""
    head = file.read(len(_MAGIC) + _SALT + _PREFIX)
    if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _SALT + _PREFIX:
        raise CannotOpen
    box, prefix = AESGCM(_key(passphrase, head[len(_MAGIC) : -_PREFIX])), head[-_PREFIX:]
    number, sealed = 0, file.read(CHUNK + _TAG)
    while sealed:
        following = file.read(CHUNK + _TAG)
        try:
            plain = box.decrypt(_nonce(prefix, number, not following), sealed, _MAGIC)
        except InvalidTag:
            raise CannotOpen from None
        yield plain
        number, sealed = number + 1, following
    if not number:
        raise CannotOpen


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())
