"""Two contents under one id: both shown side by side to those who answer for the place, decided once."""

from typing import Any
from uuid import UUID

from core.ids import new_id
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.pushing import briefly, inbox, item, report, results
from tests.visiting import DAY, HOUR, alerts, journal, slot


async def absence(cast: Cast, whereabouts: str = "女儿家") -> dict[str, Any]:
    return item(
        "absence",
        cast.now,
        recipient_id=str(await cast.recipient()),
        kind="away",
        starts_at=(cast.now + HOUR).isoformat(),
        ends_at=(cast.now + 2 * DAY).isoformat(),
        whereabouts=whereabouts,
    )


def other(one: dict[str, Any], **said: Any) -> dict[str, Any]:
    return one | {"body": one["body"] | said}


async def conflicting(cast: Cast, client: ClientOf) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two absences under one id, pushed by the worker."""
    first = await absence(cast)
    second = other(first, whereabouts="儿子家")
    worker = await client(cast.worker)
    assert briefly(await results(worker, cast, first)) == [("taken", None)]
    assert briefly(await results(worker, cast, second)) == [("conflict", "content-conflicts")]
    return first, second


async def test_both_contents_are_shown_side_by_side_to_a_supervisor(cast: Cast, client: ClientOf) -> None:
    first, _ = await conflicting(cast, client)
    (alert,) = await alerts(cast)
    assert (alert["kind"], alert["status"], str(alert["recipient_id"])) == (
        "sync_conflict",
        "open",
        first["body"]["recipient_id"],
    )
    (shown,) = (await (await client(cast.specialist)).get("/v1/sync/conflicts")).json()["items"]
    assert (shown["kind_name"], shown["by"], shown["decision"], shown["instead"]) == ("外出报备", "王秀兰", None, None)
    assert shown["first"]["content"]["whereabouts"] == "女儿家"
    assert shown["other"]["content"]["whereabouts"] == "儿子家"
    assert shown["id"] == str(alert["subject_id"])


async def test_nobody_else_sees_or_decides_them(cast: Cast, client: ClientOf) -> None:
    await conflicting(cast, client)
    row = (await inbox(cast))[1]["id"]
    stranger = await client(cast.foreign_specialist)
    assert (await stranger.get("/v1/sync/conflicts")).json()["items"] == []
    told = []
    for asked in (row, new_id()):
        answer = await stranger.post(f"/v1/sync/conflicts/{asked}/decide", json={"decision": "kept"})
        told.append((answer.status_code, answer.json() | {"request_id": ""}))
    assert told[0] == told[1] and told[0][0] == 404
    for role in ("worker", "district", "auditor"):
        assert (await (await client(getattr(cast, role))).get("/v1/sync/conflicts")).status_code == 403


async def test_keeping_the_first_ends_it(cast: Cast, client: ClientOf) -> None:
    await conflicting(cast, client)
    supervisor = await client(cast.specialist)
    row = (await inbox(cast))[1]["id"]
    decided = await supervisor.post(f"/v1/sync/conflicts/{row}/decide", json={"decision": "kept"})
    assert (decided.status_code, decided.json()["decision"]) == (200, "kept")
    assert [one["status"] for one in await alerts(cast)] == ["resolved"]
    assert await cast.owner.fetchval("SELECT count(*) FROM absence") == 1
    assert await journal(cast, row) == ["sync.conflicting", "sync.conflict_decided"]
    assert (await supervisor.get("/v1/sync/conflicts")).json()["items"] == []
    assert len((await supervisor.get("/v1/sync/conflicts", params={"decided": True})).json()["items"]) == 1


async def test_replacing_does_what_the_other_says_in_its_senders_name_and_only_once(
    cast: Cast, client: ClientOf
) -> None:
    _, second = await conflicting(cast, client)
    supervisor = await client(cast.specialist)
    row = (await inbox(cast))[1]["id"]
    path = f"/v1/sync/conflicts/{row}/decide"
    assert (await supervisor.post(path, json={"decision": "replaced"})).status_code == 200
    again = await supervisor.post(path, json={"decision": "kept"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-decided")
    by = await cast.owner.fetch("SELECT reported_by FROM absence")
    assert [one["reported_by"] for one in by] == [cast.worker.id] * 2
    assert [one["status"] for one in await alerts(cast)] == ["resolved"]
    told = await results(await client(cast.worker), cast, second)
    assert briefly(told) == [("conflict", "content-conflicts")]


async def test_what_can_no_longer_be_done_leaves_it_undecided(cast: Cast, client: ClientOf) -> None:
    await conflicting(cast, client)
    row = (await inbox(cast))[1]["id"]
    await cast.owner.execute("UPDATE account SET status = 'ended' WHERE id = $1", cast.worker.id)
    refused = await (await client(cast.specialist)).post(
        f"/v1/sync/conflicts/{row}/decide", json={"decision": "replaced"}
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/sender-unknown")
    assert (await inbox(cast))[1]["decision"] is None
    assert [one["status"] for one in await alerts(cast)] == ["open"]


async def test_a_crash_before_the_alert_was_closed_is_healed_by_asking_again(cast: Cast, client: ClientOf) -> None:
    await conflicting(cast, client)
    row = (await inbox(cast))[1]["id"]
    await cast.owner.execute(
        "UPDATE inbox_item SET decision = 'kept', decided_by = $2, decided_at = $3 WHERE id = $1",
        row,
        cast.specialist.id,
        cast.now,
    )
    answer = await (await client(cast.specialist)).post(f"/v1/sync/conflicts/{row}/decide", json={"decision": "kept"})
    assert answer.status_code == 409
    assert [one["status"] for one in await alerts(cast)] == ["resolved"]


async def test_a_crash_before_anybody_was_told_is_healed_by_the_phone_asking_again(
    cast: Cast, client: ClientOf
) -> None:
    _, second = await conflicting(cast, client)
    await cast.owner.execute("DELETE FROM alert")
    await results(await client(cast.worker), cast, second)
    assert [one["kind"] for one in await alerts(cast)] == ["sync_conflict"]
    await results(await client(cast.worker), cast, second)
    assert len(await alerts(cast)) == 1


async def test_what_cannot_be_replaced_says_what_to_do_instead(cast: Cast, client: ClientOf) -> None:
    recipient, photo = await cast.recipient(), new_id()
    one = item("photo", cast.now, attachment_id=str(photo), subject_kind="hazard", subject_id=str(recipient))
    worker = await client(cast.worker)
    await results(worker, cast, one)
    assert briefly(await results(worker, cast, other(one, subject_kind="visit_report"))) == [
        ("conflict", "content-conflicts")
    ]
    supervisor = await client(cast.specialist)
    (shown,) = (await supervisor.get("/v1/sync/conflicts")).json()["items"]
    refused = await supervisor.post(f"/v1/sync/conflicts/{shown['id']}/decide", json={"decision": "replaced"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-replaceable")
    assert refused.json()["detail"] == shown["instead"] and "先收到的为准" in shown["instead"]


async def test_a_complainant_stays_sealed(cast: Cast, client: ClientOf) -> None:
    one = item(
        "hazard",
        cast.now,
        recipient_id=str(await cast.recipient()),
        source="complaint",
        severity="general",
        block="care",
        what="未送饭",
        found_at=cast.now.isoformat(),
        complainant="邻居孙某",
    )
    worker = await client(cast.worker)
    await results(worker, cast, one, other(one, what="未送晚饭"))
    shown = (await (await client(cast.specialist)).get("/v1/sync/conflicts")).text
    assert "未送晚饭" in shown and "已封存" in shown and "孙某" not in shown


async def test_an_amendment_replaced_amends_what_stands_now(cast: Cast, client: ClientOf) -> None:
    first = report(await slot(cast), cast.now, 1)
    body = {key: value for key, value in first["body"].items() if key != "visit_id"} | {"report_id": first["id"]}
    change = item("amendment", cast.now, 2, **(body | {"note": "甲"}))
    worker = await client(cast.worker)
    found = await results(worker, cast, first, change, other(change, note="乙"))
    assert briefly(found) == [("taken", None), ("taken", None), ("conflict", "content-conflicts")]
    row = (await inbox(cast))[2]["id"]
    done = await (await client(cast.specialist)).post(f"/v1/sync/conflicts/{row}/decide", json={"decision": "replaced"})
    assert done.status_code == 200, done.text
    amends = await cast.owner.fetchval("SELECT amends_id FROM visit_report WHERE id = $1", row)
    assert amends == UUID(change["id"])
