from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0010"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of lanes, links, daily checks, observations and emergency steps"

STATEMENTS = """
ALTER TABLE lane ENABLE ROW LEVEL SECURITY;;
ALTER TABLE lane FORCE ROW LEVEL SECURITY;;
CREATE POLICY lane_seen ON lane TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = lane.area_id AND w.ancestor_id = ANY (visible_areas())) OR lane.account_id = caller());;
CREATE POLICY lane_by_jobs ON lane TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON lane TO chuangdeng_app;;
GRANT SELECT (id, area_id, district_id, account_id, status) ON lane TO chuangdeng_jobs;;
ALTER TABLE lane_household ENABLE ROW LEVEL SECURITY;;
ALTER TABLE lane_household FORCE ROW LEVEL SECURITY;;
CREATE POLICY lane_household_seen ON lane_household TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = lane_household.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM lane l WHERE l.id = lane_household.lane_id AND l.account_id = caller()));;
CREATE POLICY lane_household_by_jobs ON lane_household TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON lane_household TO chuangdeng_app;;
GRANT SELECT (id, lane_id, recipient_id, area_id, morning, evening, added_at, removed_at) ON lane_household TO chuangdeng_jobs;;
GRANT UPDATE (removed_at) ON lane_household TO chuangdeng_jobs;;
ALTER TABLE watch_link ENABLE ROW LEVEL SECURITY;;
ALTER TABLE watch_link FORCE ROW LEVEL SECURITY;;
CREATE POLICY watch_link_seen ON watch_link TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = watch_link.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY watch_link_by_jobs ON watch_link TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON watch_link TO chuangdeng_app;;
GRANT SELECT (id, lane_id, area_id, issued_at, expires_at, revoked_at, last_used_at) ON watch_link TO chuangdeng_jobs;;
ALTER TABLE daily_check ENABLE ROW LEVEL SECURITY;;
ALTER TABLE daily_check FORCE ROW LEVEL SECURITY;;
CREATE POLICY daily_check_seen ON daily_check TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = daily_check.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY daily_check_by_jobs ON daily_check TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON daily_check TO chuangdeng_app;;
GRANT SELECT ON daily_check TO chuangdeng_jobs;;
GRANT INSERT, UPDATE, DELETE ON daily_check TO chuangdeng_jobs;;
ALTER TABLE observation ENABLE ROW LEVEL SECURITY;;
ALTER TABLE observation FORCE ROW LEVEL SECURITY;;
CREATE POLICY observation_seen ON observation TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = observation.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY observation_by_jobs ON observation TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON observation TO chuangdeng_app;;
GRANT SELECT ON observation TO chuangdeng_jobs;;
GRANT INSERT, DELETE ON observation TO chuangdeng_jobs;;
ALTER TABLE emergency_step ENABLE ROW LEVEL SECURITY;;
ALTER TABLE emergency_step FORCE ROW LEVEL SECURITY;;
CREATE POLICY emergency_step_seen ON emergency_step TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = emergency_step.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY emergency_step_by_jobs ON emergency_step TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON emergency_step TO chuangdeng_app;;
GRANT SELECT (id, alert_id, recipient_id, area_id, step, result, by_account_id, made_at, logged_at) ON emergency_step TO chuangdeng_jobs;;
CREATE UNIQUE INDEX lane_household_once ON lane_household (recipient_id) WHERE removed_at IS NULL;;
CREATE INDEX daily_check_to_settle ON daily_check (closes_at) WHERE status = 'expected';;
CREATE INDEX daily_check_of_lane ON daily_check (lane_id, on_day);;
CREATE INDEX observation_of_window ON observation (recipient_id, on_day, part);;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
