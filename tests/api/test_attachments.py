"""Photos over HTTP: sent in parts over a line that is cut anywhere, and served stripped to whoever may see them."""

import hashlib
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from accounts.actions import revoke_device
from core.ids import new_id
from tests import rectifying
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.photographing import HOME, photo, saved_as
from tests.visiting import HOUR, log, slot
from visits.photos.sending import BIGGEST_PART

CANARY = b"CANARY"


def said(content: bytes, visit: UUID, report: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "subject_kind": "visit_report",
        "subject_id": str(report),
        "about_id": str(visit),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **changes,
    }


async def part(http: httpx.AsyncClient, address: str, content: bytes, offset: int) -> httpx.Response:
    headers = {"upload-offset": str(offset), "content-type": "application/octet-stream"}
    return await http.patch(address, content=content, headers=headers)


async def sent(http: httpx.AsyncClient, content: bytes, body: dict[str, Any], *, size: int = BIGGEST_PART) -> str:
    """The address of a photo sent whole, in parts of this size."""
    address = f"/v1/attachments/{new_id()}"
    answer = await http.put(address, json=body)
    while answer.json()["received"] < len(content):
        received = answer.json()["received"]
        answer = await part(http, address, content[received : received + size], received)
        assert answer.status_code == 200, answer.text
    return address


async def test_a_photo_is_sent_in_parts_and_served_without_its_metadata(client: ClientOf, cast: Cast) -> None:
    visit, report = await slot(cast), new_id()
    await log(cast, visit, report_id=report)
    content = photo(at=HOME, comment=CANARY, icc_profile=b"\0" * 128 + CANARY)
    phone = await client(cast.worker)
    address = await sent(phone, content, said(content, visit, report), size=1000)
    state = (await phone.put(address, json=said(content, visit, report))).json()
    assert (state["status"], state["status_name"], state["received"]) == ("stored", "已保存", len(content))
    for account in (cast.worker, cast.specialist, cast.auditor):
        answer = await (await client(account)).get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"] == "inline"
        assert answer.content.startswith(b"\xff\xd8") and CANARY not in answer.content and b"Exif" not in answer.content
    query = {"subject_kind": "visit_report", "subject_id": str(report)}
    (card,) = (await (await client(cast.specialist)).get("/v1/attachments", params=query)).json()
    assert (card["id"], card["sent_by"], card["status"], card["has_position"]) == (
        address.rsplit("/")[-1],
        cast.worker.name,
        "stored",
        True,
    )
    assert (card["width"], card["height"]) == (640, 480)
    assert "latitude" not in str(card)


async def test_a_foreign_photo_answers_like_a_missing_one(client: ClientOf, cast: Cast) -> None:
    visit, report = await slot(cast), new_id()
    await log(cast, visit, report_id=report)
    content = photo()
    address = await sent(await client(cast.worker), content, said(content, visit, report))
    missing = f"/v1/attachments/{new_id()}"
    for account in (cast.foreign_worker, cast.foreign_specialist):
        http = await client(account)
        answers = [await http.get(address), await http.get(missing)]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].json() | {"request_id": ""} == answers[1].json() | {"request_id": ""}
        listed = await http.get("/v1/attachments", params={"subject_kind": "visit_report", "subject_id": str(report)})
        assert listed.json() == []
    http = await client(cast.foreign_worker)
    parts = [await part(http, one, content, 0) for one in (address, missing)]
    assert [one.status_code for one in parts] == [404, 404]
    assert parts[0].json()["detail"] == parts[1].json()["detail"]
    about = [
        await http.put(f"/v1/attachments/{new_id()}", json=said(content, one, report)) for one in (visit, new_id())
    ]
    assert [one.status_code for one in about] == [404, 404]
    assert about[0].json()["detail"] == about[1].json()["detail"]


async def test_an_unfinished_photo_is_not_served_to_its_sender_either(client: ClientOf, cast: Cast) -> None:
    content, phone = photo(), await client(cast.worker)
    address = f"/v1/attachments/{new_id()}"
    assert (await phone.put(address, json=said(content, await slot(cast), new_id()))).json()["received"] == 0
    assert (await phone.get(address)).status_code == 404


