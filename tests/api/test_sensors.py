"""Sensors over HTTP: managed by the township, readings taken from whoever holds the key and nobody else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.sensing import gateway, post_readings, sensor

MINUTE = timedelta(minutes=1)
CANARY = "金丝雀"


def one(cast: Cast, sensor_id: Any, **changes: Any) -> dict[str, Any]:
    known = {"sensor": str(sensor_id), "event_id": str(uuid4()), "at": cast.now.isoformat(), "amount": 3.5}
    return known | changes


async def test_a_gateway_is_added_its_sensor_installed_and_a_reading_taken(client: ClientOf, cast: Cast) -> None:
    office, wire = await client(cast.specialist), await client(None)
    made = await office.post("/v1/sensor-gateways", json={"area_id": cast.township, "name": "镇网关"})
    assert made.status_code == 201, made.text
    gateway_id, key = made.json()["gateway"]["id"], made.json()["key"]
    home = await cast.recipient(name="李桂英")
    body = {"gateway_id": gateway_id, "recipient_id": str(home), "kind": "water", "label": "W-1"}
    installed = await office.post("/v1/sensors", json=body)
    assert (installed.status_code, installed.json()["recipient"]["name"]) == (201, "李*"), installed.text
    again = await office.post("/v1/sensors", json=body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/label-taken")
    sent = [one(cast, "W-1", event_id="1"), one(cast, installed.json()["id"], event_id="1", amount="3.5")]
    taken = await post_readings(wire, gateway_id, key, sent, at=cast.now)
    assert taken.status_code == 200, taken.text
    assert [result["status"] for result in taken.json()["results"]] == ["taken", "repeated"]
    listed = await office.get("/v1/sensors", params={"recipient_id": str(home)})
    assert [item["heard_at"] is not None for item in listed.json()["items"]] == [True]
    for text in (listed.text, (await office.get("/v1/sensor-gateways")).text, taken.text):
        assert key not in text and "桂英" not in text
    renewed = await office.post(f"/v1/sensor-gateways/{gateway_id}/key")
    assert renewed.json()["key"] != key
    assert (await post_readings(wire, gateway_id, key, [], at=cast.now)).status_code == 401
    assert (await post_readings(wire, gateway_id, renewed.json()["key"], [], at=cast.now)).status_code == 200
    assert (await office.post(f"/v1/sensors/{installed.json()['id']}/end")).json()["ended_at"] is not None
    assert (await office.post(f"/v1/sensor-gateways/{gateway_id}/end")).status_code == 200
    assert (await post_readings(wire, gateway_id, renewed.json()["key"], [], at=cast.now)).status_code == 401


async def test_an_unknown_gateway_and_a_wrong_signature_are_answered_alike(client: ClientOf, cast: Cast) -> None:
    sender, key = await gateway(cast)
    wire = await client(None)
    refused = [
        await post_readings(wire, sender.id, "another key", [], at=cast.now),
        await post_readings(wire, uuid4(), key, [], at=cast.now),
        await post_readings(wire, "no id", key, [], at=cast.now),
        await post_readings(wire, sender.id, key, [], at=cast.now, x_signature=""),
        await post_readings(wire, sender.id, key, [], at=cast.now, x_timestamp="1"),
        await wire.post("/v1/sensors/readings", json={"readings": []}),
    ]
    told = {(one.status_code, one.json()["type"], one.json()["detail"]) for one in refused}
    assert len(told) == 1 and next(iter(told))[:2] == (401, "/problems/signature-refused")


async def test_the_signature_is_checked_over_the_raw_bytes_before_they_are_read(client: ClientOf, cast: Cast) -> None:
    sender, key = await gateway(cast)
    wire = await client(None)
    for broken in (b"not JSON", b'{"readings": 1}', b"\xff\xfe"):
        assert (await post_readings(wire, sender.id, "wrong", broken, at=cast.now)).status_code == 401
        assert (await post_readings(wire, sender.id, key, broken, at=cast.now)).status_code == 400
    body = b'{"readings":[]}'
    assert (await post_readings(wire, sender.id, key, body, at=cast.now)).status_code == 200
    signed = (await post_readings(wire, sender.id, key, body, at=cast.now)).request.headers
    spaced = await wire.post("/v1/sensors/readings", content=body + b" ", headers=_own(signed))
    assert spaced.status_code == 401


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (5, 200), (-5, 200), (6, 401), (-6, 401)])
async def test_a_request_is_good_for_five_minutes_either_way(
    client: ClientOf, cast: Cast, minutes: int, status: int
) -> None:
    sender, key = await gateway(cast)
    answer = await post_readings(await client(None), sender.id, key, [], at=cast.now + minutes * MINUTE)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["type"] == "/problems/signature-stale"


async def test_each_reading_has_its_own_result_whatever_is_wrong_with_its_neighbours(
    client: ClientOf, cast: Cast
) -> None:
    sender, key = await gateway(cast)
    meter = await sensor(cast, sender, await cast.recipient())
    sent = [
        one(cast, meter.id),
        "nonsense",
        one(cast, meter.id, amount=None),
        one(cast, meter.id, amount=-2),
        one(cast, meter.id, amount="NaN"),
        one(cast, meter.id, at="2026-03-02T10:00:00"),
        one(cast, meter.id, at=(cast.now + timedelta(hours=1)).isoformat()),
        one(cast, meter.id, at="1900-01-01T00:00:00Z"),
        one(cast, meter.id, event_id="a\0b"),
        one(cast, meter.id, note=CANARY),
        one(cast, uuid4()),
        one(cast, meter.id, at=(cast.now - timedelta(hours=9)).isoformat()),
    ]
    answer = await post_readings(await client(None), sender.id, key, sent, at=cast.now)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [one["index"] for one in results] == list(range(len(sent)))
    assert [(one["status"], one.get("code")) for one in results] == [
        ("taken", None),
        ("refused", "bad-input"),
        ("refused", "bad-input"),
        ("refused", "reading-backwards"),
        ("refused", "reading-out-of-range"),
        ("refused", "bad-input"),
        ("refused", "reading-from-future"),
        ("refused", "reading-too-old"),
        ("refused", "bad-input"),
        ("refused", "bad-input"),
        ("refused", "reading-unknown-sensor"),
        ("taken", "late"),
    ]
    assert all(one["detail"] for one in results if one.get("code"))
    assert await cast.owner.fetchval("SELECT count(*) FROM sensor_event") == 2


@pytest.mark.parametrize("broken", [b'{"amount":NaN}', b'{"a":1,}', b'"\x01"', b"[" * 2000 + b"]" * 2000])
async def test_a_reading_that_is_no_json_loses_no_other(client: ClientOf, cast: Cast, broken: bytes) -> None:
    sender, key = await gateway(cast)
    meter = await sensor(cast, sender, await cast.recipient())
    good = msgspec.json.encode(one(cast, meter.id))
    body = b'{"readings":[%b,%b]}' % (good, broken)
    answer = await post_readings(await client(None), sender.id, key, body, at=cast.now)
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        assert [one["status"] for one in answer.json()["results"]] == ["taken", "refused"]
    else:
        assert broken == b'"\x01"', "only what stands outside of any bracket spoils the batch"


async def test_a_batch_has_at_most_a_thousand_readings(client: ClientOf, cast: Cast) -> None:
    sender, key = await gateway(cast)
    meter = await sensor(cast, sender, await cast.recipient())
    wire = await client(None)
    sent = [one(cast, meter.id, event_id=str(number)) for number in range(1000)]
    full = await post_readings(wire, sender.id, key, sent, at=cast.now)
    assert full.status_code == 200 and await cast.owner.fetchval("SELECT count(*) FROM sensor_event") == 1000
    more = await post_readings(wire, sender.id, key, [*sent, sent[0]], at=cast.now)
    assert (more.status_code, more.json()["type"], more.json()["field"]) == (
        400,
        "/problems/too-many-readings",
        "/readings",
    )


async def test_no_name_and_no_key_is_ever_in_an_answer_or_a_log(client: ClientOf, cast: Cast, clock: Clock) -> None:
    sender, key = await gateway(cast)
    home = await cast.recipient(name=CANARY + "秀英")
    meter = await sensor(cast, sender, home)
    wire, office, neighbour = await client(None), await client(cast.specialist), await client(cast.foreign_specialist)
    with capture_logs() as logs:
        answers = [
            await post_readings(wire, sender.id, key, [one(cast, meter.id), one(cast, CANARY), CANARY], at=cast.now),
            await post_readings(wire, sender.id, "wrong", [one(cast, meter.id)], at=cast.now),
            await post_readings(wire, sender.id, key, [], at=cast.now - timedelta(hours=1)),
            await office.get("/v1/sensors"),
            await office.get("/v1/sensor-gateways"),
            await neighbour.get("/v1/sensors", params={"recipient_id": str(home)}),
            await neighbour.get("/v1/sensor-gateways"),
            await neighbour.post(f"/v1/sensor-gateways/{sender.id}/key"),
            await neighbour.post(f"/v1/sensors/{meter.id}/end"),
        ]
    assert [one.status_code for one in answers] == [200, 401, 401, 200, 200, 200, 200, 404, 404]
    assert answers[5].json()["items"] == answers[6].json()["items"] == []
    told = " ".join(one.text for one in answers) + str(logs)
    assert key not in told and CANARY + "秀英" not in told
    journal = await cast.owner.fetch("SELECT facts FROM journal")
    assert CANARY not in str(journal) and key not in str(journal)


def _own(headers: httpx.Headers) -> dict[str, str]:
    return {name: headers[name] for name in ("content-type", "x-gateway", "x-timestamp", "x-signature")}
