"""A person as a row of the key-recipient ledger that is handed in."""

from dataclasses import replace
from datetime import datetime

from core.clock import local_day
from recipients.care_kept import CareKept, as_kept
from recipients.fields import Method
from recipients.ledger import LedgerRow
from recipients.person import Person, ledger_fields
from recipients.risk import Risk


def listed(
    known: Person,
    *,
    serial: int,
    age: int | None,
    risk: Risk,
    village: str,
    seen: tuple[datetime, Method] | None,
    care: CareKept | None,
) -> LedgerRow:
    """`seen` is the last contact on record and how it was; a later day the ledger once told stays. `care` is as masked
    as the person is."""
    told = ledger_fields(known) | {"serial": known.number or str(serial)}
    row = as_kept(LedgerRow(**told, number=serial, age=age, risk=risk, village=village, village_code=""), care)
    if seen is None:
        return row
    on, how = local_day(seen[0]), seen[1]
    later_told = row.last_seen_on is not None and row.last_seen_on > on
    return row if later_told else replace(row, last_seen_on=on, last_seen_how=how)
