from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of accounts, the session look-up"

STATEMENTS = """
CREATE POLICY journal_by_area ON journal FOR SELECT TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = journal.area_id AND w.ancestor_id = ANY (visible_areas())));;
GRANT SELECT ON area, area_within TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door;;
GRANT INSERT, UPDATE ON area TO chuangdeng_app;;
GRANT INSERT, DELETE ON area_within TO chuangdeng_app;;
GRANT USAGE ON SEQUENCE area_id_seq, area_within_id_seq TO chuangdeng_app;;
CREATE INDEX area_within_downwards ON area_within (ancestor_id, area_id);;

ALTER TABLE account_area ENABLE ROW LEVEL SECURITY;;
ALTER TABLE account_area FORCE ROW LEVEL SECURITY;;
CREATE POLICY account_area_seen ON account_area FOR SELECT TO chuangdeng_app USING (
    account = caller() OR EXISTS (
        SELECT FROM area_within w WHERE w.area_id = account_area.area AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY account_area_given ON account_area FOR INSERT TO chuangdeng_app WITH CHECK (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = account_area.area AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY account_area_taken ON account_area FOR DELETE TO chuangdeng_app USING (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = account_area.area AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY account_area_by_jobs ON account_area TO chuangdeng_jobs USING (true);;
CREATE POLICY account_area_by_door ON account_area TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT, DELETE ON account_area TO chuangdeng_app;;
GRANT SELECT ON account_area TO chuangdeng_jobs, chuangdeng_door;;
ALTER TABLE account ENABLE ROW LEVEL SECURITY;;
ALTER TABLE account FORCE ROW LEVEL SECURITY;;
CREATE POLICY account_seen ON account FOR SELECT TO chuangdeng_app USING (
    id = caller() OR created_by = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = account.id));;
CREATE POLICY account_made ON account FOR INSERT TO chuangdeng_app WITH CHECK (created_by = caller());;
CREATE POLICY account_changed ON account FOR UPDATE TO chuangdeng_app USING (
    id = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = account.id));;
CREATE POLICY account_by_jobs ON account TO chuangdeng_jobs USING (true);;
CREATE POLICY account_by_door ON account TO chuangdeng_door USING (true);;
GRANT INSERT, UPDATE ON account TO chuangdeng_app;;
GRANT SELECT (id, login, name, role, status, district_id, phone_sealed, must_change_password, totp_confirmed_at,
              created_at, created_by, ended_at) ON account TO chuangdeng_app;;
GRANT SELECT (id, role, status, district_id, ended_at) ON account TO chuangdeng_jobs;;
GRANT SELECT, UPDATE ON account TO chuangdeng_door;;

ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY;;
ALTER TABLE recovery_code FORCE ROW LEVEL SECURITY;;
CREATE POLICY recovery_code_by_door ON recovery_code TO chuangdeng_door USING (true);;

ALTER TABLE device ENABLE ROW LEVEL SECURITY;;
ALTER TABLE device FORCE ROW LEVEL SECURITY;;
CREATE POLICY device_seen ON device TO chuangdeng_app USING (
    device.account = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = device.account));;
CREATE POLICY device_by_jobs ON device TO chuangdeng_jobs USING (true);;
CREATE POLICY device_by_door ON device TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT, UPDATE ON device TO chuangdeng_app;;

ALTER TABLE session ENABLE ROW LEVEL SECURITY;;
ALTER TABLE session FORCE ROW LEVEL SECURITY;;
CREATE POLICY session_seen ON session TO chuangdeng_app USING (
    session.account = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = session.account));;
CREATE POLICY session_by_jobs ON session TO chuangdeng_jobs USING (true);;
CREATE POLICY session_by_door ON session TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT, UPDATE ON session TO chuangdeng_app;;

ALTER TABLE activation ENABLE ROW LEVEL SECURITY;;
ALTER TABLE activation FORCE ROW LEVEL SECURITY;;
CREATE POLICY activation_seen ON activation TO chuangdeng_app USING (
    activation.account = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = activation.account));;
CREATE POLICY activation_by_jobs ON activation TO chuangdeng_jobs USING (true);;
CREATE POLICY activation_by_door ON activation TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT, UPDATE ON activation TO chuangdeng_app;;

ALTER TABLE leave ENABLE ROW LEVEL SECURITY;;
ALTER TABLE leave FORCE ROW LEVEL SECURITY;;
CREATE POLICY leave_seen ON leave TO chuangdeng_app USING (
    leave.account = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = leave.account));;
CREATE POLICY leave_by_jobs ON leave TO chuangdeng_jobs USING (true);;
CREATE POLICY leave_by_door ON leave TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT, UPDATE ON leave TO chuangdeng_app;;

ALTER TABLE account_channel ENABLE ROW LEVEL SECURITY;;
ALTER TABLE account_channel FORCE ROW LEVEL SECURITY;;
CREATE POLICY account_channel_seen ON account_channel TO chuangdeng_app USING (
    account_channel.account = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = account_channel.account));;
CREATE POLICY account_channel_by_jobs ON account_channel TO chuangdeng_jobs USING (true);;
CREATE POLICY account_channel_by_door ON account_channel TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT, UPDATE ON account_channel TO chuangdeng_app;;

GRANT SELECT, INSERT, UPDATE ON device, session, activation TO chuangdeng_door;;
GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO chuangdeng_door;;
GRANT SELECT ON account_channel TO chuangdeng_jobs;;
GRANT SELECT (id, account, activated_at, last_seen_at, revoked_at) ON device TO chuangdeng_jobs;;
GRANT SELECT (id, account, starts_at, ends_at, cover, cancelled_at) ON leave TO chuangdeng_jobs;;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_throttle TO chuangdeng_door;;
GRANT SELECT, INSERT, UPDATE ON duty TO chuangdeng_app;;
GRANT SELECT ON duty TO chuangdeng_jobs, chuangdeng_door;;
ALTER TABLE duty ENABLE ROW LEVEL SECURITY;;
ALTER TABLE duty FORCE ROW LEVEL SECURITY;;
CREATE POLICY duty_by_area ON duty TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = duty.area AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY duty_by_jobs ON duty TO chuangdeng_jobs USING (true);;
CREATE UNIQUE INDEX duty_held_once ON duty (area, duty, account) WHERE ends_at IS NULL;;
CREATE INDEX sign_in_throttle_forgotten ON sign_in_throttle (last_failed_at);;

ALTER TABLE policy_version ENABLE ROW LEVEL SECURITY;;
ALTER TABLE policy_version FORCE ROW LEVEL SECURITY;;
CREATE POLICY policy_version_read ON policy_version FOR SELECT
    TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door USING (true);;
CREATE POLICY policy_version_issued ON policy_version FOR INSERT TO chuangdeng_app WITH CHECK (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = policy_version.district_id AND w.ancestor_id = ANY (visible_areas())));;
GRANT SELECT ON policy_version TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door;;
GRANT INSERT ON policy_version TO chuangdeng_app;;
ALTER TABLE calendar_day ENABLE ROW LEVEL SECURITY;;
ALTER TABLE calendar_day FORCE ROW LEVEL SECURITY;;
CREATE POLICY calendar_day_read ON calendar_day FOR SELECT
    TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door USING (true);;
CREATE POLICY calendar_day_set ON calendar_day FOR INSERT TO chuangdeng_app WITH CHECK (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = calendar_day.district_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY calendar_day_reset ON calendar_day FOR UPDATE TO chuangdeng_app USING (EXISTS (
    SELECT FROM area_within w WHERE w.area_id = calendar_day.district_id AND w.ancestor_id = ANY (visible_areas())));;
GRANT SELECT ON calendar_day TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door;;
GRANT INSERT, UPDATE ON calendar_day TO chuangdeng_app;;
CREATE TRIGGER policy_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
CREATE INDEX session_live ON session (account) WHERE ended_at IS NULL;;
CREATE INDEX device_live ON device (account, last_seen_at) WHERE revoked_at IS NULL;;
GRANT CREATE ON SCHEMA public TO chuangdeng_door;;
-- In plpgsql, which keeps its plans: PostgreSQL before 18 plans a function in plain SQL anew at every call, and this
-- one stands before every request.
CREATE FUNCTION session_account(wanted bytea, at timestamptz)
    RETURNS TABLE (session_id uuid, account_id uuid, name text, role text, district_id int, area_ids int[],
                   device_id uuid, second_factor_at timestamptz, must_change_password boolean)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY WITH live AS (
        SELECT s.id, s.account, s.device, s.second_factor_at, s.last_seen_at
        FROM session s LEFT JOIN device d ON d.id = s.device
        WHERE s.token_hash = wanted AND s.ended_at IS NULL AND s.expires_at > at AND d.revoked_at IS NULL
    ), touched AS (
        UPDATE session SET last_seen_at = at FROM live
        WHERE session.id = live.id AND live.last_seen_at < at - interval '10 seconds'
        RETURNING session.device
    ), seen AS (
        UPDATE device SET last_seen_at = greatest(device.last_seen_at, at) FROM live
        WHERE device.id = live.device AND device.last_seen_at < at - interval '10 seconds'
    )
    SELECT live.id, a.id, a.name::text, a.role::text, a.district_id,
           ARRAY(SELECT r.area FROM account_area r WHERE r.account = a.id ORDER BY r.area),
           live.device, live.second_factor_at, a.must_change_password
    FROM live JOIN account a ON a.id = live.account AND a.status = 'active';
END $$;;
ALTER FUNCTION session_account OWNER TO chuangdeng_door;;
REVOKE ALL ON FUNCTION session_account FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION session_account TO chuangdeng_app, chuangdeng_door;;
-- Colleagues of the caller's own district by id: who was told, who covers. A stranger's id finds nothing.
CREATE FUNCTION staff_named(wanted uuid[]) RETURNS TABLE (account_id uuid, name text, role text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.id, a.name, a.role FROM account a JOIN account me ON me.id = caller() AND me.district_id = a.district_id
    WHERE a.id = ANY (wanted)
$$;;
ALTER FUNCTION staff_named OWNER TO chuangdeng_door;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_door;;
REVOKE ALL ON FUNCTION staff_named FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION staff_named TO chuangdeng_app;;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- The roster by ids and times alone, whole whoever asks: a cover may sit in a township the caller cannot see.
CREATE FUNCTION duty_roster(area_ids int[])
    RETURNS TABLE (fact text, account_id uuid, duty text, area_id int, place int,
                   starts_at timestamptz, ends_at timestamptz, cover_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE assigned AS (
        SELECT d.account, d.duty, d.area, d.position, d.starts_at, d.ends_at FROM duty d WHERE d.area = ANY (area_ids)
    ), involved (account) AS (
        SELECT account FROM assigned
        UNION
        SELECT l.cover FROM leave l JOIN involved i ON i.account = l.account
        WHERE l.cancelled_at IS NULL AND l.cover IS NOT NULL
    )
    SELECT 'assignment', account, duty, area, position::int, starts_at, ends_at, NULL::uuid FROM assigned
    UNION ALL
    SELECT 'leave', l.account, NULL, NULL, NULL, l.starts_at, l.ends_at, l.cover
    FROM leave l JOIN involved i ON i.account = l.account WHERE l.cancelled_at IS NULL
    UNION ALL
    SELECT 'holder', a.id, NULL, NULL, NULL, NULL, a.ended_at, NULL FROM account a JOIN involved i ON i.account = a.id
$$;;
ALTER FUNCTION duty_roster OWNER TO chuangdeng_jobs;;
-- Whether an account also serves areas the caller does not see: then it is not theirs alone to change.
CREATE FUNCTION serves_elsewhere(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM account_area a WHERE a.account = wanted AND NOT EXISTS (
        SELECT FROM area_within w WHERE w.area_id = a.area AND w.ancestor_id = ANY (visible_areas())))
$$;;
ALTER FUNCTION serves_elsewhere OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION duty_roster, serves_elsewhere FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION duty_roster TO chuangdeng_app, chuangdeng_jobs;;
GRANT EXECUTE ON FUNCTION serves_elsewhere TO chuangdeng_app;;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="accounts", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
