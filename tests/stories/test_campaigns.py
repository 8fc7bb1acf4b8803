"""Campaigns: laid for everybody chosen, also newcomers, once each; counted by people; stopped cleanly."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from core import db
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, detailed, journal, log, normal
from visits.actions import mark_missed
from visits.campaigns import actions
from visits.campaigns.choosing import Chosen
from visits.campaigns.queries import campaigns as queries
from visits.campaigns.queries.campaigns import Campaign
from visits.campaigns.queries.coverage import Coverage, coverage, unseen_page
from visits.campaigns.refusals import CampaignElsewhere, CampaignIsOver, CampaignNotFound, NobodyChosen


async def begun(
    cast: Cast, chosen: Chosen | None = None, *, by: Account | None = None, area_id: int | None = None
) -> Campaign:
    """A cold wave over the township, a day long, unless said otherwise."""
    return await actions.begin_campaign(
        area_id=area_id or cast.township,
        title="寒潮普访",
        reason="cold_wave",
        document_number="津宁民发〔2026〕9号",
        chosen=chosen or Chosen(),
        opens_at=None,
        deadline_at=cast.now + DAY,
        by=by or cast.specialist,
        now=cast.now,
    )


async def visits(cast: Cast, campaign: Campaign) -> dict[UUID, str]:
    """The status of each person's visit of this campaign that was not cancelled."""
    rows = await cast.owner.fetch(
        "SELECT recipient_id, status FROM visit WHERE campaign_id = $1 AND status <> 'cancelled'", campaign.id
    )
    return {row["recipient_id"]: row["status"] for row in rows}


async def counted(cast: Cast, campaign: Campaign, by: Account | None = None) -> Coverage:
    async with db.transaction((by or cast.specialist).scope):
        return await coverage(campaign.id)


async def visit_of(cast: Cast, campaign: Campaign, recipient: UUID) -> UUID:
    found: UUID = await cast.owner.fetchval(
        "SELECT id FROM visit WHERE campaign_id = $1 AND recipient_id = $2", campaign.id, recipient
    )
    return found


async def test_everybody_chosen_gets_one_visit_due_at_the_deadline(cast: Cast) -> None:
    high, general = await cast.recipient(risk="high"), await cast.recipient()
    foreign = await cast.recipient(area_id=cast.foreign_village)
    campaign = await begun(cast)
    assert (await actions.lay_campaigns(now=cast.now))["laid"] == 2
    assert (await actions.lay_campaigns(now=cast.now))["laid"] == 0
    assert await visits(cast, campaign) == {high: "open", general: "open"}
    assert foreign not in await visits(cast, campaign)
    row = await cast.owner.fetchrow("SELECT * FROM visit WHERE recipient_id = $1", high)
    assert row and (row["opens_at"], row["due_at"], row["missed_after"]) == (cast.now, *[cast.now + DAY] * 2)
    assert (row["reason"], row["worker_id"]) == ("campaign", cast.worker.id)
    assert await journal(cast, campaign.id) == ["campaign.begun", "campaign.laid"]


async def test_whoever_is_registered_meanwhile_or_comes_back_is_laid_too(cast: Cast) -> None:
    first = await cast.recipient()
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    second = await cast.recipient()
    await actions.lay_campaigns(now=cast.now + HOUR)
    assert set(await visits(cast, campaign)) == {first, second}
    await cast.owner.execute("UPDATE visit SET status = 'cancelled' WHERE recipient_id = $1", first)
    await actions.lay_campaigns(now=cast.now + HOUR)
    assert set(await visits(cast, campaign)) == {first, second}


async def test_somebody_who_died_or_lives_in_a_home_is_not_laid(cast: Cast) -> None:
    await cast.recipient(standing="died")
    await cast.recipient(support_mode="collective")
    alive = await cast.recipient()
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    assert set(await visits(cast, campaign)) == {alive}


