"""Two at once: two deciders, a decision against late evidence, two proposals, a decision against the clock."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from caregivers.replacement import actions
from caregivers.replacement.handover import Recorded
from caregivers.replacement.refusals import AlreadyProposed, CaseSettled
from core.errors import Refusal
from core.ids import new_id
from tests.caring import TODAY, agreement, caregiver, insert, row_of
from tests.cast import NOW, Cast
from tests.replacing import (
    DAY,
    Trouble,
    by_policy,
    case_row,
    decide,
    failed,
    fall_away,
    grounds,
    hand_over,
    hear,
    trouble,
)
from tests.visiting import alerts, journal

ROUNDS = 8


async def together(*attempts: Coroutine[Any, Any, Any]) -> list[Refusal]:
    """The refusals of attempts started at the same moment; anything else that went wrong is raised."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    for one in outcomes:
        if isinstance(one, BaseException) and not isinstance(one, Refusal):
            raise one
    return [one for one in outcomes if isinstance(one, Refusal)]


async def after(seconds: float, attempt: Coroutine[Any, Any, Any]) -> None:
    await asyncio.sleep(seconds)
    await attempt


async def second_head(cast: Cast) -> Account:
    """Another who answers for the township's decisions."""
    row = {"id": new_id(), "area": cast.township, "duty": "township_leader", "account": cast.specialist.id}
    await insert(cast.owner, "duty", row | {"starts_at": NOW - DAY})
    return cast.specialist


async def test_of_two_who_decide_at_once_one_decides(cast: Cast) -> None:
    other = await second_head(cast)
    for _ in range(ROUNDS):
        found = await trouble(cast)
        at = await hear(cast, found.case)
        refused = await together(
            decide(cast, found.case, "replace", now=at),
            decide(cast, found.case, "keep_with_reason", by=other, now=at),
            decide(cast, found.case, "replace", by=other, now=at),
        )
        assert [type(one) for one in refused] == [CaseSettled, CaseSettled]
        row, stands = await case_row(cast, found.case), await row_of(cast, "agreement", found.agreement)
        assert (row["decision"] == "replace") == (stands["status"] == "ended")
        assert (await journal(cast, found.case)).count("replacement.decided") == 1
        bars = await cast.owner.fetchval("SELECT count(*) FROM bar WHERE case_id = $1", found.case)
        cares = await cast.owner.fetchval("SELECT count(*) FROM temporary_care WHERE case_id = $1", found.case)
        assert bars == cares == (row["decision"] == "replace")


async def test_decision_and_late_evidence_at_once_end_in_one_of_two_ways(cast: Cast) -> None:
    """Withdrawn and nothing decided, with the caregiver in place; or decided and flagged, with the caregiver gone."""
    ways = set()
    for turn in range(ROUNDS):
        found = await trouble(cast)
        at = await hear(cast, found.case)
        ahead = turn % 4 * 0.01
        refused = await together(
            after(ahead, decide(cast, found.case, now=at)),
            after(0.015, fall_away(found.agreement, [found.cycles[0]], now=at, scope=cast.worker.scope)),
        )
        ways.add(await consistent(cast, found, refused))
    assert ways <= {"withdrawn", "temporary_care"}


async def consistent(cast: Cast, found: Trouble, refused: Sequence[Refusal]) -> str:
    row, stands = await case_row(cast, found.case), await row_of(cast, "agreement", found.agreement)
    barred = await cast.owner.fetchval("SELECT count(*) FROM bar WHERE case_id = $1", found.case)
    flagged = [one for one in await alerts(cast, "decision_flagged") if one["subject_id"] == found.case]
    gone = {UUID(one["subject_id"]) for one in await grounds(cast, found.case) if "withdrawn_at" in one}
    assert gone == {found.cycles[0]}
    if row["status"] == "withdrawn":
        assert [type(one) for one in refused] == [CaseSettled]
        assert (row["decision"], row["flagged_at"], stands["status"], barred) == (None, None, "active", 0)
        assert flagged == []
    else:
        assert refused == []
        assert (row["decision"], stands["ended_reason"], barred) == ("replace", "terminated_for_breach", 1)
        assert row["flagged_at"] is not None and [one["status"] for one in flagged] == ["open"]
    return str(row["status"])


async def test_many_proposals_at_once_make_one_case_with_every_ground(cast: Cast) -> None:
    for _ in range(ROUNDS):
        agreement_id = await agreement(cast)
        cycles = [(new_id(), new_id()) for _ in range(4)]
        hazard = new_id()
        await together(*(by_policy(agreement_id, failed(two, hazard), scope=cast.worker.scope) for two in cycles))
        (case,) = await cast.owner.fetch("SELECT id FROM replacement_case WHERE agreement_id = $1", agreement_id)
        held = {UUID(one["subject_id"]) for one in await grounds(cast, case["id"])}
        assert held == {hazard, *(one for two in cycles for one in two)}
        assert len(await grounds(cast, case["id"])) == len(held)


async def test_one_ground_found_by_many_at_once_is_added_once(cast: Cast) -> None:
    for _ in range(ROUNDS):
        found = await trouble(cast)
        third = failed((*found.cycles, new_id()), found.hazard)
        await together(*(by_policy(found.agreement, third) for _ in range(4)))
        assert len(await grounds(cast, found.case)) == len(third)


async def test_two_people_who_propose_at_once_open_one_case(cast: Cast) -> None:
    for _ in range(ROUNDS):
        agreement_id = await agreement(cast)
        refused = await together(
            *(
                actions.propose(agreement_id, reason="照料不到位", by=by, now=cast.now)
                for by in (cast.specialist, cast.leader)
            )
        )
        assert [type(one) for one in refused] == [AlreadyProposed]


async def test_the_last_item_and_the_clock_hand_over_once(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at)
    follows = await agreement(cast, found.recipient, await caregiver(cast))
    await hand_over(cast, found.case, until=TODAY, now=at, but=["keys"])
    await together(
        actions.link_successor(found.case, follows, by=cast.specialist, now=at),
        actions.watch_decisions(now=at),
        actions.record_handover(found.case, Recorded(item="keys", done=True), by=cast.leader, now=at),
        actions.watch_decisions(now=at),
    )
    await actions.watch_decisions(now=at)
    told = await journal(cast, found.case)
    assert (told.count("replacement.successor_signed"), told.count("replacement.handed_over")) == (1, 1)


async def test_a_decision_in_the_last_second_leaves_no_alert_behind(cast: Cast) -> None:
    for _ in range(ROUNDS):
        found = await trouble(cast)
        await hear(cast, found.case)
        late = (await case_row(cast, found.case))["decide_by"]
        await together(
            decide(cast, found.case, "keep_with_reason", now=late),
            actions.watch_decisions(now=late),
            actions.watch_decisions(now=late),
        )
        await actions.watch_decisions(now=late)
        open_ones = [one for one in await alerts(cast, "replacement_undecided") if one["status"] != "resolved"]
        assert open_ones == []
