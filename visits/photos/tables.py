"""Tables of photos: what was sent in parts, and what is kept of it."""

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Attachment(Table):
    """A photo, sent in parts. Position and time are kept as evidence, sealed; the picture itself carries neither."""

    id = UUID(primary_key=True, default=None)  # made by the phone
    account_id = UUID(default=None)
    device_id = UUID(null=True, default=None)
    area_id = Integer(index=True)
    subject_kind = Varchar(length=16)
    subject_id = UUID(default=None, index=True)
    size = Integer()
    sha256 = Bytea()
    received = Integer(default=0)  # bytes, from the beginning without a hole
    status = Varchar(length=8, default="partial")
    refused_reason = Varchar(length=80, null=True, default=None)
    taken_at = Timestamptz(null=True, default=None)
    position_sealed = Bytea(null=True, default=None)
    picture = Bytea(null=True, default=None)  # re-encoded, sealed
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    created_at = Timestamptz(default=None)
    stored_at = Timestamptz(null=True, default=None)

    attachment_known_status = Check("status IN ('partial', 'stored', 'refused')")
    attachment_small = Check("size BETWEEN 1 AND 5242880")
    attachment_stored_whole = Check("(status = 'stored') = (picture IS NOT NULL)")
    attachment_known_subject = Check(
        "subject_kind IN ('visit_report', 'hazard', 'order_answer', 'verification', 'emergency_step')"
    )
    attachment_refused_with_reason = Check("(status = 'refused') = (refused_reason IS NOT NULL)")
    attachment_received_in_bounds = Check("received BETWEEN 0 AND size")


class AttachmentPart(Table):
    """A part received; gone once the whole is stored."""

    id = UUID(primary_key=True, default=None)
    attachment_id = ForeignKey(Attachment, null=False, default=None, index=True, on_delete=OnDelete.cascade)
    area_id = Integer()
    starts_at_byte = Integer()
    content = Bytea()

    attachment_part_once = Unique([attachment_id, starts_at_byte])
