from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.raw_migration import raw_migration

ID = "0009"
VERSION = "1.38.0"
DESCRIPTION = "Who sees a photo: whoever sent it, and whoever reads what it belongs to"

STATEMENTS = """
DROP POLICY attachment_by_area ON attachment;;
CREATE POLICY attachment_sent ON attachment TO chuangdeng_app USING (account_id = caller());;
-- What a photo belongs to is looked up with the reader's own eyes. What never arrived is read by nobody but the sender.
CREATE POLICY attachment_seen ON attachment FOR SELECT TO chuangdeng_app USING (
    EXISTS (SELECT FROM area_within w WHERE w.area_id = attachment.area_id AND w.ancestor_id = ANY (visible_areas()))
    AND CASE subject_kind
        WHEN 'visit_report' THEN EXISTS (SELECT FROM visit_report s WHERE s.id = attachment.subject_id)
        WHEN 'hazard' THEN EXISTS (SELECT FROM hazard s WHERE s.id = attachment.subject_id)
        WHEN 'order_answer' THEN EXISTS (SELECT FROM order_answer s WHERE s.id = attachment.subject_id)
        WHEN 'verification' THEN EXISTS (SELECT FROM verification s WHERE s.id = attachment.subject_id)
        WHEN 'emergency_step' THEN EXISTS (SELECT FROM emergency_step s WHERE s.id = attachment.subject_id)
        ELSE false END);;
-- A caregiver's answers to their own orders, also those keyed in for them from paper.
CREATE POLICY attachment_of_own_answer ON attachment FOR SELECT TO chuangdeng_app USING (
    subject_kind = 'order_answer' AND EXISTS (
        SELECT FROM order_answer s JOIN rectification_order o ON o.id = s.order_id
        WHERE s.id = attachment.subject_id AND o.caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids())))));;
CREATE INDEX attachment_unfinished ON attachment (created_at) WHERE status <> 'stored';;
GRANT DELETE ON attachment TO chuangdeng_jobs;;
ALTER TABLE attachment_part ENABLE ROW LEVEL SECURITY;;
ALTER TABLE attachment_part FORCE ROW LEVEL SECURITY;;
-- Parts still carry what the camera wrote beside the picture: nobody's but the sender's.
CREATE POLICY attachment_part_sent ON attachment_part TO chuangdeng_app USING (
    EXISTS (SELECT FROM attachment a WHERE a.id = attachment_part.attachment_id AND a.account_id = caller()));;
CREATE POLICY attachment_part_by_jobs ON attachment_part TO chuangdeng_jobs USING (true);;
GRANT SELECT, INSERT, DELETE ON attachment_part TO chuangdeng_app;;
GRANT SELECT (id, attachment_id, area_id, starts_at_byte) ON attachment_part TO chuangdeng_jobs;;

GRANT CREATE ON SCHEMA public TO chuangdeng_jobs;;
-- The visit, recipient, order, verification or alert that the thing under an id is about, whoever sees it: nobody hangs
-- a photo on what is not part of what they were shown. Nothing when there is no such thing yet.
CREATE FUNCTION photo_matter(kind text, wanted uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE kind
        WHEN 'visit_report' THEN (SELECT s.visit FROM visit_report s WHERE s.id = wanted)
        WHEN 'hazard' THEN (SELECT s.recipient_id FROM hazard s WHERE s.id = wanted)
        WHEN 'order_answer' THEN (SELECT s.order_id FROM order_answer s WHERE s.id = wanted)
        WHEN 'verification' THEN (SELECT s.id FROM verification s WHERE s.id = wanted)
        WHEN 'emergency_step' THEN (SELECT s.alert_id FROM emergency_step s WHERE s.id = wanted)
    END
$$;;
ALTER FUNCTION photo_matter OWNER TO chuangdeng_jobs;;
REVOKE CREATE ON SCHEMA public FROM chuangdeng_jobs;;
REVOKE ALL ON FUNCTION photo_matter FROM PUBLIC;;
GRANT EXECUTE ON FUNCTION photo_matter TO chuangdeng_app;;
"""


async def forwards() -> MigrationManager:
    return raw_migration(app="visits", id=ID, description=DESCRIPTION, statements=STATEMENTS)
