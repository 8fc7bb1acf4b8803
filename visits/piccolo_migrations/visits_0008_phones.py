from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0008"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of what phones hold and were given"

STATEMENTS = """
GRANT SELECT ON server_epoch TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door;;
INSERT INTO server_epoch (id, since, reason) VALUES (gen_random_uuid(), now(), 'founded');;
ALTER TABLE held ENABLE ROW LEVEL SECURITY;;
ALTER TABLE held FORCE ROW LEVEL SECURITY;;
CREATE POLICY held_seen ON held TO chuangdeng_app USING (
    EXISTS (SELECT FROM device d WHERE d.id = held.device_id AND d.account = caller()));;
CREATE POLICY held_by_jobs ON held TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE, DELETE ON held TO chuangdeng_app;;
GRANT SELECT ON held TO chuangdeng_jobs;;
ALTER TABLE task_issued ENABLE ROW LEVEL SECURITY;;
ALTER TABLE task_issued FORCE ROW LEVEL SECURITY;;
CREATE POLICY task_issued_seen ON task_issued TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = task_issued.area_id AND w.ancestor_id = ANY (visible_areas())) OR task_issued.account_id = caller());;
CREATE POLICY task_issued_by_jobs ON task_issued TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON task_issued TO chuangdeng_app;;
GRANT SELECT ON task_issued TO chuangdeng_jobs;;
CREATE INDEX task_issued_to ON task_issued (account_id) WHERE left_at IS NULL;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
