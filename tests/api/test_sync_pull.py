"""Fetching over HTTP: packed where the phone takes it, closed to a phone that was cut off, open to nobody else."""

import gzip
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, post
from litestar.exceptions import ImproperlyConfiguredException

import api.app
from accounts.actions import end_account, revoke_device
from accounts.permissions import Account, Sender
from api.app import create_app
from api.permissions import handlers
from core.settings import Settings
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.fetching import at_home, with_phone
from tests.visiting import DAY, HOUR, alerts, slot
from visits.actions import mark_missed

PULL = "/v1/sync/pull"


async def pulled(phone: httpx.AsyncClient, **said: Any) -> dict[str, Any]:
    answer = await phone.post(PULL, json=said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of(answer: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in answer["changed"] if one["kind"] == kind]


async def test_a_phone_fetches_everything_and_then_what_differs(client: ClientOf, cast: Cast) -> None:
    visit = await slot(cast, await at_home(cast))
    phone = await client(cast.worker)
    first = await pulled(phone)
    assert [one["id"] for one in of(first, "visit")] == [str(visit)]
    assert (first["since"], first["gone"]) == (None, [])
    await cast.owner.execute("UPDATE visit SET status = 'cancelled', closed_reason = 'died'")
    second = await pulled(phone, generation=first["generation"])
    assert second["since"] == first["generation"] and second["changed"] == []
    gone = {(one["kind"], one["why"], one["why_name"]) for one in second["gone"]}
    assert gone == {("visit", "died", "对象已去世"), ("recipient", "no_task", "近期没有任务")}
    assert second["epoch"] == first["epoch"] and second["server_time"] == cast.now.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("gzip;q=0", False), ("identity", False), ("", False)],
)
async def test_it_is_packed_where_the_phone_takes_it(client: ClientOf, cast: Cast, accepted: str, packed: bool) -> None:
    for _ in range(8):
        await slot(cast, await at_home(cast))
    phone = await client(cast.worker)
    async with phone.stream("POST", PULL, json={}, headers={"accept-encoding": accepted}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-type"].startswith("application/json")
    found = msgspec.json.decode(gzip.decompress(raw) if packed else raw)
    assert len(of(found, "visit")) == 8


async def test_a_phone_that_was_cut_off_is_told_to_wipe_and_nothing_else(client: ClientOf, cast: Cast) -> None:
    await slot(cast, await at_home(cast))
    phone = await client(cast.worker)
    generation = (await pulled(phone))["generation"]
    assert cast.worker.device_id
    await revoke_device(cast.worker.device_id, account_id=cast.worker.id, by=cast.specialist, now=cast.now)
    for said in ({}, {"generation": generation}):
        answer = await phone.post(PULL, json=said)
        problem = answer.json()
        assert (answer.status_code, problem["type"], problem["wipe"]) == (403, "/problems/must-wipe", True)
        assert "柳家庄村" not in answer.text and "visit" not in answer.text
    me = await phone.get("/v1/me")
    assert me.status_code == 401 and "wipe" not in me.json(), "every other route keeps refusing such a session"


async def test_the_phone_of_an_ended_account_is_told_to_wipe(client: ClientOf, cast: Cast, clock: Clock) -> None:
    phone = await client(cast.worker)
    await end_account(cast.worker.id, by=cast.specialist, now=cast.now)
    assert (await phone.post(PULL, json={})).json()["wipe"] is True
    clock.forward(days=401)
    assert (await phone.post(PULL, json={})).status_code == 401


async def test_no_other_refusal_tells_anybody_to_wipe(client: ClientOf, cast: Cast) -> None:
    for account, status in ((None, 401), (cast.auditor, 403), (cast.specialist, 403)):
        answer = await (await client(account)).post(PULL, json={})
        assert answer.status_code == status and "wipe" not in answer.json()
    without = await (await client(cast.specialist)).post(PULL, json={})
    assert without.json()["type"] == "/problems/no-phone"


@pytest.mark.parametrize("said", [{"generation": -1}, {"generation": 2**31}, {"generation": "1"}, {"since": 1}])
async def test_odd_generations_are_bad_input(client: ClientOf, cast: Cast, said: dict[str, Any]) -> None:
    assert (await (await client(cast.worker)).post(PULL, json=said)).status_code == 400


def _routes(settings: Settings, *handlers: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.app, "RESOURCES", (*api.app.RESOURCES, SimpleNamespace(CONTROLLERS=handlers)))
        create_app(settings)


def test_a_route_open_to_phones_cut_off_asks_for_the_sender_and_for_nobody_else(test_settings: Settings) -> None:
    @post("/rightly", opt={"permission": "sync.use", "revoked": True})
    async def rightly(sender: Sender) -> None: ...

    @post("/unmarked", opt={"permission": "sync.use"})
    async def unmarked(sender: Sender) -> None: ...

    @post("/unasked", opt={"permission": "sync.use", "revoked": True})
    async def unasked(by: Account) -> None: ...

    @post("/both", opt={"permission": "sync.use", "revoked": True})
    async def both(sender: Sender, by: Account) -> None: ...

    _routes(test_settings, rightly)
    with pytest.raises(ImproperlyConfiguredException) as refused:
        _routes(test_settings, unmarked, unasked, both)
    for path in ("/v1/unmarked", "/v1/unasked", "/v1/both"):
        assert f"{path}: a route is open to a phone that was cut off" in str(refused.value)


async def test_a_phone_that_was_cut_off_can_only_hand_in_and_be_told_to_wipe(app: Litestar) -> None:
    open_to_it = {
        (method, path)
        for path, handler in handlers(app)
        if handler.opt.get("revoked")
        for method in handler.http_methods  # type: ignore[attr-defined]
    }
    assert open_to_it == {
        ("POST", PULL),
        ("POST", "/v1/sync/push"),
        ("PUT", "/v1/attachments/{attachment_id:uuid}"),
        ("PATCH", "/v1/attachments/{attachment_id:uuid}"),
    }


# Phones as their township reads of them


async def test_a_township_reads_when_each_phone_was_heard_and_what_is_missing(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    await slot(cast)
    await pulled(await client(cast.worker))
    await cast.owner.execute("UPDATE device_state SET unsent = 0, missing = '{2,3,5}'")
    second = await with_phone(cast, cast.worker)
    clock.forward(hours=26)
    await cast.phone_seen(second, clock.at)
    listed = (await (await client(cast.specialist)).get("/v1/phones")).json()["items"]
    assert [one["words"] for one in listed] == ["3 条未收到，最近联系 26 小时前", "最近联系 0 分钟前"]
    assert {one["name"] for one in listed} == {"王秀兰"}
    assert (listed[0]["id"], listed[0]["tasks"], listed[0]["missing"]) == (str(cast.worker.device_id), 1, 3)


async def test_another_townships_phones_and_those_cut_off_are_not_listed(client: ClientOf, cast: Cast) -> None:
    assert cast.worker.device_id
    listed = (await (await client(cast.foreign_specialist)).get("/v1/phones")).json()["items"]
    assert [one["id"] for one in listed] == [str(cast.foreign_worker.device_id)]
    assert (await (await client(cast.worker)).get("/v1/phones")).status_code == 403
    await revoke_device(cast.worker.device_id, account_id=cast.worker.id, by=cast.specialist, now=cast.now)
    assert (await (await client(cast.specialist)).get("/v1/phones")).json()["items"] == []


async def test_pages_of_phones_hold_each_once(client: ClientOf, cast: Cast) -> None:
    for number in range(4):
        await cast.phone_seen(await with_phone(cast, cast.worker), cast.now - number * HOUR)
    office, cursor, found = await client(cast.specialist), None, []
    while True:
        page = (await office.get("/v1/phones", params={"size": 2} | ({"cursor": cursor} if cursor else {}))).json()
        found += [one["id"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert len(found) == len(set(found)) == 5


# Not known is not missed


async def test_a_visit_not_known_and_its_alert_say_when_the_phone_was_last_seen(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    seen_at = cast.now - 2 * DAY
    await cast.phone_seen(cast.worker, seen_at)
    silent = await slot(cast, due_at=cast.now - DAY)
    await mark_missed(now=cast.now)
    office = await client(cast.specialist)
    card = (await office.get(f"/v1/visits/{silent}")).json()["visit"]
    said_at = seen_at.isoformat().replace("+00:00", "Z")
    assert (card["status"], card["status_name"], card["phone_last_seen_at"]) == ("not_known", "尚无消息", said_at)
    (alert,) = await alerts(cast, "visit_not_known")
    assert alert["facts"]["phone_last_seen_at"] == said_at
    listed = (await office.get("/v1/alerts")).json()["items"]
    assert [one["kind"] for one in listed] == ["visit_not_known"]
    story = await office.get(f"/v1/alerts/{listed[0]['id']}")
    assert ("走访员手机最近联网" in story.text and "02-28" in story.text) or "2月28日" in story.text
    await cast.phone_seen(cast.worker, cast.now)
    clock.forward(hours=1)
    await mark_missed(now=clock.at)
    card = (await office.get(f"/v1/visits/{silent}")).json()["visit"]
    assert (card["status"], card["status_name"]) == ("missed", "逾期未访")
    assert card["phone_last_seen_at"] == cast.now.isoformat().replace("+00:00", "Z")
