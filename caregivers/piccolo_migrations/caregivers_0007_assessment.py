from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of attendance and assessments"

STATEMENTS = """
ALTER TABLE attendance ENABLE ROW LEVEL SECURITY;;
ALTER TABLE attendance FORCE ROW LEVEL SECURITY;;
CREATE POLICY attendance_by_area ON attendance TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = attendance.area_id AND w.ancestor_id = ANY (visible_areas())) OR attendance.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY attendance_by_jobs ON attendance TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON attendance TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, recipient_id, caregiver_id, area_id, by_account_id, services, made_at, logged_at) ON attendance TO chuangdeng_jobs;;
ALTER TABLE assessment ENABLE ROW LEVEL SECURITY;;
ALTER TABLE assessment FORCE ROW LEVEL SECURITY;;
CREATE POLICY assessment_by_area ON assessment TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = assessment.area_id AND w.ancestor_id = ANY (visible_areas())) OR assessment.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY assessment_by_jobs ON assessment TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON assessment TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, version, period_from, period_to, due_at, status, policy_id, qualified, withholds, settled_by, settled_at, rectified_at, objection_until, objected_at, objection_decide_by, objection_decided_at, objection_upheld) ON assessment TO chuangdeng_jobs;;
CREATE INDEX assessment_due ON assessment (due_at) WHERE status = 'due';;
CREATE INDEX assessment_objected ON assessment (objection_decide_by) WHERE status = 'objected';;
CREATE INDEX attendance_by_agreement ON attendance (agreement_id, made_at DESC);;
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