async def test_two_campaigns_with_the_same_deadline_do_not_stand_in_each_others_way(cast: Cast) -> None:
    person = await cast.recipient()
    one, two = await begun(cast), await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    assert set(await visits(cast, one)) == set(await visits(cast, two)) == {person}


async def test_the_statement_chooses_as_the_rule_does(cast: Cast) -> None:
    chance = random.Random(7)
    people = {}
    for _ in range(60):
        facts: dict[str, Any] = {
            "risk": chance.choice(["high", "key", "general"]),
            "categories": chance.sample(["aged", "minor", "incapacity"], k=chance.randrange(3)),
            "self_care": chance.choice(["self", "partial", "full"]),
            "living_alone": chance.random() < 0.5,
        }
        area = chance.choice([cast.village, cast.other_village])
        person = await cast.recipient(area_id=area, **facts)
        people[person] = facts | {"areas": [area, cast.township, cast.district_area]}
    for _ in range(12):
        chosen = Chosen(
            risks=tuple(chance.sample(["high", "key", "general"], k=chance.randrange(3))),
            categories=tuple(chance.sample(["aged", "minor"], k=chance.randrange(2))),
            self_care=tuple(chance.sample(["self", "full"], k=chance.randrange(2))),
            living_alone=chance.choice([None, True, False]),
            area_ids=tuple(chance.sample([cast.village, cast.other_village, cast.township], k=chance.randrange(2))),
        )
        wanted = {person for person, facts in people.items() if chosen.takes(**facts)}
        found = await actions.preview_campaign(area_id=cast.township, chosen=chosen, by=cast.specialist)
        assert sum(found.values()) == len(wanted)
        if wanted:
            campaign = await begun(cast, chosen)
            await actions.lay_campaigns(now=cast.now)
            assert set(await visits(cast, campaign)) == wanted


async def test_coverage_counts_people_seen_at_the_door_since_it_began(cast: Cast) -> None:
    seen, unseen, away = await cast.recipient(risk="high"), await cast.recipient(), await cast.recipient()
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    visit = await visit_of(cast, campaign, seen)
    await log(cast, visit, normal(cast.now + HOUR), now=cast.now + HOUR)
    await cast.owner.execute("UPDATE visit SET status = 'excused' WHERE recipient_id = $1", away)
    found = await counted(cast, campaign)
    assert (found.people, found.seen, found.excused) == (3, 1, 1)
    assert [(one.name, one.people, one.seen) for one in found.by_risk] == [("general", 2, 0), ("high", 1, 1)]
    assert [(one.name, one.people, one.seen) for one in found.by_category] == [("aged", 1, 1)]
    assert [(one.people, one.seen) for one in found.by_village] == [(3, 1)]
    async with db.transaction(cast.specialist.scope):
        assert [one.recipient_id for one in await unseen_page(campaign.id, after=None, limit=9)] == [unseen]


async def test_a_phone_call_covers_nobody(cast: Cast) -> None:
    person = await cast.recipient()
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    visit = await visit_of(cast, campaign, person)
    await log(cast, visit, normal(cast.now + HOUR, method="phone"), now=cast.now + HOUR)
    assert (await counted(cast, campaign)).seen == 0


async def test_what_was_found_is_counted_by_its_gravity(cast: Cast) -> None:
    person = await cast.recipient()
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    await log(cast, await visit_of(cast, campaign, person), detailed(cast.now + HOUR), now=cast.now + HOUR)
    assert (await counted(cast, campaign)).exceptions == {"health": 1}


async def test_whoever_is_not_seen_by_the_deadline_is_missed_and_somebody_is_told(cast: Cast) -> None:
    person = await cast.recipient(risk="high")
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    late = cast.now + DAY + HOUR
    await mark_missed(now=late)
    assert (await visits(cast, campaign))[person] in ("missed", "not_known")
    assert [alert["recipient_id"] for alert in await alerts(cast)] == [person]
    assert await actions.lay_campaigns(now=late) == {"laid": 0, "over": 1}
    with pytest.raises(CampaignIsOver):
        await actions.stop_campaign(campaign.id, reason="寒潮提前结束", by=cast.specialist, now=late)


