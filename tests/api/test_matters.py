"""Today's matters, standing, history and figures over HTTP: what they say, to whom, and what they refuse."""

import re
from typing import Any

import pytest
from litestar import Litestar

from api.imports import XLSX
from api.matters import LINKS, LISTS
from tests.alerting import climb_to, open_one
from tests.cast import NOW, Cast
from tests.conftest import ClientOf
from tests.failing import DAY, HOUR, case, covered, hazard, order, statement

ALL = (
    "/v1/matters",
    "/v1/matters/counts",
    "/v1/agreements/standing",
    "/v1/figures/monthly?month=2026-03",
)


async def got(client: ClientOf, by: Any, path: str) -> Any:
    answer = await (await client(by)).get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_matter_says_all_one_must_know(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient()
    alert = await open_one(cast, kind="uncovered", recipient_id=recipient, subject_id=recipient, risk="general")
    fired = await climb_to(cast, alert, 0)
    (matter,) = (await got(client, cast.specialist, "/v1/matters"))["items"]
    assert matter["name"] == "无人照料" and matter["severity"] == "critical" and matter["top"]
    assert matter["recipient"] == {"id": str(recipient), "name": "李*"}
    assert matter["village"] == "南柳镇柳家庄村"
    assert matter["alert_id"] == str(alert)
    assert matter["next"]["duty"] == "township_leader" and matter["next"]["rung"] == 1
    assert matter["next"]["at"] > fired.isoformat()
    assert "乡镇(街道)负责人" in matter["if_nothing"] and "没有人照料" in matter["if_nothing"]
    assert matter["to_do"]["link"] == f"/v1/recipients/{recipient}" and matter["to_do"]["name"]
    assert "人身安全" in matter["because"]


async def test_other_things_about_a_subject_stand_with_it(client: ClientOf, cast: Cast) -> None:
    one = await order(cast, deadline_at=NOW + HOUR)
    await statement(cast, one)
    (matter,) = (await got(client, cast.specialist, "/v1/matters"))["items"]
    assert (matter["what"], [other["what"] for other in matter["also"]]) == ("order_due", ["statement_waiting"])
    assert matter["also"][0]["to_do"]["link"] == matter["to_do"]["link"] == f"/v1/orders/{one}"


async def test_pages_flag_the_first_five_alone_and_lose_nothing(client: ClientOf, cast: Cast) -> None:
    for number in range(8):
        await hazard(cast, attend_by=NOW + number * HOUR)
    found: list[Any] = []
    path = "/v1/matters?size=3"
    while True:
        page = await got(client, cast.district, path)
        found += page["items"]
        if page["next"] is None:
            break
        path = f"/v1/matters?size=3&cursor={page['next']}"
    assert [one["top"] for one in found] == [True] * 5 + [False] * 3
    assert len({one["id"] for one in found}) == 8
    assert await got(client, cast.district, "/v1/matters/counts") == [
        {"what": "hazard_open", "name": "隐患未处置", "count": 8}
    ]


async def test_a_cursor_of_another_list_or_a_broken_one_is_refused(client: ClientOf, cast: Cast) -> None:
    for _ in range(3):
        await hazard(cast)
    page = await got(client, cast.specialist, "/v1/matters?size=1")
    http = await client(cast.specialist)
    for path in (f"/v1/alerts?cursor={page['next']}", "/v1/matters?cursor=abc"):
        assert (await http.get(path)).status_code == 400


@pytest.mark.parametrize("path", ALL)
async def test_only_supervisors_look(client: ClientOf, cast: Cast, path: str) -> None:
    for by, status in (
        (cast.worker, 403),
        (cast.administrator, 403),
        (None, 401),
        (cast.specialist, 200),
        (cast.leader, 200),
        (cast.district, 200),
        (cast.auditor, 200),
    ):
        assert (await (await client(by)).get(path)).status_code == status


async def test_another_townships_names_and_ids_appear_nowhere(client: ClientOf, cast: Cast) -> None:
    recipient, agreement_id = await covered(cast, area_id=cast.foreign_village)
    await cast.owner.execute("UPDATE recipient SET name = '欧阳金丝雀' WHERE id = $1", recipient)
    await hazard(
        cast, recipient_id=recipient, agreement_id=agreement_id, area_id=cast.foreign_village, what="金丝雀隐患"
    )
    http = await client(cast.specialist)
    for path in (*ALL, f"/v1/matters?area_id={cast.foreign_township}"):
        text = (await http.get(path)).text
        assert (
            str(recipient) not in text and str(agreement_id) not in text and "欧" not in text and "金丝雀" not in text
        )
    foreign = await http.get(f"/v1/agreements/{agreement_id}/timeline")
    missing = await http.get(f"/v1/agreements/{recipient}/timeline")
    assert (foreign.status_code, foreign.json()["detail"]) == (404, missing.json()["detail"])


async def test_a_standing_comes_with_its_reasons(client: ClientOf, cast: Cast) -> None:
    recipient, agreement_id = await covered(cast)
    await hazard(cast, recipient_id=recipient, agreement_id=agreement_id, severity="critical")
    (one,) = (await got(client, cast.leader, "/v1/agreements/standing?standing=failing"))["items"]
    assert (one["standing_name"], one["recipient_name"], one["caregiver_name"]) == ("履行不力", "李*", "张*")
    assert [reason["word"] for reason in one["reasons"]][:2] == ["mandatory_grounds", "open_hazards"]
    assert (await got(client, cast.leader, "/v1/agreements/standing?standing=kept"))["items"] == []


async def test_a_history_names_colleagues_and_their_posts(client: ClientOf, cast: Cast) -> None:
    _, agreement_id = await covered(cast)
    await order(cast, agreement_id=agreement_id)
    entries = await got(client, cast.specialist, f"/v1/agreements/{agreement_id}/timeline")
    (issued,) = [one for one in entries if one["kind"] == "order.issued"]
    assert issued["by"] == {"id": str(cast.specialist.id), "name": "赵建国", "role": "民政专干"}
    assert issued["name"] == "下达整改通知" and not issued["struck"]


async def test_a_confidential_case_moves_no_answer_of_a_barred_reader(client: ClientOf, cast: Cast) -> None:
    _, agreement_id = await covered(cast)
    paths = (*ALL, f"/v1/agreements/{agreement_id}/timeline")
    before = [await got(client, cast.leader, path) for path in paths]
    await case(cast, agreement_id=agreement_id, confidential=True, barred_ids=[cast.leader.id], ground="abuse")
    assert [await got(client, cast.leader, path) for path in paths] == before
    assert await got(client, cast.specialist, "/v1/matters/counts") != before[1]


async def test_figures_tell_signed_and_kept_and_leave_as_a_workbook(client: ClientOf, cast: Cast) -> None:
    await covered(cast, starts_on=(NOW - 2 * DAY).date(), activated_at=NOW - 2 * DAY)
    found = await got(client, cast.district, "/v1/figures/monthly?month=2026-03")
    assert found["agreements"] == {
        "signed": 1,
        "unsigned": 0,
        "kept": 1,
        "at_risk": 0,
        "failing": 0,
        "suspended": 0,
    }
    why = {"month": "2026-03", "purpose": "supervision", "note": "报送区民政局月报"}
    http = await client(cast.district)
    answer = await http.post("/v1/figures/monthly/export", json=why)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'export.figures'") == 1
    for bad in ({"month": "2026-13"}, {"month": "2026-04"}, {"note": "电话13812345678"}):
        assert 400 <= (await http.post("/v1/figures/monthly/export", json=why | bad)).status_code < 500


@pytest.mark.parametrize("month", ["2026-13", "03-2026", "2026-04", ""])
async def test_a_month_that_is_none_or_has_not_begun_is_refused(client: ClientOf, cast: Cast, month: str) -> None:
    answer = await (await client(cast.leader)).get(f"/v1/figures/monthly?month={month}")
    assert 400 <= answer.status_code < 500 and answer.json()["detail"]


def test_every_link_leads_somewhere(app: Litestar) -> None:
    served = [re.sub(r"\{[^}]*\}", "{}", route.path) for route in app.routes]
    assert {*LINKS.values(), *LISTS.values()} - set(served) == set()
