"""The inbox and the journal over HTTP."""

from datetime import timedelta
from uuid import uuid4

from alerts.actions import climb
from tests.alerting import alert_row, climb_to, open_one
from tests.cast import Cast, Clock
from tests.conftest import ClientOf

HOUR = timedelta(hours=1)


async def test_the_inbox_shows_ones_own_messages_latest_first(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient(risk="high")
    first = await open_one(cast, recipient_id=recipient)
    await climb(now=cast.now)
    second = await open_one(cast, kind="door_unanswered", now=cast.now + HOUR)
    await climb(now=cast.now + HOUR)
    http = await client(cast.worker)
    page = (await http.get("/v1/notices", params={"size": 1})).json()
    rest = (await http.get("/v1/notices", params={"size": 1, "cursor": page["next"]})).json()
    newest, oldest = page["items"][0], rest["items"][0]
    assert (newest["alert_id"], oldest["alert_id"]) == (str(second), str(first))
    assert (newest["kind_name"], newest["severity_name"], newest["urgent"]) == ("敲门无人应答", "危急", True)
    assert oldest["recipient"] == {"id": str(recipient), "name": "李*"}
    assert rest["next"] is None
    assert (await (await client(cast.specialist)).get("/v1/notices")).json()["items"] == []


async def test_a_message_is_read_once_and_ends_no_rung(cast: Cast, client: ClientOf, clock: Clock) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    http = await client(cast.worker)
    (message,) = (await http.get("/v1/notices")).json()["items"]
    first = await http.post(f"/v1/notices/{message['id']}/read")
    clock.forward(minutes=5)
    again = await http.post(f"/v1/notices/{message['id']}/read")
    assert first.json() == again.json()
    assert (await http.get("/v1/notices", params={"unread": True})).json()["items"] == []
    row = await alert_row(cast, alert)
    assert (row["status"], row["next_at"]) == ("open", cast.now + 2 * HOUR)


async def test_nobody_reads_anothers_messages(cast: Cast, client: ClientOf) -> None:
    await open_one(cast)
    await climb(now=cast.now)
    notice = await cast.owner.fetchval("SELECT id FROM notice")
    for other in (cast.leader, cast.district, cast.foreign_worker):
        http = await client(other)
        assert (await http.post(f"/v1/notices/{notice}/read")).status_code == 404
        assert (await http.post(f"/v1/notices/{uuid4()}/read")).status_code == 404
    assert await cast.owner.fetchval("SELECT read_at FROM notice") is None


async def test_an_administrator_has_an_inbox_too(cast: Cast, client: ClientOf) -> None:
    await cast.owner.execute("DELETE FROM duty WHERE duty = 'district'")
    await climb_to(cast, await open_one(cast), 3)
    (message,) = (await (await client(cast.administrator)).get("/v1/notices")).json()["items"]
    assert message["kind"] == "visit_missed"
    assert message["recipient"] is None


async def test_the_journal_is_read_by_those_who_may_within_their_areas(cast: Cast, client: ClientOf) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    http = await client(cast.auditor)
    everything = (await http.get("/v1/journal", params={"kind": "alert"})).json()["items"]
    assert [(one["kind"], one["subject_id"]) for one in everything] == [
        ("alert.climbed", str(alert)),
        ("alert.opened", str(alert)),
    ]
    page = (await http.get("/v1/journal", params={"size": 1})).json()
    rest = (await http.get("/v1/journal", params={"size": 1, "cursor": page["next"]})).json()
    assert page["items"] + rest["items"] == everything
    only = (await http.get("/v1/journal", params={"kind": "alert.opened", "subject_id": str(alert)})).json()["items"]
    assert only == everything[1:]
    elsewhere = {"area_id": cast.foreign_township}
    assert (await http.get("/v1/journal", params=elsewhere)).json()["items"] == []
    for other in (cast.worker, cast.specialist, cast.leader):
        assert (await (await client(other)).get("/v1/journal")).status_code == 403
