"""The same items over several connections at once, from one phone or from two: one effect, one answer, no deadlock."""

import asyncio
from random import Random

from tests.cast import Cast
from tests.conftest import ClientOf
from tests.phoning import another_phone
from tests.pushing import briefly, inbox, item, report, send
from tests.visiting import alerts, slot


async def test_two_phones_of_one_person_bring_the_same_items_at_once(cast: Cast, client: ClientOf) -> None:
    """A phone restored from the backup of another: shuffled, so that each could stand in the other's way."""
    random = Random(4)
    items = [report(await slot(cast), cast.now, seq) for seq in range(1, 21)]
    clients = [await client(cast.worker)]
    clients += [await client(await another_phone(cast, cast.worker)) for _ in range(2)]
    shuffled = [random.sample(items, len(items)) for _ in range(9)]
    answers = await asyncio.gather(*(send(clients[number % 3], cast, *order) for number, order in enumerate(shuffled)))
    assert {answer.status_code for answer in answers} == {200}
    told: dict[str, set[str]] = {}
    for answer in answers:
        for result in answer.json()["results"]:
            told.setdefault(result["id"], set()).add(str(result["answer"]))
    assert {len(one) for one in told.values()} == {1}
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 20
    assert len(await inbox(cast)) == 20


async def test_an_absence_brought_by_two_phones_at_once_is_reported_once(cast: Cast, client: ClientOf) -> None:
    recipient = str(await cast.recipient())
    one = item(
        "absence", cast.now, recipient_id=recipient, kind="away",
        starts_at="2026-03-03T00:00:00+08:00", ends_at="2026-03-05T00:00:00+08:00",
    )  # fmt: skip
    phones = [await client(cast.worker), await client(await another_phone(cast, cast.worker))]
    answers = await asyncio.gather(*(send(phones[number % 2], cast, one) for number in range(8)))
    assert len({str(answer.json()["results"]) for answer in answers}) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM absence") == 1


async def test_two_contents_of_one_id_at_once_are_one_effect_and_one_conflict(cast: Cast, client: ClientOf) -> None:
    recipient = str(await cast.recipient())
    one = item(
        "absence", cast.now, recipient_id=recipient, kind="away",
        starts_at="2026-03-03T00:00:00+08:00", ends_at="2026-03-05T00:00:00+08:00",
    )  # fmt: skip
    other = one | {"body": one["body"] | {"whereabouts": "儿子家"}}
    phones = [await client(cast.worker), await client(await another_phone(cast, cast.worker))]
    answers = await asyncio.gather(*(send(phones[number % 2], cast, (one, other)[number % 2]) for number in range(8)))
    said = {briefly(answer.json()["results"])[0] for answer in answers}
    assert said == {("taken", None), ("conflict", "content-conflicts")}
    assert await cast.owner.fetchval("SELECT count(*) FROM absence") == 1
    assert [alert["kind"] for alert in await alerts(cast)] == ["sync_conflict"]


async def test_a_stranger_with_the_same_ids_at_the_same_time_learns_and_spoils_nothing(
    cast: Cast, client: ClientOf
) -> None:
    items = [report(await slot(cast), cast.now, seq) for seq in range(1, 11)]
    mine, theirs = await client(cast.worker), await client(cast.foreign_worker)
    answers = await asyncio.gather(*(send(who, cast, *items) for who in (mine, theirs, mine, theirs)))
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        for result in answer.json()["results"]:
            assert (result["status"], result.get("code")) in {
                ("taken", None),
                ("refused", "id-taken"),
                ("refused", "visit-not-found"),
            }
    for row in await cast.owner.fetch("SELECT by_account_id FROM visit_report"):
        assert row["by_account_id"] == cast.worker.id
