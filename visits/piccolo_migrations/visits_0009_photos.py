from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0009"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of the parts of photos"

STATEMENTS = """
ALTER TABLE attachment_part ENABLE ROW LEVEL SECURITY;;
ALTER TABLE attachment_part FORCE ROW LEVEL SECURITY;;
CREATE POLICY attachment_part_seen ON attachment_part TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = attachment_part.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM attachment a WHERE a.id = attachment_part.attachment_id));;
CREATE POLICY attachment_part_by_jobs ON attachment_part TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, DELETE ON attachment_part TO chuangdeng_app;;
GRANT SELECT (id, attachment_id, area_id, starts_at_byte) ON attachment_part TO chuangdeng_jobs;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