async def test_a_part_at_the_wrong_place_is_told_where_to_go_on(client: ClientOf, cast: Cast) -> None:
    content, phone = photo(), await client(cast.worker)
    address = f"/v1/attachments/{new_id()}"
    await phone.put(address, json=said(content, await slot(cast), new_id()))
    assert (await part(phone, address, content[:300], 0)).json()["received"] == 300
    for offset in (0, 299, 301):
        answer = await part(phone, address, content[offset : offset + 10], offset)
        assert (answer.status_code, answer.headers["upload-offset"]) == (409, "300")
        assert answer.json()["type"] == "/problems/part-misplaced"
        assert "第 300 字节继续" in answer.json()["detail"]


async def test_what_arrived_before_the_line_was_cut_is_kept(app: Litestar, client: ClientOf, cast: Cast) -> None:
    content, phone = photo(), await client(cast.worker)
    body, address = said(content, await slot(cast), new_id()), f"/v1/attachments/{new_id()}"
    await phone.put(address, json=body)
    received = 0
    for cut in (1, 700, 0):
        await cut_off(app, address, phone.headers["authorization"], content[received:], cut, offset=received)
        received += cut
        assert (await phone.put(address, json=body)).json()["received"] == received
    assert (await part(phone, address, content[received:], received)).json()["status"] == "stored"


