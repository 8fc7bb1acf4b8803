"""Counting attempts before a secret is checked, in a transaction of its own: a refusal afterwards leaves the count."""

import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from accounts.queries.throttle import locked_tallies, remove_forgotten, save_tallies
from accounts.refusals import TooManyAttempts
from accounts.throttle import Key, failed, succeeded, wait_before
from core import vault


def keys_of(found: Mapping[Key, str | None]) -> tuple[str, ...]:
    """What is counted under: "account:…" and so on, keyed hashes, so that the table tells nothing."""
    return tuple(f"{key}:{vault.blind_index(plain, f'throttle.{key}').hex()}" for key, plain in found.items() if plain)


async def count(keys: Collection[str], now: datetime, *, device_is_known: bool = False) -> None:
    """Count an attempt as failed before it is made. TooManyAttempts, for a login that does not exist as for any."""
    tallies = await locked_tallies(keys)
    wait = wait_before(tallies.values(), now, device_is_known=device_is_known)
    if wait > timedelta():
        raise TooManyAttempts(retry_after=wait)
    await save_tallies({key: failed(tally, now) for key, tally in tallies.items()})


async def take_back(keys: Collection[str], now: datetime) -> None:
    """The attempt was right."""
    tallies = await locked_tallies(keys)
    await save_tallies({key: succeeded(tally) for key, tally in tallies.items()})
    await remove_forgotten(now)


def new_mark(account_id: UUID) -> str:
    """What a browser keeps once this account has signed in from it. It proves nothing but just that."""
    device = secrets.token_urlsafe(16)
    return f"{device}.{_signature(device, account_id)}"


def marked_device(mark: str | None, account_id: UUID | None) -> str | None:
    """The device a mark was given to, when this account has signed in from it before."""
    if mark is None or account_id is None:
        return None
    device, _, signature = mark.partition(".")
    return device if hmac.compare_digest(signature.encode(), _signature(device, account_id).encode()) else None


def _signature(device: str, account_id: UUID) -> str:
    return vault.blind_index(f"{account_id}:{device}", "device_mark").hex()
