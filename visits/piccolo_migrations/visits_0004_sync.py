from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "Row-level security of the inbox, device states and attachments"

STATEMENTS = """
ALTER TABLE inbox_item ENABLE ROW LEVEL SECURITY;;
ALTER TABLE inbox_item FORCE ROW LEVEL SECURITY;;
CREATE POLICY inbox_item_by_area ON inbox_item TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = inbox_item.area_id AND w.ancestor_id = ANY (visible_areas())) OR inbox_item.account_id = caller());;
CREATE POLICY inbox_item_by_jobs ON inbox_item TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT ON inbox_item TO chuangdeng_app;;
GRANT SELECT (id, server_seq, client_id, first, device_id, account_id, area_id, device_seq, kind, subject_id, after_id, sha256, made_at, received_at, offset_ms, offset_error_ms, status, tries, settled_at, decided_by, decided_at, decision) ON inbox_item TO chuangdeng_jobs;;
GRANT UPDATE (status, tries, answer, settled_at, area_id, decided_by, decided_at, decision) ON inbox_item TO chuangdeng_app;;
GRANT USAGE ON SEQUENCE inbox_item_server_seq_seq TO chuangdeng_app;;
CREATE UNIQUE INDEX inbox_item_first ON inbox_item (client_id) WHERE first;;
CREATE INDEX inbox_item_held ON inbox_item (after_id) WHERE status = 'held';;
CREATE INDEX inbox_item_conflict ON inbox_item (area_id, received_at) WHERE status = 'conflict' AND decided_at IS NULL;;
ALTER TABLE device_state ENABLE ROW LEVEL SECURITY;;
ALTER TABLE device_state FORCE ROW LEVEL SECURITY;;
CREATE POLICY device_state_seen ON device_state TO chuangdeng_app USING (
    account_id = caller() OR EXISTS (SELECT FROM account_area a WHERE a.account = device_state.account_id));;
CREATE POLICY device_state_by_jobs ON device_state TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON device_state TO chuangdeng_app;;
GRANT SELECT ON device_state TO chuangdeng_jobs;;
ALTER TABLE attachment ENABLE ROW LEVEL SECURITY;;
ALTER TABLE attachment FORCE ROW LEVEL SECURITY;;
CREATE POLICY attachment_by_area ON attachment TO chuangdeng_app USING (EXISTS (SELECT FROM area_within w WHERE w.area_id = attachment.area_id AND w.ancestor_id = ANY (visible_areas())) OR attachment.account_id = caller());;
CREATE POLICY attachment_by_jobs ON attachment TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, UPDATE ON attachment TO chuangdeng_app;;
GRANT SELECT (id, account_id, device_id, area_id, subject_kind, subject_id, size, received, status, created_at, stored_at, position_sealed) ON attachment TO chuangdeng_jobs;;
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
