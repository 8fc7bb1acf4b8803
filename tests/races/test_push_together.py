"""Several phones that send the same thing, or other things under one id, at the same moment."""

import asyncio
from collections import Counter

from cli.demo.phone import Phone
from tests.cast import Cast, Clock
from tests.phoning import PhoneOf, another_phone, device_state, door, inbox, phone_of, reports
from tests.visiting import HOUR, slot

__all__ = ["door", "phone_of"]

ROUNDS = 12


async def three_phones(cast: Cast, phone_of: PhoneOf) -> list[Phone]:
    """Of one worker: one app copied from phone to phone, as backups do."""
    spares = [await another_phone(cast, cast.worker) for _ in range(2)]
    return [await phone_of(cast.worker), *[await phone_of(spare) for spare in spares]]


async def test_the_same_items_from_three_phones_at_once_are_kept_once_and_answered_alike(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    phones = await three_phones(cast, phone_of)
    written = []
    for _ in range(ROUNDS):
        for _ in range(4):
            written.append(phones[0].at(cast.now - HOUR).report(await slot(cast)))
        for phone in phones[1:]:
            phone.memory = phones[0].restarted().memory
        await asyncio.gather(*(phone.push() for phone in phones))
        told = [[item.receipt for item in phone.memory.items] for phone in phones]
        assert told[0] == told[1] == told[2]
        assert {receipt.status for receipt in told[0] if receipt} == {"taken"}
    assert Counter(report["id"] for report in await reports(cast)) == Counter(written)
    assert Counter(item["client_id"] for item in await inbox(cast)) == Counter(written)


async def test_of_other_contents_under_one_id_sent_at_once_one_is_taken_and_the_rest_are_conflicts(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    phones = await three_phones(cast, phone_of)
    for _ in range(ROUNDS):
        visit, report = await slot(cast), phones[0].new_id()
        for number, phone in enumerate(phones):
            phone.report(visit, id=report, note=f"第{number + 1}份")
        await asyncio.gather(*(phone.push() for phone in phones))
        told = Counter(receipt.status for phone in phones if (receipt := phone.memory.items[-1].receipt))
        assert told == {"taken": 1, "conflict": 2}
    assert len(await reports(cast)) == ROUNDS
    assert await cast.owner.fetchval("SELECT count(*) FROM report_conflict") == 2 * ROUNDS
    assert await cast.owner.fetchval("SELECT count(*) FROM alert WHERE kind = 'conflicting_report'") == 2 * ROUNDS
    assert Counter(item["first"] for item in await inbox(cast)) == {True: ROUNDS, False: 2 * ROUNDS}


async def test_one_id_used_by_two_people_at_once_is_one_persons_and_the_other_learns_nothing(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    here, there = await phone_of(cast.worker), await phone_of(cast.foreign_worker)
    for _ in range(ROUNDS):
        report = here.report(await slot(cast))
        there.report(
            await slot(
                cast,
                await cast.recipient(area_id=cast.foreign_village),
                area_id=cast.foreign_village,
                worker_id=cast.foreign_worker.id,
            ),
            id=report,
        )
        await asyncio.gather(here.push(), there.push())
        receipts = [phone.memory.items[-1].receipt for phone in (here, there)]
        assert Counter(receipt.status for receipt in receipts if receipt) == {"taken": 1, "refused": 1}
        (refused,) = [receipt for receipt in receipts if receipt and receipt.status == "refused"]
        assert refused.code == "id-taken" and refused.answer is None
    assert len(await reports(cast)) == ROUNDS and len(await inbox(cast)) == 2 * ROUNDS


async def test_ten_pushes_of_one_phone_at_once_keep_its_books_in_order(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    phone = await phone_of(cast.worker)
    for _ in range(10):
        phone.report(await slot(cast))
    await asyncio.gather(*(phone.send([item]) for item in reversed(phone.memory.items)))
    state = await device_state(cast, cast.worker.device_id)
    assert (state["last_seq"], state["missing"]) == (10, [])
    assert phone.waiting == 0 and len(await reports(cast)) == 10
