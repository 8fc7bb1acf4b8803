from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0008"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of what phones hold and were given"

STATEMENTS = """
GRANT SELECT ON server_epoch TO chuangdeng_app;;
GRANT SELECT (id, since) ON server_epoch TO chuangdeng_jobs;;
INSERT INTO server_epoch (id, since, reason) VALUES (gen_random_uuid(), now(), 'founded');;
ALTER TABLE held ENABLE ROW LEVEL SECURITY;;
ALTER TABLE held FORCE ROW LEVEL SECURITY;;
CREATE POLICY held_seen ON held TO chuangdeng_app USING (
    EXISTS (SELECT FROM device d WHERE d.id = held.device_id AND d.account = caller()));;
CREATE POLICY held_by_jobs ON held TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE, DELETE ON held TO chuangdeng_app;;
GRANT SELECT ON held TO chuangdeng_jobs;;
GRANT INSERT ON server_epoch TO chuangdeng_jobs;;
ALTER TABLE task_issued ENABLE ROW LEVEL SECURITY;;
ALTER TABLE task_issued FORCE ROW LEVEL SECURITY;;
CREATE POLICY task_issued_seen ON task_issued FOR SELECT TO chuangdeng_app USING (account_id = caller() OR EXISTS (
    SELECT FROM area_within w WHERE w.area_id = task_issued.area_id AND w.ancestor_id = ANY (visible_areas())));;
-- Having been given a visit opens it for ever: nobody is given one that they do not see.
CREATE POLICY task_issued_given ON task_issued FOR INSERT TO chuangdeng_app WITH CHECK (
    account_id = caller() AND EXISTS (SELECT FROM visit v WHERE v.id = task_issued.visit_id));;
CREATE POLICY task_issued_left ON task_issued FOR UPDATE TO chuangdeng_app USING (account_id = caller());;
CREATE POLICY task_issued_by_jobs ON task_issued TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON task_issued TO chuangdeng_app;;
GRANT UPDATE (left_at, left_why) ON task_issued TO chuangdeng_app;;
GRANT SELECT ON task_issued TO chuangdeng_jobs;;
CREATE INDEX task_issued_to ON task_issued (account_id) WHERE left_at IS NULL;;

GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- Where a visit is that once went out to the caller's phone, also when the caller no longer sees it: a report written
-- before it was handed over is welcome. Anybody else's id finds nothing.
CREATE FUNCTION areas_issued(wanted uuid[]) RETURNS TABLE (visit_id uuid, area_id int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT v.id, v.area_id FROM task_issued t JOIN visit v ON v.id = t.visit_id
    WHERE t.visit_id = ANY (wanted) AND t.account_id = caller()
$$;;
ALTER FUNCTION areas_issued OWNER TO chuangdeng_jobs;;
-- What became of a visit that once went out to the caller's phone. Of one they no longer see nothing is told but that,
-- and whether it was they who made it.
CREATE FUNCTION visits_left(wanted uuid[])
    RETURNS TABLE (visit_id uuid, seen boolean, by_me boolean, status text, reason text, mine boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT v.id, near.seen, coalesce(r.by_account_id = caller(), false),
           CASE WHEN near.seen THEN v.status END, CASE WHEN near.seen THEN v.closed_reason END,
           near.seen AND (v.worker_id IS NULL OR v.worker_id = caller())
    FROM task_issued t JOIN visit v ON v.id = t.visit_id LEFT JOIN visit_report r ON r.id = v.report_id,
         LATERAL (SELECT EXISTS (SELECT FROM area_within w WHERE w.area_id = v.area_id
                                 AND w.ancestor_id = ANY (visible_areas())) AS seen) near
    WHERE t.visit_id = ANY (wanted) AND t.account_id = caller()
$$;;
ALTER FUNCTION visits_left OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION areas_issued, visits_left FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION areas_issued, visits_left TO chuangdeng_app;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
