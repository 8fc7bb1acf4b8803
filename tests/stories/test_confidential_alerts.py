"""Confidential alerts: nobody barred is told, sees, or moves one; the ladder goes past them as if they were absent."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from accounts.permissions import Account, Role
from alerts import actions
from alerts.actions import answering, bar_from, climb
from alerts.lifecycle import EndsByDeed
from alerts.messages import render
from alerts.notices import NewNotice, bundles
from alerts.queries.backlog import unacknowledged
from alerts.queries.delivering import claim_owed
from core import db
from core.ids import new_id
from core.scope import JOBS
from tests.alerting import add_channel, alert_row, journal_kinds, new_alert, open_all
from tests.caring import insert
from tests.cast import Cast
from tests.suspecting import climb_to_the_top, colleague, seen, told

HOUR = timedelta(hours=1)


async def secret(cast: Cast, *barred: Account, **facts: object) -> UUID:
    """A confidential alert, kept from these."""
    new = new_alert(
        cast,
        **{
            "occurrence": f"abuse_suspected:{new_id()}",
            "kind": "abuse_suspected",
            "owner_id": None,
            "recipient_id": await cast.recipient(),
            "confidential": True,
            "barred_ids": tuple(one.id for one in barred),
            **facts,
        },
    )
    return (await open_all(cast, [new]))[0]


async def test_the_ladder_tells_those_who_handle_it(cast: Cast) -> None:
    alert = await secret(cast)
    await climb_to_the_top(cast)
    assert await told(cast, alert) == {cast.specialist.id, cast.leader.id, cast.district.id}


async def test_a_barred_holder_is_passed_over_at_once(cast: Cast) -> None:
    alert = await secret(cast, cast.specialist)
    await climb(now=cast.now)
    assert await told(cast, alert) == {cast.leader.id}
    await climb_to_the_top(cast)
    assert cast.specialist.id not in await told(cast, alert)


async def test_the_barred_ones_gap_is_on_no_list(cast: Cast) -> None:
    await secret(cast, cast.specialist)
    await climb_to_the_top(cast)
    assert await cast.owner.fetchval("SELECT count(*) FROM roster_gap") == 0
    ordinary = (await open_all(cast, [new_alert(cast, area_id=cast.other_village, owner_id=None)]))[0]
    await climb_to_the_top(cast)
    found = await cast.owner.fetch("SELECT DISTINCT alert_id FROM roster_gap")
    assert [row["alert_id"] for row in found] == [ordinary]


async def test_two_holders_of_one_duty_are_told_apart(cast: Cast) -> None:
    second = await colleague(cast, cast.specialist, on_duty="township_specialist")
    alert = await secret(cast, cast.specialist)
    await climb(now=cast.now)
    assert await told(cast, alert) == {second.id}


async def test_a_cover_who_handles_no_such_things_is_not_told(cast: Cast) -> None:
    await _leave(cast, cast.specialist, cover=cast.worker)
    alert = await secret(cast)
    await climb(now=cast.now)
    assert await told(cast, alert) == {cast.leader.id}


async def test_a_barred_cover_is_not_told(cast: Cast) -> None:
    second = await colleague(cast, cast.specialist)
    await _leave(cast, cast.specialist, cover=second)
    alert = await secret(cast, second)
    await climb(now=cast.now)
    assert await told(cast, alert) == {cast.leader.id}


async def _leave(cast: Cast, who: Account, *, cover: Account) -> None:
    row = {"id": new_id(), "account": who.id, "cover": cover.id, "reason": "年假", "created_by": who.id}
    await insert(cast.owner, "leave", row | {"starts_at": cast.now - HOUR, "ends_at": cast.now + 100 * HOUR})


async def test_neither_owner_nor_returned_to_nor_who_let_it_expire_is_told_once_barred(cast: Cast) -> None:
    alert = await secret(cast, owner_id=cast.specialist.id)
    await climb(now=cast.now)
    await actions.acknowledge(alert, by=cast.specialist, now=cast.now)
    before = await cast.owner.fetchval("SELECT count(*) FROM notice WHERE account_id = $1", cast.specialist.id)
    subject = (await alert_row(cast, alert))["subject_id"]
    async with db.transaction(JOBS):
        await bar_from([subject], [cast.specialist.id], now=cast.now)
    row = await alert_row(cast, alert)
    assert (row["status"], row["next_at"]) == ("open", cast.now)
    await climb_to_the_top(cast, steps=9)
    after = await cast.owner.fetchval("SELECT count(*) FROM notice WHERE account_id = $1", cast.specialist.id)
    assert after == before


async def test_who_is_barred_loses_sight_of_what_they_were_told(cast: Cast) -> None:
    alert = await secret(cast)
    await climb(now=cast.now)
    mine = "SELECT id FROM notice WHERE account_id = $1"
    assert len(await seen(cast.specialist, mine, cast.specialist.id)) == 1
    subject = (await alert_row(cast, alert))["subject_id"]
    async with db.transaction(JOBS):
        await bar_from([subject], [cast.specialist.id], now=cast.now)
    assert await seen(cast.specialist, mine, cast.specialist.id) == []


async def test_what_was_still_owed_to_who_is_barred_is_not_sent(cast: Cast) -> None:
    alert = await secret(cast)
    await add_channel(cast, cast.specialist)
    await climb(now=cast.now)
    subject = (await alert_row(cast, alert))["subject_id"]
    async with db.transaction(JOBS):
        await bar_from([subject], [cast.specialist.id], now=cast.now)
        assert await claim_owed(now=cast.now, limit=10) == []


async def test_a_pause_by_who_is_barred_ends(cast: Cast) -> None:
    alert = await secret(cast)
    await climb(now=cast.now)
    await actions.pause(alert, until=cast.now + HOUR, reason="正在核实", by=cast.leader, now=cast.now)
    subject = (await alert_row(cast, alert))["subject_id"]
    async with db.transaction(JOBS):
        await bar_from([subject], [cast.leader.id], now=cast.now)
    row = await alert_row(cast, alert)
    assert (row["paused_until"], row["next_at"]) == (None, cast.now)


async def test_when_the_whole_office_is_barred_the_administrators_hear_that_something_waits(cast: Cast) -> None:
    alert = await secret(cast, cast.specialist, cast.leader, cast.district)
    await climb_to_the_top(cast)
    assert await told(cast, alert) == {cast.administrator.id}
    assert await seen(cast.administrator, "SELECT id FROM alert") == []
    assert len(await seen(cast.administrator, "SELECT id FROM notice WHERE alert_id = $1", alert)) > 0


async def test_an_ordinary_alert_still_tells_everybody(cast: Cast) -> None:
    alert = (await open_all(cast, [new_alert(cast)]))[0]
    await climb_to_the_top(cast)
    assert cast.worker.id in await told(cast, alert)


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "pause", "return"])
@pytest.mark.parametrize("who", ["leader", "worker", "foreign_leader"])
async def test_whom_it_is_kept_from_it_does_not_exist_for(cast: Cast, verb: str, who: str) -> None:
    by: Account = getattr(cast, who)
    if by.role is Role.WORKER:  # what the permission refuses anyway is tried as if it did not
        by = replace(by, role=Role.TOWNSHIP_LEADER)
    alert = await secret(cast, cast.leader)
    await climb(now=cast.now)
    before = await alert_row(cast, alert)
    with pytest.raises(actions.AlertNotFound):
        await _do(verb, alert, by, cast)
    assert await alert_row(cast, alert) == before


async def _do(verb: str, alert: UUID, by: Account, cast: Cast) -> None:
    if verb == "acknowledge":
        await actions.acknowledge(alert, by=by, now=cast.now)
    elif verb == "resolve":
        await actions.resolve(alert, outcome="mistaken", evidence={"note": "无"}, by=by, now=cast.now)
    elif verb == "pause":
        await actions.pause(alert, until=cast.now + HOUR, reason="无", by=by, now=cast.now)
    else:
        await actions.return_to(alert, to=cast.district.id, reason="无", by=by, now=cast.now)


async def test_it_is_returned_neither_to_somebody_barred_nor_to_who_handles_no_such_things(cast: Cast) -> None:
    second = await colleague(cast, cast.leader)
    alert = await secret(cast, second)
    await climb(now=cast.now)
    refusals = []
    for to in (second.id, cast.worker.id, cast.foreign_leader.id, new_id()):
        with pytest.raises(answering.NoSuchOwner) as refused:
            await actions.return_to(alert, to=to, reason="转办", by=cast.specialist, now=cast.now)
        refusals.append((refused.value.detail, refused.value.field))
    assert len(set(refusals)) == 1
    await actions.return_to(alert, to=cast.leader.id, reason="转办", by=cast.specialist, now=cast.now)
    assert cast.leader.id in await told(cast, alert)


async def test_nobody_closes_it_with_a_word(cast: Cast) -> None:
    alert = await secret(cast)
    with pytest.raises(EndsByDeed, match="登记报告"):
        await actions.resolve(alert, outcome="mistaken", evidence={"note": "无"}, by=cast.leader, now=cast.now)
    assert (await alert_row(cast, alert))["status"] == "open"


async def test_its_lines_in_the_journal_name_no_area_and_are_read_with_it(cast: Cast) -> None:
    alert = await secret(cast, cast.leader)
    await climb(now=cast.now)
    await actions.acknowledge(alert, by=cast.district, now=cast.now)
    assert await journal_kinds(cast, alert) == ["alert.opened", "alert.climbed", "alert.acknowledged"]
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE area_id IS NOT NULL") == 0
    mine = "SELECT kind FROM journal WHERE subject_id = $1"
    assert len(await seen(cast.auditor, mine, alert)) == 3
    assert await seen(cast.leader, mine, alert) == []
    assert await seen(cast.worker, mine, alert) == []


async def test_no_notice_of_it_names_a_place_to_its_very_end(cast: Cast) -> None:
    alert = await secret(cast)
    await climb(now=cast.now)
    await actions.return_to(alert, to=cast.leader.id, reason="转办", by=cast.specialist, now=cast.now)
    subject = (await alert_row(cast, alert))["subject_id"]
    async with db.transaction(JOBS):
        await actions.resolve_for(
            [subject], kinds={"abuse_suspected"}, outcome="closed", evidence={}, by=None, now=cast.now
        )
    kinds = "SELECT DISTINCT kind FROM notice WHERE alert_id = $1 AND area_id IS NULL ORDER BY kind"
    assert [row["kind"] for row in await cast.owner.fetch(kinds, alert)] == [
        "abuse_suspected",
        "alert_resolved",
        "alert_returned",
    ]
    assert await cast.owner.fetchval("SELECT count(*) FROM notice WHERE area_id IS NOT NULL") == 0


async def test_its_rungs_and_other_peoples_notices_are_seen_with_it(cast: Cast) -> None:
    alert = await secret(cast, cast.leader)
    await climb(now=cast.now)
    for table in ("alert_rung", "notice"):
        sql = f"SELECT id FROM {table} WHERE alert_id = $1"
        assert len(await seen(cast.district, sql, alert)) == 1, table
        for blind in (cast.leader, cast.worker, cast.administrator, cast.foreign_leader):
            assert await seen(blind, sql, alert) == [], (table, blind.role)


async def test_what_it_says_comes_next_passes_over_whom_the_ladder_passes_over(cast: Cast) -> None:
    alert = await secret(cast, cast.leader)
    await climb(now=cast.now)
    async with db.transaction(cast.district.scope):
        told_next = await actions.explain(alert, by=cast.district, now=cast.now)
    assert told_next.coming is not None and told_next.coming.people == (cast.district.id,)


async def test_no_count_holds_it(cast: Cast) -> None:
    await secret(cast)
    async with db.transaction(JOBS):
        assert await unacknowledged() == {"critical": 0, "serious": 0, "general": 0}


async def test_the_message_outside_says_no_more_than_that_something_waits(cast: Cast) -> None:
    await secret(cast)
    await add_channel(cast, cast.specialist)
    await climb(now=cast.now)
    async with db.transaction(JOBS):
        claimed = await claim_owed(now=cast.now, limit=10)
    message = render(bundles(one.notice for one in claimed)[0], public_url="")
    assert message.title == "【危急】涉密事项待处理"
    assert message.lines[0] == "请登录系统查看，并按规定处置。"
    said = "".join((message.title, *message.lines))
    assert not any(word in said for word in ("村", "镇", "虐待", "李", "照料"))


async def test_one_that_cannot_be_judged_is_set_aside_in_confidence(cast: Cast) -> None:
    alert = await secret(cast, cast.district)
    await cast.owner.execute("UPDATE alert SET ladder = '{}' WHERE id = $1", alert)
    await climb(now=cast.now)
    set_aside = await cast.owner.fetchrow("SELECT * FROM alert WHERE kind = 'quarantined'")
    assert set_aside and set_aside["confidential"] and set_aside["barred_ids"] == [cast.district.id]
    assert await cast.owner.fetchval("SELECT area_id FROM quarantined") is None
    assert await seen(cast.district, "SELECT id FROM alert") == []


async def test_a_person_may_owe_somebody_a_notice_they_cannot_read_themselves(cast: Cast) -> None:
    notice = NewNotice(occurrence="order_issued:1", kind="order_issued", severity="general", account_id=cast.worker.id)
    async with db.transaction(cast.foreign_specialist.scope):
        assert await actions.owe([notice], now=cast.now) == 1
        assert await actions.owe([notice], now=cast.now) == 0
    assert len(await seen(cast.worker, "SELECT id FROM notice")) == 1
    assert await seen(cast.foreign_specialist, "SELECT id FROM notice") == []


async def test_nobody_owes_a_notice_into_a_foreign_area_or_about_an_alert_kept_from_them(cast: Cast) -> None:
    alert = await secret(cast, cast.leader)
    sql = (
        "INSERT INTO notice (id, occurrence, kind, severity, account_id, channel, owed_at, status, sent_at, alert_id,"
        " area_id) VALUES ($1, 'x', 'digest', 'general', $2, 'inbox', now(), 'sent', now(), $3, $4)"
    )
    for about, area in ((alert, None), (None, cast.foreign_village)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await seen(cast.leader, sql, new_id(), cast.leader.id, about, area)
