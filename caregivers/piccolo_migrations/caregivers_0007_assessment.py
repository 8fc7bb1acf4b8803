from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0007"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of attendance and assessments"

STATEMENTS = """
ALTER TABLE attendance ENABLE ROW LEVEL SECURITY;;
ALTER TABLE attendance FORCE ROW LEVEL SECURITY;;
CREATE POLICY attendance_seen ON attendance FOR SELECT TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = attendance.area_id AND w.ancestor_id = ANY (visible_areas())) OR attendance.caregiver_id = ANY (my_caregiver_ids()));;
-- A caregiver's own word, or what a supervisor keys in from paper: nobody else speaks for a caregiver.
CREATE POLICY attendance_logged ON attendance FOR INSERT TO chuangdeng_app WITH CHECK (by_account_id = caller() AND (
    (on_paper_by IS NULL AND attendance.caregiver_id = ANY (my_caregiver_ids()))
    OR (on_paper_by IS NOT NULL AND EXISTS (SELECT FROM area_within w WHERE w.area_id = attendance.area_id AND w.ancestor_id = ANY (visible_areas())))));;
CREATE POLICY attendance_by_jobs ON attendance TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON attendance TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, recipient_id, caregiver_id, area_id, by_account_id, services, made_at, logged_at, late) ON attendance TO chuangdeng_jobs;;
CREATE TRIGGER attendance_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attendance
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
ALTER TABLE assessment ENABLE ROW LEVEL SECURITY;;
ALTER TABLE assessment FORCE ROW LEVEL SECURITY;;
CREATE POLICY assessment_seen ON assessment FOR SELECT TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = assessment.area_id AND w.ancestor_id = ANY (visible_areas())) OR assessment.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY assessment_judged ON assessment FOR UPDATE TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = assessment.area_id AND w.ancestor_id = ANY (visible_areas())));;
-- All a caregiver can do to an assessment of their own is object to it.
CREATE POLICY assessment_objected_to ON assessment FOR UPDATE TO chuangdeng_app USING (assessment.caregiver_id = ANY (my_caregiver_ids()))
    WITH CHECK (status = 'objected' AND assessment.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY assessment_by_jobs ON assessment TO chuangdeng_jobs USING (true);;
GRANT SELECT, UPDATE ON assessment TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, version, period_from, period_to, opened_at, due_at, status, policy_id, qualified, withholds, settled_by, settled_at, rectified_at, objection_until, objected_at, objection_decide_by, objection_decided_at, objection_upheld) ON assessment TO chuangdeng_jobs;;
-- The clock opens what is due, ends the time to object, and puts aside what death has made senseless.
GRANT INSERT, UPDATE (status, version) ON assessment TO chuangdeng_jobs;;
-- Which move may touch which columns; what no move names never changes. Time is not judged here.
CREATE FUNCTION guard_assessment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    move text := OLD.status || '>' || NEW.status;
    touches text[] := CASE move
        WHEN 'due>due' THEN ARRAY['recipient_score', 'recipient_asked_by', 'recipient_asked_at', 'recipient_asked_how',
            'recipient_proxy_reason', 'recipient_said', 'neighbours_score', 'neighbours_asked', 'neighbours_asked_by',
            'neighbours_asked_at', 'neighbours_said']
        WHEN 'due>settled' THEN ARRAY['visits_score', 'records_score', 'weights', 'reasons', 'total', 'qualified',
            'withholds', 'settled_by', 'settled_at', 'objection_until']
        WHEN 'settled>objected' THEN ARRAY['objected_at', 'objected_by', 'objection_on_paper_by', 'objection',
            'objection_decide_by']
        WHEN 'objected>final' THEN ARRAY['objection_decided_by', 'objection_decided_at', 'objection_upheld',
            'objection_reason', 'qualified', 'withholds']
        ELSE CASE
            WHEN move IN ('settled>settled', 'objected>objected', 'final>final')
                THEN ARRAY['rectified_at', 'rectified_by', 'rectified_evidence']
            WHEN move IN ('settled>final', 'due>cancelled', 'cancelled>due') THEN ARRAY[]::text[]
        END
    END;
BEGIN
    IF touches IS NULL
        OR to_jsonb(NEW) - touches - 'status' - 'version' <> to_jsonb(OLD) - touches - 'status' - 'version' THEN
        RAISE EXCEPTION 'assessment % does not move like this: %', OLD.id, move USING ERRCODE = 'CD001';
    END IF;
    IF move IN ('settled>final', 'due>cancelled', 'cancelled>due') AND current_user = 'chuangdeng_app' THEN
        RAISE EXCEPTION 'only the clock makes an assessment %', NEW.status USING ERRCODE = 'CD001';
    END IF;
    IF move = 'objected>final' AND (NEW.objection_upheld IS NULL OR NEW.qualified <> NEW.objection_upheld
            OR NEW.withholds <> (OLD.withholds AND NOT NEW.objection_upheld)) THEN
        RAISE EXCEPTION 'an objection is upheld or not, and nothing else follows' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.rectified_at IS DISTINCT FROM OLD.rectified_at AND NOT (OLD.rectified_at IS NULL AND OLD.withholds) THEN
        RAISE EXCEPTION 'nothing is withheld that could be released' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
CREATE TRIGGER assessment_moves BEFORE UPDATE ON assessment FOR EACH ROW EXECUTE FUNCTION guard_assessment();;
CREATE TRIGGER assessment_is_kept BEFORE DELETE OR TRUNCATE ON assessment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
CREATE INDEX assessment_due ON assessment (due_at) WHERE status = 'due';;
CREATE INDEX assessment_settled ON assessment (objection_until) WHERE status = 'settled';;
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
