"""Providers: added once, ended when nobody depends on their staff."""

from datetime import date
from typing import Any

import pytest

from caregivers.people import actions
from caregivers.people.refusals import (
    ProviderEnded,
    ProviderKnown,
    ProviderNotFound,
    ProviderStaffCare,
)
from core.errors import Invalid
from tests.caregivers_on_record import end, journal, registered
from tests.caring import agreement
from tests.cast import Cast
from tests.ledger_files import id_number


async def test_a_provider_is_added_once_and_ended_when_nobody_depends_on_it(cast: Cast) -> None:
    told: dict[str, Any] = {"area_id": cast.township, "name": "安康中心", "credit_code": "91350100M000100Y43"}
    one = await actions.add_provider(**told, phone="022-23456789", by=cast.specialist, now=cast.now)
    with pytest.raises(ProviderKnown):
        await actions.add_provider(**(told | {"name": "康宁中心"}), phone=None, by=cast.leader, now=cast.now)
    with pytest.raises(ProviderKnown):
        await actions.add_provider(**(told | {"credit_code": None}), phone=None, by=cast.leader, now=cast.now)
    staff = await registered(cast, kind="provider_staff", provider_id=one.id)
    agreed = await agreement(cast, caregiver_id=staff)
    with pytest.raises(ProviderStaffCare):
        await actions.end_provider(one.id, by=cast.leader, now=cast.now)
    with pytest.raises(ProviderNotFound):
        await actions.end_provider(one.id, by=cast.foreign_leader, now=cast.now)
    await end(cast, agreed)
    await actions.end_provider(one.id, by=cast.leader, now=cast.now)
    with pytest.raises(ProviderEnded):
        await actions.end_provider(one.id, by=cast.leader, now=cast.now)
    with pytest.raises(ProviderEnded):
        await registered(
            cast, kind="provider_staff", provider_id=one.id, id_number=id_number(11, born_on=date(1980, 1, 1))
        )
    assert await journal(cast, one.id) == ["provider.added", "provider.ended"]


async def test_staff_belong_to_a_provider_of_ones_own_areas(cast: Cast) -> None:
    foreign = await actions.add_provider(
        area_id=cast.foreign_township,
        name="北柳中心",
        credit_code=None,
        phone=None,
        by=cast.foreign_specialist,
        now=cast.now,
    )
    with pytest.raises(Invalid) as refused:
        await registered(cast, kind="provider_staff", provider_id=foreign.id)
    assert refused.value.field == "/provider_id"