async def test_a_stopped_campaign_leaves_nothing_open_and_keeps_what_was_done(cast: Cast) -> None:
    made, open_one = await cast.recipient(), await cast.recipient()
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    await log(cast, await visit_of(cast, campaign, made), normal(cast.now + HOUR), now=cast.now + HOUR)
    later = cast.now + 2 * HOUR
    stopped = await actions.stop_campaign(campaign.id, reason="预警解除", by=cast.specialist, now=later)
    again = await actions.stop_campaign(campaign.id, reason="又点了一次", by=cast.leader, now=later + HOUR)
    assert stopped == again and stopped.stopped_by == cast.specialist.id
    await actions.lay_campaigns(now=later)
    assert await visits(cast, campaign) == {made: "made"}
    assert (await journal(cast, campaign.id)).count("campaign.stopped") == 1
    assert open_one not in await visits(cast, campaign)
    await mark_missed(now=cast.now + 2 * DAY)
    assert await alerts(cast, "visit_missed", "visit_not_known") == []


async def test_stopping_early_covers_nobody(cast: Cast) -> None:
    seen, unseen = await cast.recipient(), await cast.recipient()
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    await log(cast, await visit_of(cast, campaign, seen), normal(cast.now + HOUR), now=cast.now + HOUR)
    await actions.stop_campaign(campaign.id, reason="预警解除", by=cast.specialist, now=cast.now + 2 * HOUR)
    found = await counted(cast, campaign)
    assert (found.people, found.seen) == (2, 1)
    async with db.transaction(cast.specialist.scope):
        assert [one.recipient_id for one in await unseen_page(campaign.id, after=None, limit=9)] == [unseen]


async def test_a_worker_sees_what_the_township_asks_and_only_their_own_people(cast: Cast) -> None:
    mine, other = await cast.recipient(), await cast.recipient(area_id=cast.other_village)
    campaign = await begun(cast)
    await actions.lay_campaigns(now=cast.now)
    async with db.transaction(cast.worker.scope):
        assert [one.id for one in await queries.campaigns_page(after=None, limit=9)] == [campaign.id]
        assert [one.recipient_id for one in await unseen_page(campaign.id, after=None, limit=9)] == [mine]
        assert await queries.hold_campaign(campaign.id) is None
    async with db.transaction(cast.foreign_worker.scope):
        assert await queries.campaigns_page(after=None, limit=9) == []
        assert await queries.campaign(campaign.id) is None
    assert other not in {mine}


async def test_nobody_begins_or_stops_a_campaign_of_another_place(cast: Cast) -> None:
    await cast.recipient()
    with pytest.raises(CampaignElsewhere):
        await begun(cast, by=cast.foreign_specialist)
    campaign = await begun(cast)
    with pytest.raises(CampaignNotFound):
        await actions.stop_campaign(campaign.id, reason="试试", by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(CampaignNotFound):
        await actions.stop_campaign(campaign.id, reason="试试", by=cast.worker, now=cast.now)


async def test_a_campaign_for_nobody_is_refused(cast: Cast) -> None:
    await cast.recipient()
    with pytest.raises(NobodyChosen):
        await begun(cast, Chosen(categories=("minor",)))


async def test_the_district_reaches_all_its_townships(cast: Cast) -> None:
    people = {await cast.recipient(), await cast.recipient(area_id=cast.foreign_village)}
    campaign = await begun(cast, by=cast.district, area_id=cast.district_area)
    await actions.lay_campaigns(now=cast.now + timedelta(seconds=1))
    assert set(await visits(cast, campaign)) == people
    assert (await counted(cast, campaign, by=cast.specialist)).people == 1
