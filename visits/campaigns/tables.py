"""Table of campaigns (专项走访): one-off visits over a filter, with a deadline."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table


class Campaign(Table):
    """A cold wave, a festival, a sweep of key households: everybody the filter names is to be seen by the deadline."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)
    district_id = Integer()
    title = Varchar(length=60)
    reason = Varchar(length=12)
    document_number = Varchar(length=60, default="")
    chosen = JSONB()  # the filter: risks, categories, self-care, living alone, areas
    opens_at = Timestamptz(default=None)
    deadline_at = Timestamptz(default=None)
    status = Varchar(length=8, default="running")
    laid_at = Timestamptz(null=True, default=None)
    laid = Integer(default=0)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    stopped_by = UUID(null=True, default=None)
    stopped_at = Timestamptz(null=True, default=None)
    stop_reason = Text(null=True, default=None)

    campaign_known_reason = Check("reason IN ('cold_wave', 'heat', 'flood', 'festival', 'sweep', 'disaster', 'other')")
    campaign_known_status = Check("status IN ('running', 'over', 'stopped')")
    campaign_runs_forward = Check("deadline_at > opens_at")
    campaign_stopped_pair = Check("(status = 'stopped') = (stopped_at IS NOT NULL)")
