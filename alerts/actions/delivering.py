"""Delivery: lease what is owed, send it, and believe only the provider's own "ok"."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from alerts.messages import Address, Receipt, Sender, render
from alerts.notices import CONSOLE, MINUTE, Bundle, Owed, bundles, given_up, retry_at, throttle
from alerts.queries.delivering import (
    Claimed,
    claim_owed,
    delay,
    lease,
    mark_sent,
    save_failures,
    superseded,
    tried_lately,
)
from core import db, journal, vault
from core.scope import JOBS

log = structlog.get_logger("chuangdeng.alerts")

# The longest a pass can take (messages ÷ at once × seconds each) stays below the lease and a job's 50 seconds.
MESSAGES_A_PASS = 100
_AT_ONCE = 20
_SEND_MAY_TAKE = 8
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class _Going:
    """A bundle under way and where to; `to` None: there is nowhere to send it, and `error` says why."""

    bundle: Bundle
    to: Address | None
    index: bytes
    error: str = ""


async def deliver(
    *, now: datetime, senders: Mapping[str, Sender], public_url: str = "", limit: int = 1000
) -> Counter[str]:
    """Send what is owed and due; {"messages": …}, and of notices {"sent": …, "retried": …, "failed": …, "delayed": …}.

    `limit` bounds the notices looked at; what belongs to one person and channel goes out as one message.
    """
    counts: Counter[str] = Counter()
    async with db.transaction(JOBS):
        going = await _claim(counts, now=now, limit=limit)
    counts["messages"] = len(going)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(under_way: _Going) -> None:
        async with gate:
            receipt = await _send(under_way, senders, public_url)
        counts.update(await _record(under_way.bundle, receipt, now=now))

    ended = await asyncio.gather(*(one(under_way) for under_way in going), return_exceptions=True)
    faults = [fault for fault in ended if isinstance(fault, BaseException)]
    if faults:
        raise BaseExceptionGroup("what became of some messages could not be stored; they are sent again", faults)
    return counts


async def _claim(counts: Counter[str], *, now: datetime, limit: int) -> list[_Going]:
    claimed = {one.notice.id: one for one in await claim_owed(now=now, limit=limit)}
    made = bundles(one.notice for one in claimed.values())[:MESSAGES_A_PASS]
    found = {bundle.id: _going(bundle, claimed[bundle.notices[0].id]) for bundle in made}
    addresses = {bundle_id: going.index for bundle_id, going in found.items()}
    tried = await tried_lately(set(addresses.values()), since=now - MINUTE)
    allowed = throttle(made, addresses=addresses, tried=tried, now=now)
    later = [(notice.id, until) for bundle, until in allowed.later for notice in bundle.notices]
    leased = [(notice.id, bundle.id, addresses[bundle.id]) for bundle in allowed.now for notice in bundle.notices]
    await delay(later)
    await lease(leased, until=now + LEASE, now=now)
    counts["delayed"] += len(later)
    return [found[bundle.id] for bundle in allowed.now]


def _going(bundle: Bundle, claimed: Claimed) -> _Going:
    """Where a bundle goes. An address that is gone or cannot be opened is this bundle's failure and nobody else's."""
    own = str(bundle.account_id)
    index = vault.blind_index(f"{bundle.channel}:{own}", "notice address")
    if bundle.channel == CONSOLE:
        return _Going(bundle=bundle, to=Address(address=own, secret=None), index=index)
    if claimed.channel_id is None or claimed.address_sealed is None:
        return _Going(bundle=bundle, to=None, index=index, error="no address on this channel any more")
    try:
        address = vault.open_sealed(claimed.address_sealed, f"account_channel.address_sealed:{claimed.channel_id}")
        secret = (
            vault.open_sealed(claimed.secret_sealed, f"account_channel.secret_sealed:{claimed.channel_id}")
            if claimed.secret_sealed
            else None
        )
    except vault.CannotOpen:
        return _Going(bundle=bundle, to=None, index=index, error="the address could not be opened")
    index = vault.blind_index(f"{bundle.channel}:{address}", "notice address")
    return _Going(bundle=bundle, to=Address(address=address, secret=secret), index=index)


async def _send(going: _Going, senders: Mapping[str, Sender], public_url: str) -> Receipt:
    """What the provider said. Any fault on the way is an error to record and retry: one channel never stops another."""
    sender = senders.get(going.bundle.channel)
    if going.to is None:
        return Receipt(error=going.error)
    if sender is None:
        return Receipt(error=f"no sender for channel {going.bundle.channel}")
    try:
        async with asyncio.timeout(_SEND_MAY_TAKE):
            return await sender.send(render(going.bundle, public_url=public_url), going.to)
    except TimeoutError:
        return Receipt(error="timeout")
    except Exception as fault:  # its text may quote an address or a secret: only its kind is kept
        log.error("sender failed", channel=going.bundle.channel, fault=type(fault).__name__)
        return Receipt(error=type(fault).__name__)


async def _record(bundle: Bundle, receipt: Receipt, *, now: datetime) -> Counter[str]:
    """Store what became of a message at once, so that a crash repeats as few as possible."""
    async with db.transaction(JOBS):
        if receipt.error is None:
            await mark_sent([notice.id for notice in bundle.notices], reference=receipt.reference, now=now)
            await journal.write_all(_entries("notice.sent", bundle.notices, None, now))
            return Counter(sent=len(bundle.notices))
        after = await superseded([notice.id for notice in bundle.notices])
        retries = {
            notice.id: None
            if given_up(notice.tries + 1, superseded=notice.id in after)
            else retry_at(notice.id, notice.tries + 1, now=now)
            for notice in bundle.notices
        }
        await save_failures(retries, error=receipt.error)
        failed = [notice for notice in bundle.notices if retries[notice.id] is None]
        await journal.write_all(_entries("notice.failed", failed, receipt.error, now))
        return Counter(failed=len(failed), retried=len(retries) - len(failed))


def _entries(kind: str, notices: Sequence[Owed], error: str | None, now: datetime) -> list[journal.Entry]:
    return [
        journal.Entry(
            kind=kind,
            subject_id=notice.alert_id or notice.id,
            area_id=notice.area_id,
            by=None,
            at=now,
            facts={
                "notice": str(notice.id),
                "account": str(notice.account_id),
                "channel": notice.channel,
                "tries": notice.tries + 1,
            }
            | ({"error": error} if error else {}),
        )
        for notice in notices
    ]
