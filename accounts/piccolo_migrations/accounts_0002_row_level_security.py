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
CREATE POLICY account_area_by_area ON account_area TO chuangdeng_app USING (
    account = caller() OR EXISTS (
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
GRANT SELECT, INSERT, UPDATE ON account TO chuangdeng_app;;
GRANT SELECT (id, role, status, district_id) ON account TO chuangdeng_jobs;;
GRANT SELECT, UPDATE ON account TO chuangdeng_door;;

ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY;;
ALTER TABLE recovery_code FORCE ROW LEVEL SECURITY;;
CREATE POLICY recovery_code_seen ON recovery_code TO chuangdeng_app USING (
    recovery_code.account = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = recovery_code.account));;
CREATE POLICY recovery_code_by_jobs ON recovery_code TO chuangdeng_jobs USING (true);;
CREATE POLICY recovery_code_by_door ON recovery_code TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT, UPDATE ON recovery_code TO chuangdeng_app;;

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

GRANT SELECT, INSERT, UPDATE ON recovery_code, device, session, activation TO chuangdeng_door;;
GRANT SELECT ON device, leave, account_channel TO chuangdeng_jobs;;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_throttle TO chuangdeng_door;;
GRANT SELECT, INSERT, UPDATE ON duty TO chuangdeng_app;;
GRANT SELECT ON duty TO chuangdeng_jobs, chuangdeng_door;;
ALTER TABLE duty ENABLE ROW LEVEL SECURITY;;
ALTER TABLE duty FORCE ROW LEVEL SECURITY;;
CREATE POLICY duty_by_area ON duty TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = duty.area AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY duty_by_jobs ON duty TO chuangdeng_jobs USING (true);;
CREATE INDEX duty_current ON duty (area, duty) WHERE ends_at IS NULL;;
GRANT SELECT ON policy_version, calendar_day TO chuangdeng_app, chuangdeng_jobs, chuangdeng_door;;
GRANT INSERT ON policy_version TO chuangdeng_app;;
GRANT INSERT, UPDATE ON calendar_day TO chuangdeng_app;;
CREATE TRIGGER policy_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
CREATE INDEX session_live ON session (account) WHERE ended_at IS NULL;;
CREATE INDEX device_live ON device (account, last_seen_at) WHERE revoked_at IS NULL;;
GRANT CREATE ON SCHEMA public TO chuangdeng_door;;
CREATE FUNCTION session_account(wanted bytea, at timestamptz)
    RETURNS TABLE (session_id uuid, account_id uuid, name text, role text, district_id int, area_ids int[],
                   device_id uuid, second_factor_at timestamptz, must_change_password boolean)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH live AS (
        SELECT s.id, s.account, s.device, s.second_factor_at, s.last_seen_at
        FROM session s LEFT JOIN device d ON d.id = s.device
        WHERE s.token_hash = wanted AND s.ended_at IS NULL AND s.expires_at > at AND d.revoked_at IS NULL
    ), touched AS (
        UPDATE session SET last_seen_at = at FROM live
        WHERE session.id = live.id AND live.last_seen_at < at - interval '1 minute'
        RETURNING session.device
    ), seen AS (
        UPDATE device SET last_seen_at = greatest(device.last_seen_at, at) FROM live
        WHERE device.id = live.device AND device.last_seen_at < at - interval '1 minute'
    )
    SELECT live.id, a.id, a.name, a.role, a.district_id,
           ARRAY(SELECT r.area FROM account_area r WHERE r.account = a.id ORDER BY r.area),
           live.device, live.second_factor_at, a.must_change_password
    FROM live JOIN account a ON a.id = live.account AND a.status = 'active'
$$;;
ALTER FUNCTION session_account OWNER TO chuangdeng_door;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_door;;
REVOKE ALL ON FUNCTION session_account FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION session_account TO chuangdeng_app, chuangdeng_door;;
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
