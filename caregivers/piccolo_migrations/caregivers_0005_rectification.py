from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of hazards, orders, verifications and failed cycles; moves an order may make"

STATEMENTS = """
ALTER TABLE hazard ENABLE ROW LEVEL SECURITY;;
ALTER TABLE hazard FORCE ROW LEVEL SECURITY;;
CREATE POLICY hazard_by_area ON hazard TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = hazard.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY hazard_by_jobs ON hazard TO chuangdeng_jobs USING (true);;
-- A caregiver sees what an order of theirs names, and nothing that was only said about them.
CREATE POLICY hazard_ordered ON hazard FOR SELECT TO chuangdeng_app USING (caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids()))) AND EXISTS (SELECT FROM order_item i WHERE i.hazard_id = hazard.id));;
GRANT SELECT, INSERT, UPDATE ON hazard TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, agreement_id, caregiver_id, area_id, district_id, source, source_id, source_item, severity, block, found_at, found_by, recorded_at, status, closed_at, closed_by, attend_by, unattended_at) ON hazard TO chuangdeng_jobs;;
GRANT UPDATE (status, closed_at, closed_by, close_reason, attend_by, unattended_at) ON hazard TO chuangdeng_jobs;;
ALTER TABLE rectification_order ENABLE ROW LEVEL SECURITY;;
ALTER TABLE rectification_order FORCE ROW LEVEL SECURITY;;
CREATE POLICY rectification_order_by_area ON rectification_order TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = rectification_order.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY rectification_order_by_jobs ON rectification_order TO chuangdeng_jobs USING (true);;
CREATE POLICY rectification_order_own ON rectification_order FOR SELECT TO chuangdeng_app USING (caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids()))));;
CREATE POLICY rectification_order_answered ON rectification_order FOR UPDATE TO chuangdeng_app USING (caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids()))));;
CREATE POLICY rectification_order_begins ON rectification_order AS RESTRICTIVE FOR INSERT TO chuangdeng_app WITH CHECK (status = 'issued');;
GRANT SELECT, INSERT, UPDATE ON rectification_order TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, version, year, serial, status, severity, policy_id, issued_by, issued_at, told_how, told_at, deadline_at, first_deadline_at, statement_until, answered_at, submitted_at, overdue_at, take_back, count_at, verification_id, verified_at, closed_at, closed_by, withdrawn_at, extension_asked_by, extension_asked_at, extension_until, extension_decided_by, extension_decided_at, extension_granted) ON rectification_order TO chuangdeng_jobs;;
GRANT UPDATE (version, status, overdue_at, take_back, count_at, verification_id, closed_at, close_reason, withdrawn_at, withdrawn_by, withdrawn_reason) ON rectification_order TO chuangdeng_jobs;;
ALTER TABLE order_item ENABLE ROW LEVEL SECURITY;;
ALTER TABLE order_item FORCE ROW LEVEL SECURITY;;
CREATE POLICY order_item_by_area ON order_item TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = order_item.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY order_item_by_jobs ON order_item TO chuangdeng_jobs USING (true);;
CREATE POLICY order_item_of_own ON order_item FOR SELECT TO chuangdeng_app USING (EXISTS (SELECT FROM rectification_order o WHERE o.id = order_item.order_id AND o.caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids())))));;
GRANT SELECT, INSERT, UPDATE ON order_item TO chuangdeng_app;;
GRANT SELECT (id, order_id, hazard_id, area_id, service, status) ON order_item TO chuangdeng_jobs;;
GRANT UPDATE (status) ON order_item TO chuangdeng_jobs;;
ALTER TABLE order_answer ENABLE ROW LEVEL SECURITY;;
ALTER TABLE order_answer FORCE ROW LEVEL SECURITY;;
CREATE POLICY order_answer_by_area ON order_answer TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = order_answer.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY order_answer_by_jobs ON order_answer TO chuangdeng_jobs USING (true);;
CREATE POLICY order_answer_of_own ON order_answer FOR SELECT TO chuangdeng_app USING (EXISTS (SELECT FROM rectification_order o WHERE o.id = order_answer.order_id AND o.caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids())))));;
CREATE POLICY order_answer_given ON order_answer FOR INSERT TO chuangdeng_app WITH CHECK (by_account_id = caller() AND EXISTS (SELECT FROM rectification_order o WHERE o.id = order_answer.order_id AND o.caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids())))));;
-- Append-only but for its hearing.
GRANT SELECT, INSERT ON order_answer TO chuangdeng_app;;
GRANT UPDATE (heard_by, heard_at, upheld, heard_reason) ON order_answer TO chuangdeng_app;;
GRANT SELECT (id, order_id, area_id, kind, by_account_id, made_at, logged_at, hear_by, unheard_at, heard_by, heard_at, upheld) ON order_answer TO chuangdeng_jobs;;
GRANT UPDATE (unheard_at) ON order_answer TO chuangdeng_jobs;;
ALTER TABLE verification ENABLE ROW LEVEL SECURITY;;
ALTER TABLE verification FORCE ROW LEVEL SECURITY;;
CREATE POLICY verification_by_area ON verification TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = verification.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY verification_by_jobs ON verification TO chuangdeng_jobs USING (true);;
CREATE POLICY verification_of_own ON verification FOR SELECT TO chuangdeng_app USING (EXISTS (SELECT FROM rectification_order o WHERE o.id = verification.order_id AND o.caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids())))));;
GRANT SELECT, INSERT, UPDATE ON verification TO chuangdeng_app;;
GRANT SELECT (id, order_id, area_id, district_id, verifier_id, planned_at, due_at, overdue_at, status, result_id, by_account_id, person_seen, made_at, logged_at), INSERT ON verification TO chuangdeng_jobs;;
GRANT UPDATE (verifier_id, status, overdue_at) ON verification TO chuangdeng_jobs;;
ALTER TABLE failed_cycle ENABLE ROW LEVEL SECURITY;;
ALTER TABLE failed_cycle FORCE ROW LEVEL SECURITY;;
CREATE POLICY failed_cycle_by_area ON failed_cycle TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = failed_cycle.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY failed_cycle_by_jobs ON failed_cycle TO chuangdeng_jobs USING (true);;
CREATE POLICY failed_cycle_own ON failed_cycle FOR SELECT TO chuangdeng_app USING (caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids()))));;
GRANT SELECT, INSERT, UPDATE ON failed_cycle TO chuangdeng_app;;
GRANT SELECT (id, order_id, agreement_id, caregiver_id, area_id, why, heard, failed_at, counted_at, withdrawn_at, withdrawn_evidence), INSERT, UPDATE ON failed_cycle TO chuangdeng_jobs;;
CREATE UNIQUE INDEX hazard_once ON hazard (source, source_id, source_item, recipient_id) WHERE source_id IS NOT NULL;;
CREATE INDEX hazard_open ON hazard (agreement_id, severity) WHERE status = 'open';;
CREATE INDEX hazard_critical ON hazard (agreement_id, found_at) WHERE severity = 'critical' AND status IN ('open', 'removed');;
CREATE INDEX hazard_unattended ON hazard (attend_by) WHERE attend_by IS NOT NULL;;
CREATE UNIQUE INDEX order_item_hazard_under_way ON order_item (hazard_id) WHERE status = 'open';;
CREATE UNIQUE INDEX order_number_once ON rectification_order (district_id, number);;
CREATE UNIQUE INDEX order_serial_once ON rectification_order (district_id, year, serial);;
CREATE INDEX rectification_order_overdue ON rectification_order (deadline_at) WHERE status IN ('issued', 'accepted', 'refused', 'in_progress') AND told_at IS NOT NULL;;
CREATE INDEX rectification_order_to_verify ON rectification_order (deadline_at) WHERE status IN ('submitted', 'overdue') AND verification_id IS NULL;;
CREATE INDEX rectification_order_to_count ON rectification_order (count_at) WHERE count_at IS NOT NULL;;
CREATE INDEX rectification_order_to_take_back ON rectification_order (id) WHERE take_back IS NOT NULL;;
CREATE INDEX rectification_order_to_close ON rectification_order (id) WHERE status = 'passed';;
CREATE INDEX order_answer_unheard ON order_answer (hear_by) WHERE hear_by IS NOT NULL AND heard_at IS NULL AND unheard_at IS NULL;;
CREATE UNIQUE INDEX verification_one_planned ON verification (order_id) WHERE status = 'planned';;
CREATE UNIQUE INDEX verification_result_once ON verification (result_id) WHERE result_id IS NOT NULL;;
CREATE INDEX verification_overdue ON verification (due_at) WHERE status = 'planned' AND overdue_at IS NULL;;
CREATE UNIQUE INDEX failed_cycle_one_standing ON failed_cycle (order_id) WHERE withdrawn_at IS NULL;;
CREATE INDEX failed_cycle_counting ON failed_cycle (agreement_id, failed_at) WHERE withdrawn_at IS NULL;;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- Orders are numbered through a district; a township sees only its own. One after the other.
CREATE FUNCTION next_order_serial(district int, in_year int) RETURNS int
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(district, in_year);
    RETURN (SELECT coalesce(max(serial), 0) + 1 FROM rectification_order WHERE district_id = district AND year = in_year);
END $$;;
ALTER FUNCTION next_order_serial OWNER TO chuangdeng_jobs;;
-- A failure and an order's end wait for each other: neither may miss the case the other one opens.
CREATE FUNCTION one_judge_at_a_time(agreements uuid[]) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(id::text, 5))
    FROM (SELECT DISTINCT id FROM unnest(agreements) AS a (id) ORDER BY id) AS sorted
$$;;
-- Judges what is true, not what the caller sees: but for cases kept from the caregiver's side, which hold back only
-- those who may know of them. The moves are those of caregivers.rectification.order.
CREATE FUNCTION rectification_order_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.agreement_id, NEW.caregiver_id, NEW.recipient_id, NEW.issued_by, NEW.issued_at, NEW.number)
        IS DISTINCT FROM (OLD.agreement_id, OLD.caregiver_id, OLD.recipient_id, OLD.issued_by, OLD.issued_at, OLD.number)
    THEN
        RAISE EXCEPTION 'whose order it is, and by whom, never changes' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT (CASE OLD.status
        WHEN 'issued' THEN NEW.status IN ('accepted', 'refused', 'in_progress', 'submitted', 'overdue', 'withdrawn')
        WHEN 'refused' THEN NEW.status IN ('accepted', 'in_progress', 'submitted', 'overdue', 'withdrawn')
        WHEN 'accepted' THEN NEW.status IN ('refused', 'in_progress', 'submitted', 'overdue', 'withdrawn')
        WHEN 'in_progress' THEN NEW.status IN ('submitted', 'overdue', 'withdrawn')
        WHEN 'overdue' THEN NEW.status IN ('submitted', 'in_progress', 'passed', 'failed', 'closed', 'withdrawn')
        WHEN 'submitted' THEN NEW.status IN ('passed', 'failed', 'withdrawn')
        WHEN 'passed' THEN NEW.status IN ('closed', 'withdrawn')
        WHEN 'failed' THEN NEW.status IN ('closed', 'withdrawn')
        ELSE false END)
    THEN
        RAISE EXCEPTION 'an order does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = 'closed' AND OLD.status <> 'passed' AND NEW.count_at IS NOT NULL THEN
        RAISE EXCEPTION 'a failure counts before its order is closed' USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = 'closed' THEN
        PERFORM one_judge_at_a_time(ARRAY[NEW.agreement_id]);
        IF EXISTS (
            SELECT FROM replacement_case c WHERE c.agreement_id = NEW.agreement_id AND c.mandatory
            AND c.status IN ('proposed', 'heard')
            AND (NOT c.confidential OR (OLD.status <> 'passed' AND handles_confidential(c.barred_ids, c.recipient_id))))
        THEN
            RAISE EXCEPTION 'a mandatory replacement case is undecided' USING ERRCODE = 'CD003';
        END IF;
    END IF;
    RETURN NEW;
END $$;;
ALTER FUNCTION rectification_order_moves OWNER TO chuangdeng_jobs;;
CREATE FUNCTION verification_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.order_id <> OLD.order_id OR (NEW.status <> OLD.status AND OLD.status <> 'planned') THEN
        RAISE EXCEPTION 'a verification that is % stays so', OLD.status USING ERRCODE = 'CD001';
    END IF;
    IF NEW.status = 'done' AND EXISTS (
        SELECT FROM rectification_order o WHERE o.id = NEW.order_id AND o.issued_by = NEW.by_account_id)
    THEN
        RAISE EXCEPTION 'whoever issued an order does not verify it' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
ALTER FUNCTION verification_moves OWNER TO chuangdeng_jobs;;
CREATE FUNCTION failed_cycle_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL OR NEW.order_id <> OLD.order_id OR NEW.agreement_id <> OLD.agreement_id THEN
        RAISE EXCEPTION 'a failed cycle is only ever withdrawn, once' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
-- Never before the caregiver's statement was heard or its time ran out, and never while one waits to be heard in time.
CREATE FUNCTION failed_cycle_had_its_chance() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE until timestamptz;
BEGIN
    SELECT o.statement_until INTO until FROM rectification_order o
    WHERE o.id = NEW.order_id AND o.agreement_id = NEW.agreement_id;
    IF until IS NULL OR (NEW.heard = 'time_ran_out' AND NEW.counted_at < until)
        OR (NEW.heard = 'statement' AND NOT EXISTS (SELECT FROM order_answer a WHERE a.order_id = NEW.order_id
            AND a.kind = 'statement' AND a.heard_at <= NEW.counted_at))
        OR EXISTS (SELECT FROM order_answer a WHERE a.order_id = NEW.order_id AND a.kind = 'statement'
            AND a.heard_at IS NULL AND a.made_at <= until AND a.hear_by > NEW.counted_at)
    THEN
        RAISE EXCEPTION 'a failure counts once the statement had its chance' USING ERRCODE = 'CD001';
    END IF;
    RETURN NEW;
END $$;;
ALTER FUNCTION failed_cycle_had_its_chance OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION next_order_serial, one_judge_at_a_time, rectification_order_moves, verification_moves,
    failed_cycle_had_its_chance FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION one_judge_at_a_time TO chuangdeng_app, chuangdeng_jobs;;
GRANT EXECUTE ON FUNCTION next_order_serial TO chuangdeng_app;;
CREATE TRIGGER rectification_order_moves BEFORE UPDATE ON rectification_order
    FOR EACH ROW EXECUTE FUNCTION rectification_order_moves();;
CREATE TRIGGER verification_moves BEFORE UPDATE ON verification FOR EACH ROW EXECUTE FUNCTION verification_moves();;
CREATE TRIGGER failed_cycle_had_its_chance BEFORE INSERT ON failed_cycle
    FOR EACH ROW EXECUTE FUNCTION failed_cycle_had_its_chance();;
CREATE TRIGGER failed_cycle_moves BEFORE UPDATE ON failed_cycle FOR EACH ROW EXECUTE FUNCTION failed_cycle_moves();;
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
