from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of alerts and notices, the climbing index"

STATEMENTS = """
ALTER TABLE alert ENABLE ROW LEVEL SECURITY;;
ALTER TABLE alert FORCE ROW LEVEL SECURITY;;
-- The canary's alerts belong to nobody: people neither see nor make one.
CREATE POLICY alert_by_area ON alert TO chuangdeng_app USING (kind <> 'canary' AND EXISTS (SELECT FROM area_within w WHERE w.area_id = alert.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY alert_by_jobs ON alert TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON alert TO chuangdeng_app;;
-- What people wrote with their own hands (evidence, reasons) may hold a name: jobs do not read it.
GRANT SELECT (id, occurrence, kind, severity, status, urgent, high_risk, area_id, district_id, recipient_id, subject_id,
              owner_id, policy_id, ladder, facts, opened_at, rung, repeat, fired_at, next_at, resolve_by,
              acknowledged_by, acknowledged_at, acknowledged_until, acknowledged_rank, paused_by, paused_until,
              returned_by, returned_at, returned_to, resolved_by, resolved_at, outcome) ON alert TO chuangdeng_jobs;;
GRANT INSERT, UPDATE ON alert TO chuangdeng_jobs;;
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
GRANT UPDATE (read_at, status, next_try_at, lease_until, last_error) ON notice TO chuangdeng_app;;
GRANT SELECT, INSERT, UPDATE ON notice TO chuangdeng_jobs;;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- An alert may be given to somebody whose account the giver cannot see, such as the township's specialist.
CREATE FUNCTION answers_in(wanted uuid, place int) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM account a JOIN account_area r ON r.account = a.id
        JOIN area_within w ON w.ancestor_id = r.area AND w.area_id = place
        WHERE a.id = wanted AND a.status = 'active'
        AND a.role IN ('worker', 'township_specialist', 'township_leader', 'district'))
    AND EXISTS (SELECT FROM area_within w WHERE w.area_id = place AND w.ancestor_id = ANY (visible_areas()))
$$;;
ALTER FUNCTION answers_in OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION answers_in FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION answers_in TO chuangdeng_app;;
CREATE INDEX alert_next ON alert (next_at) WHERE next_at IS NOT NULL;;
CREATE INDEX notice_owed ON notice (next_try_at) WHERE status = 'owed';;
CREATE INDEX notice_lately_tried ON notice (address_index, tried_at) WHERE address_index IS NOT NULL;;
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
