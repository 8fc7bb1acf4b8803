"""Workers' phones: bound by a code that counts once, cut off at once, and never a way around the rules."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts import actions
from accounts.actions.devices import Bound
from accounts.permissions import Account
from accounts.refusals import ActivationRefused, NoPhoneForRole, ServesElsewhere, TooManyAttempts
from core.errors import NotFound
from core.ids import new_id
from tests.cast import Cast

ADDRESS = "203.0.113.7"


async def asks(cast: Cast, token: str, after: timedelta = timedelta()) -> Account | None:
    return await actions.account_of(token, cast.now + after)


async def bind_phone(cast: Cast, account: Account, by: Account) -> Bound:
    issued = await actions.issue_activation(account.id, by=by, now=cast.now)
    return await actions.activate_device(code=issued.code, label="红米 9A", address=ADDRESS, now=cast.now)


async def test_a_phone_is_bound_by_a_code_of_its_supervisor_and_stays_ninety_days(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    account = await asks(cast, phone.token)
    assert account is not None
    assert (account.id, account.device_id) == (cast.worker.id, phone.device_id)
    assert account.may("visit.log")
    assert await asks(cast, phone.token, timedelta(days=89)) is not None
    assert await asks(cast, phone.token, timedelta(days=90)) is None


async def test_an_activation_code_is_typed_however_one_likes_and_counts_once(cast: Cast) -> None:
    issued = await actions.issue_activation(cast.worker.id, by=cast.specialist, now=cast.now)
    typed = f" {issued.code.lower().replace('-', ' ')}"
    await actions.activate_device(code=typed, label="红米", address=None, now=cast.now)
    with pytest.raises(ActivationRefused):
        await actions.activate_device(code=issued.code, label="红米", address=None, now=cast.now)


async def test_used_void_expired_and_unknown_codes_are_refused_alike(cast: Cast) -> None:
    async def code() -> str:
        return (await actions.issue_activation(cast.worker.id, by=cast.specialist, now=cast.now)).code

    used, void, expired = await code(), "", ""
    await actions.activate_device(code=used, label="红米", address=None, now=cast.now)
    void = await code()
    expired = await code()
    tried = ((used, 0), (void, 0), (expired, 30), ("2222-2222-2222", 0))
    said = set()
    for one, days in tried:
        with pytest.raises(ActivationRefused) as refused:
            await actions.activate_device(code=one, label="红米", address=None, now=cast.now + timedelta(days=days))
        said.add((refused.value.detail, refused.value.field))
    assert len(said) == 1


async def test_guessing_at_codes_is_slowed_down_by_address(cast: Cast) -> None:
    issued = await actions.issue_activation(cast.worker.id, by=cast.specialist, now=cast.now)
    for _ in range(41):
        with pytest.raises(ActivationRefused):
            await actions.activate_device(code="2222-2222-2222", label="红米", address=ADDRESS, now=cast.now)
    with pytest.raises(TooManyAttempts):
        await actions.activate_device(code=issued.code, label="红米", address=ADDRESS, now=cast.now)


async def test_a_code_cannot_go_around_the_second_factor(cast: Cast) -> None:
    with pytest.raises(NoPhoneForRole):
        await actions.issue_activation(cast.specialist.id, by=cast.leader, now=cast.now)


async def test_another_townships_worker_is_as_unknown_as_nobody(cast: Cast) -> None:
    said = set()
    for account_id in (cast.worker.id, uuid4()):
        with pytest.raises(NotFound) as refused:
            await actions.issue_activation(account_id, by=cast.foreign_specialist, now=cast.now)
        said.add((type(refused.value), refused.value.detail))
    assert len(said) == 1


async def test_a_worker_of_two_townships_gets_no_phone_from_one_of_them(cast: Cast) -> None:
    await cast.owner.execute(
        "INSERT INTO account_area (id, account, area) VALUES ($1, $2, $3)",
        new_id(),
        cast.worker.id,
        cast.foreign_village,
    )
    with pytest.raises(ServesElsewhere):
        await actions.issue_activation(cast.worker.id, by=cast.specialist, now=cast.now)
    await actions.issue_activation(cast.worker.id, by=cast.administrator, now=cast.now)


async def test_a_revoked_phone_is_refused_at_its_next_request(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    kept = await bind_phone(cast, cast.worker, cast.specialist)
    await actions.revoke_device(phone.device_id, account_id=cast.worker.id, by=cast.specialist, now=cast.now)
    assert await asks(cast, phone.token) is None
    assert await asks(cast, kept.token) is not None
    await actions.revoke_device(phone.device_id, account_id=cast.worker.id, by=cast.specialist, now=cast.now)


async def test_a_phone_of_another_township_cannot_be_revoked_nor_be_learned_of(cast: Cast) -> None:
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    for device_id, account_id in ((phone.device_id, cast.worker.id), (phone.device_id, cast.foreign_worker.id)):
        with pytest.raises(NotFound):
            await actions.revoke_device(device_id, account_id=account_id, by=cast.foreign_specialist, now=cast.now)
    assert await asks(cast, phone.token) is not None


async def test_a_lost_phone_is_cut_off_as_soon_as_a_new_code_is_asked_for(cast: Cast) -> None:
    lost = await bind_phone(cast, cast.worker, cast.specialist)
    issued = await actions.issue_activation(
        cast.worker.id, lost_device_id=lost.device_id, by=cast.specialist, now=cast.now
    )
    assert await asks(cast, lost.token) is None
    assert await actions.activate_device(code=issued.code, label="新手机", address=None, now=cast.now)
