from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "Confidential alerts are seen only by those who handle them, and by nobody barred"

STATEMENTS = """
GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
CREATE FUNCTION handles_confidential(barred uuid[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(caller() <> ALL (barred), false) AND EXISTS (
        SELECT FROM account a WHERE a.id = caller() AND a.status = 'active'
        AND a.role IN ('township_specialist', 'township_leader', 'district', 'auditor'))
$$;;
ALTER FUNCTION handles_confidential OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION handles_confidential FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION handles_confidential TO chuangdeng_app;;
ALTER POLICY alert_by_area ON alert USING (kind <> 'canary' AND (NOT confidential OR handles_confidential(barred_ids))
    AND EXISTS (SELECT FROM area_within w WHERE w.area_id = alert.area_id AND w.ancestor_id = ANY (visible_areas())));;
GRANT SELECT (confidential, barred_ids) ON alert TO chuangdeng_jobs;;
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
