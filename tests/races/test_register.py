"""Two at once: the same ID number, the same record, the same proposal, the same import."""

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Any

from core.errors import Refusal
from recipients import actions
from recipients.refusals import (
    AbsenceAlreadyConfirmed,
    AbsenceAlreadyOver,
    ChangeAlreadyPending,
    ChangeAlreadySettled,
    ChangeOvertaken,
    RecipientChanged,
    RegisteredElsewhere,
    RegisteredHere,
)
from tests.cast import Cast
from tests.ledger_files import id_number, ledger_row, people, workbook

AT_ONCE = 8


async def together(*attempts: Coroutine[Any, Any, Any]) -> tuple[list[Any], list[Refusal]]:
    """What came of attempts started at the same moment; anything but a refusal is raised."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    for one in outcomes:
        if isinstance(one, BaseException) and not isinstance(one, Refusal):
            raise one
    done = [one for one in outcomes if not isinstance(one, BaseException)]
    return done, [one for one in outcomes if isinstance(one, Refusal)]


async def test_one_id_number_registered_by_many_at_once_is_registered_once(cast: Cast) -> None:
    for serial in range(5):
        given = {"name": "李桂英", "id_number": id_number(serial), "self_care": "self", "area_id": cast.village}
        done, refused = await together(
            *(actions.register(given, by=cast.specialist, now=cast.now) for _ in range(AT_ONCE))
        )
        assert len(done) == 1
        assert [type(one) for one in refused] == [RegisteredHere] * (AT_ONCE - 1)
    assert await cast.owner.fetchval("SELECT count(*) FROM recipient") == 5
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'recipient.registered'") == 5


async def test_two_townships_registering_one_person_at_once_end_with_one_record(cast: Cast) -> None:
    for serial in range(5):
        given = {"name": "李桂英", "id_number": id_number(serial), "self_care": "self"}
        done, refused = await together(
            actions.register(given | {"area_id": cast.village}, by=cast.specialist, now=cast.now),
            actions.register(given | {"area_id": cast.foreign_village}, by=cast.foreign_specialist, now=cast.now),
        )
        assert (len(done), [type(one) for one in refused]) == (1, [RegisteredElsewhere])


async def test_of_many_edits_of_one_version_one_is_taken(cast: Cast) -> None:
    given = {"name": "李桂英", "id_number": id_number(1), "self_care": "self", "area_id": cast.village}
    saved = await actions.register(given, by=cast.specialist, now=cast.now)
    done, refused = await together(
        *(
            actions.edit(saved.id, {"remarks": f"第{place}人"}, base_version=1, by=cast.specialist, now=cast.now)
            for place in range(AT_ONCE)
        )
    )
    assert len(done) == 1
    assert {type(one) for one in refused} == {RecipientChanged}
    assert await cast.owner.fetchval("SELECT version FROM recipient") == 2


async def test_two_edits_that_want_one_number_end_with_one_owner(cast: Cast) -> None:
    people_ = [
        await actions.register(
            {"name": "李桂英", "id_number": id_number(serial), "self_care": "self", "area_id": cast.village},
            by=cast.specialist,
            now=cast.now,
        )
        for serial in (1, 2)
    ]
    done, refused = await together(
        *(
            actions.edit(one.id, {"id_number": id_number(9)}, base_version=1, by=cast.specialist, now=cast.now)
            for one in people_
        )
    )
    assert (len(done), [type(one) for one in refused]) == (1, [RegisteredHere])


async def test_one_proposal_waits_however_many_are_made_at_once(cast: Cast) -> None:
    recipient = await cast.recipient()
    done, refused = await together(
        *(
            actions.propose_standing(
                recipient,
                standing_after="died",
                happened_on=date(2026, 3, 1),
                reason="来电",
                by=by,
                now=cast.now,
            )
            for by in (cast.worker, cast.specialist, cast.leader) * 2
        )
    )
    assert (len(done), {type(one) for one in refused}) == (1, {ChangeAlreadyPending})


async def test_a_confirmation_and_a_rejection_at_once_leave_one_of_them(cast: Cast) -> None:
    for _ in range(5):
        recipient = await cast.recipient()
        change = await _proposed(cast, recipient)
        done, refused = await together(
            actions.confirm_standing(change, by=cast.leader, now=cast.now),
            actions.reject_standing(change, by=cast.specialist, now=cast.now),
        )
        assert (len(done), [type(one) for one in refused]) == (1, [ChangeAlreadySettled])
        standing = await cast.owner.fetchval("SELECT standing FROM recipient WHERE id = $1", recipient)
        assert standing == ("died" if done[0].change.in_force else "at_home")


async def test_many_undoings_undo_once(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await _proposed(cast, recipient)
    await actions.confirm_standing(change, by=cast.leader, now=cast.now)
    done, refused = await together(
        *(actions.undo_standing(change, reason="认错人", by=cast.leader, now=cast.now) for _ in range(AT_ONCE))
    )
    assert len(done) == 1
    assert {type(one) for one in refused} <= {ChangeAlreadySettled, ChangeOvertaken}
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'standing.undone'") == 1


async def _proposed(cast: Cast, recipient: Any) -> Any:
    stored = await actions.propose_standing(
        recipient,
        standing_after="died",
        happened_on=date(2026, 3, 1),
        reason="来电",
        by=cast.worker,
        now=cast.now,
    )
    return stored.id


async def test_an_absence_confirmed_by_two_and_ended_by_a_third_at_once_stays_consistent(cast: Cast) -> None:
    for _ in range(5):
        recipient = await cast.recipient()
        stored = await actions.report_absence(
            recipient,
            kind="away",
            starts_at=cast.now,
            ends_at=cast.now.replace(day=9),
            whereabouts=None,
            by=cast.worker,
            now=cast.now,
        )
        _, refused = await together(
            actions.confirm_absence(stored.absence.id, how="family", by=cast.specialist, now=cast.now),
            actions.confirm_absence(stored.absence.id, how="host", by=cast.leader, now=cast.now),
            actions.end_absence(stored.absence.id, by=cast.worker, now=cast.now),
        )
        assert {type(one) for one in refused} <= {AbsenceAlreadyConfirmed, AbsenceAlreadyOver}
        row = await cast.owner.fetchrow("SELECT * FROM absence WHERE id = $1", stored.absence.id)
        assert row["ended_at"] == cast.now
        told = await cast.owner.fetchval(
            "SELECT count(*) FROM journal WHERE kind = 'absence.confirmed' AND subject_id = $1", recipient
        )
        assert told == (row["confirmed_at"] is not None)


async def test_an_import_committed_by_many_at_once_is_done_once(cast: Cast) -> None:
    batch = await actions.preview_import(
        people(30), file_name="a.xlsx", area_id=cast.township, by=cast.specialist, now=cast.now
    )
    done, refused = await together(
        *(actions.commit_import(batch.id, by=by, now=cast.now) for by in (cast.specialist, cast.leader) * 3)
    )
    assert refused == []
    assert len(done) == 6 and len({one.created_count for one in done}) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM recipient") == 30
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'import.committed'") == 1


async def test_one_file_previewed_by_many_at_once_is_one_import(cast: Cast) -> None:
    file = people(5)
    done, _ = await together(
        *(
            actions.preview_import(file, file_name="a.xlsx", area_id=cast.township, by=cast.specialist, now=cast.now)
            for _ in range(4)
        )
    )
    assert len({one.id for one in done}) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM import_row") == 5


async def test_ledgers_that_share_people_committed_at_once_register_each_once(cast: Cast) -> None:
    """Two townships and a second file of the first, in different orders, while a clerk registers one by hand."""
    ours = [ledger_row(serial) for serial in range(20)]
    again = [row | {"备注": "另一份"} for row in reversed(ours)]
    theirs = [ledger_row(serial, 所属村="北塘村") for serial in range(10, 30)]
    batches = [
        await actions.preview_import(workbook(rows), file_name="a.xlsx", area_id=area, by=by, now=cast.now)
        for rows, area, by in (
            (ours, cast.township, cast.specialist),
            (again, cast.township, cast.leader),
            (theirs, cast.foreign_township, cast.foreign_specialist),
        )
    ]
    by_hand = {"name": ledger_row(15)["姓名"], "id_number": ledger_row(15)["身份证号"], "self_care": "self"}
    done, refused = await together(
        actions.commit_import(batches[0].id, by=cast.specialist, now=cast.now),
        actions.commit_import(batches[1].id, by=cast.leader, now=cast.now),
        actions.commit_import(batches[2].id, by=cast.foreign_specialist, now=cast.now),
        actions.register(by_hand | {"area_id": cast.village}, by=cast.specialist, now=cast.now),
    )
    assert {type(one) for one in refused} <= {RegisteredHere, RegisteredElsewhere}
    assert len(done) >= 3
    assert await cast.owner.fetchval("SELECT count(*) FROM recipient") == 30
    assert await cast.owner.fetchval("SELECT count(DISTINCT id_index) FROM recipient") == 30
