"""The ledger as it is handed in: for a purpose, journaled before it leaves, masked unless one may see more."""

import io
import zipfile
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from api.imports import XLSX
from core import journal
from core.ids import new_id
from recipients.fields import LONGEST_REMARK
from recipients.workbook import open_ledger
from tests import caring
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.ledger_files import id_number
from tests.visiting import log, normal, slot

WHY = {"purpose": "supervision", "note": "季度报送区民政局"}
CHILD = {"name": "王小宝", "id_number": id_number(3, born_on=date(2015, 6, 1)), "guardian": "王奶奶"}


async def registered(client: ClientOf, cast: Cast, **given: Any) -> None:
    body = {"name": "李桂英", "id_number": id_number(1), "self_care": "self", "area_id": cast.village} | given
    answer = await (await client(cast.specialist)).post("/v1/recipients", json=body)
    assert answer.status_code == 201, answer.text


def rows(content: bytes) -> list[dict[str, Any]]:
    return [dict(zip(row.headers, row.cells, strict=True)) for row in open_ledger(content).rows]


async def exported(client: ClientOf, by: Any, **asked: Any) -> list[dict[str, Any]]:
    answer = await (await client(by)).post("/v1/exports/ledger", json=WHY | asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX), answer.text
    return rows(answer.content)


async def test_a_ledger_is_masked_unless_asked_in_full(client: ClientOf, cast: Cast) -> None:
    await registered(client, cast, number="南-7", phone="13812345678", last_seen_on="2026-02-01")
    (masked,) = await exported(client, cast.specialist)
    assert masked["姓名"] == "李*"
    assert masked["身份证号"] == id_number(1)[:4] + "*" * 10 + id_number(1)[-4:]
    assert masked["年龄"] == 76 and masked["所属村"] == "柳家庄村" and masked["序号"] == "南-7"
    (whole,) = await exported(client, cast.specialist, in_full=True)
    assert (whole["姓名"], whole["身份证号"], whole["联系电话"]) == ("李桂英", id_number(1), "13812345678")
    assert whole["上次探访日期"] == "2026-02-01"


async def test_a_minor_is_whole_only_for_those_who_answer_for_minors(client: ClientOf, cast: Cast) -> None:
    await registered(client, cast)
    await registered(client, cast, **CHILD)
    for by, child in ((cast.specialist, "王*"), (cast.leader, "王小宝"), (cast.district, "王小宝")):
        told = {row["姓名"] for row in await exported(client, by, in_full=True)}
        assert told == {"李桂英", child}


async def test_every_export_is_on_the_journal_with_count_and_purpose(client: ClientOf, cast: Cast) -> None:
    await registered(client, cast)
    await registered(client, cast, **CHILD)
    await exported(client, cast.specialist, in_full=True, area_id=cast.village)
    row = await cast.owner.fetchrow("SELECT * FROM journal WHERE kind = 'export.ledger'")
    facts = msgspec.json.decode(row["facts"])
    assert (row["by_account_id"], row["area_id"]) == (cast.specialist.id, cast.village)
    assert (facts["count"], facts["in_full"], facts["purpose"]) == (2, 1, "supervision")


