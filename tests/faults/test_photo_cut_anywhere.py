"""A photo on a bad line: what arrived is not sent again, the picture is whole, and its report never waits for it."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from cli.demo.phone import Cut, NotSent
from tests.cast import Cast, Clock
from tests.phoning import PhoneOf, door, phone_of, reports
from tests.visiting import HOUR, slot, status

__all__ = ["door", "phone_of"]

PART = 8 * 1024


def picture() -> bytes:
    """Some hundred kilobytes of what no compression makes smaller."""
    file = BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


async def test_a_photo_goes_on_where_it_was_cut_and_its_report_is_there_long_before(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visit, data = await slot(cast), picture()
    phone = await phone_of(cast.worker, ahead=timedelta(days=900))
    report = phone.at(cast.now - HOUR).report(visit)
    photo = phone.photograph(data, report, about_id=visit)
    first, reference = await phone.push()
    assert (first.status, reference.status) == ("taken", "held")
    assert await status(cast, visit) == "made", "with or without a picture"
    broken = 0
    while phone.memory.photos[0].sent_at is None:
        phone.network.cuts.extend([Cut(), Cut(), Cut(request=PART // 3)])
        try:
            await phone.send_photos(part=PART)
        except NotSent:
            broken += 1
            assert broken < 200, "it never arrives"
            phone = phone.restarted()
    phone.network.cuts.clear()
    assert broken > 3 and [one.status for one in phone.memory.photos] == ["stored"]
    (reference,) = await phone.push()
    assert reference.status == "taken" and phone.waiting == 0
    shown = await phone.ask("GET", f"/v1/my/attachments/{photo}")
    assert shown.status == 200 and Image.open(BytesIO(shown.body)).size == (400, 300)
    assert len(await reports(cast)) == 1


async def test_a_photo_that_is_none_is_refused_and_harms_nothing(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    visit = await slot(cast)
    phone = await phone_of(cast.worker)
    report = phone.report(visit)
    phone.photograph(b"<svg onload=alert(1)>" * 400, report, about_id=visit)
    await phone.push()
    await phone.send_photos(part=PART)
    assert [one.status for one in phone.memory.photos] == ["refused"]
    (reference,) = await phone.push()
    assert reference.status == "refused" and reference.detail
    assert await status(cast, visit) == "made"


async def test_a_photo_waits_out_a_time_without_signal(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    visit = await slot(cast)
    phone = await phone_of(cast.worker)
    phone.offline()
    phone.photograph(picture(), phone.report(visit), about_id=visit)
    with pytest.raises(NotSent):
        await phone.send_photos()
    phone = phone.restarted()
    phone.online()
    await phone.push()
    await phone.send_photos()
    assert (await phone.push())[0].status == "taken"
