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
CREATE POLICY sensor_gateway_by_door ON sensor_gateway TO chuangdeng_door USING (true);;
GRANT INSERT, UPDATE ON sensor_gateway TO chuangdeng_app;;
-- Its key is written by those who manage it, and read back by nobody but the door.
GRANT SELECT (id, area_id, name, created_by, created_at, ended_by, ended_at, heard_at) ON sensor_gateway TO chuangdeng_app;;
GRANT SELECT (id, area_id, heard_at, ended_at) ON sensor_gateway TO chuangdeng_jobs;;
GRANT SELECT (id, area_id, key_sealed, ended_at) ON sensor_gateway TO chuangdeng_door;;
ALTER TABLE sensor ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sensor FORCE ROW LEVEL SECURITY;;
CREATE POLICY sensor_seen ON sensor TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = sensor.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sensor_by_jobs ON sensor TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON sensor TO chuangdeng_app;;
GRANT SELECT (id, gateway_id, recipient_id, area_id, district_id, kind, heard_at, silent_since, created_at, ended_at) ON sensor TO chuangdeng_jobs;;
GRANT UPDATE (heard_at, silent_since, area_id, district_id) ON sensor TO chuangdeng_jobs;;
ALTER TABLE sensor_event ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sensor_event FORCE ROW LEVEL SECURITY;;
CREATE POLICY sensor_event_seen ON sensor_event TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = sensor_event.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sensor_event_by_jobs ON sensor_event TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON sensor_event TO chuangdeng_app;;
GRANT SELECT, DELETE ON sensor_event TO chuangdeng_jobs;;
CREATE INDEX sensor_event_by_time ON sensor_event (sensor_id, at DESC);;
CREATE UNIQUE INDEX sensor_called_once ON sensor (gateway_id, label) WHERE ended_at IS NULL;;
CREATE INDEX sensor_in_use ON sensor (recipient_id) WHERE ended_at IS NULL;;
GRANT CREATE ON SCHEMA public TO chuangdeng_door;;
-- Who sends readings is nobody's account: the key it signs with is looked up before anybody is known.
CREATE FUNCTION gateway_key(wanted uuid) RETURNS TABLE (area_id int, district_id int, key_sealed bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.area_id, a.district_id, g.key_sealed FROM sensor_gateway g JOIN area a ON a.id = g.area_id
    WHERE g.id = wanted AND g.ended_at IS NULL
$$;;
ALTER FUNCTION gateway_key OWNER TO chuangdeng_door;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_door;;
REVOKE ALL ON FUNCTION gateway_key FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION gateway_key TO chuangdeng_app;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
