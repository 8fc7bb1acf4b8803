from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Roles, append-only journal, caller's scope"

STATEMENTS = """
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['chuangdeng_app', 'chuangdeng_jobs', 'chuangdeng_door'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of the same server made it a moment ago
            END;
        END IF;
        IF NOT pg_has_role(current_user, wanted, 'USAGE') THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
END $$;;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;;
GRANT USAGE ON SCHEMA public TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door;;
CREATE FUNCTION visible_areas() RETURNS int[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('app.area_ids', true), ''), '{}')::int[];;
CREATE FUNCTION caller() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.account_id', true), '')::uuid;;
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
CREATE INDEX journal_subject ON journal (subject_id, id);;
CREATE INDEX journal_area ON journal (area_id, id);;
ALTER TABLE journal ENABLE ROW LEVEL SECURITY;;
ALTER TABLE journal FORCE ROW LEVEL SECURITY;;
CREATE POLICY journal_add ON journal FOR INSERT TO chuangdeng_app, chuangdeng_door WITH CHECK (true);;
CREATE POLICY journal_by_jobs ON journal TO chuangdeng_jobs USING (true);;
GRANT INSERT, SELECT ON journal TO chuangdeng_app, chuangdeng_jobs;;
GRANT INSERT ON journal TO chuangdeng_door;;
GRANT USAGE ON SEQUENCE journal_id_seq TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door;;
CREATE UNIQUE INDEX quarantined_once ON quarantined (job, subject_id) WHERE released_at IS NULL;;
GRANT SELECT, INSERT, UPDATE ON heartbeat, quarantined TO chuangdeng_jobs;;
GRANT SELECT ON heartbeat TO chuangdeng_app;;
GRANT SELECT ON migration TO chuangdeng_app, chuangdeng_jobs;;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
