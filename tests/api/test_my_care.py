"""What a caregiver sees: their own agreements and orders; of everybody else's nothing, wherever they ask."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from accounts.permissions import Account
from core import vault
from core.ids import new_id
from tests.alerting import open_one
from tests.caring import agreement, caregiver, insert, linked_caregiver, temporary_care
from tests.cast import NOW, Cast
from tests.conftest import ClientOf
from tests.failing import assessment, case, covered, hazard, order, statement, verification

CANARY = "金丝雀"


async def mine(cast: Cast) -> tuple[Account, UUID, UUID]:
    """A caregiver's account, their agreement, and an order of theirs."""
    own, account = await linked_caregiver(cast)
    agreement_id = await agreement(cast, await cast.recipient(), own, number="柳-12")
    return account, agreement_id, await order(cast, agreement_id=agreement_id)


async def test_a_caregiver_reads_what_they_promised(client: ClientOf, cast: Cast) -> None:
    account, agreement_id, _ = await mine(cast)
    await covered(cast)
    (one,) = (await (await client(account)).get("/v1/my/agreements")).json()
    assert (one["id"], one["number"], one["status_name"]) == (str(agreement_id), "柳-12", "生效")
    assert [(item["service_name"], item["times"], item["per_name"]) for item in one["services"]] == [
        ("做饭送餐", 2, "每日"),
        ("打扫卫生", 1, "每周"),
    ]
    assert one["ends_on"] == "2026-12-31"


async def test_a_draft_nobody_signed_is_not_shown_yet(client: ClientOf, cast: Cast) -> None:
    own, account = await linked_caregiver(cast)
    await agreement(cast, caregiver_id=own, status="draft")
    assert (await (await client(account)).get("/v1/my/agreements")).json() == []


async def test_a_worker_who_cares_for_a_neighbour_reads_their_own_and_not_the_villages(
    client: ClientOf, cast: Cast
) -> None:
    own = await caregiver(cast, account_id=cast.worker.id)
    agreement_id = await agreement(cast, caregiver_id=own)
    await covered(cast)
    found = (await (await client(cast.worker)).get("/v1/my/agreements")).json()
    assert [one["id"] for one in found] == [str(agreement_id)]


async def test_staff_without_care_of_their_own_are_not_asked(client: ClientOf, cast: Cast) -> None:
    assert (await (await client(cast.auditor)).get("/v1/my/agreements")).status_code == 403
    assert (await (await client(cast.worker)).get("/v1/my/agreements")).json() == []


async def test_own_orders_are_read_and_others_are_not_there(client: ClientOf, cast: Cast) -> None:
    account, _, own = await mine(cast)
    foreign = await order(cast)
    http = await client(account)
    assert (await http.get(f"/v1/my/orders/{own}")).status_code == 200
    missing, hidden = [await http.get(f"/v1/my/orders/{one}") for one in (new_id(), foreign)]
    assert (missing.status_code, hidden.status_code) == (404, 404)
    assert missing.json()["detail"] == hidden.json()["detail"]


async def plant(cast: Cast, own: UUID) -> list[UUID]:
    """Words and ids of others wherever the API reads, also around the caregiver's own recipient."""
    recipient = await cast.owner.fetchval("SELECT recipient_id FROM agreement WHERE id = $1", own)
    other, foreign = await covered(cast, liability=CANARY)
    await cast.owner.execute("UPDATE recipient SET name = $1", f"{CANARY}某")
    await caregiver(cast, name=f"{CANARY}人")
    hidden = await order(cast, agreement_id=foreign, evidence=CANARY)
    planted = [
        other,
        foreign,
        hidden,
        await hazard(cast, recipient_id=other, what=CANARY),
        await hazard(cast, recipient_id=recipient, agreement_id=own, what=CANARY, source="complaint"),
        await statement(cast, hidden, text=CANARY),
        await verification(cast, hidden),
        await case(cast, agreement_id=foreign, reason=CANARY),
        await case(cast, agreement_id=own, confidential=True, ground="abuse", reason=CANARY),
        await assessment(cast, agreement_id=foreign, recipient_said=CANARY),
        await temporary_care(cast, other, reason=CANARY),
        await open_one(cast, kind="uncovered", recipient_id=recipient, subject_id=recipient),
    ]
    suspicion = {
        "id": new_id(),
        "recipient_id": recipient,
        "agreement_id": own,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "minor": False,
        "barred_ids": [],
        "opened_at": NOW,
        "retain_until": NOW.date(),
    }
    await insert(cast.owner, "abuse_case", suspicion)
    said = {"id": new_id(), "recipient_id": recipient, "area_id": cast.village, "district_id": cast.district_area}
    said |= {"source": "concern", "source_id": new_id(), "by_account_id": cast.worker.id, "made_at": NOW}
    said |= {"logged_at": NOW, "case_id": suspicion["id"], "content_sealed": vault.seal(CANARY, "x")}
    await insert(cast.owner, "abuse_concern", said)
    return [*planted, UUID(str(suspicion["id"]))]


def readable(app: Litestar) -> list[str]:
    """Every GET below /v1, but for the probes of the tests."""
    return sorted(
        route.path_format
        for route in app.routes
        if isinstance(route, HTTPRoute)
        and route.path.startswith("/v1/")
        and not route.path.startswith("/v1/probe")
        and any(
            isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods for handler in route.route_handlers
        )
    )


PARAMETERS = {"month": "2026-03", "duty": "village", "part": "morning", "on": "2026-03-02", "year": "2026"}


async def test_no_list_tells_a_caregiver_of_anybody_else(client: ClientOf, cast: Cast, app: Litestar) -> None:
    account, own, _ = await mine(cast)
    planted = await plant(cast, own)
    http = await client(account)
    asked = [path for path in readable(app) if "{" not in path]
    assert len(asked) > 20
    answered = []
    for path in asked:
        answer = await http.get(path, params=PARAMETERS)
        assert answer.status_code < 500, path
        told(answer, planted, path)
        if answer.status_code == 200:
            answered.append(path)
    assert {"/v1/my/agreements", "/v1/my/orders"} <= set(answered)


async def test_no_single_thing_of_others_is_read_by_its_id(client: ClientOf, cast: Cast, app: Litestar) -> None:
    account, own, _ = await mine(cast)
    planted = await plant(cast, own)
    http = await client(account)
    for path in (path for path in readable(app) if path.count("{") == 1):
        for one in (*planted, own):
            place = path[: path.index("{")] + str(one) + path[path.index("}") + 1 :]
            answer = await http.get(place, params=PARAMETERS)
            assert answer.status_code in (400, 403, 404), place
            told(answer, [planted_id for planted_id in planted if planted_id != one], place)


def told(answer: httpx.Response, planted: list[UUID], path: str) -> None:
    """Nothing planted is in the answer: neither word, nor masked name, nor id."""
    found = [str(one) for one in planted if str(one) in answer.text]
    assert not found and CANARY not in answer.text and "金*" not in answer.text, (path, found, answer.text[:300])


@pytest.mark.parametrize("path", ["/v1/matters", "/v1/agreements/standing", "/v1/figures/monthly?month=2026-03"])
async def test_what_supervisors_see_is_closed_to_caregivers(client: ClientOf, cast: Cast, path: str) -> None:
    _, account = await linked_caregiver(cast)
    assert (await (await client(account)).get(path)).status_code == 403


def test_the_words_of_the_canary_are_found_where_they_are() -> None:
    leaky: Any = httpx.Response(200, text=f"x{CANARY}")
    with pytest.raises(AssertionError):
        told(leaky, [], "/v1/somewhere")
