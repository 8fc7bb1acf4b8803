"""Sign-in, one's own account and phones, through HTTP as the pages do it."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from accounts.permissions import Account
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.credentials import PASSWORD, cheap_hashing, code_at, give_authenticator, give_password

__all__ = ["cheap_hashing"]
pytestmark = pytest.mark.usefixtures("cheap_hashing")


async def signed_in(nobody: httpx.AsyncClient, login: str, **more: Any) -> httpx.Response:
    return await nobody.post("/v1/sessions", json={"login": login, "password": PASSWORD, **more})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def test_a_worker_signs_in_sees_who_she_is_and_signs_out(nobody: httpx.AsyncClient, cast: Cast) -> None:
    opened = await signed_in(nobody, await give_password(cast, cast.worker))
    assert opened.status_code == 201
    me = await nobody.get("/v1/me", headers=bearer(opened))
    assert me.status_code == 200
    assert (me.json()["name"], me.json()["role_name"]) == ("王秀兰", "走访员")
    assert [area["name"] for area in me.json()["areas"]] == ["柳家庄村"]
    assert "visit.log" in me.json()["permissions"]
    assert (await nobody.delete("/v1/sessions/current", headers=bearer(opened))).status_code == 204
    assert (await nobody.get("/v1/me", headers=bearer(opened))).status_code == 401


async def test_an_unknown_login_and_a_wrong_password_get_the_same_answer(nobody: httpx.AsyncClient, cast: Cast) -> None:
    await give_password(cast, cast.worker)
    answers = [
        await nobody.post("/v1/sessions", json={"login": login, "password": "槐花不开在北坡"})
        for login in ("worker", "nobody", "auditor")
    ]
    told = {(answer.status_code, str({**answer.json(), "request_id": ""})) for answer in answers}
    assert len(told) == 1
    assert answers[0].status_code == 401
    assert answers[0].json()["type"] == "/problems/sign-in-refused"


async def test_too_many_attempts_are_told_when_to_come_again(nobody: httpx.AsyncClient, cast: Cast) -> None:
    for _ in range(6):
        assert (await signed_in(nobody, "nobody")).status_code == 401
    answer = await signed_in(nobody, "nobody")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["type"] == "/problems/too-many-attempts"


async def test_a_specialist_enrols_and_then_signs_in_with_a_code(
    nobody: httpx.AsyncClient, cast: Cast, clock: Clock
) -> None:
    login = await give_password(cast, cast.specialist)
    opened = await signed_in(nobody, login)
    assert (await nobody.get("/v1/accounts", headers=bearer(opened))).json()["type"] == (
        "/problems/second-factor-required"
    )
    begun = await nobody.post("/v1/me/second-factor", json={"password": PASSWORD}, headers=bearer(opened))
    assert begun.json()["uri"].startswith("otpauth://totp/") and begun.json()["qr_svg"].startswith("<svg")
    code = code_at(begun.json()["secret"], clock.at)
    confirmed = await nobody.post("/v1/me/second-factor/confirm", json={"code": code}, headers=bearer(opened))
    assert len(confirmed.json()["codes"]) == 10
    assert (await nobody.get("/v1/accounts", headers=bearer(opened))).status_code == 200
    asked = await signed_in(nobody, login)
    assert (asked.status_code, asked.json()["type"]) == (401, "/problems/second-factor-needed")
    replayed = await signed_in(nobody, login, code=code)
    assert (replayed.status_code, replayed.json()["type"]) == (401, "/problems/second-factor-refused")
    recovered = await signed_in(nobody, login, code=confirmed.json()["codes"][3])
    assert (recovered.status_code, recovered.json()["recovery_codes_left"]) == (201, 9)
    clock.forward(seconds=60)
    assert (await signed_in(nobody, login, code=code_at(begun.json()["secret"], clock.at))).status_code == 201


async def test_a_sign_in_with_a_code_needs_only_one_request(
    nobody: httpx.AsyncClient, cast: Cast, clock: Clock
) -> None:
    login = await give_password(cast, cast.leader)
    secret = await give_authenticator(cast, cast.leader)
    opened = await signed_in(nobody, login, code=code_at(secret, clock.at))
    assert (await nobody.get("/v1/me", headers=bearer(opened))).json()["second_factor_ok"] is True


async def test_a_password_is_changed_and_weak_ones_are_named_by_their_field(
    nobody: httpx.AsyncClient, cast: Cast
) -> None:
    opened = await signed_in(nobody, await give_password(cast, cast.worker))

    async def change(new: str) -> httpx.Response:
        body = {"password": PASSWORD, "new_password": new}
        return await nobody.post("/v1/me/password", json=body, headers=bearer(opened))

    weak = await change("1234567890123")
    assert (weak.status_code, weak.json()["field"]) == (400, "/new_password")
    assert (await change("沟里的水一直流向东边山口")).status_code == 204
    assert (await signed_in(nobody, "worker")).status_code == 401


async def test_ones_sessions_are_listed_and_ended_and_nobody_elses(
    nobody: httpx.AsyncClient, client: ClientOf, cast: Cast
) -> None:
    opened = await signed_in(nobody, await give_password(cast, cast.worker))
    worker = await client(cast.worker)
    listed = (await worker.get("/v1/me/sessions")).json()
    assert [one["current"] for one in listed].count(True) == 1
    other = next(one["id"] for one in listed if not one["current"])
    stranger = await client(cast.foreign_worker)
    answers = [await stranger.delete(f"/v1/me/sessions/{session_id}") for session_id in (other, uuid4())]
    assert len({(one.status_code, one.json()["detail"]) for one in answers}) == 1
    assert (await worker.delete(f"/v1/me/sessions/{other}")).status_code == 204
    assert (await nobody.get("/v1/me", headers=bearer(opened))).status_code == 401


async def issue(supervisor: httpx.AsyncClient, account: Account, **more: Any) -> httpx.Response:
    return await supervisor.post("/v1/activations", json={"account_id": str(account.id), **more})


async def test_a_supervisor_binds_lists_and_cuts_off_a_phone(
    nobody: httpx.AsyncClient, client: ClientOf, cast: Cast
) -> None:
    specialist = await client(cast.specialist)
    issued = await issue(specialist, cast.worker)
    assert issued.status_code == 201
    code, link = issued.json()["code"], urlsplit(issued.json()["link"])
    assert link.fragment == f"activate={code}" and code not in link.path + link.query
    assert issued.json()["qr_svg"].startswith("<svg")
    bound = await nobody.post("/v1/devices", json={"code": code, "label": "红米 9A"})
    assert bound.status_code == 201
    phone = bearer(bound)
    assert (await nobody.get("/v1/me", headers=phone)).json()["device_id"] == bound.json()["device_id"]
    again = await nobody.post("/v1/devices", json={"code": code, "label": "红米 9A"})
    unknown = await nobody.post("/v1/devices", json={"code": "2222-2222-2222", "label": "红米 9A"})
    assert again.status_code == unknown.status_code == 400
    assert again.json()["detail"] == unknown.json()["detail"]
    own = (await nobody.get("/v1/me/devices", headers=phone)).json()
    listed = (await specialist.get(f"/v1/accounts/{cast.worker.id}/devices")).json()
    assert own == listed and listed[0]["label"] == "红米 9A"
    path = f"/v1/accounts/{cast.worker.id}/devices/{bound.json()['device_id']}"
    assert (await specialist.delete(path)).status_code == 204
    assert (await nobody.get("/v1/me", headers=phone)).status_code == 401


async def test_one_cuts_off_ones_own_lost_phone(client: ClientOf, cast: Cast) -> None:
    worker = await client(cast.worker)
    assert (await worker.delete(f"/v1/me/devices/{cast.foreign_worker.device_id}")).status_code == 404
    assert (await worker.delete(f"/v1/me/devices/{cast.worker.device_id}")).status_code == 204
    assert (await worker.get("/v1/me")).status_code == 401


async def test_phones_of_another_township_answer_exactly_as_those_of_nobody(client: ClientOf, cast: Cast) -> None:
    stranger = await client(cast.foreign_specialist)
    for known, unknown in (
        (f"/v1/accounts/{cast.worker.id}/devices", f"/v1/accounts/{uuid4()}/devices"),
        (f"/v1/accounts/{cast.worker.id}/devices/{cast.worker.device_id}", f"/v1/accounts/{uuid4()}/devices/{uuid4()}"),
    ):
        method = "DELETE" if known.count("/") == 5 else "GET"
        answers = [await stranger.request(method, path) for path in (known, unknown)]
        assert len({(one.status_code, str({**one.json(), "request_id": ""})) for one in answers}) == 1
        assert answers[0].status_code == 404
    answers = [
        await issue(stranger, cast.worker),
        await stranger.post("/v1/activations", json={"account_id": str(uuid4())}),
    ]
    assert [one.status_code for one in answers] == [404, 404]


@pytest.mark.parametrize(
    "body",
    [
        {"login": "worker"},
        {"login": "worker", "password": ""},
        {"login": "worker", "password": "x" * 1000},
        {"login": "worker", "password": PASSWORD, "role": "administrator"},
        {"login": ["worker"], "password": PASSWORD},
    ],
)
async def test_a_malformed_sign_in_is_told_its_field(nobody: httpx.AsyncClient, cast: Cast, body: Any) -> None:
    answer = await nobody.post("/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-input")
    assert answer.json()["field"] in ("/password", "/role", "/login")
