from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "Phones that are cut off may still hand in what they hold"

STATEMENTS = """
GRANT CREATE ON SCHEMA public TO chuangdeng_door;;
-- As session_account, and of a phone's session also when it ended because the phone was revoked or its account ended:
-- what was written before that still arrives. A session that its owner closed, or that had run out before, stays shut.
CREATE FUNCTION sender_account(wanted bytea, at timestamptz)
    RETURNS TABLE (session_id uuid, account_id uuid, name text, role text, district_id int, area_ids int[],
                   device_id uuid, second_factor_at timestamptz, must_change_password boolean, cut_off_at timestamptz)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT live.*, NULL::timestamptz FROM session_account(wanted, at) live;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT s.id, a.id, a.name::text, a.role::text, a.district_id,
           ARRAY(SELECT r.area FROM account_area r WHERE r.account = a.id ORDER BY r.area),
           s.device, s.second_factor_at, a.must_change_password, cut.off_at
    FROM session s JOIN device d ON d.id = s.device JOIN account a ON a.id = s.account,
         LATERAL (SELECT least(d.revoked_at, a.ended_at) AS off_at) cut
    WHERE s.token_hash = wanted AND cut.off_at IS NOT NULL AND cut.off_at > at - interval '400 days'
      AND s.expires_at > cut.off_at
      AND (s.ended_at IS NULL OR s.ended_reason IN ('device_revoked', 'account_ended'));
END $$;;
ALTER FUNCTION sender_account OWNER TO chuangdeng_door;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_door;;
REVOKE ALL ON FUNCTION sender_account FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION sender_account TO chuangdeng_app;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="accounts", id=ID, description=DESCRIPTION, statements=STATEMENTS)
