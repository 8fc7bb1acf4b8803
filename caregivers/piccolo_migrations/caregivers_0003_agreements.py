from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "Agreements and temporary care: who sees them, which moves there are, nobody without care"

STATEMENTS = """
ALTER TABLE agreement ENABLE ROW LEVEL SECURITY;;
ALTER TABLE agreement FORCE ROW LEVEL SECURITY;;
-- A caregiver sees the agreements that are their own, and nothing else of the village.
CREATE POLICY agreement_by_area ON agreement TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = agreement.area_id AND w.ancestor_id = ANY (visible_areas()))
    OR agreement.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY agreement_by_jobs ON agreement TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON agreement TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, caregiver_id, area_id, district_id, township_id, version, status, starts_on, ends_on,
    fee_class, fee_yuan, renewal_of, successor_for_case, source, renewal_reviewed_at, renewal_decision, activated_at,
    suspended_at, suspended_by, ended_on, ended_at, ended_by, ended_reason, replacement_case_id, created_by, created_at,
    changed_at, restored_at) ON agreement TO chuangdeng_jobs;;
ALTER TABLE agreement_item ENABLE ROW LEVEL SECURITY;;
ALTER TABLE agreement_item FORCE ROW LEVEL SECURITY;;
CREATE POLICY agreement_item_by_area ON agreement_item TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = agreement_item.area_id AND w.ancestor_id = ANY (visible_areas()))
    OR EXISTS (SELECT FROM agreement parent WHERE parent.id = agreement_item.agreement_id));;
CREATE POLICY agreement_item_by_jobs ON agreement_item TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, DELETE ON agreement_item TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, area_id, service, times, per) ON agreement_item TO chuangdeng_jobs;;
ALTER TABLE signature ENABLE ROW LEVEL SECURITY;;
ALTER TABLE signature FORCE ROW LEVEL SECURITY;;
CREATE POLICY signature_by_area ON signature TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = signature.area_id AND w.ancestor_id = ANY (visible_areas()))
    OR EXISTS (SELECT FROM agreement parent WHERE parent.id = signature.agreement_id));;
CREATE POLICY signature_by_jobs ON signature TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON signature TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, area_id, party, how, capacity, signed_on, recorded_by, recorded_at) ON signature TO chuangdeng_jobs;;
ALTER TABLE temporary_care ENABLE ROW LEVEL SECURITY;;
ALTER TABLE temporary_care FORCE ROW LEVEL SECURITY;;
CREATE POLICY temporary_care_by_area ON temporary_care TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = temporary_care.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY temporary_care_by_jobs ON temporary_care TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON temporary_care TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, district_id, agreement_id, case_id, kind, caregiver_id, starts_at, ends_by,
    arranged_by, arranged_at, extended_by, extended_at, first_ends_by, ended_by, ended_at, ended_reason) ON temporary_care TO chuangdeng_jobs;;
ALTER TABLE no_cover ENABLE ROW LEVEL SECURITY;;
ALTER TABLE no_cover FORCE ROW LEVEL SECURITY;;
CREATE POLICY no_cover_by_area ON no_cover TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = no_cover.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY no_cover_by_jobs ON no_cover TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON no_cover TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, district_id, reported_by, reported_at, ended_by, ended_at, ended_how) ON no_cover TO chuangdeng_jobs;;
ALTER TABLE care_fact ENABLE ROW LEVEL SECURITY;;
ALTER TABLE care_fact FORCE ROW LEVEL SECURITY;;
CREATE POLICY care_fact_by_area ON care_fact TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = care_fact.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY care_fact_by_jobs ON care_fact TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON care_fact TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, kind, who, caregiver_id, since_on, until_on) ON care_fact TO chuangdeng_jobs;;
GRANT UPDATE (until_on) ON care_fact TO chuangdeng_app;;
GRANT UPDATE (area_id, version, status, activated_at, ended_on, ended_at, ended_by, ended_reason, changed_at,
              restored_at) ON agreement TO chuangdeng_jobs;;
CREATE INDEX agreement_restored ON agreement (id) WHERE restored_at IS NOT NULL;;
GRANT UPDATE (area_id, ended_by, ended_at, ended_reason) ON temporary_care TO chuangdeng_jobs;;
GRANT UPDATE (area_id, ended_by, ended_at, ended_how) ON no_cover TO chuangdeng_jobs;;
CREATE UNIQUE INDEX agreement_one_active ON agreement (recipient_id) WHERE status = 'active';;
CREATE UNIQUE INDEX agreement_number_once ON agreement (district_id, number) WHERE number IS NOT NULL AND status <> 'ended';;
CREATE UNIQUE INDEX temporary_care_one ON temporary_care (recipient_id) WHERE ended_at IS NULL;;
CREATE UNIQUE INDEX no_cover_one ON no_cover (recipient_id) WHERE ended_at IS NULL;;
CREATE UNIQUE INDEX care_fact_once ON care_fact (recipient_id, kind) WHERE until_on IS NULL;;
CREATE INDEX agreement_in_force ON agreement (ends_on) WHERE status IN ('active', 'suspended');;
CREATE INDEX agreement_of_caregiver ON agreement (caregiver_id) WHERE status IN ('active', 'suspended');;
CREATE INDEX agreement_to_start ON agreement (starts_on) WHERE status = 'pending_signatures';;
CREATE INDEX agreement_to_restore ON agreement (recipient_id) WHERE status = 'ended' AND ended_by IS NULL;;
CREATE INDEX temporary_care_ending ON temporary_care (ends_by) WHERE ended_at IS NULL;;
CREATE INDEX alert_of_cover ON alert (recipient_id) WHERE kind = 'uncovered' AND status <> 'resolved';;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- These judge the truth, not what the caller sees: they run with the jobs' eyes.
CREATE FUNCTION is_supported(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM recipient r WHERE r.id = wanted
        AND r.support_mode = 'dispersed' AND r.standing IN ('at_home', 'in_hospital'))
$$;;
ALTER FUNCTION is_supported OWNER TO chuangdeng_jobs;;
-- By the papers alone, whatever day it is.
CREATE FUNCTION is_covered(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM agreement a WHERE a.recipient_id = wanted AND a.status = 'active')
        OR EXISTS (SELECT FROM temporary_care t WHERE t.recipient_id = wanted AND t.ended_at IS NULL)
$$;;
ALTER FUNCTION is_covered OWNER TO chuangdeng_jobs;;
-- At a moment: within its term, by somebody who is there, and nobody has said that there is no one.
CREATE FUNCTION is_covered_at(wanted uuid, moment timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM no_cover n WHERE n.recipient_id = wanted AND n.ended_at IS NULL)
        AND (EXISTS (SELECT FROM agreement a JOIN caregiver c ON c.id = a.caregiver_id
                WHERE a.recipient_id = wanted AND a.status = 'active' AND c.status = 'active'
                AND (moment AT TIME ZONE 'Asia/Shanghai')::date BETWEEN a.starts_on AND a.ends_on)
            OR EXISTS (SELECT FROM temporary_care t LEFT JOIN caregiver c ON c.id = t.caregiver_id
                WHERE t.recipient_id = wanted AND t.ended_at IS NULL AND t.starts_at <= moment AND t.ends_by > moment
                AND coalesce(c.status, 'active') = 'active'))
$$;;
ALTER FUNCTION is_covered_at OWNER TO chuangdeng_jobs;;
-- Whoever is about to change who cares for somebody comes here first, one after another: two that each rely on the
-- other's cover would both be right alone. A change of standing waits here, too.
CREATE FUNCTION hold_cover(wanted uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM recipient r WHERE r.id = wanted FOR NO KEY UPDATE;
END $$;;
ALTER FUNCTION hold_cover OWNER TO chuangdeng_jobs;;
-- In plpgsql, which keeps its plan: the second of these stands before every visit that is logged.
CREATE FUNCTION cares_for(account uuid, recipient uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM agreement a JOIN caregiver c ON c.id = a.caregiver_id
            WHERE a.recipient_id = recipient AND a.status IN ('active', 'suspended') AND c.account_id = account)
        OR EXISTS (SELECT FROM temporary_care t JOIN caregiver c ON c.id = t.caregiver_id
            WHERE t.recipient_id = recipient AND t.ended_at IS NULL AND c.account_id = account);
END $$;;
ALTER FUNCTION cares_for OWNER TO chuangdeng_jobs;;
-- The same for a moment that may be past: a phone's report arrives late, of a day before or after they cared.
CREATE FUNCTION cared_for_at(account uuid, recipient uuid, moment timestamptz) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM agreement a JOIN caregiver c ON c.id = a.caregiver_id
            WHERE a.recipient_id = recipient AND c.account_id = account AND (a.activated_at <= moment
                OR a.source = 'ledger' AND a.starts_on <= (moment AT TIME ZONE 'Asia/Shanghai')::date)
            AND (a.ended_at IS NULL OR a.ended_at > moment) AND a.activated_at IS NOT NULL)
        OR EXISTS (SELECT FROM temporary_care t JOIN caregiver c ON c.id = t.caregiver_id
            WHERE t.recipient_id = recipient AND c.account_id = account AND t.starts_at <= moment
            AND (t.ended_at IS NULL OR t.ended_at > moment));
END $$;;
ALTER FUNCTION cared_for_at OWNER TO chuangdeng_jobs;;
-- Whether a mandatory replacement case must be decided before this agreement may come (back) into force: its own, that
-- of the one it follows, or one about the same caregiver and the same person.
CREATE FUNCTION awaits_decision(wanted uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM agreement a JOIN replacement_case c ON c.recipient_id = a.recipient_id
        AND (c.agreement_id IN (a.id, a.renewal_of) OR c.caregiver_id = a.caregiver_id)
        WHERE a.id = wanted AND c.mandatory AND c.status IN ('proposed', 'heard'));
END $$;;
ALTER FUNCTION awaits_decision OWNER TO chuangdeng_jobs;;
CREATE FUNCTION agreement_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE restored boolean := OLD.status = 'ended' AND NEW.status <> 'ended';
BEGIN
    IF NEW.status <> OLD.status AND OLD.status || '>' || NEW.status <> ALL (ARRAY[
        'draft>pending_signatures', 'draft>ended', 'pending_signatures>active', 'pending_signatures>ended',
        'active>suspended', 'active>ended', 'suspended>active', 'suspended>ended', 'ended>active', 'ended>suspended'])
    THEN
        RAISE EXCEPTION 'no agreement goes from % to %', OLD.status, NEW.status USING ERRCODE = 'CD001';
    END IF;
    IF (NEW.id, NEW.recipient_id, NEW.district_id, NEW.source, NEW.created_by, NEW.created_at) IS DISTINCT FROM
        (OLD.id, OLD.recipient_id, OLD.district_id, OLD.source, OLD.created_by, OLD.created_at)
    OR OLD.status <> 'draft' AND (NEW.caregiver_id, NEW.township_id, NEW.relation, NEW.starts_on, NEW.ends_on,
        NEW.fee_class, NEW.fee_yuan, NEW.liability, NEW.consent_by, NEW.consent_reason, NEW.consent_at, NEW.renewal_of)
        IS DISTINCT FROM (OLD.caregiver_id, OLD.township_id, OLD.relation, OLD.starts_on, OLD.ends_on, OLD.fee_class,
        OLD.fee_yuan, OLD.liability, OLD.consent_by, OLD.consent_reason, OLD.consent_at, OLD.renewal_of)
    OR OLD.status <> 'draft' AND OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number
    OR OLD.activated_at IS NOT NULL AND NEW.activated_at IS DISTINCT FROM OLD.activated_at
    OR OLD.status = 'ended' AND NOT restored AND (NEW.ended_on, NEW.ended_at, NEW.ended_by, NEW.ended_reason,
        NEW.replacement_case_id) IS DISTINCT FROM (OLD.ended_on, OLD.ended_at, OLD.ended_by, OLD.ended_reason,
        OLD.replacement_case_id)
    THEN
        RAISE EXCEPTION 'what was agreed is not written anew' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = 'ended' AND OLD.status <> 'ended'
        AND (NEW.ended_reason = 'abandoned') <> (OLD.status IN ('draft', 'pending_signatures'))
    THEN
        RAISE EXCEPTION 'what never was in force is abandoned, and nothing else' USING ERRCODE = 'CD001';
    END IF;
    IF restored AND (OLD.ended_by IS NOT NULL
        OR OLD.ended_reason NOT IN ('died', 'moved_to_collective', 'eligibility_ended'))
    THEN
        RAISE EXCEPTION 'only what a standing ended by itself comes back with it' USING ERRCODE = 'CD001';
    END IF;
    IF OLD.status = 'pending_signatures' AND NEW.status = 'active' AND (NEW.consent_by IS NULL
        OR (SELECT count(*) FROM signature s WHERE s.agreement_id = NEW.id) < 4
        OR NOT EXISTS (SELECT FROM agreement_item i WHERE i.agreement_id = NEW.id))
    THEN
        RAISE EXCEPTION 'not every party has signed' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = 'active' AND OLD.status IN ('pending_signatures', 'suspended') AND awaits_decision(NEW.id) THEN
        RAISE EXCEPTION 'a mandatory case is undecided' USING ERRCODE = 'CD003';
    END IF;
    RETURN NEW;
END $$;;
ALTER FUNCTION agreement_moves OWNER TO chuangdeng_jobs;;
CREATE FUNCTION agreement_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an agreement begins as a draft, or is taken over from a ledger' USING ERRCODE = 'CD001';
END $$;;
-- What was promised changes in a draft only; a signature is given while signatures are awaited. The caller may see
-- less than the whole agreement: this looks at the truth.
CREATE FUNCTION agreement_part_fits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole agreement.id%TYPE := CASE WHEN TG_OP = 'DELETE' THEN OLD.agreement_id ELSE NEW.agreement_id END;
    stands text;
BEGIN
    SELECT CASE WHEN a.source = 'ledger' AND TG_OP = 'INSERT' THEN 'ledger' ELSE a.status END INTO stands
    FROM agreement a WHERE a.id = whole;
    IF stands NOT IN ('ledger', CASE TG_TABLE_NAME WHEN 'signature' THEN 'pending_signatures' ELSE 'draft' END) THEN
        RAISE EXCEPTION 'the agreement is %', stands USING ERRCODE = 'CD001';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;;
ALTER FUNCTION agreement_part_fits OWNER TO chuangdeng_jobs;;
-- At commit, when whatever takes its place has been written, too.
CREATE FUNCTION agreement_leaves_nobody() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE stands record;
BEGIN
    PERFORM hold_cover(NEW.recipient_id);
    SELECT a.status, a.ended_reason, a.replacement_case_id INTO stands FROM agreement a WHERE a.id = NEW.id;
    IF stands.status = 'ended' AND stands.ended_reason = 'terminated_for_breach' AND NOT EXISTS (
        SELECT FROM replacement_case c WHERE c.id = stands.replacement_case_id AND c.agreement_id = NEW.id
        AND c.decision = 'replace' AND c.status NOT IN ('proposed', 'heard', 'withdrawn'))
    THEN
        RAISE EXCEPTION 'nobody has decided on a replacement' USING ERRCODE = 'CD001';
    END IF;
    IF stands.status = 'active' OR NOT is_supported(NEW.recipient_id) OR is_covered(NEW.recipient_id) THEN
        RETURN NULL;
    END IF;
    -- Facts nobody can refuse; then somebody is being told, and that does not end before there is care.
    IF stands.status = 'ended' AND stands.ended_reason IN ('expired', 'resigned', 'caregiver_died')
        AND EXISTS (SELECT FROM alert x WHERE x.recipient_id = NEW.recipient_id AND x.kind = 'uncovered'
            AND x.status <> 'resolved')
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'nobody would be left to care' USING ERRCODE = 'CD002';
END $$;;
ALTER FUNCTION agreement_leaves_nobody OWNER TO chuangdeng_jobs;;
CREATE FUNCTION temporary_care_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.recipient_id, NEW.district_id, NEW.agreement_id, NEW.kind, NEW.caregiver_id, NEW.carer_name_sealed,
        NEW.carer_phone_sealed, NEW.reason, NEW.starts_at, NEW.arranged_by, NEW.arranged_at) IS DISTINCT FROM
        (OLD.id, OLD.recipient_id, OLD.district_id, OLD.agreement_id, OLD.kind, OLD.caregiver_id, OLD.carer_name_sealed,
        OLD.carer_phone_sealed, OLD.reason, OLD.starts_at, OLD.arranged_by, OLD.arranged_at)
    OR OLD.case_id IS NOT NULL AND NEW.case_id IS DISTINCT FROM OLD.case_id
    OR NEW.ends_by <> OLD.ends_by AND (OLD.extended_at IS NOT NULL OR NEW.extended_at IS NULL
        OR NEW.first_ends_by IS DISTINCT FROM OLD.ends_by OR OLD.ended_at IS NOT NULL)
    OR OLD.extended_at IS NOT NULL AND (NEW.extended_by, NEW.extended_at, NEW.extend_reason, NEW.first_ends_by)
        IS DISTINCT FROM (OLD.extended_by, OLD.extended_at, OLD.extend_reason, OLD.first_ends_by)
    OR OLD.ended_at IS NOT NULL AND (NEW.ended_by, NEW.ended_at, NEW.ended_reason)
        IS DISTINCT FROM (OLD.ended_by, OLD.ended_at, OLD.ended_reason)
        AND NOT (NEW.ended_at IS NULL AND OLD.ended_reason = 'left_support')
    THEN
        RAISE EXCEPTION 'what was arranged is not written anew' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
CREATE FUNCTION temporary_care_leaves_nobody() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_cover(NEW.recipient_id);
    IF is_supported(NEW.recipient_id) AND NOT is_covered(NEW.recipient_id) AND NOT EXISTS (
        SELECT FROM alert x WHERE x.recipient_id = NEW.recipient_id AND x.kind = 'uncovered' AND x.status <> 'resolved')
    THEN
        RAISE EXCEPTION 'nobody would be left to care' USING ERRCODE = 'CD002';
    END IF;
    RETURN NULL;
END $$;;
ALTER FUNCTION temporary_care_leaves_nobody OWNER TO chuangdeng_jobs;;
-- The alert that somebody has nobody ends with care, and with nothing else.
CREATE FUNCTION uncovered_alert_rings() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_cover(OLD.recipient_id);
    IF is_supported(OLD.recipient_id) AND (NEW.resolved_at IS NULL OR NOT is_covered_at(OLD.recipient_id, NEW.resolved_at))
    THEN
        RAISE EXCEPTION 'somebody still has nobody to care for them' USING ERRCODE = 'CD002';
    END IF;
    RETURN NULL;
END $$;;
ALTER FUNCTION uncovered_alert_rings OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION is_supported, is_covered, is_covered_at, hold_cover, cares_for, cared_for_at, awaits_decision,
    agreement_moves, agreement_part_fits, agreement_leaves_nobody, temporary_care_leaves_nobody, uncovered_alert_rings
    FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION is_supported, is_covered, is_covered_at, hold_cover, cares_for, cared_for_at, awaits_decision
    TO chuangdeng_app, chuangdeng_jobs;;
CREATE TRIGGER agreement_begins BEFORE INSERT ON agreement FOR EACH ROW
    WHEN (current_user IN ('chuangdeng_app', 'chuangdeng_jobs') AND NEW.status <> 'draft'
        AND NOT (NEW.source = 'ledger' AND NEW.status = 'active'))
    EXECUTE FUNCTION agreement_begins();;
CREATE TRIGGER agreement_moves BEFORE UPDATE ON agreement FOR EACH ROW EXECUTE FUNCTION agreement_moves();;
CREATE CONSTRAINT TRIGGER agreement_leaves_nobody AFTER UPDATE ON agreement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status IN ('active', 'suspended') AND NEW.status <> OLD.status)
    EXECUTE FUNCTION agreement_leaves_nobody();;
CREATE TRIGGER agreement_item_fits BEFORE INSERT OR UPDATE OR DELETE ON agreement_item FOR EACH ROW
    WHEN (current_user IN ('chuangdeng_app', 'chuangdeng_jobs')) EXECUTE FUNCTION agreement_part_fits();;
CREATE TRIGGER signature_fits BEFORE INSERT OR UPDATE OR DELETE ON signature FOR EACH ROW
    WHEN (current_user IN ('chuangdeng_app', 'chuangdeng_jobs')) EXECUTE FUNCTION agreement_part_fits();;
CREATE TRIGGER temporary_care_moves BEFORE UPDATE ON temporary_care FOR EACH ROW
    EXECUTE FUNCTION temporary_care_moves();;
CREATE CONSTRAINT TRIGGER temporary_care_leaves_nobody AFTER UPDATE ON temporary_care
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION temporary_care_leaves_nobody();;
CREATE CONSTRAINT TRIGGER uncovered_alert_rings AFTER UPDATE ON alert DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.kind = 'uncovered' AND OLD.status <> 'resolved' AND (NEW.status = 'resolved'
        OR (NEW.kind, NEW.recipient_id) IS DISTINCT FROM (OLD.kind, OLD.recipient_id)))
    EXECUTE FUNCTION uncovered_alert_rings();;
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
