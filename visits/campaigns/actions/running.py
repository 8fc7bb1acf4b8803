"""Beginning a campaign, seeing beforehand whom it would reach, and stopping it."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from core import db, journal
from core.ids import new_id
from visits.campaigns.choosing import Chosen, Reason, check_times
from visits.campaigns.queries import campaigns as queries
from visits.campaigns.queries.campaigns import Campaign
from visits.campaigns.refusals import (
    CampaignElsewhere,
    CampaignIsOver,
    CampaignNotFound,
    NobodyChosen,
    ReasonMissing,
)


async def preview_campaign(*, area_id: int, chosen: Chosen, by: Account) -> dict[str, int]:
    """How many a campaign would reach now, by risk."""
    async with db.transaction(by.scope):
        await _district_of(area_id)
        return await queries.chosen_by_risk(area_id, chosen)


async def begin_campaign(
    *,
    campaign_id: UUID | None = None,
    area_id: int,
    title: str,
    reason: Reason,
    document_number: str,
    chosen: Chosen,
    opens_at: datetime | None,
    deadline_at: datetime,
    by: Account,
    now: datetime,
) -> Campaign:
    """Begin a campaign. Its visits are laid within seconds by the job, also for whoever is registered meanwhile."""
    opens = opens_at or now
    check_times(opens_at=opens, deadline_at=deadline_at, now=now)
    async with db.transaction(by.scope):
        campaign = Campaign(
            id=campaign_id or new_id(),
            area_id=area_id,
            district_id=await _district_of(area_id),
            title=title,
            reason=reason,
            document_number=document_number,
            chosen=chosen,
            opens_at=opens,
            deadline_at=deadline_at,
            created_by=by.id,
            created_at=now,
        )
        found = await queries.chosen_by_risk(area_id, chosen)
        if not found:
            raise NobodyChosen(field="/chosen")
        await queries.add_campaign(campaign)
        facts = {"reason": reason, "people": sum(found.values()), "deadline_at": deadline_at}
        await journal.write("campaign.begun", subject_id=campaign.id, area_id=area_id, by=by.id, at=now, facts=facts)
        return campaign


async def stop_campaign(campaign_id: UUID, *, reason: str, by: Account, now: datetime) -> Campaign:
    """Stop it: what nobody has gone to yet is cancelled; what was found or missed stays. Stopped twice: once."""
    if not reason.strip():
        raise ReasonMissing(field="/reason")
    async with db.transaction(by.scope):
        held = await queries.hold_campaign(campaign_id)
        if held is None:
            raise CampaignNotFound
        if held.status == "over":
            raise CampaignIsOver
        if held.status == "running":
            await queries.stop_campaign(campaign_id, by=by.id, reason=reason, now=now)
            cancelled = await queries.cancel_open(campaign_id, now=now)
            facts = {"cancelled": cancelled}
            kind = "campaign.stopped"
            await journal.write(kind, subject_id=campaign_id, area_id=held.area_id, by=by.id, at=now, facts=facts)
        found = await queries.campaign(campaign_id)
        assert found is not None
        return found


async def _district_of(area_id: int) -> int:
    district_id = await queries.district_of(area_id)
    if district_id is None:
        raise CampaignElsewhere(field="/area_id")
    return district_id
