"""Pushing over HTTP: each item its own answer, the same for ever, and whatever is wrong with one stays with it."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from core.ids import new_id
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.pushing import briefly, inbox, item, raw_of, report, results, send
from tests.visiting import DAY, HOUR, alerts, journal, row, slot, status
from tests.watching import lane
from visits.sync.actions import watch_phones


async def test_a_report_is_taken_and_answered_as_when_it_is_sent_alone(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    one = report(visit, cast.now - HOUR)
    answer = await send(await client(cast.worker), cast, one)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["missing"], told["last_seq"], told["wipe"]) == ([], 1, False)
    (result,) = told["results"]
    assert (result["index"], result["id"], result["status"]) == (0, one["id"], "taken")
    assert result["answer"]["message"] == "已记录，本次探访完成。"
    assert await status(cast, visit) == "made"
    (kept,) = await inbox(cast)
    assert json.loads(raw_of(kept)) == one
    assert (kept["kind"], kept["status"], kept["subject_id"]) == ("report", "taken", visit)


async def test_sent_again_the_answer_is_the_same_to_the_letter(cast: Cast, client: ClientOf, clock: Clock) -> None:
    visit, gone = await slot(cast), await slot(cast, status="cancelled")
    items = [report(visit, cast.now - HOUR), report(gone, cast.now, 2), item("absurd", cast.now, 3)]
    worker = await client(cast.worker)
    first = await results(worker, cast, *items)
    assert [one["status"] for one in first] == ["taken", "refused", "refused"]
    await cast.owner.execute("UPDATE visit SET status = 'open', report_id = NULL")
    later = clock.forward(days=3)
    again = await send(worker, cast, *(dict(reversed(one.items())) for one in items), at=later)
    assert json.dumps(again.json()["results"]) == json.dumps(first)
    assert msgspec_equal(again.content, first)
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 1
    assert len(await inbox(cast)) == 3


def msgspec_equal(content: bytes, first: list[dict[str, Any]]) -> bool:
    """Whether the results travel as the very same bytes, key by key."""
    return json.dumps(first, ensure_ascii=False, separators=(",", ":")).encode() in content


async def test_the_same_item_twice_in_a_push_is_one(cast: Cast, client: ClientOf) -> None:
    one = report(await slot(cast), cast.now)
    found = await results(await client(cast.worker), cast, one, one)
    assert [result["index"] for result in found] == [0, 1]
    assert found[0]["answer"] == found[1]["answer"]
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 1


async def test_what_was_reported_directly_and_is_pushed_too_counts_once(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    one = report(visit, cast.now)
    worker = await client(cast.worker)
    content = {key: value for key, value in one["body"].items() if key != "visit_id"} | {"id": one["id"]}
    direct = await worker.put(f"/v1/visits/{visit}/report", json=content)
    (result,) = await results(worker, cast, one)
    assert (result["status"], result["answer"]) == ("taken", direct.json())
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 1


BAD: dict[str, tuple[Any, str]] = {
    "text that is no object": (b'"hello"', "bad-input"),
    "null": (b"null", "bad-input"),
    "no body": (b'{"id":"%s","seq":9,"kind":"report","made_at":"2026-03-02T02:00:00Z"}', "bad-input"),
    "an unknown field": (
        b'{"id":"%s","seq":9,"kind":"photo","made_at":"2026-03-02T02:00:00Z","body":{},"x":1}',
        "bad-input",
    ),
    "a time without zone": (
        b'{"id":"%s","seq":9,"kind":"report","made_at":"2026-03-02T02:00:00","body":{}}',
        "bad-input",
    ),
    "no number": (b'{"id":"%s","seq":0,"kind":"report","made_at":"2026-03-02T02:00:00Z","body":{}}', "bad-input"),
    "an unknown kind": (
        b'{"id":"%s","seq":9,"kind":"poem","made_at":"2026-03-02T02:00:00Z","body":{}}',
        "unknown-kind",
    ),
    "an unreadable body": (
        b'{"id":"%s","seq":9,"kind":"report","made_at":"2026-03-02T02:00:00Z","body":[1]}',
        "bad-input",
    ),
    "no UTF-8": (b'{"id":"%s","seq":9,"kind":"\xff\xfe","made_at":"2026-03-02T02:00:00Z","body":{}}', "bad-input"),
    "half a character": (
        b'{"id":"%s","seq":9,"kind":"\\ud800","made_at":"2026-03-02T02:00:00Z","body":{}}',
        "bad-input",
    ),
    "a NUL": (
        b'{"id":"%s","seq":9,"kind":"report","made_at":"2026-03-02T02:00:00Z","body":{"note":"\\u0000"}}',
        "bad-input",
    ),
    "no JSON inside": (b'{"id":"%s","seq":9,,,}', "bad-input"),
    "5,000 levels": (b"[" * 5000 + b"]" * 5000, "bad-input"),
    "5,000 levels in a body": (b'{"id":"%s","seq":9,"body":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, "bad-input"),
    "a number beyond all numbers": (
        b'{"id":"%s","seq":9,"kind":"report","made_at":"2026-03-02T02:00:00Z","body":1e999}',
        "bad-input",
    ),
    "a note of 10 MB": (b'{"id":"%s","seq":9,"note":"' + b"a" * 10_000_000 + b'"}', "item-too-long"),
}


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_item_is_refused_alone_and_kept_to_the_byte(cast: Cast, client: ClientOf, what: str) -> None:
    raw, code = BAD[what]
    raw = raw.replace(b"%s", str(new_id()).encode())
    good = [report(await slot(cast), cast.now, seq) for seq in (1, 2)]
    worker = await client(cast.worker)
    found = await results(worker, cast, good[0], raw, good[1])
    assert briefly(found) == [("taken", None), ("refused", code), ("taken", None)]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found[1]["detail"])
    assert [raw_of(one) for one in await inbox(cast)].count(raw) == 1
    again = await results(worker, cast, good[0], raw, good[1])
    assert again == found
    assert len(await inbox(cast)) == 3


async def test_a_bad_item_is_called_by_its_id_and_counted_where_they_can_be_read(cast: Cast, client: ClientOf) -> None:
    name = str(new_id())
    raw = json.dumps({"id": name, "seq": 2, "kind": "report", "made_at": "gestern"}).encode()
    answer = (await send(await client(cast.worker), cast, raw)).json()
    assert (answer["results"][0]["id"], answer["missing"], answer["last_seq"]) == (name, [1], 2)


async def test_whats_wrong_in_a_body_is_pointed_at(cast: Cast, client: ClientOf) -> None:
    one = report(await slot(cast), cast.now, method="by magic")
    (found,) = await results(await client(cast.worker), cast, one)
    assert (found["field"], "by magic" in found["detail"]) == ("/body/method", True)


async def test_a_refused_one_can_be_put_right_under_its_id(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    wrong = report(visit, cast.now, identified_by=None)
    right = wrong | {"body": wrong["body"] | {"identified_by": "id_card"}}
    worker = await client(cast.worker)
    assert briefly(await results(worker, cast, wrong)) == [("refused", "report-contradictory")]
    assert briefly(await results(worker, cast, right)) == [("taken", None)]
    assert briefly(await results(worker, cast, wrong, right)) == [("refused", "report-contradictory"), ("taken", None)]
    assert await status(cast, visit) == "made"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"items":1}',
        b'{"items":[',
        b'{"sent_at":"x"}',
        b'{"items":[{"a":"}]}',
        b'{"items":[]]}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_batch_is_refused_as_a_whole(cast: Cast, client: ClientOf, body: bytes) -> None:
    answer = await (await client(cast.worker)).post(
        "/v1/sync/push", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-input")


async def test_more_than_fifty_are_refused_with_the_remedy(cast: Cast, client: ClientOf) -> None:
    answer = await send(await client(cast.worker), cast, *([b"1"] * 51))
    assert (answer.status_code, answer.json()["field"]) == (400, "/items")
    assert "分几次提交" in answer.json()["detail"]
    assert await inbox(cast) == []


@pytest.mark.parametrize(
    "said",
    [
        {"sent_at": None},
        {"sent_at": "0001-01-01T00:00:00+14:00"},
        {"sent_at": "9999-12-31T23:59:59-14:00"},
        {"sent_at": [[[]]]},
        {"sent_at": "\0"},
        {"installation_id": 5},
        {"unsent": -1},
        {"unsent": 10**40},
        {"oldest_unsent_at": "0001-01-01T00:00:00+14:00", "unsent": 3},
    ],
)
async def test_what_a_phone_says_of_itself_holds_up_no_item(cast: Cast, client: ClientOf, said: dict[str, Any]) -> None:
    answer = await send(await client(cast.worker), cast, report(await slot(cast), cast.now), **said)
    assert (answer.status_code, answer.json()["results"][0]["status"]) == (200, "taken")


async def test_an_empty_push_tells_where_the_phone_stands(cast: Cast, client: ClientOf) -> None:
    worker = await client(cast.worker)
    await send(worker, cast, report(await slot(cast), cast.now, 3))
    told = (await send(worker, cast)).json()
    assert (told["results"], told["missing"], told["last_seq"]) == ([], [1, 2], 3)


@pytest.mark.parametrize("years", [-3, 3])
async def test_a_clock_that_is_years_off_dates_nothing_wrongly(cast: Cast, client: ClientOf, years: int) -> None:
    ahead = timedelta(days=365 * years)
    visit = await slot(cast)
    one = report(visit, cast.now - HOUR + ahead)
    (found,) = await results(await client(cast.worker), cast, one, ahead=ahead)
    assert (found["status"], found["answer"]["labels"]) == ("taken", [])
    stored = await cast.owner.fetchrow("SELECT made_at, content FROM visit_report")
    assert stored["made_at"] == cast.now - HOUR
    assert json.loads(stored["content"])["made_at"] == (cast.now - HOUR + ahead).isoformat()
    kept = (await inbox(cast))[0]
    assert kept["offset_ms"] == ahead / timedelta(milliseconds=1)
    assert kept["made_at"] == cast.now - HOUR + ahead


@pytest.mark.parametrize("made_at", ["1970-01-01T00:00:00Z", "2040-01-01T00:00:00Z"])
async def test_a_time_that_cannot_be_is_judged_as_of_its_receipt_and_labelled(
    cast: Cast, client: ClientOf, made_at: str
) -> None:
    visit = await slot(cast)
    one = report(visit, cast.now)
    one["body"]["made_at"] = one["made_at"] = made_at
    (found,) = await results(await client(cast.worker), cast, one)
    assert (found["status"], "implausible_time" in found["answer"]["labels"]) == ("taken", True)
    assert await cast.owner.fetchval("SELECT made_at FROM visit_report") == cast.now


async def test_a_time_beyond_every_calendar_is_refused_alone(cast: Cast, client: ClientOf) -> None:
    wild = report(await slot(cast), cast.now)
    wild["made_at"] = wild["body"]["made_at"] = "0001-01-01T00:00:00+14:00"
    found = await results(await client(cast.worker), cast, wild, report(await slot(cast), cast.now, 2))
    assert found[0]["status"] in ("refused", "taken")
    assert found[1]["status"] == "taken"


async def test_other_content_under_an_id_is_the_reports_own_conflict(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    one = report(visit, cast.now)
    other = one | {"body": one["body"] | {"note": "另一份"}}
    worker = await client(cast.worker)
    first = await results(worker, cast, one)
    (told,) = await results(worker, cast, other)
    assert (told["status"], told["code"]) == ("conflict", "report-conflicts")
    assert await results(worker, cast, one) == first
    assert await results(worker, cast, other) == [told]
    assert [one["kind"] for one in await alerts(cast)] == ["conflicting_report"]
    assert [one["first"] for one in await inbox(cast)] == [True, False]
    supervisor = await client(cast.specialist)
    (shown,) = (await supervisor.get("/v1/conflicts")).json()["items"]
    assert (shown["first"]["note"], shown["other"]["note"]) == ("", "另一份")


async def test_two_contents_of_one_id_in_a_push_are_a_conflict_too(cast: Cast, client: ClientOf) -> None:
    one = report(await slot(cast), cast.now)
    other = one | {"body": one["body"] | {"note": "另一份"}}
    found = await results(await client(cast.worker), cast, one, other)
    assert briefly(found) == [("taken", None), ("conflict", "report-conflicts")]


async def test_an_id_of_another_account_tells_nothing(cast: Cast, client: ClientOf) -> None:
    one = report(await slot(cast), cast.now)
    await results(await client(cast.worker), cast, one)
    stranger = await client(cast.foreign_worker)
    theirs = one | {"body": one["body"] | {"note": "偷看"}}
    told = [*(await results(stranger, cast, one)), *(await results(stranger, cast, theirs))]
    assert briefly(told) == [("refused", "id-taken")] * 2
    assert {key for result in told for key in result} == {"index", "id", "status", "code", "detail", "field"}
    assert told[0]["detail"] == told[1]["detail"]
    assert await results(stranger, cast, one) == told[:1]
    kept = [row for row in await inbox(cast) if row["account_id"] == cast.foreign_worker.id]
    assert sorted(json.loads(raw_of(row))["body"].get("note", "") for row in kept) == ["", "偷看"]
    assert await alerts(cast) == []


async def test_anothers_visit_answers_like_none_and_holds_nothing_up(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    own = await slot(cast, area_id=cast.foreign_village, worker_id=cast.foreign_worker.id)
    items = [report(visit, cast.now), report(new_id(), cast.now, 2), report(own, cast.now, 3)]
    found = await results(await client(cast.foreign_worker), cast, *items)
    assert briefly(found) == [("refused", "visit-not-found")] * 2 + [("taken", None)]
    assert found[0]["detail"] == found[1]["detail"]
    assert await status(cast, visit) == "open"


async def test_only_what_ones_role_may_do_is_taken(cast: Cast, client: ClientOf) -> None:
    answer = item("statement", cast.now, order_id=str(new_id()), made_at=cast.now.isoformat())
    found = await results(await client(cast.worker), cast, answer | {"body": answer["body"] | {"kind": "accept"}})
    assert found[0]["status"] == "refused"
    assert (await (await client(cast.district)).post("/v1/sync/push", json={"items": []})).status_code == 403
    assert (await (await client(None)).post("/v1/sync/push", json={"items": []})).status_code == 401


async def test_gaps_are_told_until_they_are_filled(cast: Cast, client: ClientOf) -> None:
    worker = await client(cast.worker)
    one, two, three, five = [report(await slot(cast), cast.now, seq) for seq in (1, 2, 3, 5)]
    told = (await send(worker, cast, one, five)).json()
    assert (told["missing"], told["last_seq"]) == ([2, 3, 4], 5)
    told = (await send(worker, cast, three, two)).json()
    assert (told["missing"], told["last_seq"]) == ([4], 5)
    state = await cast.owner.fetchrow("SELECT * FROM device_state WHERE id = $1", cast.worker.device_id)
    assert (state["missing"], state["last_seq"], state["account_id"]) == ([4], 5, cast.worker.id)
    assert state["pushed_at"] == cast.now


async def test_an_app_installed_anew_counts_anew_and_what_was_lost_is_noted(cast: Cast, client: ClientOf) -> None:
    worker = await client(cast.worker)
    await send(worker, cast, report(await slot(cast), cast.now, 3), unsent=4, oldest_unsent_at=cast.now.isoformat())
    told = (await send(worker, cast, report(await slot(cast), cast.now, 1), installation_id=str(new_id()))).json()
    assert (told["missing"], told["last_seq"]) == ([], 1)
    assert cast.worker.device_id
    assert await journal(cast, cast.worker.device_id) == ["phone.installed_anew"]
    state = await cast.owner.fetchrow("SELECT unsent, oldest_unsent_at FROM device_state")
    assert (state["unsent"], state["oldest_unsent_at"]) == (0, None)


async def test_somebody_without_a_phone_may_push_too(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    told = (await send(await client(cast.specialist), cast, report(visit, cast.now, 7))).json()
    assert (told["results"][0]["status"], told["missing"], told["last_seq"]) == ("taken", [1, 2, 3, 4, 5, 6], 7)
    assert await cast.owner.fetchval("SELECT count(*) FROM device_state") == 0


async def test_the_epoch_is_the_servers_own(cast: Cast, client: ClientOf) -> None:
    epoch = new_id()
    await cast.owner.execute(
        "INSERT INTO server_epoch (id, since, reason) VALUES ($1, $2, 'restored')", epoch, cast.now
    )
    assert (await send(await client(cast.worker), cast)).json()["epoch"] == str(epoch)


async def test_an_update_before_its_predecessor_is_held_and_then_replayed(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    first = report(visit, cast.now - HOUR, 1)
    change = item("amendment", cast.now, 2, after=first["id"], **_change(first, note="后来想起"))
    worker = await client(cast.worker)
    (held,) = await results(worker, cast, change)
    assert (held["status"], held["code"]) == ("held", "waits-for-another")
    assert briefly(await results(worker, cast, first)) == [("taken", None)]
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report WHERE amends_id IS NOT NULL") == 1
    (told,) = await results(worker, cast, change)
    assert (told["status"], told["answer"]["labels"]) == ("taken", ["amendment"])


def _change(first: dict[str, Any], **said: Any) -> dict[str, Any]:
    body = {key: value for key, value in first["body"].items() if key != "visit_id"}
    return body | {"report_id": first["id"], **said}


async def test_in_one_push_the_order_does_not_matter(cast: Cast, client: ClientOf) -> None:
    first = report(await slot(cast), cast.now - HOUR, 1)
    change = item("amendment", cast.now, 2, after=first["id"], **_change(first, note="二"))
    second = item("amendment", cast.now, 3, after=change["id"], **_change(first, note="三", report_id=change["id"]))
    found = await results(await client(cast.worker), cast, second, change, first)
    assert briefly(found) == [("taken", None)] * 3


async def test_whatever_follows_a_refused_one_is_refused(cast: Cast, client: ClientOf) -> None:
    gone = await slot(cast, status="cancelled")
    first = report(gone, cast.now, 1)
    change = item("amendment", cast.now, 2, after=first["id"], **_change(first))
    worker = await client(cast.worker)
    await results(worker, cast, change)
    found = await results(worker, cast, first)
    assert briefly(found) == [("refused", "visit-cancelled")]
    assert briefly(await results(worker, cast, change)) == [("refused", "predecessor-refused")]


async def test_items_that_wait_for_each_other_are_refused(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    one, two = report(visit, cast.now, 1), report(visit, cast.now, 2)
    one["after"], two["after"] = two["id"], one["id"]
    self_made = report(visit, cast.now, 3)
    self_made["after"] = self_made["id"]
    worker = await client(cast.worker)
    assert briefly(await results(worker, cast, one, two, self_made)) == [("refused", "in-a-circle")] * 3


async def test_a_circle_over_two_pushes_is_found(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    one, two = report(visit, cast.now, 1), report(visit, cast.now, 2)
    one["after"], two["after"] = two["id"], one["id"]
    worker = await client(cast.worker)
    assert briefly(await results(worker, cast, one)) == [("held", "waits-for-another")]
    assert briefly(await results(worker, cast, two)) == [("refused", "in-a-circle")]
    assert briefly(await results(worker, cast, one)) == [("refused", "predecessor-refused")]


async def test_a_report_of_a_visit_handed_over_meanwhile_is_welcome(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    await issue(cast, visit)
    await cast.owner.execute(
        "UPDATE visit SET area_id = $2, worker_id = NULL WHERE id = $1", visit, cast.foreign_village
    )
    other = await slot(cast, area_id=cast.foreign_village)
    first = report(visit, cast.now, 1)
    change = item("amendment", cast.now, 2, after=first["id"], **_change(first, note="补充"))
    sneaking = report(other, cast.now, 3, after=first["id"])
    found = await results(
        await client(cast.worker), cast, first, change, sneaking, report(await slot(cast), cast.now, 4)
    )
    assert briefly(found) == [("taken", None), ("taken", None), ("refused", "visit-not-found"), ("taken", None)]
    assert (await row(cast, visit))["status"] == "made"
    assert (await row(cast, other))["status"] == "open"


async def issue(cast: Cast, visit: Any) -> None:
    await cast.owner.execute(
        "INSERT INTO task_issued (id, visit_id, account_id, recipient_id, area_id, issued_at)"
        " SELECT $1, id, $2, recipient_id, area_id, $3 FROM visit WHERE id = $4",
        new_id(),
        cast.worker.id,
        cast.now - DAY,
        visit,
    )


async def test_a_revoked_phone_hands_in_what_it_made_before(cast: Cast, client: ClientOf, clock: Clock) -> None:
    worker = await client(cast.worker)
    before, after = report(await slot(cast), cast.now - DAY, 1), report(await slot(cast), cast.now + HOUR, 2)
    await cast.owner.execute("UPDATE device SET revoked_at = $2 WHERE id = $1", cast.worker.device_id, cast.now)
    await cast.owner.execute(
        "UPDATE session SET ended_at = $1, ended_reason = 'device_revoked' WHERE id = $2",
        cast.now,
        cast.worker.session_id,
    )
    clock.forward(hours=2)
    answer = await send(worker, cast, before, after, at=clock.at)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["wipe"] is True
    assert briefly(told["results"]) == [("taken", None), ("refused", "phone-revoked")]
    assert "revoked_phone" in told["results"][0]["answer"]["labels"]
    assert [json.loads(raw_of(one)) for one in await inbox(cast)] == [before, after]
    assert (await worker.get("/v1/visits")).status_code == 401


async def test_a_doorstep_code_tried_by_pushing_is_counted(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    specialist = await client(cast.specialist)
    recipient = (await row(cast, visit))["recipient_id"]
    await specialist.post(f"/v1/recipients/{recipient}/doorstep-tokens", json={"kind": "totp"})
    tried = [
        item("doorstep_code", cast.now, seq, visit_id=str(visit), moment="start", code=f"{seq:08}")
        for seq in range(1, 9)
    ]
    found = await results(await client(cast.worker), cast, *tried)
    assert {one["status"] for one in found} == {"refused"}
    codes = [one["code"] for one in found]
    assert "code-locked" in codes and codes.count("code-unknown") == 5


async def test_a_photo_is_held_until_it_is_there(cast: Cast, client: ClientOf) -> None:
    photo, subject = new_id(), new_id()
    one = item("photo", cast.now, 1, attachment_id=str(photo), subject_kind="visit_report", subject_id=str(subject))
    worker = await client(cast.worker)
    assert briefly(await results(worker, cast, one)) == [("held", "photo-not-there")]
    await cast.owner.execute(
        "INSERT INTO attachment (id, account_id, area_id, subject_kind, subject_id, size, sha256, status, picture,"
        " created_at) VALUES ($1, $2, $3, 'visit_report', $4, 9, '', 'stored', 'x', $5)",
        photo,
        cast.worker.id,
        cast.village,
        subject,
        cast.now,
    )
    assert briefly(await results(worker, cast, one)) == [("taken", None)]
    other = item("photo", cast.now, 2, attachment_id=str(photo), subject_kind="hazard", subject_id=str(subject))
    assert briefly(await results(worker, cast, other)) == [("refused", "photo-of-another")]


async def test_two_pushes_at_once_get_one_and_the_same_answer(cast: Cast, client: ClientOf) -> None:
    items = [report(await slot(cast), cast.now, seq) for seq in range(1, 6)]
    worker = await client(cast.worker)
    answers = await asyncio.gather(*(send(worker, cast, *items) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 5


async def test_a_body_id_that_is_not_the_items_is_refused(cast: Cast, client: ClientOf) -> None:
    concern = {"recipient_id": str(await cast.recipient()), "what": "手臂有伤", "noticed_at": cast.now.isoformat()}
    one = item("concern", cast.now, 1, **concern, id=str(new_id()))
    two = item("concern", cast.now, 2, **concern)
    found = await results(await client(cast.worker), cast, one, two)
    assert briefly(found) == [("refused", "ids-differ"), ("taken", None)]


async def test_absences_hazards_and_concerns_are_taken_once(cast: Cast, client: ClientOf) -> None:
    recipient = str(await cast.recipient())
    items = [
        item(
            "absence", cast.now, 1, recipient_id=recipient, kind="away",
            starts_at=(cast.now + HOUR).isoformat(), ends_at=(cast.now + 2 * DAY).isoformat(),
        ),
        item(
            "hazard", cast.now, 2, recipient_id=recipient, source="inspection", severity="general", block="safety",
            what="电线裸露", found_at=cast.now.isoformat(),
        ),
        item("concern", cast.now, 3, recipient_id=recipient, what="有人大声呵斥", noticed_at=cast.now.isoformat()),
    ]  # fmt: skip
    worker = await client(cast.worker)
    for _ in range(3):
        assert briefly(await results(worker, cast, *items)) == [("taken", None)] * 3
    for table in ("absence", "hazard", "abuse_concern"):
        assert await cast.owner.fetchval(f"SELECT count(*) FROM {table}") == 1


async def test_other_words_of_a_concern_are_another_concern_and_nobody_is_told_of_a_conflict(
    cast: Cast, client: ClientOf
) -> None:
    one = item(
        "concern", cast.now, 1, recipient_id=str(await cast.recipient()), what="一", noticed_at=cast.now.isoformat()
    )
    other = one | {"body": one["body"] | {"what": "二"}}
    assert briefly(await results(await client(cast.worker), cast, one, other)) == [("taken", None)] * 2
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 2
    assert await alerts(cast) == []


async def test_a_lane_is_tapped_and_the_same_tap_is_one(cast: Cast, client: ClientOf) -> None:
    laid = await lane(cast, households=3)
    body: dict[str, Any] = {"lane_id": str(laid.id), "on_day": "2026-03-02", "part": "morning", "all": True}
    one = item("daily_check", cast.now, **body, exceptions={str(laid.households[1].id): "closed"})
    worker = await client(cast.worker)
    found = await results(worker, cast, one)
    assert briefly(found) == [("taken", None)]
    assert found[0]["answer"]["seen"][str(laid.households[1].id)] == "closed"
    assert await results(worker, cast, one) == found
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 3
    foreign = await results(await client(cast.foreign_worker), cast, item("daily_check", cast.now, **body))
    assert briefly(foreign) == [("refused", "lane-not-found")]


async def test_the_oldest_unsent_is_told_by_the_servers_clock(cast: Cast, client: ClientOf) -> None:
    ahead = 1000 * DAY
    said: dict[str, Any] = {"unsent": 2, "oldest_unsent_at": (cast.now - DAY + ahead).isoformat()}
    await send(await client(cast.worker), cast, ahead=ahead, **said)
    state = await cast.owner.fetchrow("SELECT * FROM device_state")
    assert (state["unsent"], state["oldest_unsent_at"]) == (2, cast.now - DAY)
    assert state["offset_ms"] == ahead / timedelta(milliseconds=1)


async def test_unsent_without_a_readable_since_counts_from_when_it_was_first_heard(
    cast: Cast, client: ClientOf, clock: Clock
) -> None:
    worker = await client(cast.worker)

    async def after(**said: Any) -> tuple[int, Any]:
        assert (await send(worker, cast, at=clock.at, **said)).status_code == 200
        state = await cast.owner.fetchrow("SELECT unsent, oldest_unsent_at FROM device_state")
        return state["unsent"], state["oldest_unsent_at"]

    assert await after(unsent=12) == (12, cast.now)
    clock.forward(hours=5)
    assert await after(unsent=11, oldest_unsent_at="昨天") == (11, cast.now), "the episode goes on"
    assert await after(unsent=0, oldest_unsent_at=cast.now.isoformat()) == (0, None)
    assert await after(unsent=3) == (3, cast.now + 5 * HOUR)
    clock.forward(hours=1)
    anew = await after(unsent=2, installation_id=str(new_id()))
    assert anew == (2, cast.now + 6 * HOUR), "what the app before it held back is gone with it"


async def test_when_an_app_was_installed_anew_is_known(cast: Cast, client: ClientOf, clock: Clock) -> None:
    worker, other = await client(cast.worker), str(new_id())
    found = []
    for said in ({}, {}, {"installation_id": other}, {"installation_id": other}, {"installation_id": None}):
        await send(worker, cast, at=clock.at, **said)
        found.append(await cast.owner.fetchval("SELECT installed_at FROM device_state"))
        clock.forward(hours=1)
    assert found == [None, None, *[cast.now + 2 * HOUR] * 3]


async def test_a_gap_after_a_reinstall_is_told_of_in_its_own_time_and_each_one_anew(
    cast: Cast, client: ClientOf, clock: Clock
) -> None:
    worker, other = await client(cast.worker), str(new_id())
    visits = [await slot(cast, due_at=cast.now + 30 * DAY, opens=60 * DAY) for _ in range(8)]

    async def sent(*numbers: int, installation: str | None = None) -> None:
        said: dict[str, Any] = {"installation_id": installation} if installation else {}
        await send(worker, cast, *(report(visits.pop(), clock.at, one) for one in numbers), at=clock.at, **said)
        await cast.phone_seen(cast.worker, clock.at)

    await sent(1, 2, 3)
    clock.forward(days=9)
    await sent(1, 3, installation=other)
    began = clock.at
    assert await watch_phones(began + DAY - HOUR) == 0, "nothing was missing before it was installed anew"
    assert await watch_phones(began + DAY) == 1
    clock.at = began + 2 * DAY
    await sent(2, installation=other)
    assert await watch_phones(clock.at) == 1
    await sent(6, installation=other)
    assert await watch_phones(clock.at + DAY) == 1
    told = await alerts(cast, "phone_silent")
    assert [(one["status"], one["facts"]["why"]) for one in told] == [("resolved", ["missing"]), ("open", ["missing"])]
