"""Duties, gaps and leaves, through HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.cast import Cast
from tests.conftest import ClientOf


def leave(cast: Cast, **more: Any) -> dict[str, Any]:
    return {
        "account_id": str(cast.specialist.id),
        "starts_at": (cast.now + timedelta(days=2)).isoformat(),
        "ends_at": (cast.now + timedelta(days=4)).isoformat(),
        **more,
    }


async def test_the_roster_of_ones_areas_is_listed_with_names(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    listed = (await specialist.get("/v1/duties")).json()["items"]
    assert {(one["account_name"], one["duty_name"], one["area_name"]) for one in listed} == {
        ("王秀兰", "村(社区)", "柳家庄村"),
        ("赵建国", "民政专干", "南柳镇"),
        ("孙丽华", "乡镇(街道)负责人", "南柳镇"),
    }
    mine = await specialist.get("/v1/duties", params={"account_id": str(cast.worker.id)})
    assert len(mine.json()["items"]) == 1


async def test_a_duty_is_added_and_ended(client: ClientOf, cast: Cast) -> None:
    leader = await client(cast.leader)
    body = {"account_id": str(cast.leader.id), "duty": "township_specialist", "area_id": cast.township, "position": 1}
    added = await leader.post("/v1/duties", json=body)
    assert added.status_code == 201
    assert (await leader.post("/v1/duties", json=body)).json()["type"] == "/problems/duty-held-already"
    path = f"/v1/duties/{added.json()['id']}"
    stranger = await client(cast.foreign_leader)
    answers = [await stranger.delete(path), await stranger.delete(f"/v1/duties/{uuid4()}")]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert (await leader.delete(path)).status_code == 204
    assert (await leader.delete(path)).json()["type"] == "/problems/duty-over"


async def test_nobody_takes_the_rung_above_into_their_own_hands(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    body = {"account_id": str(cast.specialist.id), "duty": "township_leader", "area_id": cast.township}
    answer = await specialist.post("/v1/duties", json=body)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/duty-beyond-yours")


async def test_the_end_of_the_ladder_is_never_left_empty(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    listed = (await district.get("/v1/duties", params={"account_id": str(cast.district.id)})).json()["items"]
    answer = await district.delete(f"/v1/duties/{listed[0]['id']}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-on-duty")
    assert "先安排接替" in answer.json()["detail"]


async def test_gaps_ahead_are_shown_to_whoever_can_close_them(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)

    async def gaps(days: int) -> list[tuple[str, str]]:
        found = (await specialist.get("/v1/duties/gaps", params={"days": days})).json()
        return [(one["area_name"], one["duty"]) for one in found]

    assert await gaps(7) == [("前柳村", "village")]
    assert (await specialist.post("/v1/leaves", json=leave(cast))).status_code == 201
    assert await gaps(1) == [("前柳村", "village")]
    assert await gaps(7) == [("南柳镇", "township_specialist"), ("前柳村", "village")]
    assert (await specialist.get("/v1/duties/gaps", params={"days": 1000})).status_code == 400


async def test_a_leave_is_entered_listed_and_cancelled(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    made = await specialist.post("/v1/leaves", json=leave(cast, cover_id=str(cast.leader.id), reason="年休假"))
    assert made.status_code == 201
    listed = (await specialist.get("/v1/leaves")).json()
    assert [(one["account_name"], one["cover_name"]) for one in listed] == [("赵建国", "孙丽华")]
    assert (await (await client(cast.foreign_specialist)).get("/v1/leaves")).json() == []
    again = await specialist.post("/v1/leaves", json=leave(cast))
    assert (again.status_code, again.json()["field"]) == (409, "/starts_at")
    assert (await specialist.delete(f"/v1/leaves/{made.json()['id']}")).status_code == 204
    assert (await specialist.get("/v1/leaves")).json() == []


async def test_a_cover_of_another_township_is_named_when_the_district_has_chosen_it(
    client: ClientOf, cast: Cast
) -> None:
    district = await client(cast.district)
    body = leave(cast, cover_id=str(cast.foreign_specialist.id))
    assert (await district.post("/v1/leaves", json=body)).status_code == 201
    listed = (await (await client(cast.specialist)).get("/v1/leaves")).json()
    assert [one["cover_name"] for one in listed] == ["陈立新"]


async def test_a_time_without_a_zone_is_refused(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    answer = await specialist.post("/v1/leaves", json=leave(cast, starts_at="2026-03-04T08:00:00"))
    assert (answer.status_code, answer.json()["field"]) == (400, "/starts_at")
