from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of the register, uniqueness of ID numbers"

STATEMENTS = """
ALTER TABLE recipient ENABLE ROW LEVEL SECURITY;;
ALTER TABLE recipient FORCE ROW LEVEL SECURITY;;
CREATE POLICY recipient_by_area ON recipient TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = recipient.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY recipient_by_jobs ON recipient TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON recipient TO chuangdeng_app;;
ALTER TABLE standing_change ENABLE ROW LEVEL SECURITY;;
ALTER TABLE standing_change FORCE ROW LEVEL SECURITY;;
CREATE POLICY standing_change_by_area ON standing_change TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = standing_change.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY standing_change_by_jobs ON standing_change TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON standing_change TO chuangdeng_app;;
GRANT UPDATE (confirmed_by, confirmed_at, rejected_by, rejected_at, undone_by, undone_at, undo_reason)
    ON standing_change TO chuangdeng_app;;
GRANT SELECT (id, recipient, area_id, from_standing, standing, happened_on, proposed_by, proposed_at, confirmed_by,
              confirmed_at, rejected_by, rejected_at, undone_by, undone_at) ON standing_change TO chuangdeng_jobs;;
ALTER TABLE absence ENABLE ROW LEVEL SECURITY;;
ALTER TABLE absence FORCE ROW LEVEL SECURITY;;
CREATE POLICY absence_by_area ON absence TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = absence.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY absence_by_jobs ON absence TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON absence TO chuangdeng_app;;
GRANT UPDATE (confirmed_by, confirmed_at, confirmed_how, ended_by, ended_at, return_checked_at)
    ON absence TO chuangdeng_app;;
GRANT SELECT (id, recipient, area_id, kind, starts_at, ends_at, reported_by, reported_at, confirmed_by, confirmed_at,
              confirmed_how, ended_by, ended_at, return_checked_at) ON absence TO chuangdeng_jobs;;
GRANT UPDATE (ended_at) ON absence TO chuangdeng_jobs;;
ALTER TABLE import_batch ENABLE ROW LEVEL SECURITY;;
ALTER TABLE import_batch FORCE ROW LEVEL SECURITY;;
CREATE POLICY import_batch_by_area ON import_batch TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = import_batch.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY import_batch_by_jobs ON import_batch TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON import_batch TO chuangdeng_app;;
ALTER TABLE import_row ENABLE ROW LEVEL SECURITY;;
ALTER TABLE import_row FORCE ROW LEVEL SECURITY;;
CREATE POLICY import_row_by_area ON import_row TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = import_row.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY import_row_by_jobs ON import_row TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE, DELETE ON import_row TO chuangdeng_app;;
GRANT SELECT (id, area_id, district_id, born_on, support_mode, standing, self_care, categories, conditions, risk,
              living_alone, visit_worker_id, last_seen_on, created_at, changed_at, id_index) ON recipient TO chuangdeng_jobs;;
GRANT UPDATE (risk, categories, changed_at) ON recipient TO chuangdeng_jobs;;
CREATE UNIQUE INDEX recipient_one_id ON recipient (id_index) WHERE id_index IS NOT NULL;;
CREATE INDEX recipient_support ON recipient (area_id) WHERE support_mode = 'dispersed'
    AND standing IN ('at_home', 'in_hospital');;
CREATE INDEX absence_to_end ON absence (ends_at) WHERE ended_at IS NULL;;
CREATE UNIQUE INDEX standing_change_one_pending ON standing_change (recipient)
    WHERE confirmed_at IS NULL AND rejected_at IS NULL;;
CREATE INDEX recipient_by_village ON recipient (area_id, id);;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
CREATE FUNCTION recipient_known(wanted bytea[]) RETURNS SETOF bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id_index FROM recipient WHERE id_index = ANY (wanted)
$$;;
ALTER FUNCTION recipient_known OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION recipient_known FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION recipient_known TO chuangdeng_app;;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="recipients", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
