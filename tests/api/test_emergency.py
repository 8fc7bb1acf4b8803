"""The fast ladder over HTTP: what was done, what comes next, and what is known of the door."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from core import vault
from tests.alerting import open_one
from tests.cast import Cast
from tests.conftest import ClientOf

KEYHOLDER = "钱守信"


async def dark(cast: Cast) -> UUID:
    home = uuid4()
    contacts = msgspec.json.encode({"keyholder": KEYHOLDER, "keyholder_phone": "13911112222"}).decode()
    await cast.recipient(
        id=home,
        risk="high",
        name="李桂英",
        entry_consent=True,
        contacts_sealed=vault.seal(contacts, f"recipient.contacts_sealed:{home}"),
    )
    return await open_one(cast, kind="daily_anomaly", recipient_id=home, owner_id=None)


def step(cast: Cast, name: str, result: str, **changes: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "step": name, "result": result, "made_at": cast.now.isoformat()} | changes


async def test_the_ladder_is_read_walked_and_shown_in_the_story(client: ClientOf, cast: Cast) -> None:
    alert = await dark(cast)
    field, office = await client(cast.worker), await client(cast.specialist)
    before = (await field.get(f"/v1/alerts/{alert}/emergency")).json()
    assert [one["step"] for one in before["next"]] == ["look", "call", "knock"]
    assert before["entry"]["keyholder_recorded"] and before["entry"]["consent"]
    sent = step(cast, "look", "no_answer", note="灯没亮")
    for _ in range(2):
        answer = await field.post(f"/v1/alerts/{alert}/steps", json=sent)
        assert (answer.status_code, len(answer.json()["steps"])) == (200, 1), answer.text
    story = (await office.get(f"/v1/alerts/{alert}")).json()
    assert [(one["step_name"], one["result_name"], one["by_name"]) for one in story["steps"]] == [
        ("到屋外查看", "无人应答", "王*")
    ]
    done = (await office.post(f"/v1/alerts/{alert}/steps", json=step(cast, "knock", "safe"))).json()
    assert (done["status"], done["next"], done["overdue"]) == ("resolved", [], False)


async def test_names_and_numbers_of_the_keyholder_take_a_reason(client: ClientOf, cast: Cast) -> None:
    alert = await dark(cast)
    for account in (cast.worker, cast.specialist, cast.leader, cast.district, cast.auditor):
        http = await client(account)
        found = await http.get(f"/v1/alerts/{alert}/emergency")
        assert found.status_code == 200
        for secret in (KEYHOLDER, "13911112222", "桂英"):
            assert secret not in found.text
        assert (found.json()["entry"] is None) is (account is cast.auditor)
    assert "专干" in (await (await client(cast.worker)).get(f"/v1/alerts/{alert}/emergency")).json()["entry"]["says"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"step": "shout"}, "/step"),
        ({"result": "fine"}, "/result"),
        ({"made_at": "2026-03-02T10:00:00"}, "/made_at"),
        ({"made_at": "2027-03-02T10:00:00Z"}, "/made_at"),
        ({"note": "长" * 501}, "/note"),
    ],
)
async def test_a_bad_step_is_refused_with_the_field(
    client: ClientOf, cast: Cast, changes: dict[str, Any], field: str
) -> None:
    alert = await dark(cast)
    answer = await (await client(cast.worker)).post(
        f"/v1/alerts/{alert}/steps", json=step(cast, "look", "done") | changes
    )
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_a_foreign_alert_is_answered_like_none(client: ClientOf, cast: Cast) -> None:
    clerk, alert = await client(cast.foreign_worker), await dark(cast)
    for one in (alert, uuid4()):
        answers = (
            await clerk.get(f"/v1/alerts/{one}/emergency"),
            await clerk.post(f"/v1/alerts/{one}/steps", json=step(cast, "look", "done")),
        )
        assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [
            (404, "/problems/alert-not-found")
        ] * 2
