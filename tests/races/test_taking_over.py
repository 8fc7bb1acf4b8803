"""Two at once: one import taken over by several people, two ledgers that name the same agreements."""

from typing import Any

from caregivers.agreements.actions.taking_over import take_over_ledger
from recipients import actions
from tests.cast import Cast
from tests.ledger_files import ledger_row, workbook
from tests.races.test_register import together


def cared(serial: int, **cells: Any) -> dict[str, Any]:
    told = {"照料人": "张三", "照料协议编号": f"柳协{serial}号", "协议开始": "2025-06-01", "协议结束": "2026-05-31"}
    return ledger_row(serial, **told | cells)


async def committed(cast: Cast, rows: list[dict[str, Any]], by: Any, area_id: int) -> Any:
    batch = await actions.preview_import(workbook(rows), file_name="a.xlsx", area_id=area_id, by=by, now=cast.now)
    return await actions.commit_import(batch.id, by=by, now=cast.now)


async def test_an_import_taken_over_by_many_at_once_is_taken_over_once(cast: Cast) -> None:
    batch = await committed(
        cast, [cared(serial, 监护人="李保国") for serial in range(20)], cast.specialist, cast.township
    )
    done, refused = await together(
        *(take_over_ledger(batch.id, by=by, now=cast.now) for by in (cast.specialist, cast.leader) * 3)
    )
    assert refused == [] and len(done) == 6
    assert all(one == done[0] for one in done) and done[0].taken_over == 20
    counts = {
        name: await cast.owner.fetchval(f"SELECT count(*) FROM {name}")
        for name in ("caregiver", "agreement", "signature", "care_fact")
    }
    assert counts == {"caregiver": 1, "agreement": 20, "signature": 80, "care_fact": 20}
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'agreement.taken_over'") == 20


async def test_ledgers_that_share_people_and_numbers_taken_over_at_once_give_each_number_once(cast: Cast) -> None:
    """A township's two files, and the next township's that uses some of the same numbers."""
    ours = [cared(serial) for serial in range(20)]
    again = [row | {"备注": "另一份"} for row in reversed(ours)]
    theirs = [cared(serial, 所属村="北塘村", 照料协议编号=f"柳协{serial - 15}号") for serial in range(20, 40)]
    batches = [
        (await committed(cast, rows, by, area), by)
        for rows, by, area in (
            (ours, cast.specialist, cast.township),
            (again, cast.leader, cast.township),
            (theirs, cast.foreign_specialist, cast.foreign_township),
        )
    ]
    done, refused = await together(*(take_over_ledger(batch.id, by=by, now=cast.now) for batch, by in batches))
    assert refused == []
    assert await cast.owner.fetchval("SELECT count(*) FROM agreement") == 25
    assert await cast.owner.fetchval("SELECT count(DISTINCT number) FROM agreement") == 25
    assert len(done[0].not_taken_over) + len(done[2].not_taken_over) == 15
    assert (
        await cast.owner.fetchval("SELECT count(*) FROM caregiver WHERE id NOT IN (SELECT caregiver_id FROM agreement)")
        == 0
    )
