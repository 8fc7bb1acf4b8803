"""Setting the stage: areas and the first administrator by the operator, everything else through the API."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from accounts import actions
from accounts.queries import area_by_code
from cli.demo.person import Person, first_sign_in
from cli.product import Product, opened
from core import clock, db
from core.scope import Scope

HERE = Path(__file__).parent
DISTRICT = "120199000000"
TOWNSHIP = "120199100000"


@dataclass(kw_only=True)
class Cast:
    """Who plays. `workers` by the id of their village."""

    administrator: Person
    officer: Person
    leader: Person
    specialist: Person
    workers: dict[int, Person]
    township_id: int
    door: "Door"

    @property
    def staff(self) -> tuple[Person, ...]:
        """Everybody who signs in with a password."""
        return (self.administrator, self.officer, self.leader, self.specialist)


class Door:
    """Opens one HTTP client a person."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self.url, self.stack = url, stack

    async def person(self, name: str, post: str, login: str) -> Person:
        client = await self.stack.enter_async_context(httpx.AsyncClient(base_url=self.url, timeout=30))
        return Person(name=name, post=post, login=login, http=client)


async def found_district(product: Product) -> tuple[int, int, str]:
    """What only the operator at the machine can do: load the areas, appoint the first administrator.

    The ids of district and township, and the administrator's first password.
    """
    now = clock.now()
    async with opened(product.environment):
        await actions.import_areas((HERE / "areas.csv").read_bytes(), by=None, now=now)
        async with db.transaction(Scope()):
            district = await area_by_code(DISTRICT, clock.local_day(now))
            township = await area_by_code(TOWNSHIP, clock.local_day(now))
        if district is None or township is None:
            raise RuntimeError("the sample areas lack the demo's district or township")
        appointed = await actions.appoint_administrator("admin", "何静", area_id=district.id, now=now)
    return district.id, township.id, appointed.first_password or ""


@asynccontextmanager
async def set_stage(product: Product) -> AsyncIterator[Cast]:
    """Everybody signed in, with a password and an authenticator of their own; the workers' phones are bound later."""
    district_id, township_id, first_password = await found_district(product)
    async with AsyncExitStack() as stack:
        door = Door(product.url, stack)
        administrator = await door.person("何静", "系统管理员", "admin")
        await first_sign_in(administrator, first_password, password())
        officer = await door.person("周志强", "区民政局", "zhou")
        leader = await door.person("孙丽华", "镇负责人", "sun")
        specialist = await door.person("赵建国", "民政专干", "zhao")
        for person, role, area in (
            (officer, "district", district_id),
            (leader, "township_leader", township_id),
            (specialist, "township_specialist", township_id),
        ):
            await _join(administrator, person, role, area)
        workers = await _workers(door, specialist, township_id)
        yield Cast(
            administrator=administrator,
            officer=officer,
            leader=leader,
            specialist=specialist,
            workers=workers,
            township_id=township_id,
            door=door,
        )


async def _join(administrator: Person, person: Person, role: str, area_id: int) -> None:
    opened_account = await administrator.post_json(
        "/accounts", {"login": person.login, "name": person.name, "role": role, "area_ids": [area_id]}
    )
    person.id = opened_account["id"]
    await first_sign_in(person, opened_account["first_password"], password())


_WORKERS = (
    "王秀兰",
    "李桂香",
    "张淑珍",
    "刘玉芬",
    "陈凤英",
    "杨桂芝",
    "黄翠平",
    "吴秀云",
    "徐春梅",
    "孙玉梅",
    "马兰英",
    "朱桂荣",
    "胡秋菊",
    "林淑华",
)


async def _workers(door: Door, specialist: Person, township_id: int) -> dict[int, Person]:
    """One worker a village, opened by the specialist, as in any township."""
    areas = await specialist.pages("/areas")
    villages = [area for area in areas if area["level"] == 12 and not area["valid_to"]]
    workers = {}
    for number, (village, name) in enumerate(zip(villages, _WORKERS, strict=False), start=1):
        worker = await door.person(name, "走访员", f"w{number:02}")
        made = await specialist.post_json(
            "/accounts", {"login": worker.login, "name": name, "role": "worker", "area_ids": [village["id"]]}
        )
        worker.id = made["id"]
        workers[village["id"]] = worker
    return workers


async def join_caregiver(cast: Cast, caregiver_id: str, name: str, area_id: int) -> Person:
    """A caregiver who gets an account and a phone of their own, as the specialist would give them."""
    person = await cast.door.person(name, "照料人", f"c{caregiver_id[-6:]}")
    made = await cast.specialist.post_json(
        "/accounts", {"login": person.login, "name": name, "role": "caregiver", "area_ids": [area_id]}
    )
    person.id = made["id"]
    await cast.specialist.ask("PUT", f"/caregivers/{caregiver_id}/account", json={"account_id": person.id})
    issued = await cast.specialist.post_json("/activations", {"account_id": person.id})
    bound = await person.post_json("/devices", {"code": issued["code"], "label": f"{name}的手机"})
    person.holds(bound["token"])
    return person


def password() -> str:
    """A password as a person would be given one: long, and different at every showing."""
    return "-".join(secrets.token_hex(2) for _ in range(4))
