"""Two rounds of the night shift at once: one case a person, no concern lost, no alert doubled."""

import asyncio

from caregivers.abuse import actions
from tests.cast import Cast
from tests.suspecting import concern, home


async def test_two_rounds_at_once_open_one_case_a_person(cast: Cast) -> None:
    people = [(await home(cast)).recipient for _ in range(4)]
    for who in people * 3:
        await concern(cast, who)

    rounds = await asyncio.gather(*(actions.open_cases(now=cast.now, limit=5) for _ in range(4)))
    rounds.append(await actions.open_cases(now=cast.now))

    assert sum(one["opened"] for one in rounds) == 4
    assert sum(one["claimed"] for one in rounds) == 12
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_case") == 4
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern WHERE case_id IS NULL") == 0
    doubled = "SELECT count(*) - count(DISTINCT occurrence) FROM alert WHERE kind = 'abuse_suspected'"
    assert await cast.owner.fetchval(doubled) == 0
    assert await cast.owner.fetchval("SELECT count(*) FROM replacement_case") == 4


async def test_a_concern_that_crosses_with_the_closing_is_not_lost(cast: Cast) -> None:
    who = (await home(cast)).recipient
    await concern(cast, who)
    await actions.open_cases(now=cast.now)
    case_id = await cast.owner.fetchval("SELECT id FROM abuse_case")
    await concern(cast, who)

    closing = actions.close_case(case_id, finding="unfounded", found="查无实据", by=cast.leader, now=cast.now)
    await asyncio.gather(closing, actions.open_cases(now=cast.now))
    await actions.open_cases(now=cast.now)

    orphans = "SELECT count(*) FROM abuse_concern WHERE case_id IS NULL"
    assert await cast.owner.fetchval(orphans) == 0
    ringing = "SELECT count(*) FROM alert WHERE kind = 'abuse_suspected' AND status <> 'resolved'"
    open_cases = await cast.owner.fetchval("SELECT count(*) FROM abuse_case WHERE status = 'open'")
    assert await cast.owner.fetchval(ringing) == open_cases
