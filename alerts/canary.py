"""The canary's part in alerts: a kind of its own that climbs like any other and is told to no person.

The jobs open no accounts, and the canary needs none: its notices go to one constant id that no account bears. Nobody
can sign in as it, no channel belongs to it, and an inbox notice is its own delivery; that it was stored is the proof.
"""

from uuid import UUID

from accounts.duty import Answer
from alerts.ladder import People

CANARY = "canary"
"""The reason of its visits and the kind of its alerts."""

CANARY_ACCOUNT = UUID("00000000-0000-8000-8000-ca4a12b12d00")

PEOPLE = People(
    holding=lambda _: (),
    owner=(Answer(account_id=CANARY_ACCOUNT, area_id=0),),
    fallback=(),
    present=lambda _: (),
)
"""Whom a canary's alert tells: itself, on its only rung, and nobody else."""


def journal_area(kind: str, area_id: int, *, confidential: bool = False) -> int | None:
    """Where the journal says that something happened to a visit or alert of this kind.

    A canary happens nowhere: people read the journal of their areas, and hundreds of its lines a day would bury theirs.
    Neither does what is confidential: its lines are read with the alert itself, by those who may see that.
    """
    return None if kind == CANARY or confidential else area_id