async def cut_off(app: Litestar, address: str, authorization: str, content: bytes, after: int, *, offset: int) -> None:
    """A part whose sender is gone after so many bytes."""
    events = [{"type": "http.request", "body": content[:after], "more_body": True}] if after else []
    events.append({"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        """Nobody is left to read it."""

    headers = {
        "authorization": authorization,
        "upload-offset": str(offset),
        "content-length": str(len(content)),
        "content-type": "application/octet-stream",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "http",
        "path": address,
        "raw_path": address.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("chuangdeng.test", 80),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"size": 0}, 400, "/size"),
        ({"size": 5 * 1024 * 1024 + 1}, 400, "/size"),
        ({"size": -1}, 400, "/size"),
        ({"size": "9"}, 400, "/size"),
        ({"sha256": "abc"}, 400, "/sha256"),
        ({"sha256": "z" * 64}, 400, "/sha256"),
        ({"subject_kind": "recipient"}, 400, "/subject_kind"),
        ({"taken_at": "2026-03-02T10:00:00"}, 400, "/taken_at"),
        ({"file_name": "<script>.jpg"}, 400, "/file_name"),
        ({"about_id": str(UUID(int=7))}, 404, None),
    ],
)
async def test_a_bad_announcement_names_the_field_and_the_remedy(
    client: ClientOf, cast: Cast, changes: dict[str, Any], status: int, field: str | None
) -> None:
    body = said(photo(), await slot(cast), new_id(), **changes)
    answer = await (await client(cast.worker)).put(f"/v1/attachments/{new_id()}", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert any("一" <= letter <= "鿿" for letter in answer.json()["detail"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"MZ" + bytes(900), "no_photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no_photo"),
        (b"\xff\xd8\xff\xe0<html><script>alert(1)</script></html>", "no_photo"),
        (saved_as("GIF", mode="P"), "no_photo"),
        (photo()[:-500], "unreadable"),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x02\x00\x00\x00\x92\xa8\x34\x96",
            None,
        ),
    ],
)
async def test_what_is_no_photo_is_answered_with_the_reason_in_chinese(
    client: ClientOf, cast: Cast, content: bytes, reason: str | None
) -> None:
    phone, visit, report = await client(cast.worker), await slot(cast), new_id()
    address = await sent(phone, content, said(content, visit, report))
    state = (await phone.put(address, json=said(content, visit, report))).json()
    assert state["status"] == "refused" and state["status_name"] == "未接受"
    assert state["reason"] in ({reason} if reason else {"unreadable", "too_many_pixels"})
    assert any("一" <= letter <= "鿿" for letter in state["reason_name"])
    again = await part(phone, address, content, 0)
    assert (again.status_code, again.json()["detail"]) == (409, state["reason_name"])
    assert (await phone.get(address)).status_code == 404


async def test_a_part_has_its_bounds(client: ClientOf, cast: Cast) -> None:
    content, phone = photo() + bytes(BIGGEST_PART), await client(cast.worker)
    address = f"/v1/attachments/{new_id()}"
    await phone.put(address, json=said(content, await slot(cast), new_id()))
    assert (await part(phone, address, content[: BIGGEST_PART + 1], 0)).status_code == 413
    assert (await part(phone, address, content[:BIGGEST_PART], 0)).status_code == 200
    assert (await part(phone, address, b"", BIGGEST_PART)).status_code == 400
    assert (await part(phone, address, bytes(BIGGEST_PART), BIGGEST_PART)).status_code == 400
    for offset in ("-1", "x", "", "1.5", str(2**40)):
        answer = await phone.patch(address, content=b"x", headers={"upload-offset": offset})
        assert answer.status_code == 400, offset
    assert (await phone.patch(address, content=b"x")).status_code == 400


async def test_who_sends_and_who_reads(client: ClientOf, cast: Cast) -> None:
    body, address = said(photo(), await slot(cast), new_id()), f"/v1/attachments/{new_id()}"
    for account in (cast.auditor, cast.district, cast.administrator):
        http = await client(account)
        assert (await http.put(address, json=body)).status_code == 403
        assert (await part(http, address, b"x", 0)).status_code == 403
        assert (await http.get(f"/v1/my{address.removeprefix('/v1')}")).status_code == 403
    assert (await (await client(cast.administrator)).get(address)).status_code == 403


async def test_a_phone_that_was_cut_off_still_sends_and_reads_nothing(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    visit, report, content = await slot(cast), new_id(), photo()
    await log(cast, visit, report_id=report)
    phone = await client(cast.worker)
    assert cast.worker.device_id
    await revoke_device(cast.worker.device_id, account_id=cast.worker.id, by=cast.specialist, now=cast.now)
    clock.forward(hours=1)
    before = said(content, visit, report, taken_at=(cast.now - HOUR).isoformat())
    address = await sent(phone, content, before)
    assert (await phone.put(address, json=before)).json()["status"] == "stored"
    late = said(content, visit, report, taken_at=(cast.now + HOUR / 2).isoformat())
    refused = await phone.put(f"/v1/attachments/{new_id()}", json=late)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/phone-cut-off")
    assert (await phone.get(address)).status_code == 401
    assert (await (await client(cast.specialist)).get(address)).status_code == 200


async def test_a_caregivers_answer_carries_its_photo(client: ClientOf, cast: Cast) -> None:
    home, other = await rectifying.home(cast), await rectifying.home(cast)
    order = await rectifying.order(cast, home)
    answer = await rectifying.answer(home, order, "statement", now=cast.now)
    content = photo()
    caregiver, neighbour = await client(home.account), await client(other.account)
    body = said(content, order, answer, subject_kind="order_answer")
    address = await sent(caregiver, content, body)
    photo_id = address.rsplit("/")[-1]
    mine = f"/v1/my/attachments/{photo_id}"
    assert (await caregiver.get(mine)).headers["content-type"] == "image/jpeg"
    assert (await caregiver.get(address)).status_code == 403
    assert (await neighbour.get(mine)).status_code == 404
    assert (await neighbour.put(f"/v1/attachments/{new_id()}", json=body)).status_code == 404
    specialist = await client(cast.specialist)
    assert (await specialist.get(address)).status_code == 200
    for http, place in ((caregiver, f"/v1/my/orders/{order}"), (specialist, f"/v1/orders/{order}")):
        (told,) = (await http.get(place)).json()["answers"]
        assert told["photos"] == [photo_id]
    query = {"subject_kind": "order_answer", "subject_id": str(answer)}
    assert [one["id"] for one in (await caregiver.get("/v1/my/attachments", params=query)).json()] == [photo_id]
    assert (await neighbour.get("/v1/my/attachments", params=query)).json() == []


async def test_a_hazards_card_names_its_photos(client: ClientOf, cast: Cast) -> None:
    home = await rectifying.home(cast)
    hazard = await rectifying.hazard(cast, home)
    content, phone = photo(), await client(cast.worker)
    address = await sent(phone, content, said(content, hazard, hazard, subject_kind="hazard"))
    card = (await phone.get(f"/v1/hazards/{hazard}")).json()
    assert card["photos"] == [address.rsplit("/")[-1]]
    (listed,) = (await phone.get("/v1/hazards")).json()["items"]
    assert listed["photos"] == card["photos"]


async def test_what_is_merely_of_ones_village_is_not_ones_own(client: ClientOf, cast: Cast) -> None:
    visit, report, content = await slot(cast), new_id(), photo()
    await log(cast, visit, report_id=report)
    address = await sent(await client(cast.specialist), content, said(content, visit, report))
    worker = await client(cast.worker)
    assert (await worker.get(address)).status_code == 200
    assert (await worker.get(f"/v1/my/attachments/{address.rsplit('/')[-1]}")).status_code == 404
