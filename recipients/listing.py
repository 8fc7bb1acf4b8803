"""A person as a row of the key-recipient ledger that is handed in."""

from dataclasses import replace
from datetime import datetime

from core.clock import local_day
from recipients.ledger import LedgerRow
from recipients.person import Person, ledger_fields
from recipients.risk import Risk


def listed(
    known: Person, *, serial: int, age: int | None, risk: Risk, village: str, seen_at: datetime | None
) -> LedgerRow:
    """`seen_at` is the last contact on record; a later day the ledger once told stays, with how it was."""
    told = ledger_fields(known) | {"serial": known.number or str(serial)}
    row = LedgerRow(**told, number=serial, age=age, risk=risk, village=village, village_code="")
    on = local_day(seen_at) if seen_at else None
    if on is None or (row.last_seen_on is not None and row.last_seen_on > on):
        return row
    return replace(row, last_seen_on=on, last_seen_how=None)
