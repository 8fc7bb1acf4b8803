"""A connection that ends at any byte, of the request or of the answer: one report, one answer, the same to the byte."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from cli.demo.phone import Cut, CutOff, Phone
from tests.cast import Cast, Clock
from tests.phoning import PhoneOf, device_state, door, inbox, phone_of, reports
from tests.visiting import HOUR, slot

__all__ = ["door", "phone_of"]

STEP = 7  # bytes


def results(phone: Phone) -> bytes:
    """The results of the last answer heard whole, as they travelled."""
    assert phone.network.answer
    told = msgspec.json.decode(phone.network.answer.body, type=dict[str, msgspec.Raw])
    return bytes(told["results"])


async def measured(cast: Cast, phone: Phone) -> tuple[int, int]:
    """How many bytes such a request and its answer have."""
    phone.report(await slot(cast, recipient=await cast.recipient()))
    await phone.push()
    return phone.network.sent, phone.network.heard


def cuts(request: int, answer: int) -> Iterator[Cut]:
    """Through the request, its very last byte too, and through the answer."""
    yield from (Cut(request=place) for place in (*range(0, request, STEP), request - 1, request))
    yield from (Cut(answer=place) for place in (*range(0, answer, STEP), answer - 1))


async def test_cut_at_any_byte_there_is_one_report_and_one_answer(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    phone = await phone_of(cast.worker, ahead=timedelta(days=-1000))
    request, answer = await measured(cast, phone)
    places = list(cuts(request, answer))
    assert len(places) > 100
    written: list[UUID] = [phone.memory.items[0].id]
    for cut in places:
        phone = phone.restarted()
        written.append(phone.at(cast.now - HOUR).report(await slot(cast)))
        phone.network.cuts.append(cut)
        with pytest.raises(CutOff):
            await phone.push()
        await phone.push()
        (item,) = phone.memory.items[-1:]
        told, receipt = results(phone), item.receipt
        assert receipt and receipt.status == "taken" and receipt.answer["counted"], cut
        await phone.send([item])
        assert results(phone) == told, cut
    assert sorted(report["id"] for report in await reports(cast)) == sorted(written)
    assert [(item["client_id"], item["status"]) for item in await inbox(cast)] == [(one, "taken") for one in written]
    state = await device_state(cast, cast.worker.device_id)
    assert (state["last_seq"], state["missing"]) == (len(written), [])


async def test_an_item_that_waited_and_one_that_was_refused_are_answered_alike_after_a_cut(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    """Conflicts and refusals are answers as well: the same ones again, and only one alert."""
    visit = await slot(cast)
    phone = await phone_of(cast.worker)
    first = phone.report(visit)
    phone.report(visit, id=first, note="改了内容")
    phone.note("karaoke", {})
    phone.amend(first, after=first, note="更正")
    batch = list(phone.memory.items)
    await phone.send(batch)
    told = results(phone)
    for place in range(0, phone.network.heard, 97):
        phone.network.cuts.append(Cut(answer=place))
        with pytest.raises(CutOff):
            await phone.send(batch)
        clock.forward(minutes=1)
        await phone.send(batch)
        assert results(phone) == told
    receipts = [item.receipt for item in batch]
    assert [receipt and receipt.status for receipt in receipts] == ["taken", "conflict", "refused", "taken"]
    assert len(await reports(cast)) == 2 and len(await inbox(cast)) == 4
    assert await cast.owner.fetchval("SELECT count(*) FROM report_conflict") == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM alert WHERE kind LIKE '%conflict%'") == 1
