from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of replacement cases, one open case an agreement"

STATEMENTS = """
ALTER TABLE replacement_case ENABLE ROW LEVEL SECURITY;;
ALTER TABLE replacement_case FORCE ROW LEVEL SECURITY;;
CREATE POLICY replacement_case_by_area ON replacement_case TO chuangdeng_app USING (((NOT confidential OR handles_confidential(barred_ids)) AND EXISTS (SELECT FROM area_within w WHERE w.area_id = replacement_case.area_id AND w.ancestor_id = ANY (visible_areas()))) OR (told_at IS NOT NULL AND replacement_case.caregiver_id = ANY (my_caregiver_ids())));;
CREATE POLICY replacement_case_by_jobs ON replacement_case TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON replacement_case TO chuangdeng_app;;
GRANT SELECT ON replacement_case TO chuangdeng_jobs;;
ALTER TABLE hearing ENABLE ROW LEVEL SECURITY;;
ALTER TABLE hearing FORCE ROW LEVEL SECURITY;;
CREATE POLICY hearing_by_area ON hearing TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = hearing.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM replacement_case parent WHERE parent.id = hearing.case_id));;
CREATE POLICY hearing_by_jobs ON hearing TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON hearing TO chuangdeng_app;;
GRANT SELECT (id, case_id, area_id, held_at, held_by, recorded_at, caregiver_came) ON hearing TO chuangdeng_jobs;;
ALTER TABLE handover_item ENABLE ROW LEVEL SECURITY;;
ALTER TABLE handover_item FORCE ROW LEVEL SECURITY;;
CREATE POLICY handover_item_by_area ON handover_item TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = handover_item.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY handover_item_by_jobs ON handover_item TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON handover_item TO chuangdeng_app;;
GRANT SELECT (id, case_id, area_id, item, done, recorded_by, recorded_at) ON handover_item TO chuangdeng_jobs;;
CREATE UNIQUE INDEX replacement_case_one_open ON replacement_case (agreement_id) WHERE status NOT IN ('closed', 'withdrawn');;
CREATE INDEX replacement_case_undecided ON replacement_case (decide_by) WHERE status IN ('proposed', 'heard');;
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
