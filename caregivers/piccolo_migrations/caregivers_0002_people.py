from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of caregivers, checks, relations and the bar list"

STATEMENTS = """
GRANT SELECT (id, area_id, district_id, version, kind, provider_id, account_id, born_on, id_index, status, left_on, created_by, created_at, changed_at) ON caregiver TO chuangdeng_jobs;;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
CREATE FUNCTION my_caregiver_ids() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM caregiver WHERE account_id = caller()
$$;;
ALTER FUNCTION my_caregiver_ids OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION my_caregiver_ids FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION my_caregiver_ids TO chuangdeng_app;;
ALTER TABLE provider ENABLE ROW LEVEL SECURITY;;
ALTER TABLE provider FORCE ROW LEVEL SECURITY;;
CREATE POLICY provider_by_area ON provider TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = provider.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY provider_by_jobs ON provider TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON provider TO chuangdeng_app;;
GRANT SELECT (id, area_id, district_id, status) ON provider TO chuangdeng_jobs;;
ALTER TABLE caregiver ENABLE ROW LEVEL SECURITY;;
ALTER TABLE caregiver FORCE ROW LEVEL SECURITY;;
CREATE POLICY caregiver_by_area ON caregiver TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = caregiver.area_id AND w.ancestor_id = ANY (visible_areas())) OR caregiver.account_id = caller());;
CREATE POLICY caregiver_by_jobs ON caregiver TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON caregiver TO chuangdeng_app;;
GRANT SELECT (id, area_id, district_id, version, kind, provider_id, account_id, born_on, id_index, status, left_on, created_by, created_at, changed_at) ON caregiver TO chuangdeng_jobs;;
ALTER TABLE record_check ENABLE ROW LEVEL SECURITY;;
ALTER TABLE record_check FORCE ROW LEVEL SECURITY;;
CREATE POLICY record_check_by_area ON record_check TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = record_check.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY record_check_by_jobs ON record_check TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON record_check TO chuangdeng_app;;
GRANT SELECT (id, caregiver_id, area_id, kind, clear, checked_on, expires_on, at) ON record_check TO chuangdeng_jobs;;
ALTER TABLE relation ENABLE ROW LEVEL SECURITY;;
ALTER TABLE relation FORCE ROW LEVEL SECURITY;;
CREATE POLICY relation_by_area ON relation TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = relation.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY relation_by_jobs ON relation TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON relation TO chuangdeng_app;;
GRANT SELECT (id, caregiver_id, area_id, account_id, kind, declared_at, ended_at) ON relation TO chuangdeng_jobs;;
ALTER TABLE bar ENABLE ROW LEVEL SECURITY;;
ALTER TABLE bar FORCE ROW LEVEL SECURITY;;
CREATE POLICY bar_by_area ON bar TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = bar.district_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY bar_by_jobs ON bar TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON bar TO chuangdeng_app;;
GRANT SELECT (id, district_id, caregiver_id, id_index, reason, case_id, from_on, until_on, created_at, lifted_at) ON bar TO chuangdeng_jobs;;
CREATE UNIQUE INDEX caregiver_one_id ON caregiver (area_id, id_index) WHERE id_index IS NOT NULL;;
CREATE UNIQUE INDEX caregiver_one_account ON caregiver (account_id) WHERE account_id IS NOT NULL;;
CREATE INDEX caregiver_by_id_number ON caregiver (district_id, id_index) WHERE id_index IS NOT NULL;;
CREATE UNIQUE INDEX relation_once ON relation (caregiver_id, account_id) WHERE ended_at IS NULL;;
CREATE INDEX bar_by_id_number ON bar (district_id, id_index) WHERE lifted_at IS NULL;;
CREATE INDEX bar_by_caregiver ON bar (caregiver_id) WHERE lifted_at IS NULL;;
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
