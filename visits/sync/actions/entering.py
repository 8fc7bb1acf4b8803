"""Items coming in: the new ones, those that came before, and those that say something else under a known id."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from core.ids import new_id
from visits.sync.actions.desk import Beside, Work
from visits.sync.item import Item
from visits.sync.queries import inbox
from visits.sync.queries.inbox import From, Kept
from visits.sync.refusals import IdTaken

Key = tuple[UUID, bytes]


@dataclass(kw_only=True, slots=True)
class Entered:
    """What is to be taken, and what was answered before; each by the item's id and hash."""

    works: dict[Key, Work] = field(default_factory=dict)
    known: dict[Key, Kept] = field(default_factory=dict)


async def enter(items: Sequence[Item], whose: From, *, taken_ids: Collection[UUID]) -> Entered:
    """Tell items apart by what the inbox holds. Joins the push's transaction, with the phone held.

    The same content under the same id has its answer. Other content stands beside the first. Of `taken_ids`, those
    that are not the sender's own are somebody else's: nothing is said of or looked at there, and the item is kept
    under an id of its own, refused.
    """
    entered = Entered()
    nameless = {item.key: _nameless(item, whose.account_id) for item in items if item.client_id in taken_ids}
    asked = {item.client_id for item in (*items, *nameless.values())}
    rows = await inbox.kept(asked, whose.account_id) if asked else []
    by_key = {(row.client_id, row.sha256): row for row in rows}
    firsts = {row.client_id: Beside(row_id=row.id, status=row.status) for row in rows if row.first}
    for item in items:
        if item.key in entered.works or item.key in entered.known:
            continue
        named = item if item.client_id in firsts else nameless.get(item.key, item)
        row = by_key.get(named.key)
        if row is not None:
            _enter_again(item, row, entered)
            continue
        work = _work(named, whose, firsts.get(named.client_id))
        firsts.setdefault(named.client_id, Beside(row_id=work.row_id, status=None))
        entered.works[item.key] = work
    return entered


def _enter_again(item: Item, row: Kept, entered: Entered) -> None:
    """An item that came before: its answer, or, where it is held, another try by the clock of its first coming."""
    if row.outcome is not None:
        entered.known[item.key] = row
    else:
        entered.works[item.key] = Work(
            row_id=row.id, item=item, clock=row.clock, received_at=row.received_at, tries=row.tries, stored=True
        )


def _nameless(item: Item, account_id: UUID) -> Item:
    """The same under an id made from whose and what it is: sent again, it is the same item again."""
    own = uuid5(account_id, f"{item.client_id}:{item.sha256.hex()}")
    return replace(item, client_id=own, after=None, subject_id=None, refusal=IdTaken(field="/id"))


def _work(item: Item, whose: From, beside: Beside | None) -> Work:
    return Work(row_id=new_id(), item=item, clock=whose.clock, received_at=whose.received_at, beside=beside)
