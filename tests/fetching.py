"""What stories about pulling need: a phone that holds what it was sent, and applies what it is told as phones do."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account, Role, Sender
from core import vault
from core.ids import new_id
from tests.caring import insert
from tests.cast import Cast
from visits.sync.actions import pull
from visits.sync.actions.pulling import Pulled
from visits.sync.manifest import key_of

ADDRESS = "津宁区南柳镇柳家庄村3排12号"


@dataclass(kw_only=True)
class Pocket:
    """A phone in somebody's pocket: what it holds by "kind:id", and the last answer."""

    account: Account
    generation: int | None = None
    holds: dict[str, Any] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    async def pull(self, now: datetime) -> Pulled:
        answer = await pull(self.generation, sender=Sender(account=self.account), now=now)
        self.take(answer)
        return answer

    def take(self, answer: Pulled) -> None:
        if answer.since is None:
            self.holds = {}
        assert answer.since in (None, self.generation), "a difference from something else is not for this phone"
        for one in answer.gone:
            self.holds.pop(key_of(one.kind, one.id), None)
        self.left = {key_of(one.kind, one.id): one.why for one in answer.gone}
        self.holds |= {key_of(one.kind, one.id): one for one in answer.changed}
        self.generation = answer.generation

    def of(self, kind: str) -> list[Any]:
        return [one for one in self.holds.values() if one.kind == kind]

    def ids(self, kind: str) -> set[UUID]:
        return {one.id for one in self.of(kind)}


async def at_home(cast: Cast, **columns: Any) -> UUID:
    """Somebody on the register with an address, sealed at its row."""
    recipient = columns.pop("id", None) or new_id()
    address = columns.pop("address", ADDRESS)
    sealed = vault.seal(address, f"recipient.address_sealed:{recipient}")
    return await cast.recipient(id=recipient, address_sealed=sealed, **columns)


async def with_phone(cast: Cast, account: Account) -> Account:
    """The account on a phone of its own."""
    device_id = new_id()
    row = {"id": device_id, "account": account.id, "label": "红米", "activated_at": cast.now, "last_seen_at": cast.now}
    await insert(cast.owner, "device", row)
    return replace(account, device_id=device_id, session_id=new_id())


async def watcher(cast: Cast) -> Account:
    """A neighbour with an account and a phone."""
    account_id = new_id()
    await insert(
        cast.owner,
        "account",
        {
            "id": account_id,
            "login": f"watcher-{account_id.hex[-8:]}",
            "name": "刘大娘",
            "role": Role.WATCHER,
            "district_id": cast.district_area,
            "created_at": cast.now,
        },
    )
    await insert(cast.owner, "account_area", {"id": new_id(), "account": account_id, "area": cast.village})
    account = replace(cast.worker, id=account_id, name="刘大娘", role=Role.WATCHER, device_id=None)
    return await with_phone(cast, account)


async def lane(cast: Cast, account: Account | None, *shown_as: str) -> UUID:
    """A lane of the worker's village with these households."""
    lane_id = new_id()
    row = {"id": lane_id, "area_id": cast.village, "district_id": cast.district_area, "name": "东头一排"}
    row |= {"watcher_name": "大娘", "account_id": account.id if account else None, "created_by": cast.specialist.id}
    await insert(cast.owner, "lane", row | {"created_at": cast.now})
    for position, shown in enumerate(shown_as):
        home = {"id": new_id(), "lane_id": lane_id, "recipient_id": await cast.recipient(), "area_id": cast.village}
        home |= {"shown_as": shown, "position": position, "added_by": cast.specialist.id, "added_at": cast.now}
        await insert(cast.owner, "lane_household", home)
    return lane_id


async def issued(cast: Cast, visit: UUID, account: Account | None = None) -> tuple[bool, str | None] | None:
    """Whether a visit is out on somebody's phone still, and why it left; None where it never went out to them."""
    row = await cast.owner.fetchrow(
        "SELECT left_at IS NULL AS out, left_why FROM task_issued WHERE visit_id = $1 AND account_id = $2",
        visit,
        (account or cast.worker).id,
    )
    return (row["out"], row["left_why"]) if row else None
