"""Ledgers over HTTP: previewed, committed, and what was refused returned as a workbook."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.imports import BIGGEST, XLSX
from recipients.workbook import open_ledger
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.ledger_files import id_number, ledger_row, people, workbook


async def sent(client: httpx.AsyncClient, data: bytes, *, name: str = "台账.xlsx", **form: Any) -> httpx.Response:
    return await client.post("/v1/imports", files={"file": (name, data, XLSX)}, data=form)


async def test_a_ledger_is_previewed_committed_and_read_back(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    file = workbook([ledger_row(1), ledger_row(2), ledger_row(3, 所属村="柳家屯")])
    preview = await sent(specialist, file)
    assert preview.status_code == 201, preview.text
    seen = preview.json()
    assert (seen["status"], seen["row_count"], seen["ready_count"], seen["refused_count"]) == ("previewed", 3, 2, 1)
    (refused,) = seen["refused"]
    assert (refused["number"], refused["problems"][0]["column"]) == (4, "所属村")
    assert "柳家庄村" in refused["problems"][0]["remedy"]
    assert (await specialist.get("/v1/recipients")).json()["items"] == []

    done = (await specialist.post(f"/v1/imports/{seen['id']}/commit")).json()
    assert (done["status"], done["created_count"], done["refused_count"]) == ("committed", 2, 1)
    assert (await specialist.post(f"/v1/imports/{seen['id']}/commit")).json() == done
    assert (await specialist.get(f"/v1/imports/{seen['id']}")).json() == done
    assert (await sent(specialist, file)).json() == done
    listed = (await specialist.get("/v1/recipients")).json()["items"]
    assert [one["name"] for one in listed] == ["李*", "李*"]


async def test_no_answer_about_an_import_repeats_what_is_in_its_cells(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    wrong = ledger_row(2, 身份证号="120199195001010001", 姓名="张三三", 联系电话="1381234")
    batch = (await sent(specialist, workbook([ledger_row(1), wrong]))).json()
    rows = await specialist.get(f"/v1/imports/{batch['id']}/rows")
    for secret in (id_number(1), "120199195001010001", "张三三", "1381234", "李建军"):
        assert secret not in rows.text + str(batch)


async def test_rows_come_in_pages_and_by_what_became_of_them(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    await specialist.post(f"/v1/imports/{(await sent(specialist, people(2))).json()['id']}/commit")
    rows = [ledger_row(0, 备注="有变化"), ledger_row(1), ledger_row(2), ledger_row(3, 自理能力="")]
    batch = (await sent(specialist, workbook(rows))).json()
    address = f"/v1/imports/{batch['id']}"
    ready = (await specialist.get(f"{address}/rows", params={"status": "ready"})).json()["items"]
    assert [one["known"] for one in ready] == [True, True, False]
    await specialist.post(f"{address}/commit")
    first = (await specialist.get(f"{address}/rows", params={"size": 3})).json()
    rest = (await specialist.get(f"{address}/rows", params={"size": 3, "cursor": first["next"]})).json()
    became = [one["status"] for one in first["items"] + rest["items"]]
    assert became == ["updated", "unchanged", "created", "refused"]
    assert first["items"][0]["changed_names"] == ["备注"]


async def test_refused_rows_are_a_workbook_to_mend_and_send_again(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    batch = (await sent(specialist, workbook([ledger_row(1, 所属村="天外村"), ledger_row(2)]))).json()
    answer = await specialist.get(f"/v1/imports/{batch['id']}/refused.xlsx")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert answer.headers["content-disposition"].startswith("attachment")
    (row,) = open_ledger(answer.content).rows
    assert "天外村" in str(dict(zip(row.headers, row.cells, strict=True))["原因"])
    again = await sent(specialist, answer.content)
    assert again.json()["refused"][0]["problems"][0]["column"] == "所属村"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "台账.xlsx", "not-a-workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "台账.xls", "old-workbook"),
        (workbook([{"甲": "乙"}]), "台账.xlsx", "ledger-not-found"),
        (people(1), "台账.xlsm", "macro-workbook"),
    ],
)
async def test_a_file_that_is_no_ledger_is_refused_with_what_to_do(
    client: ClientOf, cast: Cast, data: bytes, name: str, code: str
) -> None:
    answer = await sent(await client(cast.specialist), data, name=name)
    assert (answer.status_code, answer.json()["type"]) == (400, f"/problems/{code}")
    assert answer.json()["field"] == "/file"
    assert await cast.owner.fetchval("SELECT count(*) FROM import_batch") == 0


async def test_a_body_that_is_no_form_or_lacks_the_file_is_bad_input(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    boundary = {"content-type": "multipart/form-data; boundary=x"}
    for answer in (
        await specialist.post("/v1/imports", json={"file": "x"}),
        await specialist.post("/v1/imports", files={"other": ("a.xlsx", b"1", XLSX)}),
        await specialist.post("/v1/imports", data={"file": "text"}),
        await specialist.post("/v1/imports", content=b"--x\r\nbroken", headers=boundary),
        await specialist.post("/v1/imports", content=b"", headers=boundary),
        await specialist.post("/v1/imports", content=b"", headers={"content-type": "multipart/form-data"}),
        await sent(specialist, people(1), area_id="anywhere"),
        await sent(specialist, people(1), unheard_of="1"),
    ):
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


_PART = b'--x\r\nContent-Disposition: form-data; name="area_id"\r\n'
_BROKEN_FORMS = {
    "cut off": b"--x\r\nbroken",
    "a part without a name": b"--x\r\n\r\n4\r\n--x--\r\n",
    "a text that is not UTF-8": _PART + b"\r\n\xff\xfe\r\n--x--\r\n",
    "an unknown encoding": _PART + b"Content-Type: text/plain; charset=nope\r\n\r\n4\r\n--x--\r\n",
    "no text encoding": _PART + b"Content-Type: text/plain; charset=zlib\r\n\r\n4\r\n--x--\r\n",
    "too many parts": b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(1100)),
}


@pytest.mark.parametrize("body", _BROKEN_FORMS.values(), ids=_BROKEN_FORMS.keys())
async def test_a_broken_form_is_the_senders_fault_and_says_what_to_do(
    client: ClientOf, cast: Cast, body: bytes
) -> None:
    for account, path in ((cast.specialist, "/v1/imports"), (cast.administrator, "/v1/areas/import")):
        sender = await client(account)
        answer = await sender.post(path, content=body, headers={"content-type": "multipart/form-data; boundary=x"})
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-input"), answer.text
        assert "请重新选择文件" in answer.json()["detail"]


async def test_what_is_not_a_form_at_all_is_told_so(client: ClientOf, cast: Cast) -> None:
    answer = await (await client(cast.specialist)).post("/v1/imports", json={"file": "x"})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/not-a-form")


async def test_an_area_no_database_holds_is_named(client: ClientOf, cast: Cast) -> None:
    answer = await sent(await client(cast.specialist), people(1), area_id=str(2**31))
    assert (answer.status_code, answer.json()["field"]) == (400, "/area_id")


async def test_a_file_beyond_the_limit_is_too_large(client: ClientOf, cast: Cast) -> None:
    answer = await sent(await client(cast.specialist), b"PK\x03\x04" + b"\0" * BIGGEST)
    assert answer.status_code == 413


async def test_whoever_answers_for_several_areas_says_which(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    named = await sent(district, people(1), area_id=str(cast.township))
    assert (named.status_code, named.json()["area_id"]) == (201, cast.township)


async def test_foreign_and_missing_areas_and_imports_answer_alike(client: ClientOf, cast: Cast) -> None:
    specialist, foreign = await client(cast.specialist), await client(cast.foreign_specialist)
    batch = (await sent(specialist, people(1))).json()
    for method, tail in (("GET", ""), ("GET", "/rows"), ("POST", "/commit"), ("GET", "/refused.xlsx")):
        answers = [await foreign.request(method, f"/v1/imports/{one}{tail}") for one in (batch["id"], uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert _same(answers[0]) == _same(answers[1])
    answers = [await sent(foreign, people(1), area_id=str(one)) for one in (cast.township, 999_999)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert _same(answers[0]) == _same(answers[1])


def _same(answer: httpx.Response) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    return told | {"request_id": ""}


CARE = {
    "照料人": "张三",
    "与照料人关系": "侄子",
    "照料协议编号": "柳协〔2025〕001号",
    "协议开始": "2025-06-01",
    "协议结束": "2026-05-31",
}


async def test_the_answer_to_a_commit_tells_what_became_of_the_agreements(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    rows = [ledger_row(1, **CARE), ledger_row(2, **CARE | {"照料协议编号": "二号", "协议结束": None}), ledger_row(3)]
    preview = (await sent(specialist, workbook(rows))).json()
    assert preview["agreements"]["taken_over"] == preview["agreements"]["not_taken_over_count"] == 0
    address = f"/v1/imports/{preview['id']}"
    done = (await specialist.post(f"{address}/commit")).json()
    care = done["agreements"]
    assert (care["taken_over"], care["kept"], care["without"], care["waiting"]) == (1, 0, 1, 0)
    (row,) = care["not_taken_over"]
    assert (row["number"], row["problems"][0]["column"], row["problems"][0]["reason"]) == (3, "协议结束", "没有填写")
    assert (await specialist.post(f"{address}/commit")).json() == done
    assert (await specialist.get(address)).json() == done
    assert (await specialist.get(f"{address}/agreements")).json()["items"] == [row]
    assert "张三" not in str(done) and "001号" not in str(done)


async def test_a_crash_between_people_and_their_agreements_leaves_neither(
    client: ClientOf, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    specialist = await client(cast.specialist)
    address = f"/v1/imports/{(await sent(specialist, workbook([ledger_row(1, **CARE)]))).json()['id']}"

    async def crashed(*_: Any, **__: Any) -> None:
        raise RuntimeError("the process went away")

    monkeypatch.setattr("caregivers.agreements.actions.importing.take_over_ledger", crashed)
    assert (await specialist.post(f"{address}/commit")).status_code == 500
    monkeypatch.undo()
    assert await cast.owner.fetchval("SELECT count(*) FROM recipient") == 0
    assert (await specialist.get(address)).json()["status"] == "previewed"
    done = (await specialist.post(f"{address}/commit")).json()
    assert (done["created_count"], done["agreements"]["taken_over"]) == (1, 1)


async def test_a_preview_says_where_the_ledger_differs_from_agreements_in_the_system(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    specialist = await client(cast.specialist)
    first = (await sent(specialist, workbook([ledger_row(1, **CARE)]))).json()
    await specialist.post(f"/v1/imports/{first['id']}/commit")
    clock.forward(hours=1)
    later = (await sent(specialist, workbook([ledger_row(1, **CARE | {"协议结束": "2027-05-31"})]))).json()
    (row,) = later["agreements"]["not_taken_over"]
    assert row["problems"][0]["reason"] == "协议结束与系统里的协议不同，以系统里的为准"
    done = (await specialist.post(f"/v1/imports/{later['id']}/commit")).json()
    assert done["agreements"]["not_taken_over"] == [row]
    assert str(await cast.owner.fetchval("SELECT ends_on FROM agreement")) == "2026-05-31"


async def test_the_rows_not_taken_over_come_in_pages_and_to_nobody_else(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    rows = [ledger_row(serial, 照料人="张三") for serial in range(3)]
    address = f"/v1/imports/{(await sent(specialist, workbook(rows))).json()['id']}"
    await specialist.post(f"{address}/commit")
    first = (await specialist.get(f"{address}/agreements", params={"size": 2})).json()
    rest = (await specialist.get(f"{address}/agreements", params={"size": 2, "cursor": first["next"]})).json()
    assert [one["number"] for one in first["items"] + rest["items"]] == [2, 3, 4] and rest["next"] is None
    assert (await (await client(cast.foreign_specialist)).get(f"{address}/agreements")).status_code == 404
    assert (await (await client(cast.worker)).get(f"{address}/agreements")).status_code == 403
