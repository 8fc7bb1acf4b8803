"""District policy and calendar days, through HTTP."""

from typing import Any

import httpx

from tests.cast import Cast
from tests.conftest import ClientOf


async def issue(caller: httpx.AsyncClient, changes: Any, on: str = "2026-03-02") -> httpx.Response:
    body = {"document_number": "津宁民发〔2026〕3号", "effective_on": on, "changes": changes, "note": "入户周期"}
    return await caller.post("/v1/policies", json=body)


async def test_the_default_is_shown_row_by_row_in_chinese(client: ClientOf, cast: Cast) -> None:
    current = (await (await client(cast.worker)).get("/v1/policies/current")).json()
    assert (current["id"], current["version"], current["on"]) == (None, 1, "2026-03-02")
    rows = {row["pointer"]: row for row in current["rows"]}
    assert rows["/visits/interval/high"] == {
        "pointer": "/visits/interval/high",
        "name": "探访 · 上门探访间隔 · 高风险",
        "value": "7d",
    }
    assert current["content"]["visits"]["interval"]["high"] == "7d"


async def test_the_district_issues_a_version_and_everybody_reads_it(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    issued = await issue(district, {"visits": {"interval": {"high": "5d"}}}, on="2026-03-10")
    assert (issued.status_code, issued.json()["version"]) == (201, 2)
    assert issued.json()["changes"] == [
        {"pointer": "/visits/interval/high", "name": "探访 · 上门探访间隔 · 高风险", "before": "7d", "after": "5d"}
    ]
    worker = await client(cast.worker)
    assert (await worker.get("/v1/policies/current")).json()["version"] == 1
    later = (await worker.get("/v1/policies/current", params={"on": "2026-03-10"})).json()
    assert (later["version"], later["content"]["visits"]["interval"]["high"]) == (2, "5d")
    listed = (await worker.get("/v1/policies")).json()
    assert [(one["version"], one["issued_by"], one["note"]) for one in listed] == [(2, "周志强", "入户周期")]


async def test_only_the_district_issues_policy(client: ClientOf, cast: Cast) -> None:
    for account in (cast.worker, cast.specialist, cast.leader, cast.auditor, cast.administrator):
        assert (await issue(await client(account), {})).status_code == 403


async def test_a_policy_that_would_leave_nobody_to_tell_is_refused_with_its_remedy(
    client: ClientOf, cast: Cast
) -> None:
    district = await client(cast.district)
    answer = await issue(district, {"alerts": {"ladder": {"serious": ["village", "township_specialist"]}}})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/policy-refused")
    assert answer.json()["field"] == "/changes/alerts/ladder/serious"
    assert "区民政局值班" in answer.json()["detail"]


async def test_wrong_dates_and_wrong_shapes_are_told_by_their_field(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    for changes, on, field in (
        ({}, "2026-03-01", "/effective_on"),
        ({}, "2099-01-01", "/effective_on"),
        ({}, "2026-02-30", "/effective_on"),
        ([], "2026-03-02", "/changes"),
        ({"visits": 7}, "2026-03-02", "/changes/visits"),
        ({"visits": {"interval": {"high": {"a": 1}}}}, "2026-03-02", "/changes/visits/interval/high"),
    ):
        answer = await issue(district, changes, on)
        assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text


async def test_a_day_is_set_and_its_last_word_counts(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    for working in (False, True):
        day = {"day": "2026-07-20", "working": working, "reason": "防汛值守"}
        assert (await district.post("/v1/calendar-days", json=day)).status_code == 201
    listed = (await (await client(cast.worker)).get("/v1/calendar-days")).json()
    assert listed == [{"day": "2026-07-20", "working": True, "reason": "防汛值守"}]
    assert (await district.get("/v1/calendar-days", params={"year": 2027})).json() == []
    past = {"day": "2026-01-05", "working": False, "reason": "x"}
    assert (await district.post("/v1/calendar-days", json=past)).json()["field"] == "/day"
