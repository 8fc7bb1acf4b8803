from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of replacement cases, the moves they may make, one open case an agreement"

WORKERS_EYES = (
    "id, agreement_id, recipient_id, caregiver_id, area_id, district_id, version, mandatory, confidential, barred_ids,"
    " ground, grounds, status, policy_id, proposed_by, proposed_at, decide_by, told_at, told_by, told_how, hearing_at,"
    " heard_at, decision, decided_by, decided_at, will_by, standing_change_id, keep_seen_by, keep_seen_at,"
    " review_ordered_by, review_ordered_at, reviews_case, flagged_at, flag_reviewed_by, flag_reviewed_at,"
    " temporary_care_id, successor_agreement_id, handover_due_at, handed_over_at, closed_at, closed_by, withdrawn_at,"
    " withdrawn_by"
)

STATEMENTS = """
ALTER TABLE replacement_case ENABLE ROW LEVEL SECURITY;;
ALTER TABLE replacement_case FORCE ROW LEVEL SECURITY;;
-- The caregiver is told by notice and at the hearing, and reads no case. One that rests on suspected abuse stays with
-- those who handle such things, and away from everybody on the caregiver's side, until the caregiver has been told.
CREATE POLICY replacement_case_by_area ON replacement_case TO chuangdeng_app USING ((NOT confidential OR told_at IS NOT NULL OR handles_confidential(barred_ids, recipient_id)) AND EXISTS (SELECT FROM area_within w WHERE w.area_id = replacement_case.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY replacement_case_by_jobs ON replacement_case TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON replacement_case TO chuangdeng_app;;
GRANT SELECT (WORKERS_EYES) ON replacement_case TO chuangdeng_jobs;;
GRANT INSERT ON replacement_case TO chuangdeng_jobs;;
GRANT UPDATE (area_id, grounds, mandatory, decide_by, barred_ids, status, withdrawn_at, withdrawn_by, withdrawn_reason, flagged_at, flag_reason, successor_agreement_id, handover_due_at, handed_over_at) ON replacement_case TO chuangdeng_jobs;;
ALTER TABLE hearing ENABLE ROW LEVEL SECURITY;;
ALTER TABLE hearing FORCE ROW LEVEL SECURITY;;
-- What the recipient said of suspected abuse never reaches the caregiver's side, the hearing over or not.
CREATE POLICY hearing_by_area ON hearing TO chuangdeng_app USING (EXISTS (SELECT FROM replacement_case c WHERE c.id = hearing.case_id AND (NOT c.confidential OR handles_confidential(c.barred_ids, c.recipient_id))));;
CREATE POLICY hearing_by_jobs ON hearing TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON hearing TO chuangdeng_app;;
GRANT SELECT (id, case_id, area_id, held_at, held_by, recorded_at, caregiver_came) ON hearing TO chuangdeng_jobs;;
CREATE TRIGGER hearing_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hearing
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
ALTER TABLE handover_item ENABLE ROW LEVEL SECURITY;;
ALTER TABLE handover_item FORCE ROW LEVEL SECURITY;;
CREATE POLICY handover_item_by_area ON handover_item TO chuangdeng_app USING (EXISTS (SELECT FROM replacement_case c WHERE c.id = handover_item.case_id));;
CREATE POLICY handover_item_by_jobs ON handover_item TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON handover_item TO chuangdeng_app;;
GRANT SELECT (id, case_id, area_id, item, done, recorded_by, recorded_at) ON handover_item TO chuangdeng_jobs;;
-- Whether what is left of the grounds still binds: the rule of caregivers.replacement.grounds, for who comes round it.
CREATE FUNCTION replacement_binds(grounds jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT EXISTS (
        SELECT FROM jsonb_array_elements(grounds) AS g
        WHERE NOT g ? 'withdrawn_at' AND g ->> 'kind' IN ('failed_cycles', 'critical_hazard', 'abuse', 'review')
        GROUP BY g ->> 'kind'
        HAVING count(*) >= min(coalesce((g ->> 'needs')::int, 1)) AND (
            g ->> 'kind' <> 'failed_cycles'
            OR NOT grounds @> '[{"kind": "serious_hazard"}]'
            OR EXISTS (SELECT FROM jsonb_array_elements(grounds) AS h
                       WHERE h ->> 'kind' = 'serious_hazard' AND NOT h ? 'withdrawn_at')))
$$;;
CREATE FUNCTION replacement_case_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- A restore, as the owner, writes cases as they were; everybody else begins at the beginning.
        IF current_user IN ('chuangdeng_app', 'chuangdeng_jobs')
            AND (NEW.status <> 'proposed' OR NEW.decision IS NOT NULL OR NEW.heard_at IS NOT NULL) THEN
            RAISE EXCEPTION 'a case begins undecided' USING ERRCODE = 'CD001';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.agreement_id, NEW.recipient_id, NEW.caregiver_id, NEW.confidential, NEW.proposed_at, NEW.proposed_by)
        IS DISTINCT FROM
        (OLD.agreement_id, OLD.recipient_id, OLD.caregiver_id, OLD.confidential, OLD.proposed_at, OLD.proposed_by) THEN
        RAISE EXCEPTION 'what a case is about never changes' USING ERRCODE = 'CD001';
    END IF;
    IF OLD.decision IS NOT NULL
        AND (NEW.decision, NEW.decision_reason, NEW.decided_by, NEW.decided_at, NEW.will_by, NEW.will_stated)
        IS DISTINCT FROM
        (OLD.decision, OLD.decision_reason, OLD.decided_by, OLD.decided_at, OLD.will_by, OLD.will_stated) THEN
        RAISE EXCEPTION 'a decision taken is never rewritten' USING ERRCODE = 'CD001';
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('proposed', 'heard'), ('heard', 'decided'), ('proposed', 'withdrawn'), ('heard', 'withdrawn'),
        ('decided', 'temporary_care'), ('temporary_care', 'successor_signed'), ('decided', 'successor_signed'), ('decided', 'handed_over'),
        ('temporary_care', 'handed_over'), ('successor_signed', 'handed_over'), ('decided', 'closed'),
        ('handed_over', 'closed')) THEN
        RAISE EXCEPTION 'a case never goes from % to %', OLD.status, NEW.status USING ERRCODE = 'CD001';
    END IF;
    IF NEW.decide_by > OLD.decide_by THEN
        RAISE EXCEPTION 'a deadline never moves away' USING ERRCODE = 'CD001';
    END IF;
    IF EXISTS (SELECT FROM jsonb_array_elements(OLD.grounds) AS g WHERE NOT NEW.grounds @> jsonb_build_array(g)) THEN
        RAISE EXCEPTION 'a ground may be marked as withdrawn, never taken out' USING ERRCODE = 'CD001';
    END IF;
    IF OLD.mandatory AND OLD.status IN ('proposed', 'heard') AND (NEW.status = 'withdrawn' OR NOT NEW.mandatory)
        AND replacement_binds(NEW.grounds) THEN
        RAISE EXCEPTION 'a mandatory case is decided, not dropped' USING ERRCODE = 'CD003';
    END IF;
    IF OLD.status = NEW.status THEN
        RETURN NEW;
    END IF;
    IF NEW.status = 'decided' AND NOT EXISTS (SELECT FROM hearing h WHERE h.case_id = NEW.id) THEN
        RAISE EXCEPTION 'nobody was heard' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = 'temporary_care' AND NEW.temporary_care_id IS NULL
        OR NEW.status = 'successor_signed' AND NEW.successor_agreement_id IS NULL THEN
        RAISE EXCEPTION 'who cares now must be named' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = 'handed_over'
        AND (SELECT count(*) FROM handover_item i WHERE i.case_id = NEW.id) < 7 THEN
        RAISE EXCEPTION 'the handover is not whole' USING ERRCODE = 'CD001';
    END IF;
    IF OLD.status = 'decided' AND NEW.status = 'closed' AND EXISTS (
        SELECT FROM agreement a WHERE a.id = NEW.agreement_id AND a.replacement_case_id = NEW.id) THEN
        RAISE EXCEPTION 'what the caregiver held is handed over first' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
CREATE TRIGGER replacement_case_guarded BEFORE INSERT OR UPDATE ON replacement_case
    FOR EACH ROW EXECUTE FUNCTION replacement_case_guard();;
CREATE TRIGGER replacement_case_stays BEFORE DELETE OR TRUNCATE ON replacement_case
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- At the end of the transaction, by what is true and not by what the caller sees.
CREATE FUNCTION replacement_takes_effect() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM agreement a WHERE a.id = NEW.agreement_id AND a.status IN ('active', 'suspended')) THEN
        RAISE EXCEPTION 'a removal ends the agreement in the same transaction' USING ERRCODE = 'CD001';
    END IF;
    RETURN NULL;
END $$;;
ALTER FUNCTION replacement_takes_effect OWNER TO chuangdeng_jobs;;
-- One person may be registered under several townships: the ID number tells.
CREATE FUNCTION same_caregiver(one uuid, other uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT one = other OR EXISTS (
        SELECT FROM caregiver a, caregiver b WHERE a.id = one AND b.id = other AND a.id_index = b.id_index)
$$;;
ALTER FUNCTION same_caregiver OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION replacement_takes_effect, same_caregiver FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION replacement_takes_effect TO chuangdeng_app;;
GRANT EXECUTE ON FUNCTION same_caregiver TO chuangdeng_app, chuangdeng_jobs;;
CREATE CONSTRAINT TRIGGER replacement_effective AFTER UPDATE ON replacement_case DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.decision = 'replace' AND OLD.decision IS NULL)
    EXECUTE FUNCTION replacement_takes_effect();;
-- Once a decision to keep is taken, new grounds open a new case. What the caregiver's side must not see is beside it.
CREATE UNIQUE INDEX replacement_case_one_open ON replacement_case (agreement_id, confidential)
    WHERE status NOT IN ('closed', 'withdrawn') AND decision IS DISTINCT FROM 'keep_with_reason';;
CREATE INDEX replacement_case_undecided ON replacement_case (decide_by) WHERE status IN ('proposed', 'heard');;
CREATE INDEX replacement_case_under_way ON replacement_case (id)
    WHERE status IN ('proposed', 'heard', 'decided', 'temporary_care', 'successor_signed', 'handed_over');;
""".replace("WORKERS_EYES", WORKERS_EYES)


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
