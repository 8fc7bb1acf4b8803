"""Suspected abuse over HTTP: everybody may say it, those who handle it see it, and to everybody else it never was."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar

from accounts.permissions import Account
from caregivers.abuse import actions
from core import db
from core.ids import new_id
from core.scope import Scope
from tests import visiting
from tests.caring import row_of
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.suspecting import (
    CANARY,
    Home,
    alert_of,
    case_of,
    climb_to_the_top,
    colleague,
    concern,
    home,
    related,
    suspected,
    told,
)
from visits.actions.digest import send_digest
from visits.report import Confidential

MINOR = date(2012, 5, 1)


@pytest.fixture
async def here(cast: Cast) -> Home:
    return await home(cast, born_on=MINOR)


def said(cast: Cast, what: str = CANARY) -> dict[str, Any]:
    return {"id": str(uuid4()), "what": what, "noticed_at": cast.now.isoformat()}


async def test_everybody_gets_the_same_answer_whatever_is_known(cast: Cast, client: ClientOf, here: Home) -> None:
    kin = await colleague(cast, cast.worker)
    await related(cast, kin, here.caregiver)
    answers = []
    for by in (cast.worker, kin, cast.specialist, cast.district):
        asked = await (await client(by)).post(f"/v1/recipients/{here.recipient}/concerns", json=said(cast))
        answers.append((asked.status_code, asked.text))
        await actions.open_cases(now=cast.now)
    assert set(answers) == {(202, '{"message":"收到"}')}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"what": ""}, 400),
        ({"what": "   "}, 400),
        ({"noticed_at": "2030-01-01T00:00:00Z"}, 400),
        ({"noticed_at": "2026-03-02"}, 400),
        ({"case_id": str(uuid4())}, 400),
    ],
)
async def test_a_concern_that_says_nothing_is_refused(
    cast: Cast, client: ClientOf, here: Home, change: dict[str, Any], status: int
) -> None:
    worker = await client(cast.worker)
    answer = await worker.post(f"/v1/recipients/{here.recipient}/concerns", json=said(cast) | change)
    assert answer.status_code == status
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 0


async def test_a_stranger_learns_not_even_that_the_person_exists(cast: Cast, client: ClientOf, here: Home) -> None:
    foreign = await client(cast.foreign_worker)
    answers = [
        (await foreign.post(f"/v1/recipients/{one}/concerns", json=said(cast))) for one in (here.recipient, new_id())
    ]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


async def test_a_case_goes_its_whole_way(cast: Cast, client: ClientOf, here: Home) -> None:
    case_id = await suspected(cast, here.recipient)
    specialist, leader = await client(cast.specialist), await client(cast.leader)
    listed = (await specialist.get("/v1/abuse-cases")).json()["items"]
    assert [(one["id"], one["minor"], one["report_due_at"]) for one in listed] == [
        (str(case_id), True, "2026-03-02T02:00:00Z")
    ]
    card = (await specialist.get(f"/v1/abuse-cases/{case_id}")).json()
    assert card["concerns"][0]["content"] == CANARY
    assert [one["id"] for one in card["kept_from"]] == [str(here.caregiver_account.id)]

    closing = {"finding": "substantiated", "found": "承认殴打"}
    early = await leader.post(f"/v1/abuse-cases/{case_id}/close", json=closing)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/report-first")
    wrong = await leader.post(f"/v1/abuse-cases/{case_id}/report", json={"authority": "other", "reference": "一号"})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "/authority")
    report = {"authority": "police", "reference": "津公接〔2026〕12号"}
    reported = await leader.post(f"/v1/abuse-cases/{case_id}/report", json=report)
    assert reported.json()["report"]["authority_name"] == "公安机关"
    closed = (await leader.post(f"/v1/abuse-cases/{case_id}/close", json=closing)).json()
    assert (closed["closing"]["found"], closed["case"]["status_name"]) == ("承认殴打", "查证属实")
    assert [one["kind"] for one in closed["history"]] == [
        "abuse.opened",
        "abuse.read",
        "abuse.reported",
        "abuse.read",
        "abuse.closed",
    ]
    assert (await specialist.get("/v1/abuse-cases")).json()["items"] == []
    assert len((await specialist.get("/v1/abuse-cases", params={"closed": "true"})).json()["items"]) == 1


async def test_the_alert_tells_its_handlers_what_is_due_and_offers_no_word_to_close_it(
    cast: Cast, client: ClientOf, here: Home
) -> None:
    alert = await alert_of(cast, await suspected(cast, here.recipient))
    story = (await (await client(cast.leader)).get(f"/v1/alerts/{alert}")).json()
    assert story["alert"]["ends_by_deed"] is True
    assert story["missing"]["report_due_at"] == "2026-03-02T02:00:00Z"
    assert any("强制报告应于此前完成" in line for line in story["says"])
    answer = await (await client(cast.leader)).post(
        f"/v1/alerts/{alert}/resolve", json={"outcome": "mistaken", "evidence": {"note": "无"}}
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/ends-by-deed")


# Who must not see it, and who must.


async def near(cast: Cast, here: Home) -> dict[str, Account]:
    """Everybody it is kept from: the caregiver, their kin at every post, who does not handle it, strangers."""
    tied = {
        "a worker of their kin": await colleague(cast, cast.worker, on_duty="village"),
        "a specialist of their kin": await colleague(cast, cast.specialist, on_duty="township_specialist"),
        "a leader of their kin": await colleague(cast, cast.leader, on_duty="township_leader"),
        "a district officer of their kin": await colleague(cast, cast.district, on_duty="district"),
        "an auditor of their kin": await colleague(cast, cast.auditor),
    }
    for account in tied.values():
        await related(cast, account, here.caregiver)
    return tied | {
        "the caregiver": here.caregiver_account,
        "another worker": cast.worker,
        "the administrator": cast.administrator,
        "the next township's specialist": cast.foreign_specialist,
        "the next township's leader": cast.foreign_leader,
    }


def _handlers(cast: Cast) -> tuple[Account, ...]:
    return (cast.specialist, cast.leader, cast.district, cast.auditor)


def _readable(app: Litestar, here: Home) -> Iterator[str]:
    """Every address that can be read without knowing more than the person."""
    for route in app.routes:
        path = route.path_format.replace("{recipient_id:uuid}", str(here.recipient)).replace(
            "{recipient_id}", str(here.recipient)
        )
        readable = "GET" in getattr(route, "methods", ()) and "{" not in path
        if readable and path.startswith("/v1") and not path.endswith(("/me/sessions", "/openapi.json")):
            yield path


async def _all_read(app: Litestar, reader: httpx.AsyncClient, here: Home) -> dict[str, tuple[int, str]]:
    found = {}
    for path in sorted(set(_readable(app, here))):
        answer = await reader.get(path)
        found[path] = (answer.status_code, answer.text if answer.status_code == 200 else "")
    for path in ("/v1/alerts?status=resolved", "/v1/alerts?mine=true", "/v1/abuse-cases?closed=true"):
        answer = await reader.get(path)
        found[path] = (answer.status_code, answer.text if answer.status_code == 200 else "")
    body = {"purpose": "visit", "note": "上门前核对", "in_full": False}
    exported = await reader.post("/v1/exports/ledger", json=body)
    found["the export"] = (exported.status_code, str(len(exported.content) if exported.status_code == 200 else 0))
    return found


async def test_nothing_changes_in_what_they_can_read_when_a_case_opens_and_climbs(
    cast: Cast, app: Litestar, client: ClientOf, here: Home
) -> None:
    blind = await near(cast, here)
    readers = {who: await client(account) for who, account in blind.items()}
    before = {who: await _all_read(app, reader, here) for who, reader in readers.items()}
    assert before["a specialist of their kin"]["/v1/alerts"][0] == 200
    assert before["a specialist of their kin"]["/v1/abuse-cases"][0] == 200

    await _a_night_passes(cast, here)

    for who, reader in readers.items():
        after = await _all_read(app, reader, here)
        assert _without_own_doings(after) == _without_own_doings(before[who]), who


async def _a_night_passes(cast: Cast, here: Home) -> UUID:
    """A concern, its case, all rungs of its alert."""
    case_id = await suspected(cast, here.recipient, by=cast.specialist)
    await climb_to_the_top(cast)
    return case_id


def _without_own_doings(found: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """The journal without the exports that the readers themselves have made."""
    status, text = found["/v1/journal"]
    lines = msgspec.json.decode(text)["items"] if status == 200 else []
    kept = [line for line in lines if not line["kind"].startswith("export.")]
    return found | {"/v1/journal": (status, str(kept))}


async def test_no_word_and_no_id_of_it_reaches_them(cast: Cast, app: Litestar, client: ClientOf, here: Home) -> None:
    blind = await near(cast, here)
    case_id = await _a_night_passes(cast, here)
    alert_id = await alert_of(cast, case_id)
    await send_digest(now=cast.now)
    hidden = (CANARY, str(case_id), str(alert_id), str(alert_id)[-8:], "abuse_suspected", "涉密事项")
    for who, account in blind.items():
        read = await _all_read(app, await client(account), here)
        del read["/v1/policies"], read["/v1/policies/current"]  # where every kind of alert has its row
        assert not [(who, path) for path, (_, text) in read.items() if any(word in text for word in hidden)]


async def test_its_addresses_answer_them_as_if_it_were_not_there(cast: Cast, client: ClientOf, here: Home) -> None:
    blind = await near(cast, here)
    case_id = await _a_night_passes(cast, here)
    alert_id = await alert_of(cast, case_id)
    for who, account in blind.items():
        reader = await client(account)
        assert await _asked(reader, case_id, alert_id) == await _asked(reader, new_id(), new_id()), who


async def _asked(reader: httpx.AsyncClient, case_id: UUID, alert_id: UUID) -> list[tuple[int, Any]]:
    word = {"outcome": "mistaken", "evidence": {"note": "无"}}
    asked = [
        await reader.get(f"/v1/abuse-cases/{case_id}"),
        await reader.post(f"/v1/abuse-cases/{case_id}/report", json={"authority": "police", "reference": "一号"}),
        await reader.post(f"/v1/abuse-cases/{case_id}/close", json={"finding": "unfounded", "found": "无"}),
        await reader.get(f"/v1/alerts/{alert_id}"),
        await reader.post(f"/v1/alerts/{alert_id}/acknowledge"),
        await reader.post(f"/v1/alerts/{alert_id}/resolve", json=word),
        await reader.post(f"/v1/alerts/{alert_id}/return", json={"to": str(new_id()), "reason": "转办"}),
        await reader.post(f"/v1/alerts/{alert_id}/pause", json={"until": "2026-03-02T03:00:00Z", "reason": "正在核实"}),
        await reader.get("/v1/journal", params={"subject_id": str(case_id)}),
        await reader.get("/v1/journal", params={"subject_id": str(alert_id)}),
    ]
    return [(one.status_code, one.json().get("detail", one.json().get("items"))) for one in asked]


TABLES = ("abuse_case", "abuse_concern", "alert", "alert_rung", "notice", "roster_gap", "replacement_case")


async def test_the_database_itself_shows_them_nothing(cast: Cast, here: Home) -> None:
    blind = await near(cast, here)
    case_id = await _a_night_passes(cast, here)
    alert_id = await alert_of(cast, case_id)
    for who, account in blind.items():
        async with db.transaction(Scope(account_id=account.id, area_ids=account.scope.area_ids)):
            for table in TABLES:
                assert await db.fetch_value(f"SELECT count(*) FROM {table}") == 0, (who, table)
            lines = "SELECT count(*) FROM journal WHERE subject_id = ANY ($1::uuid[])"
            assert await db.fetch_value(lines, [case_id, alert_id]) == 0, who
            for change in ("UPDATE abuse_case SET retain_until = retain_until", "UPDATE alert SET urgent = urgent"):
                assert await db.execute(change) == 0, (who, change)


async def test_those_who_handle_it_see_it_and_are_told(cast: Cast, client: ClientOf, here: Home) -> None:
    blind = await near(cast, here)
    case_id = await _a_night_passes(cast, here)
    alert_id = await alert_of(cast, case_id)
    for account in _handlers(cast):
        reader = await client(account)
        assert [one["id"] for one in (await reader.get("/v1/abuse-cases")).json()["items"]] == [str(case_id)]
        assert (await reader.get(f"/v1/abuse-cases/{case_id}")).json()["concerns"][0]["content"] == CANARY
        assert (await reader.get(f"/v1/alerts/{alert_id}")).status_code == 200
    hearers = await told(cast, alert_id)
    assert hearers == {cast.specialist.id, cast.leader.id, cast.district.id}
    assert not hearers & {one.id for one in blind.values()}


async def test_a_relation_declared_later_closes_the_door_at_once(cast: Cast, client: ClientOf, here: Home) -> None:
    case_id = await _a_night_passes(cast, here)
    leader = await client(cast.leader)
    assert (await leader.get(f"/v1/abuse-cases/{case_id}")).status_code == 200
    await related(cast, cast.leader, here.caregiver)
    assert (await leader.get(f"/v1/abuse-cases/{case_id}")).status_code == 404
    assert (await leader.get("/v1/alerts")).json()["items"] == []
    assert (await leader.get("/v1/notices")).json()["items"] == []


async def test_what_only_the_visitor_saw_is_kept_from_a_supervisor_of_their_kin(
    cast: Cast, client: ClientOf, here: Home
) -> None:
    kin = await colleague(cast, cast.specialist)
    await related(cast, kin, here.caregiver)
    visit, report_id = await visiting.slot(cast, here.recipient), new_id()
    secret = visiting.detailed(cast.now, confidential=Confidential(bruises=True, note=CANARY))
    await visiting.log(cast, visit, secret, report_id=report_id)
    with pytest.raises(Exception, match="内容"):
        other = visiting.detailed(cast.now, note="另一份", confidential=Confidential(fear=True, note=CANARY))
        await visiting.log(cast, visit, other, report_id=report_id)
    paths = (f"/v1/visits/{visit}", f"/v1/visits/{visit}/reports", f"/v1/reports/{report_id}", "/v1/conflicts")
    for path in paths:
        assert CANARY in (await (await client(cast.specialist)).get(path)).text, path
        hidden = await (await client(kin)).get(path)
        assert hidden.status_code == 200 and CANARY not in hidden.text and "bruises" not in hidden.text, path


async def test_the_same_statements_run_with_and_without_a_case(
    cast: Cast, client: ClientOf, here: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    kin = await colleague(cast, cast.worker)
    await related(cast, kin, here.caregiver)
    worker = await client(kin)
    heard: list[str] = []
    for name in ("fetch", "fetch_one", "fetch_value", "execute"):
        monkeypatch.setattr(db, name, _overheard(getattr(db, name), heard))

    async def doings() -> list[str]:
        heard.clear()
        await worker.post(f"/v1/recipients/{here.recipient}/concerns", json=said(cast))
        visit = await visiting.slot(cast, here.recipient, due_at=cast.now + timedelta(hours=len(heard) + 1))
        report = {"outcome": "made", "method": "door", "identified_by": "known_personally", "all_normal": True}
        report |= {"id": str(new_id()), "made_at": cast.now.isoformat(), "hazards": []}
        answer = await worker.put(f"/v1/visits/{visit}/report", json=report)
        assert answer.status_code == 200, answer.text
        await cast.owner.execute("UPDATE visit SET status = 'cancelled', report_id = NULL WHERE id = $1", visit)
        return list(heard)

    without = await doings()
    await cast.owner.execute("DELETE FROM abuse_concern")
    await _a_night_passes(cast, here)
    assert await doings() == without


def _overheard(real: Any, heard: list[str]) -> Any:
    async def heard_and_done(sql: str, *values: Any) -> Any:
        heard.append(sql)
        return await real(sql, *values)

    return heard_and_done


async def test_the_counts_of_the_operation_know_nothing_of_it(cast: Cast, client: ClientOf, here: Home) -> None:
    administrator = await client(cast.administrator)
    before = _counts((await administrator.get("/metrics")).text)
    await (await client(cast.specialist)).post(f"/v1/recipients/{here.recipient}/concerns", json=said(cast))
    await actions.open_cases(now=cast.now)
    await climb_to_the_top(cast)
    await (await client(cast.leader)).get(f"/v1/abuse-cases/{await case_of(cast, here.recipient)}")
    assert _counts((await administrator.get("/metrics")).text) == before


def _counts(text: str) -> list[str]:
    own = ("/metrics", "_created", "process_", "oldest_owed")
    return [line for line in text.splitlines() if not line.startswith("#") and not any(word in line for word in own)]


async def test_the_digest_counts_none_of_it(cast: Cast, here: Home) -> None:
    await _a_night_passes(cast, here)
    await send_digest(now=cast.now)
    said_lines = await cast.owner.fetch("SELECT facts FROM notice WHERE kind = 'digest' AND channel = 'inbox'")
    assert said_lines
    assert all('"alerts": {}' in row["facts"] or '"alerts":{}' in row["facts"] for row in said_lines)


async def test_a_case_of_the_next_township_is_nobodys_here(cast: Cast, client: ClientOf) -> None:
    theirs = await home(cast, area_id=cast.foreign_village)
    await concern(cast, theirs.recipient, by=cast.foreign_worker)
    await actions.open_cases(now=cast.now)
    case_id = await case_of(cast, theirs.recipient)
    assert (await (await client(cast.leader)).get(f"/v1/abuse-cases/{case_id}")).status_code == 404
    assert (await (await client(cast.foreign_leader)).get(f"/v1/abuse-cases/{case_id}")).status_code == 200
    assert (await row_of(cast, "abuse_case", case_id))["area_id"] == cast.foreign_village
