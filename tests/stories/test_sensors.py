"""Sensors as witnesses: readings counted once, windows spoken for, a broken device told apart from a quiet home."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from alerts.actions import climb
from core import db
from core.scope import Scope
from recipients.refusals import RecipientNotFound
from tests.cast import Cast
from tests.sensing import counted, gateway, send, sensor, window, witnessed
from tests.visiting import DAY, HOUR, alerts
from visits.daily.actions import settle_checks
from visits.sensors import actions
from visits.sensors.refusals import (
    GatewayAreaUnfit,
    GatewayEnded,
    GatewayNotFound,
    HomeOutsideGateway,
    LabelTaken,
    NotSupported,
    SensorNotFound,
    SignatureRefused,
)

MINUTE = timedelta(minutes=1)


async def test_a_reading_counts_once_however_often_it_is_sent(cast: Cast) -> None:
    home = await cast.recipient()
    sender, _ = await gateway(cast)
    meter = await sensor(cast, sender, home)
    one = counted(meter, 5, cast.now - MINUTE, event_id="7")
    assert [out.status for out in await send(sender, one, one, now=cast.now)] == ["taken", "repeated"]
    assert [out.status for out in await send(sender, one, now=cast.now)] == ["repeated"]
    other = await send(sender, counted(meter, 6, cast.now - MINUTE, event_id="7"), now=cast.now)
    assert [type(out.refusal).__name__ for out in other] == ["ReadingDiffers"]
    assert await cast.owner.fetchval("SELECT sum(amount) FROM sensor_event") == 5


async def test_one_bad_reading_never_holds_the_rest_and_leaves_a_line(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    meter = await sensor(cast, sender, await cast.recipient(), label="西屋水表")
    given = (
        counted(meter, -1, cast.now),
        counted("西屋水表", 2, cast.now),
        counted(meter, 2, cast.now + HOUR),
        counted("没有的", 2, cast.now),
        counted(meter, 2, cast.now - 7 * HOUR),
    )
    outcomes = await send(sender, *given, now=cast.now)
    assert [out.status for out in outcomes] == ["refused", "taken", "refused", "refused", "taken"]
    assert [out.late for out in outcomes] == [False, False, False, False, True]
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'gateway.readings_refused'")
    assert all(name in facts for name in ("ReadingBackwards", "ReadingFromFuture", "ReadingUnknownSensor"))
    assert await cast.owner.fetchval("SELECT heard_at FROM sensor") == cast.now


async def test_a_gateway_writes_for_no_sensor_of_another(cast: Cast) -> None:
    ours, _ = await gateway(cast)
    twin, _ = await gateway(cast)
    theirs, _ = await gateway(cast, area_id=cast.foreign_township)
    meter = await sensor(cast, ours, await cast.recipient(), label="同名")
    for other in (twin, theirs):
        for name in (str(meter.id), "同名"):
            (out,) = await send(other, counted(name, 50, cast.now), now=cast.now)
            assert type(out.refusal).__name__ == "ReadingUnknownSensor"
    assert await cast.owner.fetchval("SELECT count(*) FROM sensor_event") == 0
    assert await cast.owner.fetchval("SELECT heard_at FROM sensor") is None


async def test_nothing_is_taken_from_before_the_meter_hung_there(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    before = await sensor(cast, sender, await cast.recipient(), label="表")
    await actions.end_sensor(before.id, by=cast.specialist, now=cast.now - HOUR)
    await sensor(cast, sender, await cast.recipient(), label="表", hung=HOUR)
    (out,) = await send(sender, counted("表", 99, cast.now - 2 * HOUR), now=cast.now)
    assert type(out.refusal).__name__ == "ReadingBeforeInstallation"


async def test_a_home_that_used_water_is_active_and_one_that_used_none_is_quiet(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    up, still = await cast.recipient(), await cast.recipient()
    for home, litres in ((up, 12), (still, 2)):
        meter = await sensor(cast, sender, home)
        await send(sender, counted(meter, litres, cast.now - HOUR), now=cast.now)
        await window(cast, home, closes_at=cast.now)
    counts = await actions.witness_windows(now=cast.now, limit=1)
    assert (counts["active"], counts["quiet"]) == (1, 1)
    assert (await witnessed(cast, up), await witnessed(cast, still)) == (["active"], ["quiet"])


async def test_witnessing_again_says_nothing_twice(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    meter = await sensor(cast, sender, home)
    await send(sender, counted(meter, 0, cast.now), now=cast.now)
    await window(cast, home, closes_at=cast.now)
    for _ in range(3):
        await actions.witness_windows(now=cast.now + MINUTE)
    assert await witnessed(cast, home) == ["quiet"]


async def test_before_the_window_closes_only_a_sign_of_life_is_told(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    meter = await sensor(cast, sender, home)
    await send(sender, counted(meter, 0, cast.now - HOUR), now=cast.now)
    await window(cast, home, closes_at=cast.now + 3 * MINUTE)
    await actions.witness_windows(now=cast.now)
    assert await witnessed(cast, home) == []
    await send(sender, counted(meter, 15, cast.now + MINUTE), now=cast.now + MINUTE)
    await actions.witness_windows(now=cast.now + MINUTE)
    assert await witnessed(cast, home) == ["active"]


async def test_a_window_not_about_to_close_and_one_already_decided_are_not_asked_about(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    meter = await sensor(cast, sender, home)
    await send(sender, counted(meter, 50, cast.now), now=cast.now)
    await window(cast, home, closes_at=cast.now + 6 * MINUTE)
    await window(cast, home, closes_at=cast.now - DAY, status="not_observed")
    assert (await actions.witness_windows(now=cast.now))["asked"] == 0


async def test_many_sensors_of_one_home_speak_together(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    water, door = await sensor(cast, sender, home), await sensor(cast, sender, home, kind="door")
    await send(sender, counted(water, 0, cast.now), counted(door, 1, cast.now - 10 * HOUR), now=cast.now)
    await send(sender, counted(door, 0, cast.now), now=cast.now)
    await window(cast, home, closes_at=cast.now)
    await actions.witness_windows(now=cast.now)
    assert await witnessed(cast, home) == ["active"]


async def test_a_door_opened_before_the_last_look_is_no_sign_of_life_for_this_one(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    door = await sensor(cast, sender, home, kind="door")
    await send(sender, counted(door, 1, cast.now - 20 * HOUR), counted(door, 0, cast.now), now=cast.now)
    await window(cast, home, closes_at=cast.now)
    await actions.witness_windows(now=cast.now)
    assert await witnessed(cast, home) == []


async def test_a_silent_device_says_nothing_about_the_person_and_is_somebodys_business(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient(risk="high")
    meter = await sensor(cast, sender, home)
    await send(sender, counted(meter, 0, cast.now - 7 * HOUR), now=cast.now - 7 * HOUR)
    await window(cast, home, closes_at=cast.now)
    await actions.witness_windows(now=cast.now)
    assert await witnessed(cast, home) == []
    assert (await actions.watch_sensors(now=cast.now))["silent"] == 1
    assert (await actions.watch_sensors(now=cast.now))["silent"] == 0
    (alert,) = await alerts(cast, "sensor_silent")
    assert (alert["subject_id"], alert["recipient_id"], alert["status"]) == (meter.id, home, "open")
    await send(sender, counted(meter, 0, cast.now), now=cast.now)
    assert (await actions.watch_sensors(now=cast.now))["spoke"] == 1
    assert [(one["status"], one["outcome"]) for one in await alerts(cast, "sensor_silent")] == [
        ("resolved", "sensor_spoke")
    ]
    later = cast.now + 8 * HOUR
    assert (await actions.watch_sensors(now=later))["silent"] == 1
    assert [one["status"] for one in await alerts(cast, "sensor_silent")] == ["resolved", "open"]


async def test_a_device_never_heard_of_is_silent_from_its_installation_on(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    await sensor(cast, sender, await cast.recipient(), hung=5 * HOUR)
    assert (await actions.watch_sensors(now=cast.now))["silent"] == 0
    assert (await actions.watch_sensors(now=cast.now + HOUR))["silent"] == 1


async def test_nobody_is_told_of_a_device_where_nobody_is_watched_over_any_more(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    await sensor(cast, sender, home)
    await actions.watch_sensors(now=cast.now)
    await cast.owner.execute("UPDATE recipient SET standing = 'died' WHERE id = $1", home)
    assert (await actions.watch_sensors(now=cast.now))["left"] == 1
    assert [one["outcome"] for one in await alerts(cast, "sensor_silent")] == ["left"]
    assert (await actions.watch_sensors(now=cast.now))["silent"] == 0
    await cast.owner.execute("UPDATE recipient SET standing = 'at_home' WHERE id = $1", home)
    assert (await actions.watch_sensors(now=cast.now + HOUR))["silent"] == 1
    assert [one["status"] for one in await alerts(cast, "sensor_silent")] == ["resolved", "open"], "undone: told anew"


async def test_taking_a_sensor_down_ends_its_alert_and_ending_a_gateway_takes_down_all(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    meters = [await sensor(cast, sender, await cast.recipient()) for _ in range(2)]
    await actions.watch_sensors(now=cast.now)
    await climb(now=cast.now)
    await actions.end_sensor(meters[0].id, by=cast.specialist, now=cast.now)
    assert sorted(one["status"] for one in await alerts(cast, "sensor_silent")) == ["open", "resolved"]
    await actions.end_gateway(sender.id, by=cast.specialist, now=cast.now)
    assert {one["status"] for one in await alerts(cast, "sensor_silent")} == {"resolved"}
    assert await cast.owner.fetchval("SELECT count(*) FROM sensor WHERE ended_at IS NULL") == 0
    with pytest.raises(SignatureRefused):
        await send(sender, counted(meters[1], 1, cast.now), now=cast.now)
    with pytest.raises(GatewayEnded):
        await actions.renew_key(sender.id, by=cast.specialist, now=cast.now)


async def test_one_window_that_cannot_be_judged_holds_up_no_other(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    homes = [await cast.recipient() for _ in range(4)]
    for home in homes:
        meter = await sensor(cast, sender, home)
        await send(sender, counted(meter, 30, cast.now - HOUR), now=cast.now)
        await window(cast, home, closes_at=cast.now)
    await cast.owner.execute(
        "UPDATE sensor_event SET amount = 'NaN' WHERE sensor_id = (SELECT id FROM sensor WHERE recipient_id = $1)",
        homes[1],
    )
    counts = await actions.witness_windows(now=cast.now)
    assert (counts["active"], counts["quarantined"]) == (3, 1)
    assert [await witnessed(cast, home) for home in homes] == [["active"], [], ["active"], ["active"]]
    assert [one["recipient_id"] for one in await alerts(cast, "quarantined")] == [homes[1]]


async def test_a_sensor_follows_its_person(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    await sensor(cast, sender, home)
    await cast.owner.execute("UPDATE recipient SET area_id = $2 WHERE id = $1", home, cast.other_village)
    assert (await actions.watch_sensors(now=cast.now))["moved"] == 1
    assert await cast.owner.fetchval("SELECT area_id FROM sensor") == cast.other_village


async def test_readings_are_kept_no_longer_than_the_policy_says(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    meter = await sensor(cast, sender, await cast.recipient())
    await send(sender, counted(meter, 1, cast.now), counted(meter, 1, cast.now - 20 * DAY), now=cast.now)
    assert (await actions.purge_readings(now=cast.now + 80 * DAY))["purged"] == 1
    assert await cast.owner.fetchval("SELECT at FROM sensor_event") == cast.now


async def test_what_cannot_be_installed_is_refused(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    home = await cast.recipient()
    foreign = await cast.recipient(area_id=cast.foreign_village)
    dead = await cast.recipient(standing="died")
    await sensor(cast, sender, home, label="表")
    with pytest.raises(LabelTaken):
        await sensor(cast, sender, home, label="表")
    with pytest.raises(HomeOutsideGateway):
        await sensor(cast, sender, foreign)
    with pytest.raises(NotSupported):
        await sensor(cast, sender, dead)
    with pytest.raises(RecipientNotFound):
        await sensor(cast, sender, uuid4())
    for area in (cast.province, cast.foreign_township, 2**31 - 1):
        with pytest.raises(GatewayAreaUnfit):
            await actions.add_gateway(area_id=area, name="网关", by=cast.specialist, now=cast.now)


async def test_the_next_township_finds_neither_gateway_nor_sensor(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    meter = await sensor(cast, sender, await cast.recipient())
    for refused, act in (
        (GatewayNotFound, actions.renew_key(sender.id, by=cast.foreign_specialist, now=cast.now)),
        (GatewayNotFound, actions.end_gateway(sender.id, by=cast.foreign_specialist, now=cast.now)),
        (SensorNotFound, actions.end_sensor(meter.id, by=cast.foreign_specialist, now=cast.now)),
    ):
        with pytest.raises(refused):
            await act


async def test_a_key_is_sealed_and_read_back_by_nobody_who_is_signed_in(cast: Cast) -> None:
    sender, key = await gateway(cast)
    sealed = await cast.owner.fetchval("SELECT key_sealed FROM sensor_gateway WHERE id = $1", sender.id)
    assert key.encode() not in sealed
    for scope in (cast.specialist.scope, cast.district.scope, Scope(area_ids=(cast.township,))):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(scope):
                await db.fetch("SELECT key_sealed FROM sensor_gateway")


@pytest.mark.parametrize(("litres", "decided", "told"), [(0, "anomaly", 1), (25, "changed", 0)])
async def test_what_a_quiet_home_says_outweighs_a_lit_lamp_and_a_sign_of_life_answers_for_the_watcher(
    cast: Cast, litres: int, decided: str, told: int
) -> None:
    """Nobody looked at the second home; at the first one the lamp was lit, as it had been for the dead before."""
    sender, _ = await gateway(cast)
    home = await cast.recipient(risk="high")
    meter = await sensor(cast, sender, home)
    await send(sender, counted(meter, litres, cast.now - HOUR), now=cast.now)
    check = await window(cast, home, closes_at=cast.now)
    if not litres:
        await cast.owner.execute(
            "INSERT INTO observation (id, recipient_id, area_id, source, on_day, part, seen, made_at, logged_at)"
            " VALUES ($1, $2, $3, 'staff', $4, 'morning', 'changed', $5, $5)",
            uuid4(),
            home,
            cast.village,
            cast.now.date(),
            cast.now - HOUR,
        )
    await actions.witness_windows(now=cast.now)
    await settle_checks(now=cast.now + MINUTE)
    assert await cast.owner.fetchval("SELECT status FROM daily_check WHERE id = $1", check) == decided
    assert len(await alerts(cast, "daily_anomaly", "daily_not_observed")) == told
