"""Steps past the actions: statements as the application's own role, in the eyes of the head or a clerk.

Whether one is refused or harmless is not judged here; what must be true afterwards is.
"""

from core import db
from tests.machines.world import Nothing, World

_FORCE = "recipient_id = $1 AND status IN ('active', 'suspended')"

# Each with the recipient, the moment, and who tries it.
ATTEMPTS = {
    "suspend": "UPDATE agreement SET status = 'suspended', suspended_at = $2, suspended_by = $3,"
    f" suspend_reason = '配合调查' WHERE {_FORCE}",
    "resume": "UPDATE agreement SET status = 'active', changed_at = $2 WHERE recipient_id = $1 AND status = 'suspended'"
    " AND $3::uuid IS NOT NULL",
    "remove": "UPDATE agreement SET status = 'ended', ended_at = $2, ended_by = $3,"
    " ended_on = ($2::timestamptz)::date,"
    f" ended_reason = 'terminated_for_breach' WHERE {_FORCE}",
    "remove with an open case": "UPDATE agreement a SET status = 'ended', ended_at = $2, ended_by = $3,"
    " ended_on = ($2::timestamptz)::date, ended_reason = 'terminated_for_breach', replacement_case_id = (SELECT c.id"
    " FROM replacement_case c WHERE c.agreement_id = a.id LIMIT 1)"
    " WHERE a.recipient_id = $1 AND a.status IN ('active', 'suspended')",
    "end by agreement": "UPDATE agreement SET status = 'ended', ended_at = $2, ended_by = $3,"
    " ended_on = ($2::timestamptz)::date,"
    f" ended_reason = 'mutual' WHERE {_FORCE}",
    "give up": "UPDATE agreement SET status = 'ended', ended_at = $2, ended_by = $3,"
    " ended_on = ($2::timestamptz)::date,"
    f" ended_reason = 'resigned' WHERE {_FORCE}",
    "put in force": "UPDATE agreement SET status = 'active', activated_at = $2 WHERE recipient_id = $1"
    " AND status IN ('draft', 'pending_signatures') AND $3::uuid IS NOT NULL",
    "revive": "UPDATE agreement SET status = 'active', ended_at = NULL, ended_on = NULL, ended_by = NULL,"
    " ended_reason = NULL, changed_at = $2 WHERE recipient_id = $1 AND status = 'ended' AND $3::uuid IS NOT NULL",
    "end the care": "UPDATE temporary_care SET ended_at = $2, ended_by = $3, ended_reason = 'resumed'"
    " WHERE recipient_id = $1 AND ended_at IS NULL",
    "silence the gap": "UPDATE alert SET status = 'resolved', resolved_at = $2, resolved_by = $3, outcome = 'covered',"
    " next_at = NULL WHERE recipient_id = $1 AND kind = 'uncovered' AND status <> 'resolved'",
    "decide unheard": "UPDATE replacement_case SET status = 'decided', decision = 'keep_with_reason',"
    " decision_reason = '情况好转', decided_by = $3, decided_at = $2, heard_at = coalesce(heard_at, $2)"
    " WHERE recipient_id = $1 AND status = 'proposed'",
    "replace on paper": "UPDATE replacement_case SET status = 'decided', decision = 'replace',"
    " decision_reason = '撤换', decided_by = $3, decided_at = $2 WHERE recipient_id = $1 AND status = 'heard'",
    "drop": "UPDATE replacement_case SET status = 'withdrawn', withdrawn_at = $2, withdrawn_by = $3,"
    " withdrawn_reason = '情况好转' WHERE recipient_id = $1 AND status IN ('proposed', 'heard') AND mandatory",
    "make it optional": "UPDATE replacement_case SET mandatory = false, version = version + 1 WHERE recipient_id = $1"
    " AND mandatory AND status IN ('proposed', 'heard') AND $2::timestamptz IS NOT NULL AND $3::uuid IS NOT NULL",
    "take out the grounds": "UPDATE replacement_case SET grounds = '[]' WHERE recipient_id = $1"
    " AND $2::timestamptz IS NOT NULL AND $3::uuid IS NOT NULL",
    "rewrite the decision": "UPDATE replacement_case SET decision = 'keep_with_reason', decided_by = $3,"
    " decided_at = $2 WHERE recipient_id = $1 AND decision IS NOT NULL",
    "undo the decision": "UPDATE replacement_case SET status = 'heard', decision = NULL, decided_by = NULL,"
    " decided_at = NULL WHERE recipient_id = $1 AND decision IS NOT NULL AND $2::timestamptz IS NOT NULL"
    " AND $3::uuid IS NOT NULL",
    "a second case": "INSERT INTO replacement_case (id, agreement_id, recipient_id, caregiver_id, area_id, district_id,"
    " mandatory, confidential, barred_ids, ground, grounds, status, proposed_at, proposed_by, decide_by)"
    " SELECT id, agreement_id, recipient_id, caregiver_id, area_id, district_id, mandatory, confidential, barred_ids,"
    " ground, grounds, 'decided', $2, $3, decide_by FROM replacement_case WHERE recipient_id = $1",
    "close the orders": "UPDATE rectification_order SET status = 'closed', closed_at = $2, closed_by = $3,"
    " close_reason = '另行处理' WHERE recipient_id = $1 AND status IN ('passed', 'failed', 'overdue')",
    "begin an order again": "UPDATE rectification_order SET status = 'issued', closed_at = NULL, withdrawn_at = NULL"
    " WHERE recipient_id = $1 AND status IN ('closed', 'withdrawn') AND $2::timestamptz IS NOT NULL"
    " AND $3::uuid IS NOT NULL",
    "bring a failure back": "UPDATE failed_cycle f SET withdrawn_at = NULL, withdrawn_reason = NULL"
    " FROM rectification_order o WHERE o.id = f.order_id AND o.recipient_id = $1 AND f.withdrawn_at IS NOT NULL"
    " AND $2::timestamptz IS NOT NULL AND $3::uuid IS NOT NULL",
    "count again": "INSERT INTO failed_cycle (id, order_id, agreement_id, caregiver_id, area_id, why, heard, failed_at,"
    " counted_at) SELECT gen_random_uuid(), f.order_id, f.agreement_id, f.caregiver_id, f.area_id, f.why, f.heard, $2,"
    " $2 FROM failed_cycle f JOIN rectification_order o ON o.id = f.order_id WHERE o.recipient_id = $1"
    " AND f.withdrawn_at IS NULL AND $3::uuid IS NOT NULL",
    "count at once": "INSERT INTO failed_cycle (id, order_id, agreement_id, caregiver_id, area_id, why, heard,"
    " failed_at, counted_at) SELECT gen_random_uuid(), o.id, o.agreement_id, o.caregiver_id, o.area_id, 'overdue',"
    " 'time_ran_out', $2, $2 FROM rectification_order o WHERE o.recipient_id = $1 AND o.statement_until > $2"
    " AND $3::uuid IS NOT NULL",
    "begin in force": "INSERT INTO agreement (id, recipient_id, caregiver_id, area_id, district_id, township_id,"
    " status, relation, starts_on, ends_on, fee_class, liability, created_by, created_at, changed_at, consent_by,"
    " consent_at, activated_at) SELECT gen_random_uuid(), recipient_id, caregiver_id, area_id, district_id,"
    " township_id, 'active', relation, starts_on, ends_on, fee_class, liability, $3, $2, $2, 'self', $2, $2"
    " FROM agreement WHERE recipient_id = $1 LIMIT 1",
    "erase": "DELETE FROM replacement_case WHERE recipient_id = $1 AND $2::timestamptz IS NOT NULL"
    " AND $3::uuid IS NOT NULL",
}
NAMES = tuple(ATTEMPTS)


async def attempt(world: World, home: int, name: str, head: bool) -> None:
    by = world.cast.leader if head else world.cast.specialist
    world.told = False  # a word that somebody has nobody may be written past the action: the sweep tells of it
    async with db.transaction(by.scope):
        if not await db.execute(ATTEMPTS[name], world.homes[home], world.now, by.id):
            raise Nothing
