from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0011"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of gateways, sensors and readings"

STATEMENTS = """
ALTER TABLE sensor_gateway ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sensor_gateway FORCE ROW LEVEL SECURITY;;
CREATE POLICY sensor_gateway_seen ON sensor_gateway TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = sensor_gateway.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sensor_gateway_by_jobs ON sensor_gateway TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON sensor_gateway TO chuangdeng_app;;
GRANT SELECT (id, area_id, heard_at, ended_at) ON sensor_gateway TO chuangdeng_jobs;;
ALTER TABLE sensor ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sensor FORCE ROW LEVEL SECURITY;;
CREATE POLICY sensor_seen ON sensor TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = sensor.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sensor_by_jobs ON sensor TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON sensor TO chuangdeng_app;;
GRANT SELECT (id, gateway_id, recipient_id, area_id, district_id, kind, heard_at, silent_since, created_at, ended_at) ON sensor TO chuangdeng_jobs;;
GRANT UPDATE (heard_at, silent_since) ON sensor TO chuangdeng_jobs;;
ALTER TABLE sensor_event ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sensor_event FORCE ROW LEVEL SECURITY;;
CREATE POLICY sensor_event_seen ON sensor_event TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = sensor_event.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sensor_event_by_jobs ON sensor_event TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON sensor_event TO chuangdeng_app;;
GRANT SELECT ON sensor_event TO chuangdeng_jobs;;
CREATE INDEX sensor_event_by_time ON sensor_event (sensor_id, at DESC);;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
