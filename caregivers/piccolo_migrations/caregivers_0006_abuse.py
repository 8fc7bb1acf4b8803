from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of suspected abuse: only those who handle it, and nobody barred"

STATEMENTS = """

ALTER TABLE abuse_case ENABLE ROW LEVEL SECURITY;;
ALTER TABLE abuse_case FORCE ROW LEVEL SECURITY;;
CREATE POLICY abuse_case_by_area ON abuse_case TO chuangdeng_app USING (handles_confidential(barred_ids) AND EXISTS (SELECT FROM area_within w WHERE w.area_id = abuse_case.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY abuse_case_by_jobs ON abuse_case TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON abuse_case TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, agreement_id, caregiver_id, area_id, district_id, minor, without_capacity, barred_ids, status, opened_at, report_due_at, reported_at, closed_at, retain_until, replacement_case_id) ON abuse_case TO chuangdeng_jobs;;
ALTER TABLE abuse_concern ENABLE ROW LEVEL SECURITY;;
ALTER TABLE abuse_concern FORCE ROW LEVEL SECURITY;;
CREATE POLICY abuse_concern_by_area ON abuse_concern TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = abuse_concern.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY abuse_concern_by_jobs ON abuse_concern TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON abuse_concern TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, district_id, source, source_id, by_account_id, made_at, logged_at, case_id) ON abuse_concern TO chuangdeng_jobs;;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="caregivers", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
