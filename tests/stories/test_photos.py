"""Photos: sent over a bad line, kept sealed and stripped, seen with what they belong to, and never a must."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from accounts.permissions import Account, Sender
from core import db, vault
from core.ids import new_id
from tests import caring, rectifying
from tests.alerting import open_one
from tests.cast import Cast
from tests.photographing import HOME, announce, announced, photo, photographed, send
from tests.visiting import DAY, HOUR, journal, log, normal, slot, status
from visits.evidence.actions import grade_reports
from visits.evidence.position import Position
from visits.photos import actions
from visits.photos.actions import judging
from visits.photos.picture import Picture, made_anew
from visits.photos.queries import photos_of, reading
from visits.photos.refusals import (
    PartEmpty,
    PartMisplaced,
    PartTooLong,
    PhoneCutOff,
    PhotoEmpty,
    PhotoIdTaken,
    PhotoNotFound,
    PhotoRefused,
    PhotosEnough,
    PhotoTooBig,
    SubjectNotFound,
)
from visits.photos.sending import MOST


async def stored(cast: Cast, attachment_id: UUID) -> dict[str, object]:
    found = await cast.owner.fetchrow("SELECT * FROM attachment WHERE id = $1", attachment_id)
    assert found
    return dict(found)


async def sees(account: Account, attachment_id: UUID, *, own: bool = False) -> bool:
    async with db.transaction(account.scope):
        return await reading.picture_of(attachment_id, own=own) is not None


async def parts(cast: Cast) -> int:
    count: int = await cast.owner.fetchval("SELECT count(*) FROM attachment_part")
    return count


async def reported(cast: Cast, recipient: UUID | None = None) -> tuple[UUID, UUID]:
    """A visit, and the report of it that the worker logged."""
    visit, report = await slot(cast, recipient), new_id()
    await log(cast, visit, report_id=report)
    return visit, report


# Sending


async def test_a_photo_arrives_in_parts_before_its_report_and_is_kept_sealed(cast: Cast) -> None:
    visit, report, content = await slot(cast), new_id(), photo(at=HOME, taken="2026:03:02 09:58:00")
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    assert (known.received, known.status) == (0, "partial")
    done = await send(content, known, by=cast.worker, now=cast.now, part=1000)
    assert (done.received, done.status, done.reason) == (len(content), "stored", None)
    row = await stored(cast, known.id)
    assert (row["area_id"], row["device_id"]) == (cast.village, cast.worker.device_id)
    assert row["taken_at"] == cast.now - timedelta(minutes=2)
    picture, position = row["picture"], row["position_sealed"]
    assert isinstance(picture, bytes) and isinstance(position, bytes)
    assert b"JFIF" not in picture
    assert vault.open_bytes(picture, f"attachment.picture:{known.id}").startswith(b"\xff\xd8")
    place = vault.open_sealed(position, f"attachment.position_sealed:{known.id}")
    assert msgspec.json.decode(place).keys() == {"latitude", "longitude"}
    assert await parts(cast) == 0
    assert await journal(cast, known.id) == ["attachment.stored"]


async def test_what_has_arrived_is_sealed_until_the_picture_is_whole(cast: Cast) -> None:
    (visit, report), content = await reported(cast), photo(comment=b"CANARY")
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    await actions.receive_part(known.id, offset=0, content=content[:-1], by=cast.worker, now=cast.now)
    kept = await cast.owner.fetchval("SELECT content FROM attachment_part")
    assert b"CANARY" not in kept and b"JFIF" not in kept
    for account, seen in ((cast.worker, 1), (cast.specialist, 0), (cast.district, 0)):
        async with db.transaction(account.scope):
            assert await db.fetch_value("SELECT count(*) FROM attachment_part") == seen


@pytest.mark.parametrize("cut", [1, 2, 700, -1])
async def test_it_goes_on_at_any_byte_after_a_cut(cast: Cast, cut: int) -> None:
    visit, report, content = await slot(cast), new_id(), photo()
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    await actions.receive_part(known.id, offset=0, content=content[:cut], by=cast.worker, now=cast.now)
    again = await announce(content, visit, report, by=cast.worker, now=cast.now, attachment_id=known.id)
    assert again.received == len(content[:cut])
    assert (await send(content, again, by=cast.worker, now=cast.now)).status == "stored"


async def test_parts_out_of_their_order_say_where_to_go_on(cast: Cast) -> None:
    visit, content = await slot(cast), photo()
    known = await announce(content, visit, new_id(), by=cast.worker, now=cast.now)
    await actions.receive_part(known.id, offset=0, content=content[:100], by=cast.worker, now=cast.now)
    for offset, piece in ((0, content[:100]), (50, content[50:150]), (101, content[101:200]), (200, content[200:])):
        with pytest.raises(PartMisplaced, match="第 100 字节继续") as told:
            await actions.receive_part(known.id, offset=offset, content=piece, by=cast.worker, now=cast.now)
        assert told.value.received == 100
    with pytest.raises(PartTooLong):
        await actions.receive_part(known.id, offset=100, content=content, by=cast.worker, now=cast.now)
    with pytest.raises(PartEmpty):
        await actions.receive_part(known.id, offset=100, content=b"", by=cast.worker, now=cast.now)
    known = replace(known, received=100)
    assert (await send(content, known, by=cast.worker, now=cast.now)).status == "stored"


async def test_whatever_is_sent_again_of_a_kept_photo_changes_nothing(cast: Cast) -> None:
    visit, report, content = await slot(cast), new_id(), photo()
    done = await photographed(cast, content, visit, report)
    before = await stored(cast, done.id)
    for offset, piece in ((0, content), (len(content), b""), (5, b"other")):
        again = await actions.receive_part(done.id, offset=offset, content=piece, by=cast.worker, now=cast.now + HOUR)
        assert (again.status, again.received) == ("stored", len(content))
    told = await announce(content, visit, report, by=cast.worker, now=cast.now + HOUR, attachment_id=done.id)
    assert told.status == "stored"
    assert await stored(cast, done.id) == before


async def test_a_whole_photo_nobody_looked_at_is_looked_at_when_the_phone_asks_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise OSError("killed")

    visit, report, content = await slot(cast), new_id(), photo()
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    with monkeypatch.context() as patch:
        patch.setattr("visits.photos.actions.sending.judged", die)
        with pytest.raises(OSError, match="killed"):
            await send(content, known, by=cast.worker, now=cast.now)
    assert (await stored(cast, known.id))["status"] == "partial"
    again = await announce(content, visit, report, by=cast.worker, now=cast.now, attachment_id=known.id)
    assert again.status == "stored"


async def test_a_photo_damaged_on_its_way_is_told_so_and_sent_anew(cast: Cast) -> None:
    visit, report, content = await slot(cast), new_id(), photo()
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    damaged = await send(bytes(len(content)), known, by=cast.worker, now=cast.now)
    assert (damaged.status, damaged.reason) == ("refused", "wrong_sum")
    assert await parts(cast) == 0
    with pytest.raises(PhotoRefused, match="从头重新发送"):
        await actions.receive_part(known.id, offset=0, content=content, by=cast.worker, now=cast.now)
    anew = await announce(content, visit, report, by=cast.worker, now=cast.now, attachment_id=known.id)
    assert (anew.received, anew.status) == (0, "partial")
    assert (await send(content, anew, by=cast.worker, now=cast.now)).status == "stored"


async def test_what_is_no_photo_stays_refused_until_another_one_is_announced(cast: Cast) -> None:
    visit, report, content = await slot(cast), new_id(), b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    refused = await photographed(cast, content, visit, report)
    assert (refused.status, refused.reason) == ("refused", "no_photo")
    assert await journal(cast, refused.id) == ["attachment.refused"]
    again = await announce(content, visit, report, by=cast.worker, now=cast.now, attachment_id=refused.id)
    assert (again.status, again.received) == ("refused", len(content))
    other = photo()
    anew = await announce(other, visit, report, by=cast.worker, now=cast.now, attachment_id=refused.id)
    assert (await send(other, anew, by=cast.worker, now=cast.now)).status == "stored"


async def test_a_refused_photo_does_its_report_no_harm(cast: Cast) -> None:
    visit, report = await slot(cast), new_id()
    await photographed(cast, b"not a photo", visit, report)
    await log(cast, visit, report_id=report)
    assert await status(cast, visit) == "made"
    await grade_reports(now=cast.now)
    assert await cast.owner.fetchval("SELECT grade FROM grade WHERE id = $1", report) == "D"


@pytest.mark.parametrize(("size", "refusal"), [(0, PhotoEmpty), (-1, PhotoEmpty), (5 * 1024 * 1024 + 1, PhotoTooBig)])
async def test_nothing_and_too_much_are_refused_before_a_byte_is_sent(
    cast: Cast, size: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await announce(b"", await slot(cast), new_id(), by=cast.worker, now=cast.now, size=size)


async def test_five_megabytes_are_taken_to_the_last_byte(cast: Cast) -> None:
    content = photo() + b"film behind the picture"
    content += bytes(5 * 1024 * 1024 - len(content))
    assert (await photographed(cast, content, await slot(cast), new_id())).status == "stored"


async def test_an_id_that_is_taken_by_whomever_takes_no_other_photo(cast: Cast) -> None:
    visit, report, content = await slot(cast), new_id(), photo()
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    with pytest.raises(PhotoIdTaken) as own:
        await announce(photo(size=(20, 20)), visit, report, by=cast.worker, now=cast.now, attachment_id=known.id)
    elsewhere = await slot(cast, await cast.recipient(area_id=cast.foreign_village), area_id=cast.foreign_village)
    with pytest.raises(PhotoIdTaken) as foreign:
        await announce(content, elsewhere, new_id(), by=cast.foreign_worker, now=cast.now, attachment_id=known.id)
    assert own.value.detail == foreign.value.detail
    with pytest.raises(PhotoNotFound):
        await actions.receive_part(known.id, offset=0, content=content, by=cast.foreign_worker, now=cast.now)
    with pytest.raises(PhotoNotFound):
        await actions.receive_part(known.id, offset=0, content=content, by=cast.specialist, now=cast.now)


async def test_a_report_takes_so_many_photos_of_one_person_and_no_more(cast: Cast) -> None:
    visit, report = await slot(cast), new_id()
    for _ in range(MOST):
        await announce(photo(size=(9, 9)), visit, report, by=cast.worker, now=cast.now)
    with pytest.raises(PhotosEnough):
        await announce(photo(size=(9, 9)), visit, report, by=cast.worker, now=cast.now)


async def test_looking_at_a_photo_keeps_nobody_waiting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop goes on meanwhile, and no connection is held: as many as there are can be looked at in turn."""
    begun, others_are_done = threading.Event(), threading.Event()

    def slowly(content: bytes, *, zone: ZoneInfo) -> Picture:
        begun.set()
        assert others_are_done.wait(timeout=10), "the event loop stood still"
        return made_anew(content, zone=zone)

    visit, report, content = await slot(cast), new_id(), photo()
    monkeypatch.setattr(judging, "made_anew", slowly)
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    working = asyncio.create_task(send(content, known, by=cast.worker, now=cast.now))
    assert await asyncio.to_thread(begun.wait, 10)
    assert await cast.owner.fetchval(_IDLE_IN_TRANSACTION) == 0
    async with db.transaction(cast.specialist.scope):
        assert await db.fetch_value("SELECT count(*) FROM visit") == 1
    assert not working.done()
    others_are_done.set()
    assert (await working).status == "stored"


