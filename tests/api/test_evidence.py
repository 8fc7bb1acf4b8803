"""Grades over HTTP: shown to the visitor and to those who follow doubts up, to no colleague, and never a ranking."""

from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from core.ids import new_id
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.visiting import HOUR, log, normal, slot
from visits.evidence.actions import grade_reports, log_call_back
from visits.evidence.grades import GRADE_NAMES, MEANINGS


async def visited(cast: Cast, *, by: Account | None = None, **said: Any) -> tuple[UUID, UUID]:
    """A visit made at a home of its own, and its report; the ids of both."""
    visit, report = await slot(cast), new_id()
    await log(cast, visit, normal(cast.now, **said), report_id=report, by=by)
    return visit, report


async def evidence(client: ClientOf, by: Account, report: UUID) -> Any:
    answer = await (await client(by)).get(f"/v1/reports/{report}")
    assert answer.status_code == 200, answer.text
    return answer.json()["evidence"]


async def asked(client: ClientOf, cast: Cast, report: UUID, outcome: Any) -> None:
    call_back = await cast.owner.fetchval("SELECT id FROM call_back WHERE report_id = $1", report)
    await log_call_back(call_back, outcome=outcome, how="phone", note="", by=cast.district, now=cast.now + HOUR)
    await grade_reports(now=cast.now + HOUR)


async def test_what_has_no_grade_yet_is_no_d(client: ClientOf, cast: Cast) -> None:
    _, report = await visited(cast)
    before = await evidence(client, cast.specialist, report)
    assert (before["grade"], before["grade_name"], before["doubts"]) == ("ungraded", "尚未评定", [])
    await grade_reports(now=cast.now)
    after = await evidence(client, cast.specialist, report)
    assert (after["grade"], after["grade_name"]) == ("D", "仅有本人记录")
    assert "不表示没有去过" in after["meaning"]


async def test_whoever_follows_doubts_up_reads_each_with_what_to_do(client: ClientOf, cast: Cast) -> None:
    _, report = await visited(cast, identified_by="not_confirmed")
    await grade_reports(now=cast.now)
    for reader in (cast.specialist, cast.leader, cast.district, cast.auditor):
        (doubt,) = (await evidence(client, reader, report))["doubts"]
        assert (doubt["name"], doubt["seen"]) == ("未确认见到本人", "没有确认见到的是本人。")
        assert doubt["remedy"] == "请由熟悉的人再次上门，确认身份。"


async def test_the_visitor_reads_their_grade_and_how_it_would_be_better_and_no_doubt(
    client: ClientOf, cast: Cast
) -> None:
    visit, report = await visited(cast, identified_by="not_confirmed")
    await grade_reports(now=cast.now)
    await asked(client, cast, report, "denied")
    own = await evidence(client, cast.worker, report)
    assert (own["grade"], own["doubts"], own["call_back"]) == ("D", None, None)
    assert "不是必须的" in own["meaning"]
    detail = (await (await client(cast.worker)).get(f"/v1/visits/{visit}")).json()
    assert detail["reports"][0]["evidence"] == own


async def test_a_colleague_is_shown_no_grade(client: ClientOf, cast: Cast) -> None:
    visit, report = await visited(cast, by=cast.specialist)
    await grade_reports(now=cast.now)
    assert await evidence(client, cast.worker, report) is None
    colleague = await client(cast.worker)
    listed = (await colleague.get("/v1/visits")).json()["items"]
    assert [(one["id"], one["grade"], one["grade_name"]) for one in listed] == [(str(visit), None, None)]
    own = await evidence(client, cast.specialist, report)
    assert (own["grade"], own["doubts"]) == ("D", None)


async def test_what_the_recipient_answered_feeds_back_into_the_report(client: ClientOf, cast: Cast) -> None:
    _, confirmed = await visited(cast, identified_by="not_confirmed")
    _, denied = await visited(cast, identified_by="not_confirmed")
    await grade_reports(now=cast.now)
    assert (await evidence(client, cast.specialist, denied))["call_back"] is None
    await asked(client, cast, confirmed, "confirmed")
    await asked(client, cast, denied, "denied")
    better = await evidence(client, cast.specialist, confirmed)
    assert (better["grade"], better["call_back"]["outcome_name"]) == ("B", "确认来过")
    assert (await evidence(client, cast.worker, confirmed))["grade"] == "B"
    told = await evidence(client, cast.specialist, denied)
    assert (told["grade"], told["call_back"]["outcome_name"]) == ("D", "否认来过")


async def test_supervisors_list_visits_by_grade_and_what_is_not_graded_apart(client: ClientOf, cast: Cast) -> None:
    plain, _ = await visited(cast)
    signed, _ = await visited(cast, identified_by="neighbour_confirmed")
    await grade_reports(now=cast.now)
    fresh, _ = await visited(cast)
    await slot(cast)
    office = await client(cast.specialist)

    async def listed(*grades: str) -> set[tuple[str, str]]:
        items = (await office.get("/v1/visits", params={"grade": list(grades)})).json()["items"]
        return {(one["id"], one["grade"]) for one in items}

    assert await listed("D") == {(str(plain), "D")}
    assert await listed("ungraded") == {(str(fresh), "ungraded")}
    assert await listed("B", "ungraded") == {(str(signed), "B"), (str(fresh), "ungraded")}
    assert await listed("A") == set()
    assert len((await office.get("/v1/visits")).json()["items"]) == 4


@pytest.mark.parametrize("who", ["worker", "foreign_worker"])
async def test_nobody_else_lists_visits_by_grade(client: ClientOf, cast: Cast, who: str) -> None:
    await visited(cast)
    await grade_reports(now=cast.now)
    refused = await (await client(getattr(cast, who))).get("/v1/visits", params={"grade": "D"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    nothing = await (await client(cast.foreign_specialist)).get("/v1/visits", params={"grade": "D"})
    assert nothing.json()["items"] == []


async def test_an_unknown_grade_is_refused(client: ClientOf, cast: Cast) -> None:
    refused = await (await client(cast.specialist)).get("/v1/visits", params={"grade": "E"})
    assert refused.status_code == 400


async def test_a_door_nobody_opened_has_no_grade(client: ClientOf, cast: Cast) -> None:
    visit = await slot(cast)
    office = await client(cast.worker)
    body = {"id": str(new_id()), "outcome": "not_met", "method": "door", "made_at": cast.now.isoformat()}
    answer = await office.put(f"/v1/visits/{visit}/report", json=body | {"tried": ["knock"]})
    assert answer.status_code == 200, answer.text
    assert await evidence(client, cast.specialist, UUID(body["id"])) is None


def test_every_grade_has_a_name_and_a_meaning() -> None:
    assert set(GRADE_NAMES) == set(MEANINGS) == {"A", "B", "C", "D", "ungraded"}
