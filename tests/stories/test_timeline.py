"""The history of one agreement: complete, with what was withdrawn struck through, and silent about what is hidden."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from caregivers.overview.queries import timeline_of
from caregivers.overview.timeline import NAMES, Line
from core import db, journal, vault
from core.ids import new_id
from tests.caring import insert, temporary_care
from tests.cast import NOW, Cast
from tests.failing import DAY, HOUR, assessment, case, covered, hazard, order, statement, verification

SECRET = "邻居王大嫂举报"


@pytest.fixture(autouse=True)
def _pools(pools: None) -> None:
    """Every story here acts as people do."""


async def told(by: Account, agreement_id: UUID) -> list[Line]:
    async with db.transaction(by.scope):
        found = await timeline_of(agreement_id)
    assert found is not None
    return found


async def whole_story(cast: Cast) -> UUID:
    """An agreement with everything that can hang on one."""
    recipient, one = await covered(
        cast, status="suspended", renewal_reviewed_by=cast.leader.id, renewal_reviewed_at=NOW, renewal_decision="renew"
    )
    found = {"recipient_id": recipient, "agreement_id": one}
    await hazard(cast, **found, source="complaint", found_by=cast.worker.id, complainant_sealed=vault.seal(SECRET, "x"))
    gone = {"status": "withdrawn", "closed_at": NOW, "close_reason": "迟到的走访记录", "attend_by": None}
    await hazard(cast, **found, **gone)
    first = await order(
        cast,
        agreement_id=one,
        status="withdrawn",
        withdrawn_at=NOW,
        withdrawn_reason="迟到的走访记录",
        overdue_at=NOW - HOUR,
        extension_asked_by=cast.worker.id,
        extension_asked_at=NOW - DAY,
        extension_reason="住院",
        extension_until=NOW,
        extension_decided_by=cast.leader.id,
        extension_decided_at=NOW - HOUR,
        extension_granted=False,
    )
    await statement(cast, first, heard_at=NOW, heard_by=cast.leader.id, upheld=False, heard_reason="与走访记录不符")
    await verification(cast, first, status="cancelled")
    done = {"status": "done", "result_id": new_id(), "logged_at": NOW, "by_account_id": cast.worker.id}
    await verification(cast, first, **done, person_seen=True, results='[{"passed": true}, {"passed": false}]')
    row = await cast.owner.fetchrow("SELECT * FROM agreement WHERE id = $1", one)
    cycle = {"id": new_id(), "order_id": first, "agreement_id": one, "caregiver_id": row["caregiver_id"]}
    cycle |= {"area_id": row["area_id"], "why": "failed", "heard": "statement", "failed_at": NOW, "counted_at": NOW}
    await insert(cast.owner, "failed_cycle", cycle | {"withdrawn_at": NOW, "withdrawn_reason": "迟到的走访记录"})
    decided = await case(
        cast,
        agreement_id=one,
        status="handed_over",
        told_at=NOW - DAY,
        heard_at=NOW - HOUR,
        decision="replace",
        decision_reason="多次整改仍有严重隐患",
        decided_by=cast.leader.id,
        decided_at=NOW,
        handed_over_at=NOW,
        flagged_at=NOW,
        flag_reason="依据已撤回",
    )
    heard = {"id": new_id(), "case_id": decided, "area_id": cast.village, "held_at": NOW, "held_by": cast.leader.id}
    heard |= {"recorded_at": NOW, "caregiver_came": True, "caregiver_said": "家里有事"}
    await insert(cast.owner, "hearing", heard)
    keys = {"id": new_id(), "case_id": decided, "area_id": cast.village, "item": "keys", "done": True}
    await insert(cast.owner, "handover_item", keys | {"recorded_by": cast.specialist.id, "recorded_at": NOW})
    await temporary_care(cast, recipient, agreement_id=one)
    await assessment(cast, agreement_id=one)
    async with db.transaction(cast.leader.scope):
        await journal.write(
            "agreement.resumed", subject_id=one, area_id=cast.village, by=cast.leader.id, at=NOW - 30 * DAY, facts={}
        )
        await journal.write(
            "order.issued", subject_id=first, area_id=cast.village, by=cast.specialist.id, at=NOW - 2 * DAY, facts={}
        )
    return one


async def test_the_history_is_complete_and_in_order_of_time(cast: Cast) -> None:
    lines = await told(cast.specialist, await whole_story(cast))
    assert {line.kind for line in lines} == {
        "agreement.drafted",
        "agreement.signed",
        "agreement.activated",
        "agreement.reviewed",
        "agreement.suspended",
        "agreement.resumed",
        "hazard.recorded",
        "hazard.withdrawn",
        "order.issued",
        "order.extension_asked",
        "order.extension_decided",
        "order.overdue",
        "order.answered_statement",
        "order.statement_heard",
        "order.verified",
        "order.failure_counted",
        "order.failure_withdrawn",
        "order.withdrawn",
        "verification.planned",
        "replacement.proposed",
        "replacement.caregiver_told",
        "replacement.heard",
        "replacement.decided",
        "replacement.decision_flagged",
        "replacement.item_handed_over",
        "replacement.handed_over",
        "care.arranged",
        "assessment.opened",
    }
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert all(line.kind in NAMES for line in lines)


async def test_what_was_withdrawn_stays_struck_through_with_its_reason(cast: Cast) -> None:
    lines = await told(cast.specialist, await whole_story(cast))
    struck = {line.kind: line.why_struck for line in lines if line.struck}
    assert struck == {
        "hazard.recorded": "迟到的走访记录",
        "order.issued": "迟到的走访记录",
        "order.failure_counted": "迟到的走访记录",
        "verification.planned": "已取消",
    }


async def test_the_journal_adds_what_no_row_tells_and_repeats_nothing(cast: Cast) -> None:
    lines = await told(cast.specialist, await whole_story(cast))
    assert [line.by for line in lines if line.kind == "agreement.resumed"] == [cast.leader.id]
    assert len([line for line in lines if line.kind == "order.issued"]) == 1


async def test_nobody_learns_who_complained(cast: Cast) -> None:
    lines = await told(cast.district, await whole_story(cast))
    assert SECRET not in repr(lines)
    assert [line.by for line in lines if line.kind == "hazard.recorded" and "投诉" in line.text] == [None]


async def confidential(cast: Cast, **columns: Any) -> UUID:
    _, one = await covered(cast)
    hidden = await case(
        cast, agreement_id=one, confidential=True, barred_ids=[cast.leader.id], ground="abuse", **columns
    )
    async with db.transaction(cast.specialist.scope):
        for kind in ("replacement.proposed", "replacement.ground_added"):
            await journal.write(
                kind,
                subject_id=hidden,
                area_id=cast.village,
                by=None,
                at=NOW,
                facts={"agreement_id": str(one), "ground": "abuse"},
            )
        await journal.write(
            "replacement.proposed", subject_id=one, area_id=cast.village, by=None, at=NOW, facts={"ground": "abuse"}
        )
    return one


async def test_a_confidential_case_is_told_only_to_those_who_handle_it(cast: Cast) -> None:
    one = await confidential(cast)
    seen = [line for line in await told(cast.specialist, one) if line.kind.startswith("replacement.")]
    assert {line.kind for line in seen} == {"replacement.proposed", "replacement.ground_added"}
    assert all(line.confidential for line in seen)
    hidden = await told(cast.leader, one)
    assert [line for line in hidden if line.kind.startswith("replacement.")] == []
    assert "虐待" not in repr(hidden)


async def test_once_the_caregiver_was_told_a_barred_reader_learns_that_it_is_but_not_what_it_rests_on(
    cast: Cast,
) -> None:
    one = await confidential(cast, told_at=NOW, reason="身上有伤")
    lines = await told(cast.leader, one)
    assert "replacement.proposed" in {line.kind for line in lines}
    assert "虐待" not in repr(lines) and "身上有伤" not in repr(lines)
    assert "虐待" in repr(await told(cast.specialist, one))


async def test_suspected_abuse_stands_in_the_history_for_those_who_handle_it(cast: Cast) -> None:
    recipient, one = await covered(cast)
    row = {
        "id": new_id(),
        "recipient_id": recipient,
        "agreement_id": one,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "minor": False,
        "barred_ids": [cast.leader.id],
        "opened_at": NOW,
        "retain_until": date(2036, 3, 2),
    }
    await insert(cast.owner, "abuse_case", row)
    assert "abuse.opened" in {line.kind for line in await told(cast.specialist, one)}
    assert "abuse.opened" not in {line.kind for line in await told(cast.leader, one)}


async def test_a_foreign_agreement_has_no_history_at_all(cast: Cast) -> None:
    _, one = await covered(cast)
    for agreement_id in (one, new_id()):
        async with db.transaction(cast.foreign_specialist.scope):
            assert await timeline_of(agreement_id) is None