_IDLE_IN_TRANSACTION = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()
"""


# Evidence


async def test_a_report_with_a_photo_is_a_c_also_when_the_photo_comes_later(cast: Cast) -> None:
    visit, report = await reported(cast)
    await grade_reports(now=cast.now)
    assert await cast.owner.fetchval("SELECT grade FROM grade WHERE id = $1", report) == "D"
    await photographed(cast, photo(), visit, report, now=cast.now + HOUR)
    await grade_reports(now=cast.now + HOUR)
    assert await cast.owner.fetchval("SELECT grade FROM grade WHERE id = $1", report) == "C"


async def test_a_photo_taken_at_the_home_is_a_c_and_one_taken_far_away_is_asked_about(cast: Cast) -> None:
    recipient = await cast.recipient()
    near = [(HOME[0] + step / 100_000, HOME[1]) for step in range(4)]
    reports = []
    for number, where in enumerate([*near, (HOME[0] + 0.2, HOME[1])]):
        at = cast.now + number * 7 * DAY
        visit, report = await slot(cast, recipient, due_at=at + HOUR), new_id()
        await log(cast, visit, normal(at), now=at, report_id=report)
        await photographed(cast, photo(at=where), visit, report, now=at)
        await grade_reports(now=at)
        reports.append(report)
    rows = [await cast.owner.fetchrow("SELECT grade, flags FROM grade WHERE id = $1", one) for one in reports]
    flags = [[flag["flag"] for flag in msgspec.json.decode(row["flags"])] for row in rows if row]
    assert [row["grade"] for row in rows if row] == ["C"] * 5
    assert "far_from_home" not in flags[3] and "far_from_home" in flags[4]


async def test_graders_read_the_position_that_was_sealed(cast: Cast) -> None:
    visit, report = await reported(cast)
    done = await photographed(cast, photo(at=HOME), visit, report)
    sealed = (await stored(cast, done.id))["position_sealed"]
    assert isinstance(sealed, bytes)
    place = vault.open_sealed(sealed, f"attachment.position_sealed:{done.id}")
    found = msgspec.json.decode(place, type=Position)
    assert (found.latitude, found.longitude) == pytest.approx(HOME)


# Who sees it


async def test_whoever_reads_the_report_reads_its_photo_and_nobody_else(cast: Cast) -> None:
    visit, report = await reported(cast)
    done = await photographed(cast, photo(), visit, report)
    for account in (cast.worker, cast.specialist, cast.leader, cast.district, cast.auditor):
        assert await sees(account, done.id), account.name
    for account in (cast.foreign_worker, cast.foreign_specialist, cast.foreign_leader):
        assert not await sees(account, done.id), account.name
        async with db.transaction(account.scope):
            assert await db.fetch_value("SELECT count(*) FROM attachment") == 0
            assert await photos_of("visit_report", [report]) == {}


async def test_a_photo_whose_report_never_came_is_read_by_its_sender_alone(cast: Cast) -> None:
    done = await photographed(cast, photo(), await slot(cast), new_id())
    assert await sees(cast.worker, done.id)
    assert not await sees(cast.specialist, done.id)
    assert not await sees(cast.district, done.id)


async def test_an_unfinished_photo_is_seen_by_nobody_but_in_its_senders_list(cast: Cast) -> None:
    visit, report = await reported(cast)
    known = await announce(photo(), visit, report, by=cast.worker, now=cast.now)
    assert not await sees(cast.worker, known.id)
    listed = {}
    for account in (cast.worker, cast.specialist):
        async with db.transaction(account.scope):
            listed[account.id] = [one.status for one in await reading.photos_about("visit_report", report, own=False)]
    assert listed == {cast.worker.id: ["partial"], cast.specialist.id: []}


async def test_nobody_hangs_a_photo_on_what_they_do_not_see(cast: Cast) -> None:
    visit, report = await reported(cast)
    elsewhere = await slot(cast, await cast.recipient(area_id=cast.foreign_village), area_id=cast.foreign_village)
    for about, subject in ((visit, report), (new_id(), new_id()), (elsewhere, report)):
        with pytest.raises(SubjectNotFound):
            await announce(photo(), about, subject, by=cast.foreign_worker, now=cast.now)
    other_visit, _ = await reported(cast)
    with pytest.raises(SubjectNotFound):
        await announce(photo(), other_visit, report, by=cast.worker, now=cast.now)


async def test_a_photo_of_a_visit_that_was_handed_over_is_still_welcome(cast: Cast) -> None:
    visit, report = await slot(cast), new_id()
    await caring.insert(
        cast.owner,
        "task_issued",
        {
            "id": new_id(),
            "visit_id": visit,
            "account_id": cast.foreign_worker.id,
            "recipient_id": await cast.owner.fetchval("SELECT recipient_id FROM visit WHERE id = $1", visit),
            "area_id": cast.village,
            "issued_at": cast.now - DAY,
        },
    )
    done = await photographed(cast, photo(), visit, report, by=cast.foreign_worker)
    assert done.status == "stored"
    assert await sees(cast.foreign_worker, done.id)
    await log(cast, visit, report_id=report)
    assert await sees(cast.specialist, done.id)


async def test_a_phone_that_was_cut_off_sends_what_was_taken_before(cast: Cast) -> None:
    visit = await slot(cast)
    sender = Sender(account=cast.worker, revoked_at=cast.now - HOUR)
    for taken_at in (None, cast.now - HOUR / 2):
        with pytest.raises(PhoneCutOff):
            new = announced(photo(), visit, new_id(), taken_at=taken_at)
            await actions.announce(new_id(), new, sender=sender, now=cast.now)
    new = announced(photo(), visit, new_id(), taken_at=cast.now - 2 * HOUR)
    known = await actions.announce(new_id(), new, sender=sender, now=cast.now)
    assert (await send(photo(), known, by=cast.worker, now=cast.now)).status == "stored"


async def test_the_photo_of_a_hazard_is_seen_with_it(cast: Cast) -> None:
    home = await rectifying.home(cast)
    visit = await slot(cast, home.recipient)
    hazard = new_id()
    early = await photographed(cast, photo(), visit, hazard, "hazard")
    await rectifying.hazard(cast, home, id=hazard, by=cast.worker)
    late = [await photographed(cast, photo(), one, hazard, "hazard") for one in (home.recipient, hazard)]
    async with db.transaction(cast.specialist.scope):
        assert await photos_of("hazard", [hazard]) == {hazard: [early.id, *(one.id for one in late)]}
    assert not await sees(cast.foreign_specialist, early.id)
    await rectifying.order(cast, home, hazard)
    assert not await sees(home.account, early.id)
    assert not await sees(home.account, early.id, own=True)


async def test_the_photo_of_an_answer_is_seen_by_the_caregiver_and_whoever_reads_the_order(cast: Cast) -> None:
    home, neighbour = await rectifying.home(cast), await rectifying.home(cast)
    order = await rectifying.order(cast, home)
    answer = await rectifying.answer(home, order, "done", now=cast.now + HOUR)
    done = await photographed(cast, photo(), order, answer, "order_answer", by=home.account, now=cast.now + HOUR)
    assert await sees(home.account, done.id, own=True)
    assert await sees(cast.specialist, done.id) and await sees(cast.worker, done.id)
    assert not await sees(neighbour.account, done.id, own=True)
    assert not await sees(cast.foreign_specialist, done.id)
    assert not await sees(cast.specialist, done.id, own=True)
    for account in (neighbour.account, cast.worker):  # nobody illustrates another's answer
        with pytest.raises(SubjectNotFound):
            await announce(photo(), order, answer, "order_answer", by=account, now=cast.now)
    on_paper = await photographed(cast, photo(), order, answer, "order_answer", by=cast.specialist)
    assert await sees(home.account, on_paper.id, own=True)
    assert not await sees(neighbour.account, on_paper.id, own=True)


async def test_photos_of_a_verification_and_of_an_emergency_step_are_seen_with_them(cast: Cast) -> None:
    home = await rectifying.home(cast)
    order = await rectifying.order(cast, home)
    await rectifying.answer(home, order, "done", now=cast.now + HOUR)
    await rectifying.watch(cast.now + HOUR)
    verification = (await rectifying.verification_of(cast, order))["id"]
    seen = await photographed(cast, photo(), verification, verification, "verification")
    assert await sees(cast.specialist, seen.id) and not await sees(cast.foreign_specialist, seen.id)
    with pytest.raises(SubjectNotFound):
        await announce(photo(), verification, new_id(), "verification", by=cast.worker, now=cast.now)
    alert, step = await open_one(cast, kind="door_unanswered", recipient_id=home.recipient), new_id()
    on_the_way = await photographed(cast, photo(), alert, step, "emergency_step")
    assert not await sees(cast.specialist, on_the_way.id)
    await caring.insert(
        cast.owner,
        "emergency_step",
        {
            "id": step,
            "alert_id": alert,
            "recipient_id": home.recipient,
            "area_id": cast.village,
            "step": "knock",
            "result": "no_answer",
            "by_account_id": cast.worker.id,
            "made_at": cast.now,
            "logged_at": cast.now,
        },
    )
    assert await sees(cast.specialist, on_the_way.id)


# Letting go


async def test_what_was_never_finished_goes_after_a_month_and_what_is_kept_stays(cast: Cast) -> None:
    visit, report = await reported(cast)
    unfinished = await announce(photo(), visit, report, by=cast.worker, now=cast.now)
    await actions.receive_part(unfinished.id, offset=0, content=photo()[:9], by=cast.worker, now=cast.now)
    refused = await photographed(cast, b"not a photo", visit, report)
    kept = await photographed(cast, photo(), visit, report)
    young = await announce(photo(), visit, report, by=cast.worker, now=cast.now + 20 * DAY)
    assert (await actions.purge_attachments(now=cast.now + 30 * DAY))["purged"] == 0
    counts = [(await actions.purge_attachments(now=cast.now + 31 * DAY, limit=1))["purged"] for _ in range(3)]
    assert counts == [1, 1, 0]
    left = {row["id"] for row in await cast.owner.fetch("SELECT id FROM attachment")}
    assert left == {kept.id, young.id}
    assert await parts(cast) == 0
    for gone in (unfinished.id, refused.id):
        assert "attachment.purged" in await journal(cast, gone)
    assert await sees(cast.specialist, kept.id)
