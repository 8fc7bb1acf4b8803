"""Doorstep codes: each used once, taken then and not now, and no number of guesses gets in."""

import asyncio
import os
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from core.errors import Refusal
from core.ids import new_id
from recipients.refusals import RecipientNotFound
from tests.cast import Cast
from tests.visiting import DAY, HOUR, journal, slot
from visits.evidence import actions
from visits.evidence.codes import code_at, step_of
from visits.evidence.queries.codes import Used
from visits.evidence.queries.tokens import StoredToken
from visits.evidence.refusals import (
    CodeIdTaken,
    CodeLocked,
    CodesDoNotFit,
    CodeTimeImpossible,
    CodeUnknown,
    CodeUsed,
    TokenEnded,
    TokenExists,
    TokenNotFound,
)
from visits.refusals import VisitNotFound

MINUTE = timedelta(minutes=1)


async def fob(cast: Cast, recipient: UUID) -> StoredToken:
    return await actions.issue_token(recipient, kind="totp", label="门边挂件", by=cast.specialist, now=cast.now)


async def card(cast: Cast, recipient: UUID) -> StoredToken:
    return await actions.issue_token(recipient, kind="hotp", label="撕码卡", by=cast.specialist, now=cast.now)


async def use(
    cast: Cast,
    visit: UUID,
    code: str,
    *,
    at: datetime | None = None,
    now: datetime | None = None,
    by: Account | None = None,
    code_id: UUID | None = None,
) -> Used:
    return await actions.use_code(
        visit,
        code_id or new_id(),
        code=code,
        moment="start",
        claimed_at=at or cast.now,
        by=by or cast.worker,
        device_id=None,
        now=now or cast.now,
    )


def shown(token: StoredToken, at: datetime) -> str:
    return code_at(token.token, step_of(at))


