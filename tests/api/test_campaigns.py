"""Campaigns over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.visiting import detailed, log
from visits.campaigns.actions import lay_campaigns
from visits.report import Hazard


def campaign(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "area_id": cast.township,
        "title": "寒潮普访",
        "reason": "cold_wave",
        "deadline_at": (cast.now + timedelta(days=1)).isoformat(),
        "chosen": {"risks": ["high"]},
    } | changes


async def test_a_campaign_is_previewed_begun_watched_and_stopped(client: ClientOf, cast: Cast) -> None:
    person = await cast.recipient(risk="high")
    await cast.recipient()
    http = await client(cast.specialist)
    asked = {"area_id": cast.township, "chosen": {"risks": ["high"]}}
    assert (await http.post("/v1/campaigns/preview", json=asked)).json() == {"people": 1, "by_risk": {"high": 1}}
    begun = await http.post("/v1/campaigns", json=campaign(cast))
    assert begun.status_code == 201, begun.text
    await lay_campaigns(now=cast.now)
    address = f"/v1/campaigns/{begun.json()['id']}"
    detail = (await http.get(address)).json()
    assert (detail["people"], detail["seen"], detail["unseen"], detail["away"]) == (1, 0, 1, 0)
    assert detail["campaign"]["created_by_name"] == cast.specialist.name
    unseen = (await http.get(f"{address}/unseen")).json()["items"]
    assert [one["recipient_id"] for one in unseen] == [str(person)]
    assert unseen[0]["who"] == "李*" and unseen[0]["worker"] == cast.worker.name
    stopped = (await http.post(f"{address}/stop", json={"reason": "预警解除"})).json()
    assert (stopped["status"], stopped["stop_reason"]) == ("stopped", "预警解除")
    listed = (await http.get("/v1/campaigns")).json()["items"]
    assert [one["id"] for one in listed] == [begun.json()["id"]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "/title"),
        ({"reason": "just_so"}, "/reason"),
        ({"deadline_at": "2026-03-01T00:00:00+08:00"}, "/deadline_at"),
        ({"opens_at": "2026-03-01T00:00:00+08:00"}, "/opens_at"),
        ({"chosen": {"risks": ["grave"]}}, "/chosen/risks/0"),
        ({"chosen": {"categories": ["minor"]}}, "/chosen"),
        ({"points": 3}, "/points"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field_at_fault(
    client: ClientOf, cast: Cast, changes: dict[str, Any], field: str
) -> None:
    await cast.recipient(risk="high")
    answer = await (await client(cast.specialist)).post("/v1/campaigns", json=campaign(cast, **changes))
    assert (answer.status_code, answer.json().get("field")) == (400, field), answer.text
    assert await cast.owner.fetchval("SELECT count(*) FROM campaign") == 0


async def test_a_foreign_campaign_answers_like_a_missing_one(client: ClientOf, cast: Cast, clock: Clock) -> None:
    await cast.recipient(risk="high")
    mine = (await (await client(cast.specialist)).post("/v1/campaigns", json=campaign(cast))).json()["id"]
    http = await client(cast.foreign_specialist)
    for tail, method, body in (("", "GET", None), ("/unseen", "GET", None), ("/stop", "POST", {"reason": "试试"})):
        foreign = await http.request(method, f"/v1/campaigns/{mine}{tail}", json=body)
        missing = await http.request(method, f"/v1/campaigns/{uuid4()}{tail}", json=body)
        assert foreign.status_code == missing.status_code == 404
        assert {**foreign.json(), "request_id": ""} == {**missing.json(), "request_id": ""}


async def test_what_was_found_is_told_in_words_and_counted(client: ClientOf, cast: Cast) -> None:
    people = [await cast.recipient(risk="high") for _ in range(2)]
    office = await client(cast.specialist)
    begun = (await office.post("/v1/campaigns", json=campaign(cast))).json()["id"]
    await lay_campaigns(now=cast.now)
    for person in people:
        visit = await cast.owner.fetchval("SELECT id FROM visit WHERE recipient_id = $1", person)
        hazard = Hazard(block="safety", severity="serious", what="煤气管老化", removed_now=False)
        await log(cast, visit, detailed(cast.now, hazards=(hazard,)))
    detail = (await office.get(f"/v1/campaigns/{begun}")).json()
    assert (detail["people"], detail["seen"], detail["unseen"]) == (2, 2, 0)
    assert detail["hazards"] == [{"word": "serious", "name": "严重", "found": 2}]
    assert detail["exceptions"] == [{"word": "health", "name": "身体状况", "found": 2}]
    assert detail["by_category"] == [{"word": "aged", "name": "高龄", "people": 2, "seen": 2}]
