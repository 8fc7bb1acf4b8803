from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0010"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of lanes, links, daily checks, observations and emergency steps"

STATEMENTS = """
ALTER TABLE lane ENABLE ROW LEVEL SECURITY;;
ALTER TABLE lane FORCE ROW LEVEL SECURITY;;
CREATE POLICY lane_seen ON lane TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = lane.area_id AND w.ancestor_id = ANY (visible_areas())) OR lane.account_id = caller());;
CREATE POLICY lane_by_jobs ON lane TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON lane TO chuangdeng_app;;
GRANT SELECT (id, area_id, district_id, account_id, status) ON lane TO chuangdeng_jobs;;
ALTER TABLE lane_household ENABLE ROW LEVEL SECURITY;;
ALTER TABLE lane_household FORCE ROW LEVEL SECURITY;;
CREATE POLICY lane_household_seen ON lane_household TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = lane_household.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM lane l WHERE l.id = lane_household.lane_id AND l.account_id = caller()));;
CREATE POLICY lane_household_by_jobs ON lane_household TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON lane_household TO chuangdeng_app;;
GRANT SELECT (id, lane_id, recipient_id, area_id, morning, evening, added_at, laid_until, removed_at) ON lane_household TO chuangdeng_jobs;;
GRANT UPDATE (laid_until) ON lane_household TO chuangdeng_jobs;;
ALTER TABLE watch_link ENABLE ROW LEVEL SECURITY;;
ALTER TABLE watch_link FORCE ROW LEVEL SECURITY;;
CREATE POLICY watch_link_seen ON watch_link TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = watch_link.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY watch_link_by_jobs ON watch_link TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON watch_link TO chuangdeng_app;;
GRANT SELECT (id, lane_id, area_id, issued_at, expires_at, revoked_at, last_used_at) ON watch_link TO chuangdeng_jobs;;
ALTER TABLE daily_check ENABLE ROW LEVEL SECURITY;;
ALTER TABLE daily_check FORCE ROW LEVEL SECURITY;;
CREATE POLICY daily_check_seen ON daily_check TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = daily_check.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY daily_check_by_jobs ON daily_check TO chuangdeng_jobs USING (true);;
GRANT SELECT ON daily_check TO chuangdeng_app;;
GRANT UPDATE (opens_at, closes_at, status, why, settled_at) ON daily_check TO chuangdeng_app;;
GRANT SELECT ON daily_check TO chuangdeng_jobs;;
GRANT INSERT, UPDATE, DELETE ON daily_check TO chuangdeng_jobs;;
ALTER TABLE observation ENABLE ROW LEVEL SECURITY;;
ALTER TABLE observation FORCE ROW LEVEL SECURITY;;
CREATE POLICY observation_seen ON observation TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = observation.area_id AND w.ancestor_id = ANY (visible_areas())))
    WITH CHECK (EXISTS (SELECT FROM area_within w WHERE w.area_id = observation.area_id AND w.ancestor_id = ANY (visible_areas()))
        AND EXISTS (SELECT FROM recipient r WHERE r.id = observation.recipient_id) AND by_account_id = caller());;
CREATE POLICY observation_by_jobs ON observation TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON observation TO chuangdeng_app;;
GRANT SELECT ON observation TO chuangdeng_jobs;;
GRANT INSERT, DELETE ON observation TO chuangdeng_jobs;;
ALTER TABLE emergency_step ENABLE ROW LEVEL SECURITY;;
ALTER TABLE emergency_step FORCE ROW LEVEL SECURITY;;
CREATE POLICY emergency_step_seen ON emergency_step TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = emergency_step.area_id AND w.ancestor_id = ANY (visible_areas())))
    WITH CHECK (EXISTS (SELECT FROM area_within w WHERE w.area_id = emergency_step.area_id AND w.ancestor_id = ANY (visible_areas()))
        AND EXISTS (SELECT FROM alert a WHERE a.id = emergency_step.alert_id) AND by_account_id = caller());;
CREATE POLICY emergency_step_by_jobs ON emergency_step TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON emergency_step TO chuangdeng_app;;
GRANT SELECT (id, alert_id, recipient_id, area_id, step, result, by_account_id, made_at, logged_at) ON emergency_step TO chuangdeng_jobs;;
-- A watcher with a link has no account: the door, which answers before anybody is signed in, shows them their lane.
CREATE POLICY lane_by_door ON lane TO chuangdeng_door USING (true);;
GRANT SELECT (id, area_id, district_id, name, watcher_name, status) ON lane TO chuangdeng_door;;
CREATE POLICY lane_household_by_door ON lane_household TO chuangdeng_door USING (true);;
GRANT SELECT (id, lane_id, recipient_id, area_id, shown_as, position, added_at, removed_at) ON lane_household TO chuangdeng_door;;
CREATE POLICY watch_link_by_door ON watch_link TO chuangdeng_door USING (true);;
GRANT SELECT (id, lane_id, token_hash, expires_at, revoked_at, last_used_at), UPDATE (last_used_at) ON watch_link TO chuangdeng_door;;
CREATE POLICY daily_check_by_door ON daily_check TO chuangdeng_door USING (true);;
GRANT SELECT (recipient_id, on_day, part, opens_at, closes_at, status) ON daily_check TO chuangdeng_door;;
CREATE POLICY observation_by_door ON observation TO chuangdeng_door USING (true);;
GRANT SELECT, INSERT ON observation TO chuangdeng_door;;
CREATE UNIQUE INDEX lane_household_once ON lane_household (recipient_id) WHERE removed_at IS NULL;;
CREATE INDEX daily_check_to_settle ON daily_check (closes_at) WHERE status = 'expected';;
CREATE INDEX daily_check_told ON daily_check (told, closes_at) WHERE told > 0;;
CREATE INDEX daily_check_expected ON daily_check (recipient_id) WHERE status = 'expected';;
CREATE INDEX daily_check_of_lane ON daily_check (lane_id, on_day);;
CREATE INDEX daily_check_by_day ON daily_check USING brin (on_day);;
CREATE INDEX observation_of_window ON observation (recipient_id, on_day, part);;
CREATE INDEX observation_by_day ON observation USING brin (on_day);;
-- Those nobody looks at any more are found without reading everybody.
CREATE INDEX recipient_left ON recipient (id) WHERE NOT (support_mode = 'dispersed' AND standing IN ('at_home', 'in_hospital'));;
CREATE TRIGGER observation_never_altered BEFORE UPDATE OR TRUNCATE ON observation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
CREATE TRIGGER emergency_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON emergency_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs, chuangdeng_door;;
-- Whoever stores what was seen, its window is judged anew; locked in one order, so that two taps never wait for each other.
CREATE FUNCTION window_told() RETURNS trigger
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    WITH told AS MATERIALIZED (
        SELECT c.id, CASE WHEN o.seen IN ('unchanged', 'closed', 'dark', 'quiet') THEN 2 ELSE 1 END AS told
        FROM stored o JOIN daily_check c USING (recipient_id, on_day, part) WHERE o.seen <> 'unseen'
        ORDER BY c.id FOR NO KEY UPDATE OF c
    ), gravest AS (SELECT id, max(told) AS told FROM told GROUP BY id)
    UPDATE daily_check c SET told = greatest(c.told, g.told) FROM gravest g WHERE c.id = g.id;
    RETURN NULL;
END $$;;
ALTER FUNCTION window_told OWNER TO chuangdeng_jobs;;
REVOKE ALL ON FUNCTION window_told FROM PUBLIC;;
CREATE TRIGGER observation_told AFTER INSERT ON observation
    REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION window_told();;
-- Whose link this is, and the households of its lane with what was seen there on a day: never a name, an address, or
-- another day's. No row for a link unknown, taken back or run out. In plpgsql, which keeps its plans.
CREATE FUNCTION watch_lane(wanted bytea, at timestamptz, since timestamptz, day date)
    RETURNS TABLE (link_id uuid, lane_id uuid, lane_name text, watcher_name text, household_ids uuid[], shown_as text[],
                   parts text[], opens_at timestamptz[], closes_at timestamptz[], seen text[])
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    UPDATE watch_link k SET last_used_at = at WHERE k.token_hash = wanted AND k.revoked_at IS NULL AND k.expires_at > at
        AND (k.last_used_at IS NULL OR k.last_used_at < at - interval '1 hour');
    RETURN QUERY SELECT k.id, l.id, l.name::text, l.watcher_name::text, w.household_ids, w.shown_as, w.parts, w.opens_at,
        w.closes_at, w.seen
    FROM watch_link k JOIN lane l ON l.id = k.lane_id AND l.status = 'active' CROSS JOIN LATERAL (
        SELECT array_agg(h.id ORDER BY h.position, h.id, c.opens_at) AS household_ids,
            array_agg(h.shown_as::text ORDER BY h.position, h.id, c.opens_at) AS shown_as,
            array_agg(c.part::text ORDER BY h.position, h.id, c.opens_at) AS parts,
            array_agg(c.opens_at ORDER BY h.position, h.id, c.opens_at) AS opens_at,
            array_agg(c.closes_at ORDER BY h.position, h.id, c.opens_at) AS closes_at,
            array_agg((SELECT o.seen::text FROM observation o WHERE o.recipient_id = h.recipient_id AND o.on_day = day
                AND o.part = c.part AND o.lane_id = h.lane_id AND o.source = 'watcher'
                AND o.made_at >= c.opens_at AND o.made_at < c.closes_at
                ORDER BY o.made_at DESC, o.logged_at DESC LIMIT 1) ORDER BY h.position, h.id, c.opens_at) AS seen
        FROM lane_household h
        LEFT JOIN daily_check c ON c.recipient_id = h.recipient_id AND c.on_day = day AND c.status <> 'ended'
        WHERE h.lane_id = l.id AND h.added_at <= at AND (h.removed_at IS NULL OR h.removed_at > since)) w
    WHERE k.token_hash = wanted AND k.revoked_at IS NULL AND k.expires_at > at;
END $$;;
ALTER FUNCTION watch_lane OWNER TO chuangdeng_door;;
-- What the watcher saw, of the link's own lane only. Answers with what stands under each id and is this lane's own.
CREATE FUNCTION watch_observe(wanted bytea, at timestamptz, made_at timestamptz, day date, part text,
                              ids uuid[], household_ids uuid[], words text[])
    RETURNS TABLE (stored uuid[], seen text[])
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    mine record;
BEGIN
    SELECT k.id, k.lane_id INTO mine FROM watch_link k JOIN lane l ON l.id = k.lane_id AND l.status = 'active'
        WHERE k.token_hash = wanted AND k.revoked_at IS NULL AND k.expires_at > at;
    INSERT INTO observation (id, recipient_id, area_id, lane_id, link_id, source, on_day, part, seen, made_at, logged_at)
        SELECT t.id, h.recipient_id, h.area_id, h.lane_id, mine.id, 'watcher', day, part, t.word, made_at, at
        FROM unnest(ids, household_ids, words) AS t (id, household_id, word)
        JOIN lane_household h ON h.id = t.household_id AND h.lane_id = mine.lane_id
        WHERE t.word IN ('changed', 'unchanged', 'closed', 'dark', 'unseen')
        ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT array_agg(o.id), array_agg(o.seen::text) FROM observation o
        WHERE o.id = ANY (ids) AND o.lane_id = mine.lane_id AND o.source = 'watcher';
END $$;;
ALTER FUNCTION watch_observe OWNER TO chuangdeng_door;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs, chuangdeng_door;;
REVOKE ALL ON FUNCTION watch_lane, watch_observe FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION watch_lane, watch_observe TO chuangdeng_app, chuangdeng_door;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