async def test_a_code_read_off_at_the_door_is_accepted_once(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await fob(cast, recipient), await slot(cast, recipient)
    accepted = await use(cast, visit, shown(token, cast.now))
    assert (accepted.token_id, accepted.timecode) == (token.id, step_of(cast.now))
    with pytest.raises(CodeUsed):
        await use(cast, visit, shown(token, cast.now))
    assert await journal(cast, token.id) == ["doorstep.issued", "doorstep.used"]


async def test_sent_again_after_a_lost_answer_it_gets_the_same_answer(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await fob(cast, recipient), await slot(cast, recipient)
    code_id = new_id()
    first = await use(cast, visit, shown(token, cast.now), code_id=code_id)
    assert await use(cast, visit, shown(token, cast.now), code_id=code_id, now=cast.now + HOUR) == first
    other = await slot(cast, recipient, due_at=cast.now + 2 * HOUR)
    with pytest.raises(CodeIdTaken):
        await use(cast, other, shown(token, cast.now), code_id=code_id)


async def test_a_code_taken_offline_six_days_ago_proves_then(cast: Cast) -> None:
    recipient = await cast.recipient()
    token = await fob(cast, recipient)
    then = cast.now - 6 * DAY
    visit = await slot(cast, recipient, due_at=then + HOUR)
    with pytest.raises(CodeUnknown):
        await use(cast, visit, shown(token, then), at=cast.now)
    assert (await use(cast, visit, shown(token, then), at=then)).claimed_at == then


async def test_a_code_of_another_home_is_refused_and_counted(cast: Cast) -> None:
    mine, other = await cast.recipient(), await cast.recipient()
    await fob(cast, mine)
    foreign, visit = await fob(cast, other), await slot(cast, mine)
    with pytest.raises(CodeUnknown) as told:
        await use(cast, visit, shown(foreign, cast.now))
    assert told.value.field == "/code"
    assert await cast.owner.fetchval("SELECT count(*) FROM code_failure WHERE visit_id = $1", visit) == 1
    assert await cast.owner.fetchval("SELECT failures FROM doorstep_token WHERE recipient_id = $1", mine) == 1


@pytest.mark.parametrize("claimed", [-4 * DAY, 6 * MINUTE])
async def test_a_code_claimed_before_the_visit_or_in_the_future_is_not_even_tried(
    cast: Cast, claimed: timedelta
) -> None:
    recipient = await cast.recipient()
    token, visit = await fob(cast, recipient), await slot(cast, recipient)
    with pytest.raises(CodeTimeImpossible):
        await use(cast, visit, shown(token, cast.now + claimed), at=cast.now + claimed)
    assert await cast.owner.fetchval("SELECT count(*) FROM code_failure") == 0


async def test_after_five_wrong_codes_at_a_visit_even_the_right_one_is_not_looked_at(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await fob(cast, recipient), await slot(cast, recipient)
    for _ in range(5):
        with pytest.raises(CodeUnknown):
            await use(cast, visit, "00000000")
    with pytest.raises(CodeLocked):
        await use(cast, visit, shown(token, cast.now))
    other = await slot(cast, recipient, due_at=cast.now + 2 * HOUR)
    assert (await use(cast, other, shown(token, cast.now))).token_id == token.id


async def test_a_token_rests_for_the_day_after_ten_wrong_codes_wherever_they_were_tried(cast: Cast) -> None:
    recipient = await cast.recipient()
    token = await fob(cast, recipient)
    visits = [await slot(cast, recipient, due_at=cast.now + hours * HOUR) for hours in range(1, 5)]
    for attempt in range(10):
        with pytest.raises(CodeUnknown):
            await use(cast, visits[attempt // 4], "00000000")
    with pytest.raises(CodeLocked):
        await use(cast, visits[3], shown(token, cast.now))
    tomorrow = cast.now + DAY
    assert (await use(cast, visits[3], shown(token, tomorrow), at=tomorrow, now=tomorrow)).token_id == token.id


async def test_no_number_of_guesses_gets_in(cast: Cast) -> None:
    """Eight guess at once, at four visits to one home. GUESSES=100000 takes four minutes."""
    recipient = await cast.recipient()
    token = await fob(cast, recipient)
    visits = [await slot(cast, recipient, due_at=cast.now + hours * HOUR) for hours in range(1, 5)]
    guesses = random.Random(5).sample(range(10**8), int(os.environ.get("GUESSES", "3000")))
    heard: Counter[str] = Counter()

    async def guess(some: list[int]) -> None:
        for number, code in enumerate(some):
            try:
                await use(cast, visits[number % 4], f"{code:08d}")
                heard["accepted"] += 1
            except Refusal as refused:
                heard[type(refused).__name__] += 1

    await asyncio.gather(*(guess(guesses[start::8]) for start in range(8)))
    assert heard == {"CodeUnknown": 10, "CodeLocked": len(guesses) - 10}
    for visit in visits:
        with pytest.raises(CodeLocked):
            await use(cast, visit, shown(token, cast.now))
    assert await cast.owner.fetchval("SELECT count(*) FROM doorstep_code") == 0
    assert await cast.owner.fetchval("SELECT count(*) FROM code_failure") == 10
    assert await cast.owner.fetchval("SELECT failures FROM doorstep_token") == 10


async def test_of_fifty_that_use_one_code_at_once_one_is_accepted(cast: Cast) -> None:
    recipient = await cast.recipient()
    token = await fob(cast, recipient)
    visits = [await slot(cast, recipient, due_at=cast.now + (hour + 1) * HOUR) for hour in range(10)]
    tried = [use(cast, visits[number % 10], shown(token, cast.now)) for number in range(50)]
    answers = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(one, Used) for one in answers) == 1
    assert all(isinstance(one, Used | Refusal) for one in answers)
    assert await cast.owner.fetchval("SELECT count(*) FROM doorstep_code") == 1


async def test_a_slip_is_torn_off_once_and_a_few_may_be_lost(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await card(cast, recipient), await slot(cast, recipient)
    assert (await use(cast, visit, code_at(token.token, 2))).timecode == 2
    for slip in (0, 1, 2):
        with pytest.raises(CodeUnknown):
            await use(cast, visit, code_at(token.token, slip))
    other = await slot(cast, recipient, due_at=cast.now + 2 * HOUR)
    assert (await use(cast, other, code_at(token.token, 3))).timecode == 3


async def test_a_slip_of_a_phone_without_signal_counts_though_a_later_one_came_first(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, now = await card(cast, recipient), cast.now + 6 * DAY
    first, cover = await slot(cast, recipient), await slot(cast, recipient, due_at=cast.now + 5 * DAY)
    await use(cast, cover, code_at(token.token, 1), at=cast.now + 3 * DAY, now=cast.now + 3 * DAY, by=cast.specialist)
    assert (await use(cast, first, code_at(token.token, 0), at=cast.now, now=now)).timecode == 0
    with pytest.raises(CodeUsed):
        await use(cast, first, code_at(token.token, 0), at=cast.now - HOUR, now=now)


async def test_a_slip_kept_back_for_another_day_is_refused(cast: Cast) -> None:
    recipient = await cast.recipient()
    token = await card(cast, recipient)
    first, second = await slot(cast, recipient), await slot(cast, recipient, due_at=cast.now + 5 * DAY)
    await use(cast, first, code_at(token.token, 1))
    later = cast.now + 4 * DAY
    with pytest.raises(CodeUnknown):
        await use(cast, second, code_at(token.token, 0), at=later, now=later)


async def test_a_card_is_printed_without_the_slips_already_used(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await card(cast, recipient), await slot(cast, recipient)
    _, slips = await actions.slips_of(token.id, by=cast.specialist, now=cast.now)
    assert [slip.number for slip in slips] == list(range(1, 41))
    await use(cast, visit, slips[0].code)
    _, left = await actions.slips_of(token.id, by=cast.specialist, now=cast.now)
    assert left == slips[1:]
    assert (await journal(cast, token.id)).count("doorstep.printed") == 2


async def test_a_lost_token_opens_nothing_and_is_replaced(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await fob(cast, recipient), await slot(cast, recipient)
    with pytest.raises(TokenExists):
        await fob(cast, recipient)
    await actions.end_token(token.id, status="lost", reason="挂件遗失", by=cast.specialist, now=cast.now)
    with pytest.raises(CodeUnknown):
        await use(cast, visit, shown(token, cast.now))
    with pytest.raises(TokenEnded):
        await actions.end_token(token.id, status="retired", reason="再停一次", by=cast.specialist, now=cast.now)
    new = await fob(cast, recipient)
    assert (await use(cast, visit, shown(new, cast.now))).token_id == new.id


@pytest.mark.parametrize("kind", ["totp", "hotp"])
async def test_a_token_is_replaced_in_one_step_and_the_home_is_never_without(cast: Cast, kind: Any) -> None:
    recipient = await cast.recipient()
    old = await actions.issue_token(recipient, kind=kind, label="门边", by=cast.specialist, now=cast.now)
    new = await actions.replace_token(old.id, reason="被人抄走", by=cast.specialist, now=cast.now)
    assert (type(new.token), new.label) == (type(old.token), "门边")
    assert new.token.secret != old.token.secret
    stored = await cast.owner.fetch("SELECT id, status FROM doorstep_token")
    assert {row["id"]: row["status"] for row in stored} == {old.id: "lost", new.id: "active"}
    assert await journal(cast, old.id) == ["doorstep.issued", "doorstep.lost"]
    with pytest.raises(TokenEnded):
        await actions.replace_token(old.id, reason="再换一次", by=cast.specialist, now=cast.now)
    with pytest.raises(TokenNotFound):
        await actions.replace_token(new.id, reason="试试", by=cast.foreign_specialist, now=cast.now)


async def test_a_fob_whose_clock_has_drifted_is_set_right_by_two_codes(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await fob(cast, recipient), await slot(cast, recipient)
    drifted = cast.now + 40 * MINUTE
    with pytest.raises(CodeUnknown):
        await use(cast, visit, shown(token, drifted))
    two = shown(token, drifted), shown(token, drifted + timedelta(seconds=30))
    with pytest.raises(CodesDoNotFit):
        await actions.resynchronise(token.id, two[1], two[0], by=cast.specialist, now=cast.now)
    await actions.resynchronise(token.id, *two, by=cast.specialist, now=cast.now)
    assert (await use(cast, visit, shown(token, drifted))).timecode == step_of(drifted)


async def test_nobody_of_another_township_issues_ends_prints_or_uses(cast: Cast) -> None:
    recipient = await cast.recipient()
    token, visit = await card(cast, recipient), await slot(cast, recipient)
    with pytest.raises(RecipientNotFound):
        await actions.issue_token(recipient, kind="totp", label="", by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(TokenNotFound):
        await actions.end_token(token.id, status="lost", reason="试试", by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(TokenNotFound):
        await actions.slips_of(token.id, by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(VisitNotFound):
        await use(cast, visit, code_at(token.token, 0), by=cast.foreign_worker)


async def test_secrets_lie_sealed(cast: Cast) -> None:
    token = await fob(cast, await cast.recipient())
    stored = await cast.owner.fetchrow("SELECT * FROM doorstep_token")
    assert stored and token.token.secret.encode() not in stored["secret_sealed"]
    assert token.token.secret not in str(dict(stored))
