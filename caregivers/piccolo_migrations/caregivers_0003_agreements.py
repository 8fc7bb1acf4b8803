from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0003"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of agreements and temporary care, one active agreement, no gap"

STATEMENTS = """
ALTER TABLE agreement ENABLE ROW LEVEL SECURITY;;
ALTER TABLE agreement FORCE ROW LEVEL SECURITY;;
CREATE POLICY agreement_by_area ON agreement TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = agreement.area_id AND w.ancestor_id = ANY (visible_areas())) OR agreement.caregiver_id = ANY (my_caregiver_ids()));;
CREATE POLICY agreement_by_jobs ON agreement TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON agreement TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, caregiver_id, area_id, district_id, township_id, version, status, starts_on, ends_on, fee_class, fee_yuan, renewal_of, successor_for_case, source, renewal_reviewed_at, renewal_decision, activated_at, suspended_at, suspended_by, ended_on, ended_at, ended_by, ended_reason, replacement_case_id, created_by, created_at, changed_at) ON agreement TO chuangdeng_jobs;;
ALTER TABLE agreement_item ENABLE ROW LEVEL SECURITY;;
ALTER TABLE agreement_item FORCE ROW LEVEL SECURITY;;
CREATE POLICY agreement_item_by_area ON agreement_item TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = agreement_item.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM agreement parent WHERE parent.id = agreement_item.agreement_id));;
CREATE POLICY agreement_item_by_jobs ON agreement_item TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON agreement_item TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, area_id, service, times, per) ON agreement_item TO chuangdeng_jobs;;
ALTER TABLE signature ENABLE ROW LEVEL SECURITY;;
ALTER TABLE signature FORCE ROW LEVEL SECURITY;;
CREATE POLICY signature_by_area ON signature TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = signature.area_id AND w.ancestor_id = ANY (visible_areas())) OR EXISTS (SELECT FROM agreement parent WHERE parent.id = signature.agreement_id));;
CREATE POLICY signature_by_jobs ON signature TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, DELETE ON signature TO chuangdeng_app;;
GRANT SELECT (id, agreement_id, area_id, party, how, capacity, signed_on, recorded_by, recorded_at) ON signature TO chuangdeng_jobs;;
ALTER TABLE temporary_care ENABLE ROW LEVEL SECURITY;;
ALTER TABLE temporary_care FORCE ROW LEVEL SECURITY;;
CREATE POLICY temporary_care_by_area ON temporary_care TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = temporary_care.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY temporary_care_by_jobs ON temporary_care TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON temporary_care TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, district_id, agreement_id, case_id, kind, caregiver_id, starts_at, ends_by, arranged_by, arranged_at, extended_at, ended_by, ended_at, ended_reason) ON temporary_care TO chuangdeng_jobs;;
ALTER TABLE care_fact ENABLE ROW LEVEL SECURITY;;
ALTER TABLE care_fact FORCE ROW LEVEL SECURITY;;
CREATE POLICY care_fact_by_area ON care_fact TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = care_fact.area_id AND w.ancestor_id = ANY (visible_areas())));;
CREATE POLICY care_fact_by_jobs ON care_fact TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON care_fact TO chuangdeng_app;;
GRANT SELECT (id, recipient_id, area_id, kind, who, caregiver_id, since_on, until_on) ON care_fact TO chuangdeng_jobs;;
GRANT DELETE ON agreement_item TO chuangdeng_app;;
CREATE UNIQUE INDEX agreement_one_active ON agreement (recipient_id) WHERE status = 'active';;
CREATE UNIQUE INDEX agreement_number_once ON agreement (district_id, number) WHERE number IS NOT NULL AND status <> 'ended';;
CREATE UNIQUE INDEX care_fact_once ON care_fact (recipient_id, kind) WHERE until_on IS NULL;;
CREATE INDEX agreement_in_force ON agreement (ends_on) WHERE status IN ('active', 'suspended');;
CREATE INDEX agreement_of_caregiver ON agreement (caregiver_id) WHERE status IN ('active', 'suspended');;
CREATE UNIQUE INDEX temporary_care_one ON temporary_care (recipient_id) WHERE ended_at IS NULL;;
CREATE INDEX temporary_care_ending ON temporary_care (ends_by) WHERE ended_at IS NULL;;
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
