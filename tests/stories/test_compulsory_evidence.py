"""Photos made compulsory at the door by a district: nothing is refused without, and one on its way is not missing."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from accounts.actions import issue_policy
from accounts.policy import PolicyRefused
from core import vault
from core.clock import local_day
from core.ids import new_id
from tests.caring import insert
from tests.cast import Cast
from tests.visiting import DAY, HOUR, log, normal, slot
from visits.evidence.actions import grade_reports
from visits.evidence.position import Position

HERE = Position(latitude=39.1001, longitude=117.2001)


async def made_compulsory(cast: Cast, *, on: datetime | None = None) -> None:
    day = local_day(on or cast.now)
    await issue_policy(
        document_number="津宁民发〔2026〕3号",
        effective_on=day,
        changes={"evidence": {"photo": True, "position": True, "necessity": "房屋险情须留影像"}},
        note="",
        by=cast.district,
        now=cast.now,
    )


async def visited(cast: Cast, *, at: datetime | None = None, on_paper: bool = False) -> UUID:
    """The id of a report of a visit at the door, on the next day unless said otherwise."""
    made_at, report = at or cast.now, new_id()
    visit = await slot(cast, due_at=made_at + HOUR)
    said = {"on_paper_by": "王社工"} if on_paper else {}
    by = cast.specialist if on_paper else cast.worker
    answer = await log(cast, visit, normal(made_at, **said), now=made_at, report_id=report, by=by)
    assert answer.counted
    return report


async def arrives(cast: Cast, report: UUID, *, at: datetime, position: Position | None = None) -> None:
    """A photo of the visit, stored as the phone's last part of it comes in."""
    photo = new_id()
    sealed = position and vault.seal(msgspec.json.encode(position).decode(), f"attachment.position_sealed:{photo}")
    row = {
        "id": photo,
        "account_id": cast.worker.id,
        "area_id": cast.village,
        "subject_kind": "visit_report",
        "subject_id": report,
        "size": 1000,
        "received": 1000,
        "sha256": b"x" * 32,
        "status": "stored",
        "position_sealed": sealed,
        "picture": b"sealed",
        "created_at": at,
        "stored_at": at,
    }
    await insert(cast.owner, "attachment", row)


async def graded(cast: Cast, report: UUID, *, at: datetime) -> tuple[str, list[str]]:
    await grade_reports(now=at)
    row = await cast.owner.fetchrow("SELECT grade, flags FROM grade WHERE id = $1", report)
    assert row
    return row["grade"], [one["flag"] for one in msgspec.json.decode(row["flags"])]


async def test_a_visit_without_them_is_kept_and_doubted_once_they_had_time_to_follow(cast: Cast) -> None:
    await made_compulsory(cast)
    report = await visited(cast)
    assert await graded(cast, report, at=cast.now) == ("D", [])
    assert await graded(cast, report, at=cast.now + 23 * HOUR) == ("D", [])
    assert await graded(cast, report, at=cast.now + 25 * HOUR) == ("D", ["photo_missing", "position_missing"])
    assert (await grade_reports(now=cast.now + 26 * HOUR))["claimed"] == 0


async def test_a_photo_from_a_phone_without_signal_takes_the_doubt_back(cast: Cast) -> None:
    await made_compulsory(cast)
    report = await visited(cast)
    await graded(cast, report, at=cast.now)
    await graded(cast, report, at=cast.now + 25 * HOUR)
    await arrives(cast, report, at=cast.now + 6 * DAY)
    assert await graded(cast, report, at=cast.now + 6 * DAY) == ("C", ["position_missing"])
    await arrives(cast, report, at=cast.now + 7 * DAY, position=HERE)
    assert await graded(cast, report, at=cast.now + 7 * DAY) == ("C", [])


async def test_what_was_made_compulsory_later_is_not_held_against_an_earlier_visit(cast: Cast) -> None:
    await made_compulsory(cast, on=cast.now + DAY)
    before, after = await visited(cast), await visited(cast, at=cast.now + DAY)
    later = cast.now + 3 * DAY
    assert await graded(cast, before, at=later) == ("D", [])
    assert await graded(cast, after, at=later) == ("D", ["photo_missing", "position_missing"])


async def test_nothing_is_compulsory_by_default_nor_without_a_statement_why_it_must_be(cast: Cast) -> None:
    free = await visited(cast)
    assert await graded(cast, free, at=cast.now + 2 * DAY) == ("D", [])
    with pytest.raises(PolicyRefused):
        await issue_policy(
            document_number="津宁民发〔2026〕3号",
            effective_on=local_day(cast.now),
            changes={"evidence": {"photo": True}},
            note="",
            by=cast.district,
            now=cast.now,
        )


async def test_a_form_on_paper_lacks_nothing(cast: Cast) -> None:
    await made_compulsory(cast)
    paper = await visited(cast, on_paper=True)
    assert await graded(cast, paper, at=cast.now + 2 * DAY) == ("D", [])


async def test_a_job_that_was_down_for_weeks_still_finds_what_never_came(cast: Cast) -> None:
    await made_compulsory(cast)
    report = await visited(cast)
    await graded(cast, report, at=cast.now + timedelta(minutes=1))
    weeks = cast.now + 30 * DAY
    await visited(cast, at=weeks)
    assert await graded(cast, report, at=weeks) == ("D", ["photo_missing", "position_missing"])
