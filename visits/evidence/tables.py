"""Tables of evidence: doorstep tokens and the codes used, grades with their reasons, call-backs."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class DoorstepToken(Table):
    """A token kept in a home: a fob (TOTP) or a card of tear-off codes (HOTP). It proves presence, not identity."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    kind = Varchar(length=4)
    label = Varchar(length=40)
    secret_sealed = Bytea()
    next_counter = BigInt(default=0)  # of a card
    codes_printed = SmallInt(default=0)
    skew_steps = SmallInt(default=0)  # of a fob's clock, learned by a resync
    status = Varchar(length=8, default="active")
    issued_by = UUID(default=None)
    issued_at = Timestamptz(default=None)
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    end_reason = Text(null=True, default=None)
    failures = SmallInt(default=0)  # on the local day `failures_on`
    failures_on = Date(null=True, default=None)

    doorstep_token_known_kind = Check("kind IN ('totp', 'hotp')")
    doorstep_token_known_status = Check("status IN ('active', 'lost', 'retired')")
    doorstep_token_ended_pair = Check("(status = 'active') = (ended_at IS NULL)")


class DoorstepCode(Table):
    """A code accepted: once a token and time step (or counter) for ever."""

    id = UUID(primary_key=True, default=None)  # made by the phone
    token_id = ForeignKey(DoorstepToken, null=False, default=None)
    timecode = BigInt()
    visit_id = UUID(default=None, index=True)
    area_id = Integer()
    at_moment = Varchar(length=5)  # start, end
    claimed_at = Timestamptz(default=None)
    by_account_id = UUID(default=None)
    device_id = UUID(null=True, default=None)
    logged_at = Timestamptz(default=None)

    doorstep_code_known_moment = Check("at_moment IN ('start', 'end')")
    doorstep_code_once = Unique([token_id, timecode])


class CodeFailure(Table):
    """A code that did not fit: counted by visit, so that nobody guesses."""

    id = UUID(primary_key=True, default=None)
    visit_id = UUID(default=None, index=True)
    recipient_id = UUID(default=None)
    area_id = Integer()
    by_account_id = UUID(default=None)
    at = Timestamptz(default=None)


class Grade(Table):
    """How well a report is evidenced, with reasons. Never a gate, never a ranking."""

    id = UUID(primary_key=True, default=None)  # the report
    visit_id = UUID(default=None, index=True)
    recipient_id = UUID(default=None)
    area_id = Integer(index=True)
    worker_id = UUID(default=None)
    grade = Varchar(length=1)
    flags = JSONB(default="[]")  # [{"flag": word, "because": {…}}]
    weight = SmallInt(default=0)
    witnesses = SmallInt(default=0)  # codes, photos and call-backs it rests on: with more of them it is graded again
    made_at = Timestamptz(default=None)
    graded_at = Timestamptz(default=None)
    graded_again_at = Timestamptz(null=True, default=None)

    grade_known = Check("grade IN ('A', 'B', 'C', 'D')")


class SampleDraw(Table):
    """One draw of call-backs, repeatable from its seed."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer()  # the township
    district_id = Integer()
    month_on = Date(default=None)  # its first day
    seed = Varchar(length=64)
    population = Integer()
    drawn = Integer()
    drawn_at = Timestamptz(default=None)

    sample_draw_once = Unique([area_id, month_on])


class CallBack(Table):
    """A question to the recipient whether the visit took place, by neither the visitor nor their superior."""

    id = UUID(primary_key=True, default=None)
    report_id = UUID(default=None, unique=True)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    draw_id = UUID(null=True, default=None)
    why = Varchar(length=10)
    assigned_to = UUID(null=True, default=None, index=True)
    created_at = Timestamptz(default=None)
    due_at = Timestamptz(default=None)
    status = Varchar(length=8, default="open")
    outcome = Varchar(length=12, null=True, default=None)
    how = Varchar(length=8, null=True, default=None)
    note = Text(default="")
    done_by = UUID(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)

    call_back_known_why = Check("why IN ('sample', 'flags', 'complaint')")
    call_back_known_status = Check("status IN ('open', 'done')")
    call_back_known_outcome = Check("outcome IN ('confirmed', 'denied', 'unreachable')")
    call_back_done_whole = Check(
        "(status = 'done') = (outcome IS NOT NULL AND done_by IS NOT NULL AND done_at IS NOT NULL)"
    )
