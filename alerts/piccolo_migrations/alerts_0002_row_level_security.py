from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of alerts and notices, the climbing index"

STATEMENTS = """
ALTER TABLE alert ENABLE ROW LEVEL SECURITY;;
ALTER TABLE alert FORCE ROW LEVEL SECURITY;;
CREATE POLICY alert_by_area ON alert TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = alert.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY alert_by_jobs ON alert TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON alert TO chuangdeng_app;;
GRANT SELECT, INSERT, UPDATE ON alert TO chuangdeng_jobs;;
ALTER TABLE alert_rung ENABLE ROW LEVEL SECURITY;;
ALTER TABLE alert_rung FORCE ROW LEVEL SECURITY;;
CREATE POLICY alert_rung_by_area ON alert_rung TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = alert_rung.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY alert_rung_by_jobs ON alert_rung TO chuangdeng_jobs USING (true);;
GRANT SELECT ON alert_rung TO chuangdeng_app;;
GRANT SELECT, INSERT ON alert_rung TO chuangdeng_jobs;;
ALTER TABLE roster_gap ENABLE ROW LEVEL SECURITY;;
ALTER TABLE roster_gap FORCE ROW LEVEL SECURITY;;
CREATE POLICY roster_gap_by_area ON roster_gap TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = roster_gap.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY roster_gap_by_jobs ON roster_gap TO chuangdeng_jobs USING (true);;
GRANT SELECT ON roster_gap TO chuangdeng_app;;
GRANT SELECT, INSERT ON roster_gap TO chuangdeng_jobs;;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;;
ALTER TABLE notice FORCE ROW LEVEL SECURITY;;
CREATE POLICY notice_seen ON notice TO chuangdeng_app USING (
    account_id = caller() OR EXISTS (
        SELECT FROM area_within w WHERE w.area_id = notice.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY notice_by_jobs ON notice TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON notice TO chuangdeng_app;;
GRANT UPDATE (read_at) ON notice TO chuangdeng_app;;
GRANT SELECT, INSERT, UPDATE ON notice TO chuangdeng_jobs;;
CREATE INDEX alert_next ON alert (next_at) WHERE next_at IS NOT NULL;;
CREATE INDEX alert_unresolved_area ON alert (area_id, severity) WHERE status <> 'resolved';;
CREATE INDEX alert_unresolved_recipient ON alert (recipient_id) WHERE status <> 'resolved';;
CREATE INDEX notice_owed ON notice (next_try_at) WHERE status = 'owed';;
CREATE INDEX notice_inbox ON notice (account_id, owed_at DESC) WHERE channel = 'inbox';;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alerts", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
