"""Phones that were cut off: they may still hand in what they hold, and nothing else opens to them."""

from datetime import timedelta

import pytest

from accounts import actions
from accounts.actions.devices import Bound
from accounts.permissions import Account, Sender
from core.ids import new_id
from tests.cast import Cast
from tests.stories.test_phones import asks, bind_phone

DAY = timedelta(days=1)


async def sends(cast: Cast, token: str, after: timedelta = timedelta()) -> Sender | None:
    return await actions.sender(token, cast.now + after)


async def _revoke(cast: Cast, phone: Bound) -> None:
    await actions.revoke_device(phone.device_id, account_id=cast.worker.id, by=cast.specialist, now=cast.now)


async def test_a_phone_in_use_sends_as_the_account_it_asks_as(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    sender = await sends(cast, phone.token)
    assert sender == Sender(account=await _asks(cast, phone), revoked_at=None)


async def _asks(cast: Cast, phone: Bound) -> Account:
    account = await asks(cast, phone.token)
    assert account is not None
    return account


async def test_sending_marks_the_phone_as_seen(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    await sends(cast, phone.token, DAY)
    seen = await cast.owner.fetchval("SELECT last_seen_at FROM device WHERE id = $1", phone.device_id)
    assert seen == cast.now + DAY


async def test_a_revoked_phone_may_still_send_for_four_hundred_days(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    account = await _asks(cast, phone)
    await _revoke(cast, phone)
    assert await asks(cast, phone.token) is None
    assert await sends(cast, phone.token, 399 * DAY) == Sender(account=account, revoked_at=cast.now)
    assert await sends(cast, phone.token, 400 * DAY) is None


async def test_the_phone_of_an_ended_account_may_still_send(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now + DAY)
    sender = await sends(cast, phone.token, 2 * DAY)
    assert sender is not None
    assert (sender.account.id, sender.account.area_ids) == (cast.worker.id, (cast.village,))
    assert sender.revoked_at == cast.now + DAY


async def test_a_phone_revoked_before_its_account_ended_counts_from_the_first_of_the_two(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    await _revoke(cast, phone)
    await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now + DAY)
    sender = await sends(cast, phone.token, 2 * DAY)
    assert sender is not None and sender.revoked_at == cast.now


async def test_a_session_its_owner_closed_stays_shut_when_the_phone_is_revoked(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    account = await _asks(cast, phone)
    await actions.end_session(account.session_id, by=account, now=cast.now)
    await _revoke(cast, phone)
    assert await sends(cast, phone.token) is None


async def test_a_session_that_had_run_out_before_the_phone_was_revoked_stays_shut(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    await cast.owner.execute("UPDATE session SET expires_at = $1 WHERE device = $2", cast.now, phone.device_id)
    await _revoke(cast, phone)
    assert await sends(cast, phone.token) is None


@pytest.mark.parametrize("reason", ["signed_out", "account_changed"])
async def test_a_session_that_ended_for_another_reason_stays_shut(cast: Cast, reason: str) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    await cast.owner.execute(
        "UPDATE session SET ended_at = $1, ended_reason = $2 WHERE device = $3", cast.now, reason, phone.device_id
    )
    assert await sends(cast, phone.token) is None
    await _revoke(cast, phone)
    assert await sends(cast, phone.token) is None


async def test_a_session_without_a_phone_never_sends_after_its_account_ended(cast: Cast) -> None:
    office = Account(
        **{name: getattr(cast.worker, name) for name in ("id", "name", "role", "area_ids", "district_id")},
        second_factor_ok=True,
        session_id=new_id(),
        device_id=None,
    )
    token = await cast.session(office)
    assert await sends(cast, token) is not None
    await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now)
    assert await sends(cast, token) is None


async def test_a_token_nobody_was_given_sends_nothing(cast: Cast) -> None:
    assert await sends(cast, "x" * 43) is None
