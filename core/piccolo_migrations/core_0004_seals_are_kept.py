from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "Seals of the journal are only ever added, by the jobs"

STATEMENTS = """
CREATE TRIGGER journal_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
ALTER TABLE journal_seal ENABLE ROW LEVEL SECURITY;;
ALTER TABLE journal_seal FORCE ROW LEVEL SECURITY;;
CREATE POLICY journal_seal_by_jobs ON journal_seal TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON journal_seal TO chuangdeng_jobs;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="core", id=ID, description=DESCRIPTION, statements=STATEMENTS)
