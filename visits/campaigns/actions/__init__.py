"""What people and the clock do with campaigns. One action is one transaction."""

from visits.campaigns.actions.laying import lay_campaigns
from visits.campaigns.actions.running import begin_campaign, preview_campaign, stop_campaign

__all__ = ["begin_campaign", "lay_campaigns", "preview_campaign", "stop_campaign"]
