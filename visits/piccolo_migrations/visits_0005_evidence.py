from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of doorstep tokens, grades and call-backs"

STATEMENTS = """
ALTER TABLE doorstep_token ENABLE ROW LEVEL SECURITY;;
ALTER TABLE doorstep_token FORCE ROW LEVEL SECURITY;;
CREATE POLICY doorstep_token_by_area ON doorstep_token TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = doorstep_token.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY doorstep_token_by_jobs ON doorstep_token TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON doorstep_token TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, district_id, kind, status, issued_at, ended_at) ON doorstep_token TO chuangdeng_jobs;;
ALTER TABLE doorstep_code ENABLE ROW LEVEL SECURITY;;
ALTER TABLE doorstep_code FORCE ROW LEVEL SECURITY;;
CREATE POLICY doorstep_code_by_area ON doorstep_code TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = doorstep_code.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY doorstep_code_by_jobs ON doorstep_code TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON doorstep_code TO chuangdeng_app;;
GRANT SELECT ON doorstep_code TO chuangdeng_jobs;;
ALTER TABLE code_failure ENABLE ROW LEVEL SECURITY;;
ALTER TABLE code_failure FORCE ROW LEVEL SECURITY;;
CREATE POLICY code_failure_by_area ON code_failure TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = code_failure.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY code_failure_by_jobs ON code_failure TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON code_failure TO chuangdeng_app;;
GRANT SELECT ON code_failure TO chuangdeng_jobs;;
ALTER TABLE grade ENABLE ROW LEVEL SECURITY;;
ALTER TABLE grade FORCE ROW LEVEL SECURITY;;
CREATE POLICY grade_by_area ON grade TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = grade.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY grade_by_jobs ON grade TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON grade TO chuangdeng_app;;
GRANT SELECT ON grade TO chuangdeng_jobs;;
GRANT INSERT, UPDATE ON grade TO chuangdeng_jobs;;
ALTER TABLE sample_draw ENABLE ROW LEVEL SECURITY;;
ALTER TABLE sample_draw FORCE ROW LEVEL SECURITY;;
CREATE POLICY sample_draw_by_area ON sample_draw TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = sample_draw.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY sample_draw_by_jobs ON sample_draw TO chuangdeng_jobs USING (true);;
GRANT SELECT ON sample_draw TO chuangdeng_app;;
GRANT SELECT ON sample_draw TO chuangdeng_jobs;;
GRANT INSERT ON sample_draw TO chuangdeng_jobs;;
ALTER TABLE call_back ENABLE ROW LEVEL SECURITY;;
ALTER TABLE call_back FORCE ROW LEVEL SECURITY;;
CREATE POLICY call_back_by_area ON call_back TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = call_back.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY call_back_by_jobs ON call_back TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON call_back TO chuangdeng_app;;
GRANT SELECT (id, report_id, recipient_id, area_id, district_id, draw_id, why, assigned_to, created_at, due_at, status, outcome, how, done_by, done_at) ON call_back TO chuangdeng_jobs;;
GRANT INSERT, UPDATE (assigned_to) ON call_back TO chuangdeng_jobs;;
-- What the jobs may know of a report's content, and that it came on paper, without the notes and the name.
ALTER TABLE visit_report ADD COLUMN all_normal boolean GENERATED ALWAYS AS ((content ->> 'all_normal')::boolean) STORED;;
ALTER TABLE visit_report ADD COLUMN on_paper boolean GENERATED ALWAYS AS (on_paper_by IS NOT NULL) STORED;;
GRANT SELECT (all_normal, on_paper) ON visit_report TO chuangdeng_jobs;;
CREATE INDEX visit_report_by_worker ON visit_report (by_account_id, made_at);;
CREATE INDEX visit_report_late ON visit_report (area_id, logged_at) WHERE 'late_to_confirm' = ANY (labels);;
CREATE INDEX report_conflict_undecided ON report_conflict (area_id) WHERE decision IS NULL;;
CREATE INDEX visit_report_lately ON visit_report (logged_at);;
CREATE INDEX doorstep_code_lately ON doorstep_code (logged_at);;
CREATE INDEX grade_lately ON grade (graded_at);;
CREATE INDEX grade_by_month ON grade (area_id, made_at);;
CREATE INDEX call_back_open ON call_back (due_at) WHERE status = 'open';;
CREATE UNIQUE INDEX doorstep_token_one_card ON doorstep_token (recipient_id, kind) WHERE status = 'active';;
"""


class Raw(Table):
    """Carries raw SQL."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="visits", description=DESCRIPTION)

    async def run() -> None:
        for statement in STATEMENTS.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
