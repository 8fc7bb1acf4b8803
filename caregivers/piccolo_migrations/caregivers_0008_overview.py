from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0008"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of today's matters: each source in the order it is read"

# Each index holds the words of its select in caregivers/overview/queries/branches.py: another wording would miss it.
STATEMENTS = """
CREATE INDEX matters_of_alerts ON alert (district_id, (CASE WHEN severity = 'critical' AND kind IN ('abuse_suspected', 'critical_hazard', 'daily_anomaly', 'door_unanswered', 'hazard_unattended', 'uncovered') THEN 0 ELSE 1 END), next_at, opened_at, id) WHERE next_at IS NOT NULL;;
CREATE INDEX matters_of_alerts_by_area ON alert (area_id) WHERE next_at IS NOT NULL;;
CREATE INDEX matters_of_alerts_by_subject ON alert (subject_id, kind) WHERE next_at IS NOT NULL;;
CREATE INDEX matters_of_hazards ON hazard (district_id, attend_by, found_at, id) WHERE status = 'open' AND attend_by IS NOT NULL;;
CREATE INDEX matters_of_critical_hazards ON hazard (district_id) WHERE status = 'open' AND attend_by IS NOT NULL AND severity = 'critical';;
CREATE INDEX matters_of_hazards_by_area ON hazard (area_id) WHERE status = 'open' AND attend_by IS NOT NULL;;
CREATE INDEX matters_of_hazard_by_report ON hazard (source_id) WHERE source = 'visit_report';;
CREATE INDEX matters_of_orders ON rectification_order (district_id, deadline_at, issued_at, id) WHERE status IN ('issued', 'accepted', 'refused', 'in_progress', 'failed') AND severity <> 'critical';;
CREATE INDEX matters_of_orders_by_area ON rectification_order (area_id) WHERE status NOT IN ('closed', 'withdrawn');;
CREATE INDEX matters_of_critical_orders ON rectification_order (district_id) WHERE status NOT IN ('closed', 'withdrawn') AND severity = 'critical';;
CREATE INDEX matters_of_extensions ON rectification_order (district_id) WHERE extension_asked_at IS NOT NULL AND extension_decided_at IS NULL AND status NOT IN ('closed', 'withdrawn');;
CREATE INDEX matters_of_statements ON order_answer (area_id) WHERE kind = 'statement' AND heard_at IS NULL AND unheard_at IS NULL;;
CREATE INDEX matters_of_verifications ON verification (district_id, due_at, planned_at, id) WHERE status = 'planned' AND overdue_at IS NULL;;
CREATE INDEX matters_of_verifications_by_area ON verification (area_id) WHERE status = 'planned' AND overdue_at IS NULL;;
CREATE INDEX matters_of_undecided_cases ON replacement_case (district_id, decide_by, proposed_at, id) WHERE status IN ('proposed', 'heard');;
CREATE INDEX matters_of_unfinished_cases ON replacement_case (district_id) WHERE status IN ('decided', 'temporary_care', 'successor_signed', 'handed_over');;
CREATE INDEX matters_of_flagged_cases ON replacement_case (district_id) WHERE flagged_at IS NOT NULL AND flag_reviewed_at IS NULL;;
CREATE INDEX matters_of_care_ending ON temporary_care (district_id, ends_by, starts_at, id) WHERE ended_at IS NULL;;
CREATE INDEX matters_of_care_by_area ON temporary_care (area_id) WHERE ended_at IS NULL;;
CREATE INDEX matters_of_agreements_ending ON agreement (district_id, ends_on, activated_at, id) WHERE status IN ('active', 'suspended') AND renewal_reviewed_at IS NULL;;
CREATE INDEX matters_of_assessments ON assessment (district_id, due_at, period_to, id) WHERE status = 'due';;
CREATE INDEX matters_of_assessments_by_area ON assessment (area_id) WHERE status = 'due';;
CREATE INDEX matters_of_objections ON assessment (district_id, objection_decide_by, objected_at, id) WHERE status = 'objected';;
CREATE INDEX matters_of_standing_changes ON standing_change (area_id) WHERE confirmed_at IS NULL AND rejected_at IS NULL;;
CREATE INDEX matters_of_absences ON absence (area_id) WHERE confirmed_at IS NULL AND ended_at IS NULL;;
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
