from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of visits, append-only reports, the sweep's index"

STATEMENTS = """
ALTER TABLE visit_plan ENABLE ROW LEVEL SECURITY;;
ALTER TABLE visit_plan FORCE ROW LEVEL SECURITY;;
CREATE POLICY visit_plan_by_area ON visit_plan TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = visit_plan.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY visit_plan_by_jobs ON visit_plan TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON visit_plan TO chuangdeng_app;;
GRANT SELECT, INSERT, UPDATE ON visit_plan TO chuangdeng_jobs;;
ALTER TABLE visit ENABLE ROW LEVEL SECURITY;;
ALTER TABLE visit FORCE ROW LEVEL SECURITY;;
-- The canary's visits and alerts belong to nobody: people neither see nor make one.
CREATE POLICY visit_by_area ON visit TO chuangdeng_app USING (reason <> 'canary' AND EXISTS (SELECT FROM area_within w WHERE w.area_id = visit.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY visit_by_jobs ON visit TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON visit TO chuangdeng_app;;
GRANT SELECT, INSERT, UPDATE ON visit TO chuangdeng_jobs;;
ALTER TABLE visit_report ENABLE ROW LEVEL SECURITY;;
ALTER TABLE visit_report FORCE ROW LEVEL SECURITY;;
CREATE POLICY visit_report_by_area ON visit_report TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = visit_report.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY visit_report_by_jobs ON visit_report TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON visit_report TO chuangdeng_app;;
ALTER TABLE late_confirmation ENABLE ROW LEVEL SECURITY;;
ALTER TABLE late_confirmation FORCE ROW LEVEL SECURITY;;
CREATE POLICY late_confirmation_by_area ON late_confirmation TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = late_confirmation.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY late_confirmation_by_jobs ON late_confirmation TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON late_confirmation TO chuangdeng_app;;
GRANT SELECT (id, report, area_id, accepted, by_account_id, at) ON late_confirmation TO chuangdeng_jobs;;
ALTER TABLE report_conflict ENABLE ROW LEVEL SECURITY;;
ALTER TABLE report_conflict FORCE ROW LEVEL SECURITY;;
CREATE POLICY report_conflict_by_area ON report_conflict TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = report_conflict.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY report_conflict_by_jobs ON report_conflict TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON report_conflict TO chuangdeng_app;;
GRANT SELECT (id, visit, recipient_id, area_id, outcome, by_account_id, device_id, method, identified_by, made_at,
              logged_at, labels, visit_status, amends_id) ON visit_report TO chuangdeng_jobs;;
CREATE TRIGGER visit_report_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON visit_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
CREATE UNIQUE INDEX visit_one_slot ON visit (recipient_id, reason, due_at) WHERE status <> 'cancelled';;
CREATE INDEX visit_by_area ON visit (area_id, due_at, id);;
CREATE UNIQUE INDEX visit_report_one_amendment ON visit_report (amends_id) WHERE amends_id IS NOT NULL;;
CREATE UNIQUE INDEX visit_plan_one_active ON visit_plan (recipient_id) WHERE ended_at IS NULL;;
CREATE INDEX visit_canary ON visit (district_id, due_at) WHERE reason = 'canary';;
CREATE INDEX visit_canary_flying ON visit (id) WHERE reason = 'canary' AND status <> 'cancelled';;
CREATE INDEX visit_overdue ON visit (missed_after) WHERE status = 'open';;
CREATE INDEX visit_not_known ON visit (worker_id) WHERE status = 'not_known';;
CREATE INDEX visit_open_worker ON visit (worker_id, due_at) WHERE status IN ('open', 'missed', 'not_known');;
CREATE INDEX visit_by_recipient ON visit (recipient_id, due_at DESC);;
CREATE INDEX visit_report_contact ON visit_report (recipient_id, made_at DESC) WHERE outcome = 'made';;
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
