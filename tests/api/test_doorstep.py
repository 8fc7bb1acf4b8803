"""Doorstep codes over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pyotp
import pytest

from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.visiting import slot


def used(cast: Cast, shown: str, **changes: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "code": shown, "moment": "start", "claimed_at": cast.now.isoformat()} | changes


async def test_a_fob_is_issued_and_its_code_used_at_the_door(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient()
    visit = await slot(cast, recipient)
    office, phone = await client(cast.specialist), await client(cast.worker)
    issued = await office.post(f"/v1/recipients/{recipient}/doorstep-tokens", json={"kind": "totp", "label": "门边"})
    assert issued.status_code == 201, issued.text
    fob = pyotp.parse_uri(issued.json()["address"])
    assert isinstance(fob, pyotp.TOTP) and fob.digits == 8
    drawn = ElementTree.fromstring(issued.json()["qr"])
    assert drawn.tag.endswith("svg") and "http" not in issued.json()["qr"].replace("http://www.w3.org/2000/svg", "")
    body = used(cast, fob.at(cast.now))
    answer = await phone.put(f"/v1/visits/{visit}/doorstep-code", json=body)
    assert answer.status_code == 200, answer.text
    assert (await phone.put(f"/v1/visits/{visit}/doorstep-code", json=body)).json() == answer.json()
    again = await phone.put(f"/v1/visits/{visit}/doorstep-code", json=used(cast, fob.at(cast.now)))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/code-used")
    listed = (await office.get(f"/v1/recipients/{recipient}/doorstep-tokens")).json()
    assert [one["status"] for one in listed] == ["active"]
    assert fob.secret not in str(listed)


async def test_a_card_is_printed_as_a_page_that_a_reader_can_draw(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient(name="<李桂英&")
    office = await client(cast.specialist)
    issued = await office.post(f"/v1/recipients/{recipient}/doorstep-tokens", json={"kind": "hotp", "label": "<床头>"})
    assert issued.json()["address"] is None and issued.json()["token"]["slips_left"] == 40
    page = await office.post(f"/v1/doorstep-tokens/{issued.json()['token']['id']}/card")
    assert page.headers["content-type"] == "image/svg+xml"
    drawn = ElementTree.fromstring(page.content)
    texts = [one.text or "" for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "门口码 · <* <床头>"
    assert sum(text.startswith("第 ") for text in texts) == 40
    assert "李桂英" not in page.text


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"code": "1234567"}, 400, "/code"),
        ({"code": "１２３４５６７８"}, 400, "/code"),
        ({"moment": "middle"}, 400, "/moment"),
        ({"claimed_at": "2026-03-02T10:00:00"}, 400, "/claimed_at"),
        ({"claimed_at": "2027-03-02T10:00:00+08:00"}, 400, "/claimed_at"),
        ({"code": "00000000"}, 400, "/code"),
    ],
)
async def test_a_bad_code_is_refused_with_the_field_and_the_remedy(
    client: ClientOf, cast: Cast, changes: dict[str, Any], status: int, field: str
) -> None:
    visit = await slot(cast)
    answer = await (await client(cast.worker)).put(
        f"/v1/visits/{visit}/doorstep-code", json=used(cast, "1" * 8, **changes)
    )
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text


async def test_a_token_is_ended_and_set_right_only_by_those_who_manage_it(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    recipient = await cast.recipient()
    office = await client(cast.specialist)
    issued = (await office.post(f"/v1/recipients/{recipient}/doorstep-tokens", json={"kind": "totp"})).json()
    address, fob = f"/v1/doorstep-tokens/{issued['token']['id']}", pyotp.parse_uri(issued["address"])
    assert isinstance(fob, pyotp.TOTP)
    two = {"first": fob.at(cast.now), "second": fob.at(cast.now + timedelta(seconds=30))}
    for account, status in ((cast.worker, 403), (cast.district, 403), (cast.foreign_specialist, 404)):
        http = await client(account)
        assert (await http.post(f"{address}/resynchronise", json=two)).status_code == status
        assert (await http.post(f"{address}/end", json={"status": "lost", "reason": "丢了"})).status_code == status
    assert (await office.post(f"{address}/resynchronise", json=two)).status_code == 200
    ended = await office.post(f"{address}/end", json={"status": "lost", "reason": "丢了"})
    assert (ended.status_code, ended.json()["status_name"]) == (200, "已挂失")
    assert (await office.post(f"{address}/card")).status_code == 409


async def test_a_foreign_home_answers_like_a_missing_one(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient()
    http = await client(cast.foreign_specialist)
    for place in (recipient, UUID(int=7)):
        assert (await http.get(f"/v1/recipients/{place}/doorstep-tokens")).status_code == 404
        assert (await http.post(f"/v1/recipients/{place}/doorstep-tokens", json={"kind": "totp"})).status_code == 404


async def test_guessing_at_the_door_is_answered_with_a_lock_and_never_with_a_code(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient()
    visit = await slot(cast, recipient)
    issued = await (await client(cast.specialist)).post(
        f"/v1/recipients/{recipient}/doorstep-tokens", json={"kind": "totp"}
    )
    fob = pyotp.parse_uri(issued.json()["address"])
    assert isinstance(fob, pyotp.TOTP)
    phone = await client(cast.worker)
    answers = [
        await phone.put(f"/v1/visits/{visit}/doorstep-code", json=used(cast, f"{number:08d}")) for number in range(60)
    ]
    assert [one.json()["type"] for one in answers[:5]] == ["/problems/code-unknown"] * 5
    assert {one.json()["type"] for one in answers[5:]} == {"/problems/code-locked"}
    right = await phone.put(f"/v1/visits/{visit}/doorstep-code", json=used(cast, fob.at(cast.now)))
    assert (right.status_code, "走访记录可以照常提交" in right.json()["detail"]) == (409, True)


async def test_of_fifty_requests_with_one_right_code_one_is_accepted(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient()
    visits = [await slot(cast, recipient, due_at=cast.now + timedelta(hours=hour + 1)) for hour in range(10)]
    issued = await (await client(cast.specialist)).post(
        f"/v1/recipients/{recipient}/doorstep-tokens", json={"kind": "totp"}
    )
    fob = pyotp.parse_uri(issued.json()["address"])
    assert isinstance(fob, pyotp.TOTP)
    phone = await client(cast.worker)
    answers = await asyncio.gather(
        *(
            phone.put(f"/v1/visits/{visits[number % 10]}/doorstep-code", json=used(cast, fob.at(cast.now)))
            for number in range(50)
        )
    )
    assert sorted(one.status_code for one in answers) == [200] + [409] * 49
    assert await cast.owner.fetchval("SELECT count(*) FROM doorstep_code") == 1


async def test_a_token_that_was_copied_is_replaced_and_its_old_codes_are_worth_nothing(
    client: ClientOf, cast: Cast
) -> None:
    recipient = await cast.recipient()
    visit, office = await slot(cast, recipient), await client(cast.specialist)
    issued = (await office.post(f"/v1/recipients/{recipient}/doorstep-tokens", json={"kind": "totp"})).json()
    address = f"/v1/doorstep-tokens/{issued['token']['id']}/replace"
    for account, status in ((cast.worker, 403), (cast.foreign_specialist, 404)):
        assert (await (await client(account)).post(address, json={"reason": "试试"})).status_code == status
    replaced = await office.post(address, json={"reason": "被人抄走"})
    assert replaced.status_code == 201, replaced.text
    old, new = pyotp.parse_uri(issued["address"]), pyotp.parse_uri(replaced.json()["address"])
    assert isinstance(old, pyotp.TOTP) and isinstance(new, pyotp.TOTP)
    phone, door = await client(cast.worker), f"/v1/visits/{visit}/doorstep-code"
    assert (await phone.put(door, json=used(cast, old.at(cast.now)))).status_code == 400
    assert (await phone.put(door, json=used(cast, new.at(cast.now)))).status_code == 200
