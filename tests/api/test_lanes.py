"""Lanes and the watcher's door over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from core.ids import new_id
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.watching import HOUR, Laid, at, became, lane, settle
from visits.daily import actions


async def watcher(client: ClientOf, cast: Cast, laid: Laid) -> tuple[httpx.AsyncClient, str]:
    """Somebody with nothing but a link, and its id."""
    boss = await client(cast.specialist)
    issued = await boss.post(f"/v1/lanes/{laid.id}/links")
    assert issued.status_code == 201, issued.text
    http = await client(None)
    http.headers["authorization"] = f"Watch {issued.json()['token']}"
    return http, issued.json()["id"]


def one_tap(cast: Cast, clock: str = "19:00", **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "on_day": cast.now.date().isoformat(),
        "part": "evening",
        "all": True,
        "made_at": at(cast, clock).isoformat(),
        "sent_at": at(cast, clock).isoformat(),
    } | changes


async def test_a_lane_is_opened_filled_and_handed_to_a_neighbour(client: ClientOf, cast: Cast, clock: Clock) -> None:
    boss, person = await client(cast.specialist), await cast.recipient()
    opened = await boss.post("/v1/lanes", json={"area_id": cast.village, "name": "东头", "watcher_name": "张姐"})
    assert opened.status_code == 201, opened.text
    address = f"/v1/lanes/{opened.json()['id']}"
    added = await boss.post(f"{address}/households", json={"recipient_id": str(person), "shown_as": "李奶奶"})
    assert (added.status_code, added.json()["who"]) == (201, "李*"), added.text
    own = {"morning": "05:30-06:30", "evening": None}
    put = await boss.put(f"{address}/households/{added.json()['id']}/windows", json=own)
    assert (put.status_code, put.json()["morning"]) == (200, "05:30-06:30"), put.text
    issued = (await boss.post(f"{address}/links")).json()
    detail = (await boss.get(address)).json()
    assert (detail["lane"]["households"], detail["links"][0]["id"]) == (1, issued["id"])
    assert issued["token"] not in str(detail)
    listed = (await boss.get("/v1/lanes?status=active")).json()["items"]
    assert [(one["id"], one["households"]) for one in listed] == [(opened.json()["id"], 1)]
    assert (await boss.delete(f"{address}/households/{added.json()['id']}")).status_code == 204
    assert (await boss.delete(f"{address}/links/{issued['id']}")).status_code == 204
    ended = await boss.post(f"{address}/end")
    assert (ended.status_code, ended.json()["status"]) == (200, "ended")


async def test_a_neighbour_opens_the_link_and_taps_once_for_the_lane(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    laid = await lane(cast, households=3)
    http, _ = await watcher(client, cast, laid)
    clock.at = at(cast, "19:00")
    shown = await http.post("/v1/watch")
    assert shown.status_code == 200, shown.text
    card = shown.json()
    assert (card["watcher_name"], card["lane_name"], card["part_name"]) == ("张姐", "东头", "晚看灯")
    assert [one["shown_as"] for one in card["households"]] == ["1号院", "2号院", "3号院"]
    assert "李" not in shown.text and str(laid.people[0]) not in shown.text
    told = one_tap(cast, exceptions={card["households"][1]["id"]: "dark"})
    answers = [await http.post("/v1/watch/observations", json=told) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert [one["seen"] for one in (await http.post("/v1/watch")).json()["households"]] == [
        "changed",
        "dark",
        "changed",
    ]
    await settle(at(cast, "19:01"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed", "anomaly", "changed"]
    boss = await client(cast.specialist)
    windows = (await boss.get(f"/v1/lanes/{laid.id}/windows")).json()
    assert [one["status_name"] for one in windows] == ["正常", "异常", "正常"] or {
        one["status_name"] for one in windows
    } == {"正常", "异常"}


async def test_a_link_taken_back_is_refused_in_chinese(client: ClientOf, cast: Cast, clock: Clock) -> None:
    laid = await lane(cast)
    http, link = await watcher(client, cast, laid)
    boss = await client(cast.specialist)
    assert (await boss.delete(f"/v1/lanes/{laid.id}/links/{link}")).status_code == 204
    for answer in (await http.post("/v1/watch"), await http.post("/v1/watch/observations", json=one_tap(cast))):
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/link-unknown")
        assert "索取新的链接" in answer.json()["detail"]


@pytest.mark.parametrize("header", [None, "Watch", "Watch ", "Bearer x", "Watch " + "x" * 43, "Watch " + "x" * 400])
async def test_without_a_link_nothing_is_shown(client: ClientOf, cast: Cast, header: str | None) -> None:
    await lane(cast)
    http = await client(None)
    if header is not None:
        http.headers["authorization"] = header
    for answer in (await http.post("/v1/watch"), await http.post("/v1/watch/observations", json=one_tap(cast))):
        assert answer.status_code == 401, answer.text


async def test_a_session_is_no_link_and_a_link_no_session(client: ClientOf, cast: Cast, clock: Clock) -> None:
    laid = await lane(cast)
    assert (await (await client(cast.specialist)).post("/v1/watch")).status_code == 401
    http, _ = await watcher(client, cast, laid)
    for path in ("/v1/lanes", f"/v1/lanes/{laid.id}", "/v1/recipients", "/v1/visits"):
        assert (await http.get(path)).status_code == 401
    http.headers["authorization"] = http.headers["authorization"].replace("Watch", "Bearer")
    assert (await http.get(f"/v1/lanes/{laid.id}")).status_code == 401


async def test_guessing_is_held_up(client: ClientOf, cast: Cast, clock: Clock) -> None:
    http = await client(None)
    statuses = []
    for number in range(45):
        http.headers["authorization"] = f"Watch guess-number-{number}"
        statuses.append((await http.post("/v1/watch")).status_code)
    assert statuses == [401] * 41 + [429] * 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"part": "noon"}, "/part"),
        ({"on_day": "2026-03-03"}, "/on_day"),
        ({"on_day": "1990-01-01"}, "/on_day"),
        ({"made_at": "2026-03-02T19:00:00"}, "/made_at"),
        ({"exceptions": {"no": "dark"}}, None),
        ({"points": 3}, "/points"),
        ({"all": False}, None),
    ],
)
async def test_a_tap_that_cannot_be_is_refused(
    client: ClientOf, cast: Cast, clock: Clock, changes: dict[str, Any], field: str | None
) -> None:
    laid = await lane(cast)
    http, _ = await watcher(client, cast, laid)
    clock.at = at(cast, "19:00")
    answer = await http.post("/v1/watch/observations", json=one_tap(cast, **changes))
    assert answer.status_code == 400, answer.text
    if field:
        assert answer.json()["field"] == field
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 0


async def test_a_lane_that_is_not_theirs_is_refused_with_a_reason(client: ClientOf, cast: Cast, clock: Clock) -> None:
    laid, other = await lane(cast), await lane(cast)
    http, _ = await watcher(client, cast, laid)
    clock.at = at(cast, "19:00")
    foreign = one_tap(cast, exceptions={str(other.households[0].id): "dark"})
    answer = await http.post("/v1/watch/observations", json=foreign)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unknown-household")


async def test_staff_log_what_a_neighbour_told_them(client: ClientOf, cast: Cast, clock: Clock) -> None:
    laid = await lane(cast, households=2)
    clock.at = at(cast, "19:00")
    told = {name: value for name, value in one_tap(cast).items() if name != "sent_at"}
    worker = await client(cast.worker)
    answer = await worker.post(f"/v1/lanes/{laid.id}/observations", json=told)
    assert (answer.status_code, set(answer.json()["seen"].values())) == (200, {"changed"}), answer.text
    other = await worker.post(
        f"/v1/lanes/{laid.id}/observations",
        json=told | {"all": False, "exceptions": {str(laid.households[0].id): "dark"}},
    )
    assert (other.status_code, other.json()["type"]) == (409, "/problems/tap-conflicts")


async def test_a_foreign_lane_answers_like_a_missing_one(client: ClientOf, cast: Cast, clock: Clock) -> None:
    laid, household = await lane(cast), new_id()
    clock.at = cast.now + HOUR
    http = await client(cast.foreign_specialist)

    async def asked(lane_id: UUID) -> list[tuple[int, dict[str, Any]]]:
        known = {"recipient_id": str(new_id()), "shown_as": "1号"}
        tapped = {name: value for name, value in one_tap(cast).items() if name != "sent_at"}
        answers = [
            await http.get(f"/v1/lanes/{lane_id}"),
            await http.get(f"/v1/lanes/{lane_id}/windows"),
            await http.post(f"/v1/lanes/{lane_id}/end"),
            await http.post(f"/v1/lanes/{lane_id}/links"),
            await http.post(f"/v1/lanes/{lane_id}/households", json=known),
            await http.delete(f"/v1/lanes/{lane_id}/households/{household}"),
            await http.delete(f"/v1/lanes/{lane_id}/links/{household}"),
            await http.put(f"/v1/lanes/{lane_id}/households/{household}/windows", json={}),
            await http.post(f"/v1/lanes/{lane_id}/observations", json=tapped),
        ]
        return [(answer.status_code, answer.json() | {"request_id": ""}) for answer in answers]

    foreign, missing = await asked(laid.id), await asked(uuid4())
    assert foreign == missing
    assert {status for status, _ in foreign} == {404}
    assert (await http.get("/v1/lanes")).json()["items"] == []
    assert await actions.lay_checks(now=cast.now) is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"shown_as": "李桂英"}, "/shown_as"),
        ({"shown_as": ""}, "/shown_as"),
        ({"morning": "9点-10点一刻"}, "/morning"),
        ({"morning": "09:00-07:00"}, "/morning"),
        ({"recipient_id": str(uuid4())}, "/recipient_id"),
        ({"score": 1}, "/score"),
    ],
)
async def test_a_household_that_cannot_be_is_refused_with_the_field_at_fault(
    client: ClientOf, cast: Cast, clock: Clock, changes: dict[str, Any], field: str
) -> None:
    laid, person = await lane(cast), await cast.recipient()
    boss = await client(cast.specialist)
    told = {"recipient_id": str(person), "shown_as": "3号院"} | changes
    answer = await boss.post(f"/v1/lanes/{laid.id}/households", json=told)
    assert (answer.status_code, answer.json().get("field")) == (400, field), answer.text
    assert await cast.owner.fetchval("SELECT count(*) FROM lane_household") == 1
