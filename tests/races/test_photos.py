"""One photo, sent by a phone that believes its requests lost: every byte counts once, and it is kept once."""

import asyncio
from collections import Counter
from datetime import timedelta

from core.ids import new_id
from tests.cast import Cast
from tests.photographing import announce, photo, photographed
from tests.visiting import journal, slot
from visits.photos import actions
from visits.photos.refusals import PartMisplaced, PhotoNotFound
from visits.photos.sending import Sending

AT_ONCE = 6


async def test_of_parallel_announcements_one_is_added_and_all_are_answered_alike(cast: Cast) -> None:
    visit, report, photo_id = await slot(cast), new_id(), new_id()
    known = await asyncio.gather(
        *(
            announce(photo(), visit, report, by=cast.worker, now=cast.now, attachment_id=photo_id)
            for _ in range(AT_ONCE)
        )
    )
    assert len(set(known)) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM attachment") == 1


async def test_of_parallel_parts_at_one_place_one_counts_and_the_others_are_told_where_to_go_on(cast: Cast) -> None:
    content = photo()
    known = await announce(content, await slot(cast), new_id(), by=cast.worker, now=cast.now)
    lengths = [100, 100, 200, 300, 400, 500]
    outcomes = await asyncio.gather(
        *(
            actions.receive_part(known.id, offset=0, content=content[:length], by=cast.worker, now=cast.now)
            for length in lengths
        ),
        return_exceptions=True,
    )
    (won,) = [one for one in outcomes if isinstance(one, Sending)]
    told = [one.received for one in outcomes if isinstance(one, PartMisplaced)]
    assert told == [won.received] * (AT_ONCE - 1)
    row = await cast.owner.fetchrow("SELECT count(*) AS parts FROM attachment_part")
    assert row and row["parts"] == 1
    done = await actions.receive_part(
        known.id, offset=won.received, content=content[won.received :], by=cast.worker, now=cast.now
    )
    assert done.status == "stored"


async def test_of_many_last_parts_and_questions_one_has_the_photo_kept(cast: Cast) -> None:
    visit, report, content = await slot(cast), new_id(), photo()
    known = await announce(content, visit, report, by=cast.worker, now=cast.now)
    outcomes = await asyncio.gather(
        *(
            actions.receive_part(known.id, offset=0, content=content, by=cast.worker, now=cast.now)
            for _ in range(AT_ONCE)
        ),
        *(
            announce(content, visit, report, by=cast.worker, now=cast.now, attachment_id=known.id)
            for _ in range(AT_ONCE)
        ),
    )
    counts = Counter(one.status for one in outcomes)
    assert counts.keys() <= {"stored", "partial"} and counts["stored"] >= AT_ONCE
    assert await journal(cast, known.id) == ["attachment.stored"]
    assert await cast.owner.fetchval("SELECT count(*) FROM attachment_part") == 0


async def test_a_photo_that_is_finished_while_old_ones_go_is_kept_or_told_missing(cast: Cast) -> None:
    visit, content = await slot(cast), photo()
    late = cast.now + timedelta(days=31)
    known = [await announce(content, visit, new_id(), by=cast.worker, now=cast.now) for _ in range(AT_ONCE)]
    outcomes = await asyncio.gather(
        *(actions.receive_part(one.id, offset=0, content=content, by=cast.worker, now=late) for one in known),
        *(actions.purge_attachments(now=late, limit=2) for _ in range(3)),
        return_exceptions=True,
    )
    for one in outcomes:
        assert isinstance(one, Sending | Counter | PhotoNotFound), one
    stored = {one.id for one in outcomes if isinstance(one, Sending) and one.status == "stored"}
    left = {row["id"] for row in await cast.owner.fetch("SELECT id FROM attachment WHERE status = 'stored'")}
    assert stored == left
    assert (await photographed(cast, content, visit, new_id(), now=late)).status == "stored"


async def test_a_photo_kept_at_the_moment_it_was_to_go_stays(cast: Cast) -> None:
    """Letting go waits for whoever has the photo in hand, and looks again."""
    known = await announce(photo(), await slot(cast), new_id(), by=cast.worker, now=cast.now)
    async with cast.owner.transaction():
        await cast.owner.execute("UPDATE attachment SET status = 'stored', picture = 'x' WHERE id = $1", known.id)
        going = asyncio.create_task(actions.purge_attachments(now=cast.now + timedelta(days=31)))
        while not await cast.owner.fetchval(_SOMEBODY_WAITS):
            await cast.owner.execute("SELECT pg_stat_clear_snapshot()")
            await asyncio.sleep(0.01)
    assert (await going)["purged"] == 0
    assert await cast.owner.fetchval("SELECT count(*) FROM attachment") == 1


_SOMEBODY_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
