from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of campaigns"

STATEMENTS = """
ALTER TABLE campaign ENABLE ROW LEVEL SECURITY;;
ALTER TABLE campaign FORCE ROW LEVEL SECURITY;;
CREATE POLICY campaign_by_area ON campaign TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = campaign.area_id AND w.ancestor_id = ANY (visible_areas()))
    OR EXISTS (SELECT FROM area_within w WHERE w.ancestor_id = campaign.area_id AND w.area_id = ANY (visible_areas())))
    WITH CHECK (EXISTS (SELECT FROM area_within w WHERE w.area_id = campaign.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY campaign_by_jobs ON campaign TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON campaign TO chuangdeng_app;;
GRANT SELECT (id, area_id, district_id, title, reason, chosen, opens_at, deadline_at, status, laid_at, laid, created_by, created_at, stopped_at) ON campaign TO chuangdeng_jobs;;
GRANT UPDATE (laid_at, laid, status) ON campaign TO chuangdeng_jobs;;
DROP INDEX visit_one_slot;;
CREATE UNIQUE INDEX visit_one_slot ON visit (recipient_id, reason, due_at) WHERE status <> 'cancelled' AND campaign_id IS NULL;;
CREATE UNIQUE INDEX visit_one_campaign ON visit (campaign_id, recipient_id) WHERE status <> 'cancelled' AND campaign_id IS NOT NULL;;
CREATE INDEX campaign_running ON campaign (opens_at) WHERE status = 'running';;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="visits", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
