"""The monthly report: who is supported, who signed, who is really cared for, and what it costs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from caregivers.assessment.fees import Month
from caregivers.assessment.refusals import AreaNotYours, MonthNotBegun
from caregivers.overview.actions import export_figures
from caregivers.overview.figures import Figures, lines, moment_of
from caregivers.overview.queries import land_of, monthly_figures
from core import db
from core.ids import new_id
from tests.caring import insert
from tests.cast import NOW, Cast
from tests.failing import DAY, covered, hazard

MARCH, FEBRUARY = Month.of("2026-03"), Month.of("2026-02")


@pytest.fixture(autouse=True)
def _pools(pools: None) -> None:
    """Every story here acts as people do."""


async def counted(by: Account, month: Month = MARCH, *, area_id: int | None = None) -> Figures:
    async with db.transaction(by.scope):
        land = await land_of(by.area_ids, within=area_id)
        return await monthly_figures(land.areas, month, area_id=area_id, district_id=by.district_id, now=NOW)


async def moved(cast: Cast, recipient: UUID, standing: str, **columns: Any) -> None:
    await cast.owner.execute("UPDATE recipient SET standing = $2 WHERE id = $1", recipient, standing)
    row = {
        "id": new_id(),
        "recipient": recipient,
        "area_id": cast.village,
        "from_standing": "at_home",
        "standing": standing,
        "happened_on": date(2026, 3, 1),
        "reason": "本人自愿",
        "proposed_by": cast.worker.id,
        "proposed_at": NOW - DAY,
        "confirmed_by": cast.specialist.id,
        "confirmed_at": NOW - DAY,
    } | columns
    await insert(cast.owner, "standing_change", row)


async def test_people_are_counted_by_where_and_how_much_they_need(cast: Cast) -> None:
    for self_care in ("self", "self", "partial", "full"):
        await cast.recipient(self_care=self_care)
    await cast.recipient(self_care="full", support_mode="collective")
    await moved(cast, await cast.recipient(self_care="partial"), "moved_to_collective")
    await moved(cast, await cast.recipient(), "died")
    found = await counted(cast.specialist)
    assert found.supported == 6
    assert (found.dispersed.total, found.dispersed.self, found.dispersed.partial, found.dispersed.full) == (4, 2, 1, 1)
    assert (found.collective.total, found.collective.partial, found.collective.full) == (2, 1, 1)


async def test_signed_is_told_beside_kept(cast: Cast) -> None:
    await covered(cast, starts_on=date(2026, 2, 27), activated_at=NOW - 2 * DAY)
    await covered(cast, starts_on=date(2026, 2, 27), activated_at=NOW - 2 * DAY, status="suspended")
    danger, agreement_id = await covered(cast, starts_on=date(2026, 2, 27), activated_at=NOW - 2 * DAY)
    await hazard(cast, recipient_id=danger, agreement_id=agreement_id, severity="critical")
    risky, agreement_id = await covered(cast, starts_on=date(2026, 2, 27), activated_at=NOW - 2 * DAY)
    await hazard(cast, recipient_id=risky, agreement_id=agreement_id, severity="general")
    await covered(cast, status="draft")
    found = await counted(cast.specialist)
    assert (found.dispersed.total, found.signed, found.unsigned) == (5, 4, 1)
    assert (found.kept, found.at_risk, found.failing, found.suspended) == (1, 1, 1, 1)
    told = dict(lines(found))
    assert told["分散供养：已签照料协议人数"] == 4 and told["已签协议中：履行正常"] == 1


async def test_a_past_month_is_counted_as_it_was_at_its_end(cast: Cast) -> None:
    gone = await cast.recipient()
    await moved(cast, gone, "died")
    await cast.recipient(created_at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert (await counted(cast.specialist)).dispersed.total == 1
    assert (await counted(cast.specialist, FEBRUARY)).dispersed.total == 1
    recipient, agreement_id = await covered(cast)
    await hazard(cast, recipient_id=recipient, agreement_id=agreement_id, severity="critical", found_at=NOW - DAY)
    assert (await counted(cast.specialist)).failing == 1
    assert (await counted(cast.specialist, FEBRUARY)).failing == 0


async def test_an_undone_change_of_standing_never_was(cast: Cast) -> None:
    recipient = await cast.recipient()
    await moved(
        cast,
        recipient,
        "died",
        undone_by=cast.leader.id,
        undone_at=NOW,
        undo_reason="登记有误",
        happened_on=date(2026, 3, 2),
        from_standing="in_hospital",
    )
    await cast.owner.execute("UPDATE recipient SET standing = 'at_home' WHERE id = $1", recipient)
    assert (await counted(cast.specialist, FEBRUARY)).dispersed.total == 1


async def test_fees_add_up_by_class_beside_their_standard(cast: Cast) -> None:
    await covered(cast, fee_class="full", fee_yuan=800)
    await covered(cast, fee_class="full", fee_yuan=800)
    await covered(cast, fee_class="partial", fee_yuan=400)
    partial, full = (await counted(cast.specialist, FEBRUARY)).fees
    assert (partial.standard_yuan, partial.persons, partial.amount_fen, partial.payable_fen) == (400, 1, 40_000, 40_000)
    assert (full.standard_yuan, full.persons, full.amount_fen) == (800, 2, 160_000)


async def test_a_township_counts_itself_and_the_district_all(cast: Cast) -> None:
    await covered(cast, fee_class="full", fee_yuan=800)
    await covered(cast, area_id=cast.foreign_village, fee_class="full", fee_yuan=800)
    for by, area_id, count in (
        (cast.specialist, None, 1),
        (cast.district, None, 2),
        (cast.district, cast.foreign_township, 1),
    ):
        found = await counted(by, area_id=area_id)
        assert (found.dispersed.total, found.signed, found.fees[1].persons) == (count, count, count)


async def test_an_export_is_on_the_journal_and_refuses_what_is_not_ones_own(cast: Cast) -> None:
    why: dict[str, Any] = {"purpose": "supervision", "note": "报送区民政局月报", "by": cast.specialist, "now": NOW}
    assert (await export_figures(MARCH, None, **why)).startswith(b"PK")
    row = await cast.owner.fetchrow("SELECT * FROM journal WHERE kind = 'export.figures'")
    assert (row["by_account_id"], row["area_id"]) == (cast.specialist.id, cast.township)
    with pytest.raises(AreaNotYours):
        await export_figures(MARCH, cast.foreign_township, **why)
    with pytest.raises(MonthNotBegun):
        await export_figures(Month.of("2026-04"), None, **why)
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'export.figures'") == 1


def test_a_month_under_way_is_counted_up_to_now() -> None:
    assert moment_of(MARCH, NOW) == NOW
    last = moment_of(FEBRUARY, NOW)
    assert last == datetime(2026, 2, 28, 16, tzinfo=UTC) - timedelta(microseconds=1)