async def test_nothing_leaves_when_the_journal_cannot_be_written(
    client: ClientOf, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registered(client, cast)

    async def broken(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "write", broken)
    answer = await (await client(cast.specialist)).post("/v1/exports/ledger", json=WHY | {"in_full": True})
    assert answer.status_code >= 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_worker_exports_nothing_and_foreign_areas_answer_like_missing_ones(
    client: ClientOf, cast: Cast
) -> None:
    assert (await (await client(cast.worker)).post("/v1/exports/ledger", json=WHY)).status_code == 403
    specialist = await client(cast.specialist)
    answers = [
        (await specialist.post("/v1/exports/ledger", json=WHY | {"area_id": one})).json() | {"request_id": ""}
        for one in (cast.foreign_village, 999_999)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 400


async def test_only_ones_own_people_and_those_under_visit_are_listed(client: ClientOf, cast: Cast) -> None:
    await registered(client, cast)
    await cast.recipient(area_id=cast.foreign_village, name="冯外人")
    await cast.recipient(name="赵故人", standing="died")
    assert [row["姓名"] for row in await exported(client, cast.specialist, in_full=True)] == ["李桂英"]
    told = await exported(client, cast.specialist, in_full=True, standing="died")
    assert [row["姓名"] for row in told] == ["赵故人"]


async def test_cells_that_look_like_formulas_are_text(client: ClientOf, cast: Cast) -> None:
    await registered(client, cast, remarks="=HYPERLINK(1)", open_hazards="+电线老化")
    answer = await (await client(cast.specialist)).post("/v1/exports/ledger", json=WHY | {"in_full": True})
    assert b"<f>" not in _sheet(answer.content)
    (row,) = rows(answer.content)
    assert row["备注"].lstrip("'") == "=HYPERLINK(1)"


def _sheet(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist() if "worksheets/" in name)


async def test_when_and_how_somebody_was_last_seen_stands_in_the_ledger(client: ClientOf, cast: Cast) -> None:
    visit = await slot(cast, await cast.recipient())
    await log(cast, visit, normal(cast.now, method="video"))
    (row,) = await exported(client, cast.specialist)
    assert (row["上次探访日期"], row["上次探访方式"]) == ("2026-03-02", "视频")


async def test_the_agreement_in_the_system_stands_in_the_ledger_not_what_was_once_told(
    client: ClientOf, cast: Cast
) -> None:
    told = {"caregiver": "旧照料人", "agreement_number": "旧一号", "agreement_ends_on": "2025-12-31"}
    agreed, ended, told_only = [
        await cast.recipient(name=name, ledger=msgspec.json.encode(told).decode()) for name in ("甲", "乙", "丙")
    ]
    caregiver = await caring.caregiver(cast, name="张秀英")
    await caring.agreement(cast, agreed, caregiver, number="柳协1号")
    await caring.agreement(cast, ended, caregiver, status="ended")
    await caring.agreement(cast, told_only, caregiver, status="draft")
    names = ("照料人", "与照料人关系", "照料协议编号", "协议开始", "协议结束")
    whole = {
        row["姓名"]: [row[name] or "" for name in names]
        for row in await exported(client, cast.specialist, in_full=True)
    }
    assert whole == {
        "甲": ["张秀英", "邻居", "柳协1号", "2026-01-01", "2026-12-31"],
        "乙": ["", "", "", "", ""],
        "丙": ["旧照料人", "", "旧一号", "", "2025-12-31"],
    }
    masked = {row["照料人"] for row in await exported(client, cast.specialist)}
    assert masked == {"张*", "旧*", ""}


async def test_hazards_open_in_the_system_stand_in_the_ledger_the_gravest_first(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient(name="甲", ledger=msgspec.json.encode({"open_hazards": "旧话"}).decode())
    await cast.recipient(name="乙", ledger=msgspec.json.encode({"open_hazards": "灶台开裂"}).decode())
    for severity, what, status in (
        ("general", "门锁坏了", "open"),
        ("critical", "煤炉没有烟道", "open"),
        ("serious", "已修好", "removed"),
    ):
        await hazard(cast, recipient, severity=severity, what=what, status=status)
    told = {row["姓名"]: row["未销隐患"] for row in await exported(client, cast.specialist, in_full=True)}
    assert told == {"甲": "危急：煤炉没有烟道；一般：门锁坏了", "乙": "灶台开裂"}


async def test_many_hazards_still_fit_a_cell_that_can_be_imported_again(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient(name="甲")
    for serial in range(30):
        await hazard(cast, recipient, severity="general", what=f"{serial}号线路老化" + "裸露" * 30, status="open")
    (row,) = await exported(client, cast.specialist, in_full=True)
    assert len(row["未销隐患"]) == LONGEST_REMARK and row["未销隐患"].endswith("……共 30 项")


async def hazard(cast: Cast, recipient: UUID, *, severity: str, what: str, status: str) -> None:
    row: dict[str, Any] = {
        "id": new_id(),
        "recipient_id": recipient,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "source": "inspection",
        "severity": severity,
        "block": "safety",
        "what": what,
        "found_at": cast.now,
        "recorded_at": cast.now,
        "status": status,
    }
    closed = {"closed_at": cast.now, "closed_by": cast.specialist.id, "close_reason": "复查已消除"}
    await caring.insert(cast.owner, "hazard", row | (closed if status != "open" else {}))
