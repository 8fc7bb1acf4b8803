from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0005"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of hazards, orders, verifications and failed cycles"

STATEMENTS = """
ALTER TABLE hazard ENABLE ROW LEVEL SECURITY;;
ALTER TABLE hazard FORCE ROW LEVEL SECURITY;;
CREATE POLICY hazard_by_area ON hazard TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = hazard.area_id AND w.ancestor_id = ANY (visible_areas())) OR hazard.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY hazard_by_jobs ON hazard TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON hazard TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, agreement_id, caregiver_id, area_id, district_id, source, source_id, source_item, severity, block, found_at, found_by, recorded_at, status, closed_at, closed_by) ON hazard TO chuangdeng_jobs;;
ALTER TABLE rectification_order ENABLE ROW LEVEL SECURITY;;
ALTER TABLE rectification_order FORCE ROW LEVEL SECURITY;;
CREATE POLICY rectification_order_by_area ON rectification_order TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = rectification_order.area_id AND w.ancestor_id = ANY (visible_areas())) OR rectification_order.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY rectification_order_by_jobs ON rectification_order TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON rectification_order TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, version, status, severity, policy_id, issued_by, issued_at, told_how, told_at, deadline_at, first_deadline_at, statement_until, answered_at, submitted_at, overdue_at, verified_at, closed_at, closed_by, withdrawn_at, extension_asked_at, extension_until, extension_decided_at, extension_granted) ON rectification_order TO chuangdeng_jobs;;
ALTER TABLE order_item ENABLE ROW LEVEL SECURITY;;
ALTER TABLE order_item FORCE ROW LEVEL SECURITY;;
CREATE POLICY order_item_by_area ON order_item TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = order_item.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM rectification_order parent WHERE parent.id = order_item.order_id));;
CREATE POLICY order_item_by_jobs ON order_item TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON order_item TO chuangdeng_app;;
GRANT SELECT (id, order_id, hazard_id, area_id, service, status) ON order_item TO chuangdeng_jobs;;
ALTER TABLE order_answer ENABLE ROW LEVEL SECURITY;;
ALTER TABLE order_answer FORCE ROW LEVEL SECURITY;;
CREATE POLICY order_answer_by_area ON order_answer TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = order_answer.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM rectification_order parent WHERE parent.id = order_answer.order_id));;
CREATE POLICY order_answer_by_jobs ON order_answer TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON order_answer TO chuangdeng_app;;
GRANT SELECT (id, order_id, area_id, kind, by_account_id, made_at, logged_at, heard_by, heard_at, upheld) ON order_answer TO chuangdeng_jobs;;
ALTER TABLE verification ENABLE ROW LEVEL SECURITY;;
ALTER TABLE verification FORCE ROW LEVEL SECURITY;;
CREATE POLICY verification_by_area ON verification TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = verification.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM rectification_order parent WHERE parent.id = verification.order_id));;
CREATE POLICY verification_by_jobs ON verification TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON verification TO chuangdeng_app;;
GRANT SELECT ON verification TO chuangdeng_jobs;;
ALTER TABLE failed_cycle ENABLE ROW LEVEL SECURITY;;
ALTER TABLE failed_cycle FORCE ROW LEVEL SECURITY;;
CREATE POLICY failed_cycle_by_area ON failed_cycle TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = failed_cycle.area_id AND w.ancestor_id = ANY (visible_areas())) OR failed_cycle.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY failed_cycle_by_jobs ON failed_cycle TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON failed_cycle TO chuangdeng_app;;
GRANT SELECT ON failed_cycle TO chuangdeng_jobs;;
CREATE UNIQUE INDEX hazard_once ON hazard (source, source_id, source_item) WHERE source_id IS NOT NULL;;
CREATE INDEX hazard_open ON hazard (agreement_id, severity) WHERE status = 'open';;
CREATE UNIQUE INDEX order_item_hazard_under_way ON order_item (hazard_id) WHERE status = 'open';;
CREATE UNIQUE INDEX verification_one_planned ON verification (order_id) WHERE status = 'planned';;
CREATE UNIQUE INDEX verification_result_once ON verification (result_id) WHERE result_id IS NOT NULL;;
CREATE INDEX rectification_order_overdue ON rectification_order (deadline_at) WHERE status IN ('issued', 'accepted', 'refused', 'in_progress');;
CREATE INDEX verification_overdue ON verification (due_at) WHERE status = 'planned';;
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
