"""The fee list over HTTP and as a workbook: masked, journaled before it leaves, with reasons."""

import io
import zipfile
from typing import Any

import msgspec
import pytest
from python_calamine import CalamineWorkbook

from api.imports import XLSX
from core import journal
from tests.assessing import APRIL, settled
from tests.caring import agreement, caregiver
from tests.cast import Cast, Clock
from tests.conftest import ClientOf

PARTIAL: dict[str, Any] = {"fee_class": "partial", "fee_yuan": 400}
WHY = {"month": "2026-03", "purpose": "supervision", "note": "季度报送区财政局"}


def cells(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


async def test_the_list_says_who_for_how_long_how_much_and_why_not(client: ClientOf, cast: Cast, clock: Clock) -> None:
    clock.at = APRIL
    agreement_id = await agreement(cast, **PARTIAL, number="南柳-2026-1")
    await settled(cast, agreement_id, recipient=20)
    (fee,) = (await (await client(cast.auditor)).get("/v1/fees?month=2026-03")).json()["items"]
    assert (fee["recipient_name"], fee["caregiver_name"], fee["village"]) == ("李*", "张*", "柳家庄村")
    assert (fee["fee_class_name"], fee["days"], fee["amount"], fee["payable"]) == ("半护理", 31, "400.00", "0.00")
    assert (fee["state"], fee["state_name"]) == ("withheld", "暂缓发放")
    assert "不合格" in fee["why"]


async def test_months_and_areas_are_read_strictly(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    for asked, field in (
        ("month=2026-13", "/month"),
        ("month=2026-3", "/month"),
        ("month=2026-04", "/month"),
        ("", None),
        (f"month=2026-03&area_id={cast.foreign_village}", "/area_id"),
        ("month=2026-03&area_id=999999", "/area_id"),
    ):
        answer = await specialist.get(f"/v1/fees?{asked}")
        assert (answer.status_code, answer.json().get("field")) == (400, field), answer.text
    assert (await (await client(cast.worker)).get("/v1/fees?month=2026-03")).status_code == 403


async def test_the_list_comes_page_by_page(client: ClientOf, cast: Cast) -> None:
    for _ in range(3):
        await agreement(cast, **PARTIAL)
    specialist = await client(cast.specialist)
    first = (await specialist.get("/v1/fees?month=2026-03&size=2")).json()
    second = (await specialist.get(f"/v1/fees?month=2026-03&size=2&cursor={first['next']}")).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    other_month = await specialist.get(f"/v1/fees?month=2026-02&cursor={first['next']}")
    assert other_month.status_code == 400


async def test_the_workbook_has_the_list_its_sums_and_the_reason(client: ClientOf, cast: Cast, clock: Clock) -> None:
    clock.at = APRIL
    withheld = await agreement(cast, **PARTIAL)
    await settled(cast, withheld, recipient=20)
    await agreement(cast, fee_class="full", fee_yuan=800)
    answer = await (await client(cast.specialist)).post("/v1/exports/fees", json=WHY)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX), answer.text
    title, below, headers, *rows = cells(answer.content)
    assert title[0] == "2026年3月照料护理费清单" and "协议数：2" in below[0]
    found = [dict(zip(headers, row, strict=True)) for row in rows]
    assert [(one["姓名"], one["照料人"], one["照料天数"]) for one in found[:2]] == [
        ("李*", "张*", 31),
        ("李*", "张*", 31),
    ]
    assert [(one["应计(元)"], one["暂缓(元)"], one["应发(元)"]) for one in found] == [
        (400, 400, 0),
        (800, 0, 800),
        (1200, 400, 800),
    ]
    assert "不合格" in found[0]["说明"] and found[2]["所属村"] == "合计"


async def test_every_export_is_on_the_journal_and_nothing_leaves_without_it(
    client: ClientOf, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agreement(cast, **PARTIAL)
    specialist = await client(cast.specialist)
    await specialist.post("/v1/exports/fees", json=WHY | {"area_id": cast.village})
    row = await cast.owner.fetchrow("SELECT * FROM journal WHERE kind = 'export.fees'")
    facts = msgspec.json.decode(row["facts"])
    assert (row["by_account_id"], row["area_id"]) == (cast.specialist.id, cast.village)
    assert (facts["month"], facts["count"], facts["purpose"]) == ("2026-03", 1, "supervision")

    async def broken(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "write", broken)
    answer = await specialist.post("/v1/exports/fees", json=WHY)
    assert answer.status_code >= 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_cells_that_look_like_formulas_are_text(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient(name="=HYPERLINK(1)")
    await agreement(cast, recipient, await caregiver(cast, name="+张"), **PARTIAL, number="@SUM(A1)")
    answer = await (await client(cast.specialist)).post("/v1/exports/fees", json=WHY)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        sheets = b"".join(archive.read(name) for name in archive.namelist() if "worksheets/" in name)
    assert b"<f>" not in sheets
    row = cells(answer.content)[3]
    for value in (row[2], row[3], row[4]):
        assert str(value)[0] not in "=+-@"


async def test_an_export_wants_a_purpose_and_the_right_to_it(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    numbered = await specialist.post("/v1/exports/fees", json=WHY | {"note": "联系13812345678核对"})
    assert (numbered.status_code, numbered.json()["field"]) == (400, "/note")
    for by in (cast.worker, cast.auditor):
        assert (await (await client(by)).post("/v1/exports/fees", json=WHY)).status_code == 403
    for area in (cast.foreign_village, 999_999):
        answer = await specialist.post("/v1/exports/fees", json=WHY | {"area_id": area})
        assert (answer.status_code, answer.json()["field"]) == (400, "/area_id")
