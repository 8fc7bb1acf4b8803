from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0006"
VERSION = "1.38.0"
DESCRIPTION = "Suspected abuse: seen only by those who handle it, and by nobody on the caregiver's side"

STATEMENTS = """
ALTER TABLE abuse_case ENABLE ROW LEVEL SECURITY;;
ALTER TABLE abuse_case FORCE ROW LEVEL SECURITY;;
CREATE POLICY abuse_case_by_area ON abuse_case TO chuangdeng_app USING (handles_confidential(barred_ids, recipient_id) AND EXISTS (SELECT FROM area_within w WHERE w.area_id = abuse_case.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY abuse_case_by_jobs ON abuse_case TO chuangdeng_jobs USING (true);;
GRANT SELECT ON abuse_case TO chuangdeng_app;;
GRANT UPDATE (status, reported_at, reported_by, authority, reference, outcome_sealed, closed_by, closed_at, retain_until)
    ON abuse_case TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, agreement_id, caregiver_id, area_id, district_id, minor, without_capacity, barred_ids,
              policy_id, status, opened_at, report_due_at, reported_at, closed_at, retain_until, replacement_case_id)
    ON abuse_case TO chuangdeng_jobs;;
GRANT INSERT, UPDATE (barred_ids, replacement_case_id) ON abuse_case TO chuangdeng_jobs;;
ALTER TABLE abuse_concern ENABLE ROW LEVEL SECURITY;;
ALTER TABLE abuse_concern FORCE ROW LEVEL SECURITY;;
-- Whoever sees somebody may say what they noticed. What was said is read with its case, by those who may see that.
CREATE POLICY abuse_concern_noted ON abuse_concern FOR INSERT TO chuangdeng_app WITH CHECK (by_account_id = caller() AND case_id IS NULL AND EXISTS (SELECT FROM area_within w WHERE w.area_id = abuse_concern.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY abuse_concern_read ON abuse_concern FOR SELECT TO chuangdeng_app USING (EXISTS (SELECT FROM abuse_case c WHERE c.id = abuse_concern.case_id));;
CREATE POLICY abuse_concern_by_jobs ON abuse_concern TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON abuse_concern TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, district_id, source, source_id, by_account_id, made_at, logged_at, case_id)
    ON abuse_concern TO chuangdeng_jobs;;
GRANT UPDATE (case_id) ON abuse_concern TO chuangdeng_jobs;;
CREATE UNIQUE INDEX abuse_case_one_open ON abuse_case (recipient_id) WHERE status = 'open';;
CREATE INDEX abuse_concern_waiting ON abuse_concern (logged_at) WHERE case_id IS NULL;;

-- Its lines in the journal name no area: they are read by whoever sees the case.
CREATE POLICY journal_of_abuse_case ON journal FOR SELECT TO chuangdeng_app USING (
    area_id IS NULL AND kind LIKE 'abuse.%' AND EXISTS (SELECT FROM abuse_case c WHERE c.id = journal.subject_id));;

-- The side of everybody who cares for somebody now, or did when they were suspected: their own accounts and those tied
-- to them, also where the same person is registered a second time under their ID number.
CREATE OR REPLACE FUNCTION too_near(recipient uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH carers AS (
        SELECT a.caregiver_id AS id FROM agreement a
        WHERE a.recipient_id = recipient AND a.status IN ('active', 'suspended')
        UNION SELECT t.caregiver_id FROM temporary_care t WHERE t.recipient_id = recipient AND t.ended_at IS NULL
        UNION SELECT c.caregiver_id FROM abuse_case c WHERE c.recipient_id = recipient
    ), same AS (
        SELECT g.id, g.account_id FROM caregiver g WHERE g.id IN (SELECT id FROM carers)
        UNION SELECT g.id, g.account_id FROM caregiver k
        JOIN caregiver g ON g.district_id = k.district_id AND g.id_index = k.id_index
        WHERE k.id IN (SELECT id FROM carers)
    ), near AS (
        SELECT account_id FROM same WHERE account_id IS NOT NULL
        UNION SELECT r.account_id FROM relation r JOIN same ON same.id = r.caregiver_id WHERE r.ended_at IS NULL
    )
    SELECT coalesce(array_agg(account_id), '{}') FROM near
    WHERE caller() IS NULL OR account_id = caller() OR EXISTS (
        SELECT FROM recipient p JOIN area_within w ON w.area_id = p.area_id
        WHERE p.id = recipient AND w.ancestor_id = ANY (visible_areas()))
$$;;

CREATE FUNCTION abuse_case_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- A restore, as the owner, writes cases as they were; everybody else begins at the beginning.
        IF current_user IN ('chuangdeng_app', 'chuangdeng_jobs')
            AND (NEW.status <> 'open' OR NEW.reported_at IS NOT NULL) THEN
            RAISE EXCEPTION 'a case begins open and unreported' USING ERRCODE = 'CD001';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.recipient_id, NEW.agreement_id, NEW.caregiver_id, NEW.area_id, NEW.district_id, NEW.minor,
        NEW.without_capacity, NEW.policy_id, NEW.opened_at, NEW.report_due_at)
        IS DISTINCT FROM
        (OLD.recipient_id, OLD.agreement_id, OLD.caregiver_id, OLD.area_id, OLD.district_id, OLD.minor,
        OLD.without_capacity, OLD.policy_id, OLD.opened_at, OLD.report_due_at) THEN
        RAISE EXCEPTION 'what a case is about never changes' USING ERRCODE = 'CD001';
    END IF;
    IF OLD.reported_at IS NOT NULL AND (NEW.reported_at, NEW.reported_by, NEW.authority, NEW.reference)
        IS DISTINCT FROM (OLD.reported_at, OLD.reported_by, OLD.authority, OLD.reference) THEN
        RAISE EXCEPTION 'a report made is never rewritten' USING ERRCODE = 'CD001';
    END IF;
    IF OLD.status <> 'open' AND (NEW.status, NEW.outcome_sealed, NEW.closed_by, NEW.closed_at)
        IS DISTINCT FROM (OLD.status, OLD.outcome_sealed, OLD.closed_by, OLD.closed_at) THEN
        RAISE EXCEPTION 'a closed case stays as it was closed' USING ERRCODE = 'CD001';
    END IF;
    IF NOT NEW.barred_ids @> OLD.barred_ids THEN
        RAISE EXCEPTION 'nobody barred from a case is ever let in' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.retain_until < OLD.retain_until THEN
        RAISE EXCEPTION 'a case is never kept for a shorter time' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
CREATE TRIGGER abuse_case_guard BEFORE INSERT OR UPDATE ON abuse_case
    FOR EACH ROW EXECUTE FUNCTION abuse_case_guard();;
CREATE FUNCTION abuse_concern_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.case_id IS NOT NULL AND NEW.case_id IS DISTINCT FROM OLD.case_id THEN
        RAISE EXCEPTION 'a concern stays with its case' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
CREATE TRIGGER abuse_concern_guard BEFORE UPDATE ON abuse_concern
    FOR EACH ROW EXECUTE FUNCTION abuse_concern_guard();;
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
