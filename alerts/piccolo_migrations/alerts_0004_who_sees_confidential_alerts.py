from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "Confidential alerts are seen only by those who handle them, and by nobody barred"

AREA = "EXISTS (SELECT FROM area_within w WHERE w.area_id = notice.area_id AND w.ancestor_id = ANY (visible_areas()))"
ITS_ALERT = "EXISTS (SELECT FROM alert a WHERE a.id = notice.alert_id)"
# One's own, unless one was barred from its alert since; those of one's areas, and those of no place, whose alert one sees.
READ = f"""
    (account_id = caller() AND (alert_id IS NULL OR area_id IS NOT NULL OR NOT barred_from(alert_id)))
    OR ({AREA} AND (alert_id IS NULL OR {ITS_ALERT}))
    OR (area_id IS NULL AND alert_id IS NOT NULL AND {ITS_ALERT})"""

STATEMENTS = f"""
GRANT SELECT (confidential, barred_ids) ON alert TO chuangdeng_jobs;;
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- The accounts too near to somebody to learn what is suspected around them, at this moment. A later package that knows
-- who cares for whom puts its answer in the place of this one.
CREATE FUNCTION too_near(recipient uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT '{{}}'::uuid[] $$;;
ALTER FUNCTION too_near OWNER TO chuangdeng_jobs;;
CREATE FUNCTION handles_confidential(barred uuid[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(caller() <> ALL (barred), false) AND EXISTS (
        SELECT FROM account a WHERE a.id = caller() AND a.status = 'active'
        AND a.role IN ('township_specialist', 'township_leader', 'district', 'auditor'))
$$;;
ALTER FUNCTION handles_confidential (uuid[]) OWNER TO chuangdeng_jobs;;
-- Also barred: whoever has come too near since it was written down.
CREATE FUNCTION handles_confidential(barred uuid[], about uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT handles_confidential(barred || too_near(about))
$$;;
ALTER FUNCTION handles_confidential (uuid[], uuid) OWNER TO chuangdeng_jobs;;
CREATE FUNCTION barred_from(alert_id uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM alert a WHERE a.id = barred_from.alert_id AND a.confidential
        AND caller() = ANY (a.barred_ids || too_near(a.recipient_id)))
$$;;
ALTER FUNCTION barred_from OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION too_near, handles_confidential (uuid[]), handles_confidential (uuid[], uuid), barred_from
    FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION too_near, handles_confidential (uuid[]), handles_confidential (uuid[], uuid), barred_from
    TO chuangdeng_app;;
ALTER POLICY alert_by_area ON alert USING (kind <> 'canary'
    AND (NOT confidential OR handles_confidential(barred_ids, recipient_id))
    AND EXISTS (SELECT FROM area_within w WHERE w.area_id = alert.area_id AND w.ancestor_id = ANY (visible_areas())));;
-- The rungs of an alert are seen by whoever sees the alert.
ALTER POLICY alert_rung_by_area ON alert_rung USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = alert_rung.area_id AND w.ancestor_id = ANY (visible_areas()))
    AND EXISTS (SELECT FROM alert a WHERE a.id = alert_rung.alert_id));;
-- A notice of a confidential alert names no area. It may be owed to somebody whose notices the ower cannot read.
DROP POLICY notice_seen ON notice;;
CREATE POLICY notice_seen ON notice FOR SELECT TO chuangdeng_app USING ({READ});;
CREATE POLICY notice_changed ON notice FOR UPDATE TO chuangdeng_app USING ({READ});;
CREATE POLICY notice_owed ON notice FOR INSERT TO chuangdeng_app WITH CHECK (
    (area_id IS NULL OR {AREA}) AND (alert_id IS NULL OR {ITS_ALERT}));;
-- Its lines in the journal name no area either: they are read by whoever sees the alert.
CREATE POLICY journal_of_confidential_alert ON journal FOR SELECT TO chuangdeng_app USING (
    area_id IS NULL AND kind LIKE 'alert.%' AND EXISTS (
        SELECT FROM alert a WHERE a.id = journal.subject_id AND a.confidential));;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="alerts", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
