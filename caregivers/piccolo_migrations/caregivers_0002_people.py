from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of caregivers, checks, relations and the bar list; what they reveal across townships"

STATEMENTS = """
GRANT SELECT (id, area_id, district_id, status) ON provider TO chuangdeng_jobs;;
GRANT SELECT (id, area_id, district_id, version, kind, provider_id, account_id, born_on, without_capacity, id_index,
    status, left_on, created_by, created_at, changed_at) ON caregiver TO chuangdeng_jobs;;
GRANT SELECT (id, caregiver_id, area_id, kind, clear, checked_on, expires_on, at) ON record_check TO chuangdeng_jobs;;
GRANT SELECT (id, caregiver_id, area_id, account_id, kind, declared_at, ended_at) ON relation TO chuangdeng_jobs;;
GRANT SELECT (id, district_id, caregiver_id, id_index, case_id, from_on, until_on, created_at, lifted_at)
    ON bar TO chuangdeng_jobs;;
CREATE UNIQUE INDEX provider_one_code ON provider (area_id, credit_code) WHERE status = 'active';;
CREATE UNIQUE INDEX provider_one_name ON provider (area_id, name) WHERE status = 'active';;
CREATE UNIQUE INDEX caregiver_one_id ON caregiver (area_id, id_index) WHERE id_index IS NOT NULL;;
CREATE UNIQUE INDEX caregiver_one_account ON caregiver (account_id) WHERE account_id IS NOT NULL;;
CREATE INDEX caregiver_by_id_number ON caregiver (district_id, id_index) WHERE id_index IS NOT NULL;;
CREATE UNIQUE INDEX relation_once ON relation (caregiver_id, account_id) WHERE ended_at IS NULL;;
CREATE INDEX bar_by_id_number ON bar (district_id, id_index) WHERE lifted_at IS NULL;;
CREATE INDEX bar_by_caregiver ON bar (caregiver_id) WHERE lifted_at IS NULL;;

GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
CREATE FUNCTION my_caregiver_ids() RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM caregiver WHERE account_id = caller()
$$;;
ALTER FUNCTION my_caregiver_ids OWNER TO chuangdeng_jobs;;
-- Every registration of one person in the district: by their ID number, which no two people share.
CREATE FUNCTION same_caregivers(wanted uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT wanted
    UNION
    SELECT other.id FROM caregiver c JOIN caregiver other
        ON other.district_id = c.district_id AND other.id_index = c.id_index WHERE c.id = wanted
$$;;
ALTER FUNCTION same_caregivers OWNER TO chuangdeng_jobs;;
-- Registered in the caller's areas, or once entrusted with somebody there: nobody learns anything by guessing an id.
CREATE FUNCTION reaches_caregiver(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM caregiver c JOIN area_within w ON w.area_id = c.area_id
                   WHERE c.id = wanted AND w.ancestor_id = ANY (visible_areas()))
        OR EXISTS (SELECT FROM agreement a JOIN area_within w ON w.area_id = a.area_id
                   WHERE a.caregiver_id = wanted AND a.activated_at IS NOT NULL
                   AND w.ancestor_id = ANY (visible_areas()))
$$;;
ALTER FUNCTION reaches_caregiver OWNER TO chuangdeng_jobs;;
-- Whether the district's list bars somebody, and not a word more; NULL for whom the caller cannot reach. A line with
-- only a caregiver's id follows them: it counts for everybody with the ID number they bear by now.
CREATE FUNCTION caregiver_barred(wanted uuid, on_day date) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM bar b WHERE b.lifted_at IS NULL AND b.from_on <= on_day
        AND (b.until_on IS NULL OR on_day < b.until_on) AND b.district_id = c.district_id
        AND (b.id_index = c.id_index OR b.caregiver_id IN (SELECT same_caregivers(wanted))))
    FROM caregiver c WHERE c.id = wanted AND reaches_caregiver(wanted)
$$;;
ALTER FUNCTION caregiver_barred OWNER TO chuangdeng_jobs;;
-- How many other people they care for under an agreement in force, anywhere in the district, and whether one of those
-- needs full care. No row for whom the caller cannot reach.
CREATE FUNCTION caregiver_load(wanted uuid, other_than uuid, except_agreement uuid)
    RETURNS TABLE (load int, full_care boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(DISTINCT a.recipient_id)::int, coalesce(bool_or(r.self_care = 'full'), false)
    FROM agreement a LEFT JOIN recipient r ON r.id = a.recipient_id
    WHERE a.caregiver_id IN (SELECT same_caregivers(wanted)) AND a.status IN ('active', 'suspended')
    AND a.recipient_id IS DISTINCT FROM other_than AND a.id IS DISTINCT FROM except_agreement
    HAVING reaches_caregiver(wanted)
$$;;
ALTER FUNCTION caregiver_load OWNER TO chuangdeng_jobs;;
-- The accounts one person acts with, wherever they are registered: nobody visits whom they care for.
CREATE FUNCTION own_accounts(wanted uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(SELECT account_id FROM caregiver WHERE id IN (SELECT same_caregivers(wanted))
                 AND account_id IS NOT NULL)
    WHERE reaches_caregiver(wanted)
$$;;
ALTER FUNCTION own_accounts OWNER TO chuangdeng_jobs;;
-- The accounts they act with and those related to them. The jobs see every side, people their own and that of
-- whom they can reach; NULL for anybody else, so that nobody takes a side they cannot see for an empty one.
CREATE FUNCTION whole_side_of(wanted uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(
        SELECT account_id FROM caregiver WHERE id IN (SELECT same_caregivers(wanted)) AND account_id IS NOT NULL
        UNION
        SELECT account_id FROM relation WHERE caregiver_id IN (SELECT same_caregivers(wanted)) AND ended_at IS NULL)
    FROM caregiver WHERE id = wanted
$$;;
ALTER FUNCTION whole_side_of OWNER TO chuangdeng_jobs;;
CREATE FUNCTION caregivers_side(wanted uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT whole_side_of(wanted) WHERE reaches_caregiver(wanted) OR wanted = ANY (my_caregiver_ids())
$$;;
ALTER FUNCTION caregivers_side OWNER TO chuangdeng_jobs;;
-- A caregiver does not leave while somebody is in their care. A death is recorded always: it is nobody's choice.
CREATE FUNCTION caregiver_leaves_nobody() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM agreement a WHERE a.caregiver_id = NEW.id AND a.status IN ('active', 'suspended')) THEN
        RAISE EXCEPTION 'an agreement of this caregiver is in force' USING ERRCODE = 'CD002';
    END IF;
    RETURN NEW;
END $$;;
ALTER FUNCTION caregiver_leaves_nobody OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION my_caregiver_ids, same_caregivers, reaches_caregiver, caregiver_barred, caregiver_load,
    own_accounts, whole_side_of, caregivers_side, caregiver_leaves_nobody FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION my_caregiver_ids, reaches_caregiver, caregiver_barred, caregiver_load, own_accounts,
    caregivers_side TO chuangdeng_app;;
CREATE TRIGGER caregiver_leaves_nobody BEFORE UPDATE OF status ON caregiver
    FOR EACH ROW WHEN (NEW.status = 'left' AND OLD.status <> 'left') EXECUTE FUNCTION caregiver_leaves_nobody();;

ALTER TABLE provider ENABLE ROW LEVEL SECURITY;;
ALTER TABLE provider FORCE ROW LEVEL SECURITY;;
CREATE POLICY provider_by_area ON provider TO chuangdeng_app USING (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = provider.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY provider_by_jobs ON provider TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON provider TO chuangdeng_app;;
GRANT UPDATE (status, ended_by, ended_at) ON provider TO chuangdeng_app;;

ALTER TABLE caregiver ENABLE ROW LEVEL SECURITY;;
ALTER TABLE caregiver FORCE ROW LEVEL SECURITY;;
-- Seen by their own account, and where they care for somebody: a village knows who comes to its people.
CREATE POLICY caregiver_seen ON caregiver FOR SELECT TO chuangdeng_app USING (account_id = caller() OR EXISTS (
        SELECT FROM area_within w WHERE w.area_id = caregiver.area_id AND w.ancestor_id = ANY (visible_areas()))
    OR EXISTS (SELECT FROM agreement a JOIN area_within w ON w.area_id = a.area_id
        WHERE a.caregiver_id = caregiver.id AND a.status IN ('active', 'suspended')
        AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY caregiver_added ON caregiver FOR INSERT TO chuangdeng_app WITH CHECK (
    created_by = caller() AND EXISTS (
        SELECT FROM area_within w WHERE w.area_id = caregiver.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY caregiver_changed ON caregiver FOR UPDATE TO chuangdeng_app USING (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = caregiver.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY caregiver_by_jobs ON caregiver TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON caregiver TO chuangdeng_app;;
GRANT UPDATE (version, kind, provider_id, account_id, name, name_pinyin, name_initials, sex, born_on, without_capacity,
    id_sealed, id_index, id_to_confirm_reason, phone_sealed, address_sealed, status, left_on, left_reason, changed_at)
    ON caregiver TO chuangdeng_app;;

ALTER TABLE record_check ENABLE ROW LEVEL SECURITY;;
ALTER TABLE record_check FORCE ROW LEVEL SECURITY;;
CREATE POLICY record_check_seen ON record_check FOR SELECT TO chuangdeng_app USING (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = record_check.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY record_check_added ON record_check FOR INSERT TO chuangdeng_app WITH CHECK (
    by_account_id = caller() AND EXISTS (
        SELECT FROM area_within w WHERE w.area_id = record_check.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY record_check_by_jobs ON record_check TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON record_check TO chuangdeng_app;;

ALTER TABLE relation ENABLE ROW LEVEL SECURITY;;
ALTER TABLE relation FORCE ROW LEVEL SECURITY;;
CREATE POLICY relation_seen ON relation FOR SELECT TO chuangdeng_app USING (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = relation.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY relation_declared ON relation FOR INSERT TO chuangdeng_app WITH CHECK (
    declared_by = caller() AND ended_at IS NULL AND EXISTS (
        SELECT FROM area_within w WHERE w.area_id = relation.area_id AND w.ancestor_id = ANY (visible_areas())));;
-- Whoever is barred by a relation does not lift it, and what has ended stays ended.
CREATE POLICY relation_ended ON relation FOR UPDATE TO chuangdeng_app USING (
    account_id <> caller() AND ended_at IS NULL AND EXISTS (
        SELECT FROM area_within w WHERE w.area_id = relation.area_id AND w.ancestor_id = ANY (visible_areas())))
    WITH CHECK (ended_by = caller());;
CREATE POLICY relation_by_jobs ON relation TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON relation TO chuangdeng_app;;
GRANT UPDATE (ended_by, ended_at, end_reason) ON relation TO chuangdeng_app;;

ALTER TABLE bar ENABLE ROW LEVEL SECURITY;;
ALTER TABLE bar FORCE ROW LEVEL SECURITY;;
-- Whoever sees the whole district reads the list. A township adds to it by the decision of a case, and reads nothing.
CREATE POLICY bar_seen ON bar FOR SELECT TO chuangdeng_app USING (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = bar.district_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY bar_added ON bar FOR INSERT TO chuangdeng_app WITH CHECK (
    created_by = caller() AND lifted_at IS NULL AND (EXISTS (
        SELECT FROM area_within w WHERE w.area_id = bar.district_id AND w.ancestor_id = ANY (visible_areas()))
    OR EXISTS (
        SELECT FROM replacement_case r WHERE r.id = bar.case_id AND r.caregiver_id = bar.caregiver_id
        AND r.district_id = bar.district_id)));;
CREATE POLICY bar_lifted ON bar FOR UPDATE TO chuangdeng_app USING (lifted_at IS NULL AND EXISTS (
    SELECT FROM area_within w WHERE w.area_id = bar.district_id AND w.ancestor_id = ANY (visible_areas())))
    WITH CHECK (lifted_by = caller());;
CREATE POLICY bar_by_jobs ON bar TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON bar TO chuangdeng_app;;
GRANT UPDATE (lifted_by, lifted_at, lift_reason_sealed) ON bar TO chuangdeng_app;;
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
