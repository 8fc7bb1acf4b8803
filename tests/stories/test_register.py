"""The register: who is on it once in the nation, what follows by policy, what is sealed, and who may look."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from accounts.policy import Policy, to_data, with_changes
from core import db, journal, vault
from core.errors import Forbidden, Invalid
from core.ids import new_id
from core.scope import JOBS
from recipients import actions, queries
from recipients.person import Person
from recipients.queries import register, risks
from recipients.refusals import (
    MinorProtected,
    RecipientChanged,
    RecipientNotFound,
    RegisteredElsewhere,
    RegisteredHere,
)
from tests.cast import Cast
from tests.ledger_files import id_number
from workers import risk as job

SOMEBODY: dict[str, Any] = {"name": "李桂英", "id_number": id_number(7), "self_care": "self"}


async def put(cast: Cast, **given: Any) -> actions.Saved:
    return await actions.register(SOMEBODY | {"area_id": cast.village} | given, by=cast.specialist, now=cast.now)


async def change(cast: Cast, saved: actions.Saved, **given: Any) -> actions.Saved:
    return await actions.edit(saved.id, given, base_version=saved.version, by=cast.specialist, now=cast.now)


async def row_of(cast: Cast, recipient_id: UUID) -> dict[str, Any]:
    return dict(await cast.owner.fetchrow("SELECT * FROM recipient WHERE id = $1", recipient_id))


async def in_full(cast: Cast, recipient_id: UUID) -> Person:
    async with db.transaction(cast.specialist.scope):
        held = await register.hold_person(recipient_id)
    assert held is not None
    return held.person


# --- what follows by policy ---


@pytest.mark.parametrize(
    ("given", "risk", "categories"),
    [
        ({}, "general", set()),
        ({"living_alone": True}, "key", {"living_alone"}),
        ({"id_number": id_number(1, born_on=date(1940, 1, 1))}, "key", {"aged"}),
        ({"id_number": id_number(1, born_on=date(1940, 1, 1)), "living_alone": True}, "high", {"aged", "living_alone"}),
        ({"self_care": "full"}, "high", {"incapacity"}),
        ({"self_care": "partial"}, "key", set()),
        ({"indicators": {"bathing": False}}, "key", set()),
        ({"indicators": dict.fromkeys(("eating", "dressing", "toileting", "bathing"), False)}, "high", {"incapacity"}),
        ({"conditions": ["dementia"]}, "high", set()),
        ({"categories": ["serious_illness"]}, "high", {"serious_illness"}),
        ({"disability_kind": "肢体", "disability_grade": 2}, "key", {"severe_disability"}),
        ({"disability_kind": "肢体", "disability_grade": 3}, "general", set()),
        ({"id_number": id_number(1, born_on=date(2010, 1, 1))}, "high", {"minor"}),
    ],
)
async def test_class_categories_and_risk_follow_from_what_is_told(
    cast: Cast, given: dict[str, Any], risk: str, categories: set[str]
) -> None:
    if "indicators" in given:
        six = ("eating", "dressing", "getting_up", "toileting", "walking_indoors", "bathing")
        given = {"indicators": dict.fromkeys(six, True) | given["indicators"], "self_care": None}
    row = await row_of(cast, (await put(cast, **given)).id)
    assert (row["risk"], set(row["categories"])) == (risk, categories)


async def test_a_districts_own_policy_decides(cast: Cast) -> None:
    strict = with_changes(Policy.default(), {"risks": {"elder_from_age": 70, "high": ["elder", "minor"]}})
    await issue(cast, strict)
    assert (await row_of(cast, (await put(cast)).id))["risk"] == "high"


async def issue(cast: Cast, policy: Policy) -> None:
    await cast.owner.execute(
        "INSERT INTO policy_version (id, district_id, version, document_number, effective_on, content, issued_at)"
        " VALUES ($1, $2, 2, '津宁民发〔2026〕1号', '2026-01-01', $3, $4)",
        new_id(),
        cast.district_area,
        msgspec.json.encode(to_data(policy)).decode(),
        cast.now,
    )


async def test_the_clock_finds_those_whom_age_has_moved_and_tells_it_once(cast: Cast) -> None:
    born_on = date(1946, 3, 10)
    saved = await put(cast, id_number=id_number(1, born_on=born_on), living_alone=True)
    assert await job.run(cast.now) == {"changed": 0}
    birthday = cast.now + timedelta(days=8)
    assert await job.run(birthday) == {"changed": 1}
    assert await job.run(birthday) == {"changed": 0}
    row = await row_of(cast, saved.id)
    assert (row["risk"], set(row["categories"])) == ("high", {"aged", "living_alone"})
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'recipient.risk_changed'")
    assert msgspec.json.decode(facts) == {"from": "key", "to": "high", "gained": ["aged"], "lost": []}


async def test_the_clock_follows_a_new_policy_in_batches(cast: Cast) -> None:
    for serial in range(5):
        await put(cast, id_number=id_number(serial), living_alone=True)
    await issue(cast, with_changes(Policy.default(), {"risks": {"high": ["living_alone"]}}))
    assert await actions.rederive_risk(now=cast.now, limit=2) == 5
    assert await cast.owner.fetchval("SELECT count(*) FROM recipient WHERE risk = 'high'") == 5


async def test_the_clock_never_overwrites_what_somebody_edits_in_the_same_moment(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    born_on = date(1946, 3, 10)
    saved = await put(cast, id_number=id_number(1, born_on=born_on), living_alone=True)
    save = risks.save_risks

    async def after_an_edit(shifts: Any, *, at: Any) -> Any:
        await cast.owner.execute("UPDATE recipient SET self_care = 'full', risk = 'high', changed_at = now()")
        return await save(shifts, at=at)

    monkeypatch.setattr(risks, "save_risks", after_an_edit)
    assert await actions.rederive_risk(now=cast.now + timedelta(days=8)) == 0
    assert (await row_of(cast, saved.id))["categories"] == ["living_alone"]


async def test_jobs_see_no_name_no_number_and_nothing_sealed(cast: Cast) -> None:
    await put(cast, phone="13812345678")
    for column in ("name", "name_pinyin", "id_sealed", "phone_sealed", "address_sealed", "ledger", "visitor_name"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(JOBS):
                await db.fetch(f"SELECT {column} FROM recipient")
    async with db.transaction(JOBS):
        (facts,) = await queries.support_facts(limit=10)
    assert (facts.area_id, facts.risk, facts.visit_worker_id) == (cast.village, "general", cast.worker.id)


# --- once in the nation ---


async def test_an_id_number_is_registered_once_and_the_local_record_is_named(cast: Cast) -> None:
    first = await put(cast, number="南-7")
    with pytest.raises(RegisteredHere) as refused:
        await put(cast, name="李桂兰")
    assert refused.value.recipient_id == first.id
    assert "李*" in refused.value.detail and "柳家庄村" in refused.value.detail and "南-7" in refused.value.detail
    assert "李桂英" not in refused.value.detail


async def test_the_old_and_the_new_form_of_a_number_are_one(cast: Cast) -> None:
    new = id_number(7)
    await put(cast, id_number=new)
    with pytest.raises(RegisteredHere):
        await put(cast, id_number=new[:6] + new[8:17])


async def test_elsewhere_is_all_that_is_said_of_any_other_place_and_asking_leaves_a_trace(cast: Cast) -> None:
    given = SOMEBODY | {"area_id": cast.foreign_village}
    await actions.register(given, by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(RegisteredElsewhere) as refused:
        await put(cast, name="李桂兰")
    assert refused.value.detail == "已在其他地区登记，请申请转入。"
    row = await cast.owner.fetchrow("SELECT * FROM journal WHERE kind = 'recipient.known_elsewhere'")
    assert (row["by_account_id"], row["subject_id"], row["area_id"]) == (cast.specialist.id, None, cast.village)


async def test_an_edit_cannot_take_a_number_somebody_else_has(cast: Cast) -> None:
    await put(cast)
    other = await put(cast, name="王秀英", id_number=id_number(8))
    with pytest.raises(RegisteredHere):
        await change(cast, other, id_number=id_number(7))
    given = SOMEBODY | {"area_id": cast.foreign_village, "id_number": id_number(9)}
    await actions.register(given, by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(RegisteredElsewhere):
        await change(cast, other, id_number=id_number(9))
    assert (await row_of(cast, other.id))["version"] == 1


async def test_a_number_not_known_yet_needs_a_reason_and_can_be_added_later(cast: Cast) -> None:
    with pytest.raises(Invalid):
        await put(cast, id_number=None, sex="female")
    saved = await put(cast, id_number=None, id_to_confirm_reason="户口未落实", sex="female")
    row = await row_of(cast, saved.id)
    assert (row["id_kind"], row["id_index"], row["id_to_confirm_reason"]) == ("to_confirm", None, "户口未落实")
    await change(cast, saved, id_number=id_number(7))
    with pytest.raises(RegisteredHere):
        await put(cast)


# --- edits ---


async def test_an_edit_keeps_everything_it_does_not_name(cast: Cast) -> None:
    told: dict[str, Any] = {
        "number": "南-7",
        "living_alone": True,
        "categories": ["serious_illness"],
        "conditions": ["dementia"],
        "disability_kind": "肢体",
        "disability_grade": 3,
        "phone": "13812345678",
        "address": "南柳镇柳家庄村3排12号",
        "hukou_address": "津宁区南柳镇柳家庄村",
        "guardian": "李建军",
        "guardian_phone": "13900001111",
        "keyholder": "王大娘",
        "entry_consent": False,
        "caregiver": "李建军",
        "caregiver_relation": "侄子",
        "agreement_number": "柳协〔2025〕1号",
        "agreement_starts_on": date(2025, 3, 1),
        "agreement_ends_on": date(2028, 2, 28),
        "visit_every_days": 7,
        "visitor": "王秀兰",
        "last_seen_on": date(2026, 2, 20),
        "last_seen_how": "door",
        "open_hazards": "电线老化",
        "curtain_watcher": "赵大爷",
        "remarks": "耳背",
        "diagnosis": "高血压",
        "bank_card": "6222020302012345678",
    }
    saved = await put(cast, **told)
    before = await in_full(cast, saved.id)
    edited = await change(cast, saved, phone="13700001111")
    after = await in_full(cast, saved.id)
    assert edited.changed == ("phone",)
    assert after.phone == "13700001111"
    for name, value in told.items():
        shown = getattr(after, name)
        assert name == "phone" or shown == getattr(before, name), name
        assert name in ("phone", "categories", "conditions") or shown == value, name
    assert set(after.categories) == {"serious_illness", "living_alone"}
    assert set(after.conditions) == {"dementia", "serious_illness"}


async def test_the_journal_holds_names_of_fields_and_no_values(cast: Cast) -> None:
    saved = await put(cast, phone="13812345678", address="柳家庄村3排12号")
    await change(cast, saved, phone="13700001111", name="李桂瑛", self_care="full")
    entries = [tuple(row) for row in await cast.owner.fetch("SELECT * FROM journal WHERE subject_id = $1", saved.id)]
    told = str(entries)
    for value in ("李桂英", "李桂瑛", id_number(7), "13812345678", "13700001111", "3排12号"):
        assert value not in told
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'recipient.edited'")
    edited = msgspec.json.decode(facts)
    assert set(edited["fields"]) == {"name", "phone", "self_care", "categories"}
    assert (edited["version"], edited["risk"]) == (2, "high")


async def test_an_edit_of_an_older_version_is_refused_and_told_what_changed(cast: Cast) -> None:
    saved = await put(cast)
    await change(cast, saved, phone="13700001111")
    await actions.propose_standing(
        saved.id,
        standing_after="in_hospital",
        happened_on=date(2026, 3, 1),
        reason="住院",
        by=cast.worker,
        now=cast.now,
    )
    with pytest.raises(RecipientChanged) as refused:
        await change(cast, saved, remarks="在家")
    assert refused.value.changed == ("phone", "standing")
    assert "联系电话、状态" in refused.value.detail


async def test_a_changed_number_changes_what_it_is_found_by(cast: Cast) -> None:
    saved = await put(cast)
    await change(cast, saved, id_number=id_number(8))
    row = await row_of(cast, saved.id)
    assert row["id_index"] == queries.id_index(id_number(8))
    assert vault.open_sealed(row["id_sealed"], f"recipient.id_sealed:{saved.id}") == id_number(8)


async def test_moving_within_ones_areas_is_an_edit_and_out_of_them_is_none(cast: Cast) -> None:
    saved = await put(cast)
    moved = await change(cast, saved, area_id=cast.other_village)
    assert (await row_of(cast, saved.id))["area_id"] == cast.other_village
    for place in (cast.foreign_village, cast.township, 999_999):
        with pytest.raises(Invalid) as refused:
            await change(cast, moved, area_id=place)
        assert refused.value.field == "/area_id"


async def test_a_worker_edits_nothing(cast: Cast) -> None:
    saved = await put(cast)
    with pytest.raises(Forbidden):
        await actions.edit(saved.id, {"phone": None}, base_version=1, by=cast.worker, now=cast.now)
    with pytest.raises(Forbidden):
        await actions.register(SOMEBODY | {"area_id": cast.village}, by=cast.worker, now=cast.now)


async def test_who_visits_is_one_of_the_township_named_found_or_left_to_choose(cast: Cast) -> None:
    saved = await put(cast)
    assert (await row_of(cast, saved.id))["visit_worker_id"] == cast.worker.id
    edited = await change(cast, saved, visit_worker_id=cast.specialist.id)
    assert (await row_of(cast, saved.id))["visit_worker_id"] == cast.specialist.id
    with pytest.raises(Invalid):
        await change(cast, edited, visit_worker_id=cast.foreign_worker.id)
    edited = await change(cast, edited, phone="13700001111")
    assert (await row_of(cast, saved.id))["visit_worker_id"] == cast.specialist.id
    await change(cast, edited, visit_worker_id=None)
    assert (await row_of(cast, saved.id))["visit_worker_id"] is None


# --- revealing ---


async def reveal(cast: Cast, recipient_id: UUID, by: str = "specialist", *fields: str) -> dict[str, Any]:
    return dict(
        await actions.reveal(
            recipient_id,
            fields or ("name", "phone"),
            purpose="visit",
            note="上门前电话联系",
            by=getattr(cast, by),
            now=cast.now,
        )
    )


async def test_nothing_is_revealed_when_the_journal_cannot_be_written(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = await put(cast)

    async def broken(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "write", broken)
    with pytest.raises(OSError, match="disk full"):
        await reveal(cast, saved.id)


async def test_what_is_revealed_is_committed_to_the_journal_by_then(cast: Cast) -> None:
    saved = await put(cast)
    assert await reveal(cast, saved.id) == {"name": "李桂英", "phone": None}
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'recipient.revealed'") == 1


async def test_a_child_is_shown_only_to_those_who_answer_for_children(cast: Cast) -> None:
    child = await put(cast, name="王小宝", id_number=id_number(3, born_on=date(2015, 6, 1)), guardian="王奶奶")
    with pytest.raises(MinorProtected) as refused:
        await reveal(cast, child.id)
    assert "负责人" in refused.value.detail
    assert (await reveal(cast, child.id, "leader"))["name"] == "王小宝"
    assert (await reveal(cast, child.id, "district"))["name"] == "王小宝"


async def test_the_eve_of_eighteen_is_a_child_and_the_birthday_is_not(cast: Cast) -> None:
    child = await put(cast, id_number=id_number(3, born_on=date(2008, 3, 3)))
    with pytest.raises(MinorProtected):
        await reveal(cast, child.id)
    grown = await put(cast, id_number=id_number(4, born_on=date(2008, 3, 2)))
    assert (await reveal(cast, grown.id))["name"] == "李桂英"


@pytest.mark.parametrize("by", ["worker", "auditor", "administrator"])
async def test_who_has_no_right_to_reveal_sees_nothing(cast: Cast, by: str) -> None:
    saved = await put(cast)
    with pytest.raises(Forbidden):
        await reveal(cast, saved.id, by)


async def test_the_next_township_reveals_nobody(cast: Cast) -> None:
    saved = await put(cast)
    with pytest.raises(RecipientNotFound):
        await reveal(cast, saved.id, "foreign_leader")
