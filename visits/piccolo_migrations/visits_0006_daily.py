from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of lanes, links, daily checks, observations and sensors"

STATEMENTS = """
ALTER TABLE lane ENABLE ROW LEVEL SECURITY;;
ALTER TABLE lane FORCE ROW LEVEL SECURITY;;
CREATE POLICY lane_by_area ON lane TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = lane.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY lane_by_jobs ON lane TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON lane TO chuangdeng_app;;
GRANT SELECT (id, area_id, district_id, account_id, status) ON lane TO chuangdeng_jobs;;
ALTER TABLE lane_household ENABLE ROW LEVEL SECURITY;;
ALTER TABLE lane_household FORCE ROW LEVEL SECURITY;;
CREATE POLICY lane_household_by_area ON lane_household TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = lane_household.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY lane_household_by_jobs ON lane_household TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON lane_household TO chuangdeng_app;;
GRANT SELECT (id, lane_id, recipient_id, area_id, morning, evening, since_on, until_on) ON lane_household TO chuangdeng_jobs;;
ALTER TABLE watch_link ENABLE ROW LEVEL SECURITY;;
ALTER TABLE watch_link FORCE ROW LEVEL SECURITY;;
CREATE POLICY watch_link_by_area ON watch_link TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = watch_link.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY watch_link_by_jobs ON watch_link TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON watch_link TO chuangdeng_app;;
GRANT SELECT (id, lane_id, area_id, issued_at, expires_at, revoked_at, last_used_at) ON watch_link TO chuangdeng_jobs;;
ALTER TABLE daily_check ENABLE ROW LEVEL SECURITY;;
ALTER TABLE daily_check FORCE ROW LEVEL SECURITY;;
CREATE POLICY daily_check_by_area ON daily_check TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = daily_check.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY daily_check_by_jobs ON daily_check TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON daily_check TO chuangdeng_app;;
GRANT SELECT ON daily_check TO chuangdeng_jobs;;
GRANT INSERT, UPDATE ON daily_check TO chuangdeng_jobs;;
ALTER TABLE observation ENABLE ROW LEVEL SECURITY;;
ALTER TABLE observation FORCE ROW LEVEL SECURITY;;
CREATE POLICY observation_by_area ON observation TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = observation.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY observation_by_jobs ON observation TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON observation TO chuangdeng_app;;
GRANT SELECT ON observation TO chuangdeng_jobs;;
ALTER TABLE emergency_step ENABLE ROW LEVEL SECURITY;;
ALTER TABLE emergency_step FORCE ROW LEVEL SECURITY;;
CREATE POLICY emergency_step_by_area ON emergency_step TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = emergency_step.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY emergency_step_by_jobs ON emergency_step TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON emergency_step TO chuangdeng_app;;
GRANT SELECT (id, alert_id, recipient_id, area_id, step, result, by_account_id, made_at, logged_at) ON emergency_step TO chuangdeng_jobs;;
ALTER TABLE sensor ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sensor FORCE ROW LEVEL SECURITY;;
CREATE POLICY sensor_by_area ON sensor TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = sensor.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sensor_by_jobs ON sensor TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON sensor TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, district_id, kind, heard_at, silent_since, ended_at) ON sensor TO chuangdeng_jobs;;
GRANT UPDATE (heard_at, silent_since) ON sensor TO chuangdeng_jobs;;
ALTER TABLE sensor_event ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sensor_event FORCE ROW LEVEL SECURITY;;
CREATE POLICY sensor_event_by_area ON sensor_event TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = sensor_event.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sensor_event_by_jobs ON sensor_event TO chuangdeng_jobs USING (true);;
GRANT SELECT ON sensor_event TO chuangdeng_app;;
GRANT SELECT ON sensor_event TO chuangdeng_jobs;;
CREATE UNIQUE INDEX lane_household_once ON lane_household (recipient_id) WHERE until_on IS NULL;;
CREATE INDEX daily_check_to_settle ON daily_check (closes_at) WHERE status = 'expected';;
CREATE INDEX observation_of_window ON observation (recipient_id, on_day, part);;
CREATE INDEX sensor_event_by_time ON sensor_event (sensor_id, at DESC);;
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
