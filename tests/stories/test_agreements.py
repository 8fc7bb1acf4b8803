"""An agreement from its draft to its end: who may take each step, and what each step needs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import asyncpg
import pytest

from accounts.permissions import Account
from caregivers.agreements import actions, queries
from caregivers.agreements.cover import NewCare
from caregivers.agreements.drafting import Consent, Content, Item
from caregivers.agreements.lifecycle import MOVES, Agreement, Status
from caregivers.agreements.refusals import (
    AgreementChanged,
    AgreementNotFound,
    AlreadySigned,
    AnotherInForce,
    CaredForByTheSuspended,
    CaregiverUnknown,
    CaregiverUnsuitable,
    ConsentWrong,
    DecisionAwaited,
    DraftIncomplete,
    EndDateWrong,
    EndReasonWrong,
    EndUntrue,
    FollowsAnother,
    MoveImpossible,
    NotNow,
    NotReviewed,
    NotSupported,
    NotYoursToSign,
    NumberTaken,
    RelatedToCaregiver,
    RenewalUnderWay,
    SignatureWrong,
    TemporaryCareMissing,
    TermWrong,
    TooEarlyToReview,
)
from caregivers.agreements.signing import PARTIES, NewSignature
from core import db
from core.ids import new_id
from tests import caring, ledger_files
from tests.cast import NOW, Cast
from tests.visiting import alerts, journal

pytestmark = pytest.mark.usefixtures("pools")

TODAY = caring.TODAY
ITEMS = (Item(service="meals", times=2, per="day"), Item(service="cleaning", times=1, per="week"))


def content(caregiver_id: UUID, **said: Any) -> Content:
    """A whole draft from today on for a year, consented to by the person."""
    return Content(
        **{
            "caregiver_id": caregiver_id,
            "relation": "neighbour",
            "starts_on": TODAY,
            "ends_on": date(2027, 3, 1),
            "fee_class": "none",
            "fee_yuan": 0,
            "liability": "照料人应按约定提供服务。",
            "items": ITEMS,
            "consent": Consent(by="self"),
            **said,
        }
    )


async def drafted(
    cast: Cast, recipient: UUID | None = None, caregiver_id: UUID | None = None, **said: Any
) -> Agreement:
    person = recipient or await cast.recipient()
    follows = said.pop("follows", None)
    carer = caregiver_id or await caring.caregiver(cast)
    return await actions.draft(person, content(carer, **said), follows=follows, by=cast.specialist, now=cast.now)


async def submitted(cast: Cast, **said: Any) -> Agreement:
    found = await drafted(cast, **said)
    return await actions.submit(found.id, by=cast.specialist, now=cast.now)


def signature(party: Any, **said: Any) -> NewSignature:
    return NewSignature(**{"party": party, "how": "ink", "signer_name": "签字人", "signed_on": TODAY, **said})


async def sign(
    cast: Cast,
    agreement: Agreement,
    parties: Sequence[Any] = PARTIES,
    *,
    by: Account | None = None,
    now: datetime | None = None,
    **said: Any,
) -> Agreement:
    for party in parties:
        new = signature(party, **said)
        agreement = await actions.sign(agreement.id, new, by=by or cast.specialist, now=now or cast.now)
    return agreement


def stand_in(**said: Any) -> NewCare:
    """Temporary care by the village, from now on for two weeks."""
    return NewCare(
        **{
            "kind": "village",
            "reason": "照料人住院",
            "starts_at": NOW,
            "ends_by": NOW + timedelta(days=14),
            "carer_name": "刘桂香",
            "carer_phone": "13800138000",
            **said,
        }
    )


async def direct(sql: str, *args: Any, by: Account) -> None:
    """A statement sent past every action, as the role people's requests have."""
    async with db.transaction(by.scope):
        await db.execute(sql, *args)


def refused(code: str) -> Any:
    return pytest.raises(asyncpg.PostgresError, check=lambda error: error.sqlstate == code)


# --- drafting ---


async def test_an_agreement_goes_from_draft_to_active_when_the_last_party_has_signed(cast: Cast) -> None:
    agreement = await drafted(cast, number="柳协〔2026〕1号")
    assert agreement.status == "draft"
    agreement = await actions.submit(agreement.id, by=cast.specialist, now=cast.now)
    assert agreement.status == "pending_signatures"
    agreement = await sign(cast, agreement, PARTIES[:3])
    assert agreement.status == "pending_signatures"
    agreement = await sign(cast, agreement, PARTIES[3:])
    assert (agreement.status, agreement.activated_at) == ("active", NOW)
    told = await journal(cast, agreement.id)
    assert told == ["agreement.drafted", "agreement.submitted", *["agreement.signed"] * 4, "agreement.activated"]


async def test_a_draft_changes_only_as_it_was_read_and_only_while_it_is_a_draft(cast: Cast) -> None:
    agreement = await drafted(cast)
    changes = {"liability": "违约的，由乡镇责令改正。", "items": ITEMS[:1]}
    edited = await actions.edit_draft(agreement.id, changes, base_version=1, by=cast.specialist, now=cast.now)
    assert edited.version == 2
    with pytest.raises(AgreementChanged):
        await actions.edit_draft(agreement.id, {"number": "1"}, base_version=1, by=cast.specialist, now=cast.now)
    async with db.transaction(cast.specialist.scope):
        said = await queries.content_of(agreement.id)
    assert said is not None and (said.items, said.liability) == (ITEMS[:1], "违约的，由乡镇责令改正。")
    await actions.submit(agreement.id, by=cast.specialist, now=cast.now)
    with pytest.raises(MoveImpossible, match="待签字"):
        await actions.edit_draft(agreement.id, {"number": "1"}, base_version=3, by=cast.specialist, now=cast.now)


@pytest.mark.parametrize(
    ("said", "refusal", "field"),
    [
        ({"items": ()}, DraftIncomplete, "/items"),
        ({"liability": " "}, DraftIncomplete, "/liability"),
        ({"fee_class": "full"}, DraftIncomplete, "/fee_class"),
        ({"consent": None}, DraftIncomplete, "/consent_by"),
    ],
)
async def test_nothing_goes_to_the_parties_that_is_not_whole(
    cast: Cast, said: dict[str, Any], refusal: Any, field: str
) -> None:
    agreement = await drafted(cast, **said)
    with pytest.raises(refusal) as told:
        await actions.submit(agreement.id, by=cast.specialist, now=cast.now)
    assert told.value.field == field
    assert (await caring.row_of(cast, "agreement", agreement.id))["status"] == "draft"


@pytest.mark.parametrize(
    "said",
    [
        {"starts_on": date(2026, 5, 1), "ends_on": date(2026, 4, 1)},
        {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)},
        {"ends_on": date(2027, 3, 2)},
    ],
    ids=["backwards", "over already", "a day longer than policy allows"],
)
async def test_a_term_no_policy_allows_is_not_even_drafted(cast: Cast, said: dict[str, Any]) -> None:
    with pytest.raises(TermWrong):
        await drafted(cast, **said)


async def test_a_draft_says_why_somebody_else_consents_and_how_often_each_service_is_given(cast: Cast) -> None:
    with pytest.raises(ConsentWrong, match="原因"):
        await drafted(cast, consent=Consent(by="proxy"))
    for items in (ITEMS + ITEMS[:1], (Item(service="meals", times=0, per="day"),)):
        with pytest.raises(DraftIncomplete):
            await drafted(cast, items=items)


async def test_a_draft_about_somebody_dead_or_of_another_township_is_refused(cast: Cast) -> None:
    with pytest.raises(NotSupported):
        await drafted(cast, recipient=await cast.recipient(standing="died"))
    foreign = await caring.caregiver(cast, area_id=cast.foreign_village)
    with pytest.raises(CaregiverUnknown):
        await drafted(cast, caregiver_id=foreign)
    agreement = await drafted(cast)
    with pytest.raises(AgreementNotFound):
        await actions.submit(agreement.id, by=cast.foreign_specialist, now=cast.now)


async def test_a_number_stands_for_one_agreement_only(cast: Cast) -> None:
    await drafted(cast, number="7")
    with pytest.raises(NumberTaken):
        await drafted(cast, number="7")


async def test_an_abandoned_draft_ends_and_stays_in_the_history(cast: Cast) -> None:
    agreement = await submitted(cast)
    ended = await actions.abandon(agreement.id, reason="对象改变主意", by=cast.specialist, now=cast.now)
    assert (ended.status, ended.ended_reason) == ("ended", "abandoned")
    with pytest.raises(MoveImpossible):
        await sign(cast, ended)


# --- who may care ---


async def test_a_barred_caregiver_is_refused_without_a_word_of_why(cast: Cast) -> None:
    barred = await caring.caregiver(cast)
    index = (await caring.row_of(cast, "caregiver", barred))["id_index"]
    row = {
        "id": new_id(),
        "district_id": cast.district_area,
        "id_index": index,
        "name_sealed": b"x",
        "reason": "removed",
    }
    more = {"ground_sealed": b"x", "from_on": date(2026, 1, 1), "created_by": cast.district.id, "created_at": NOW}
    await caring.insert(cast.owner, "bar", row | more)
    agreement = await drafted(cast, caregiver_id=barred)
    with pytest.raises(CaregiverUnsuitable, match="请联系区民政局"):
        await actions.submit(agreement.id, by=cast.specialist, now=cast.now)


async def test_whoever_is_barred_between_submission_and_the_last_signature_does_not_begin(cast: Cast) -> None:
    carer = await caring.caregiver(cast)
    agreement = await submitted(cast, caregiver_id=carer)
    await sign(cast, agreement, PARTIES[:3])
    await cast.owner.execute("UPDATE caregiver SET status = 'died', left_on = '2026-03-01' WHERE id = $1", carer)
    with pytest.raises(CaregiverUnsuitable):
        await sign(cast, agreement, PARTIES[3:])
    assert await cast.owner.fetchval("SELECT count(*) FROM signature WHERE agreement_id = $1", agreement.id) == 3


async def test_a_caregiver_over_the_load_is_refused(cast: Cast) -> None:
    carer = await caring.caregiver(cast)
    for _ in range(3):
        await caring.agreement(cast, caregiver_id=carer)
    agreement = await drafted(cast, caregiver_id=carer)
    with pytest.raises(CaregiverUnsuitable, match="已照料 3 人"):
        await actions.submit(agreement.id, by=cast.specialist, now=cast.now)


async def test_who_is_related_to_the_caregiver_neither_submits_nor_records_signatures(cast: Cast) -> None:
    carer = await caring.caregiver(cast)
    agreement = await drafted(cast, caregiver_id=carer)
    row = {"id": new_id(), "caregiver_id": carer, "area_id": cast.village, "account_id": cast.specialist.id}
    more = {"kind": "sibling", "declared_by": cast.leader.id, "declared_at": NOW}
    await caring.insert(cast.owner, "relation", row | more)
    with pytest.raises(RelatedToCaregiver):
        await actions.submit(agreement.id, by=cast.specialist, now=cast.now)
    submitted = await actions.submit(agreement.id, by=cast.leader, now=cast.now)
    with pytest.raises(RelatedToCaregiver):
        await sign(cast, submitted, ["caregiver"])
    assert (await sign(cast, submitted, by=cast.leader)).status == "active"


# --- signing ---


@pytest.mark.parametrize(
    ("who", "able"),
    [
        ({"categories": ["minor"]}, ["guardian"]),
        ({"conditions": ["dementia"]}, ["guardian"]),
        ({"self_care": "full"}, ["guardian", "proxy"]),
        ({}, ["self", "guardian", "proxy"]),
    ],
    ids=["a minor", "without capacity", "full care", "anybody else"],
)
async def test_who_may_sign_for_a_person_follows_from_their_ability(
    cast: Cast, who: dict[str, Any], able: list[Any]
) -> None:
    fee_class = "full" if who.get("self_care") == "full" else "none"
    person = await cast.recipient(**who)
    for capacity in ("self", "guardian", "proxy"):
        consent = Consent(by=capacity, reason=None if capacity == "self" else "本人不能书写")
        carer = await caring.caregiver(cast)
        if "minor" in who.get("categories", ()):
            await _checked(cast, carer)
        found = await drafted(cast, recipient=person, caregiver_id=carer, consent=consent, fee_class=fee_class)
        if capacity not in able:
            with pytest.raises(ConsentWrong):
                await actions.submit(found.id, by=cast.specialist, now=cast.now)
            continue
        found = await actions.submit(found.id, by=cast.specialist, now=cast.now)
        reason = None if capacity == "self" else "本人不能书写"
        await sign(cast, found, ["recipient"], capacity=capacity, capacity_reason=reason)


async def _checked(cast: Cast, carer: UUID) -> None:
    row = {"id": new_id(), "caregiver_id": carer, "area_id": cast.village, "kind": "criminal_record", "clear": True}
    more = {"document_number": "津公查1号", "checked_on": TODAY, "by_account_id": cast.leader.id, "at": NOW}
    await caring.insert(cast.owner, "record_check", row | more)


async def test_a_party_signs_once_and_a_fingerprint_has_a_witness(cast: Cast) -> None:
    agreement = await submitted(cast)
    with pytest.raises(SignatureWrong, match="见证人"):
        await sign(cast, agreement, ["recipient"], how="fingerprint")
    await sign(cast, agreement, ["recipient"], how="fingerprint", witness="王秀兰")
    with pytest.raises(AlreadySigned):
        await sign(cast, agreement, ["recipient"])
    with pytest.raises(SignatureWrong, match="今天之后"):
        await sign(cast, agreement, ["village"], signed_on=date(2026, 3, 3))
    with pytest.raises(SignatureWrong, match="本人"):
        await sign(cast, agreement, ["caregiver"], capacity="proxy", capacity_reason="外出")


async def test_an_electronic_signature_is_the_signers_own(cast: Cast) -> None:
    carer, account = await caring.linked_caregiver(cast)
    agreement = await submitted(cast, caregiver_id=carer)
    with pytest.raises(NotYoursToSign):
        await sign(cast, agreement, ["caregiver"], how="electronic")
    with pytest.raises(NotYoursToSign):
        await sign(cast, agreement, ["recipient"], how="electronic")
    with pytest.raises(NotYoursToSign):
        await sign(cast, agreement, ["village"], by=account, how="electronic")
    with pytest.raises(NotYoursToSign):
        await sign(cast, agreement, ["caregiver"], by=account)
    await sign(cast, agreement, ["caregiver"], by=account, how="electronic")
    await sign(cast, agreement, ["village"], by=cast.worker, how="electronic")
    await sign(cast, agreement, ["township"], by=cast.leader, how="electronic")
    rows = await cast.owner.fetch(
        "SELECT party, signer_account_id FROM signature WHERE agreement_id = $1", agreement.id
    )
    assert {row["party"]: row["signer_account_id"] for row in rows} == {
        "caregiver": account.id,
        "village": cast.worker.id,
        "township": cast.leader.id,
    }


async def test_a_caregiver_who_signs_last_begins_with_the_next_sweep(cast: Cast) -> None:
    carer, account = await caring.linked_caregiver(cast)
    agreement = await submitted(cast, caregiver_id=carer)
    await sign(cast, agreement, ["township", "village", "recipient"])
    assert (await sign(cast, agreement, ["caregiver"], by=account, how="electronic")).status == "pending_signatures"
    counts = await actions.settle_cover(now=cast.now, limit=10)
    assert counts["begun"] == 1
    assert (await caring.row_of(cast, "agreement", agreement.id))["status"] == "active"
    told = await cast.owner.fetch("SELECT kind FROM notice WHERE account_id = $1", account.id)
    assert [one["kind"] for one in told] == ["agreement_told"]


async def test_a_caregiver_barred_before_signing_last_does_not_begin_by_the_clock(cast: Cast) -> None:
    carer, account = await caring.linked_caregiver(cast)
    agreement = await submitted(cast, caregiver_id=carer)
    await sign(cast, agreement, ["township", "village", "recipient"])
    index = (await caring.row_of(cast, "caregiver", carer))["id_index"]
    row = {
        "id": new_id(),
        "district_id": cast.district_area,
        "id_index": index,
        "name_sealed": b"x",
        "reason": "removed",
    }
    more = {"ground_sealed": b"x", "from_on": date(2026, 1, 1), "created_by": cast.district.id, "created_at": NOW}
    await caring.insert(cast.owner, "bar", row | more)
    await sign(cast, agreement, ["caregiver"], by=account, how="electronic")
    assert (await actions.settle_cover(now=cast.now, limit=10))["begun"] == 0


async def test_a_caregiver_sees_no_agreement_but_their_own(cast: Cast) -> None:
    carer, account = await caring.linked_caregiver(cast)
    own, other = await caring.agreement(cast, caregiver_id=carer), await caring.agreement(cast)
    async with db.transaction(account.scope):
        assert await queries.agreement_of(own) is not None
        assert await queries.agreement_of(other) is None
        assert await queries.content_of(other) is None
        assert await queries.signatures_of(other) == []
    with pytest.raises(AgreementNotFound):
        await sign(cast, replace(await _of(cast, own), id=other), ["caregiver"], by=account, how="electronic")


async def _of(cast: Cast, agreement_id: UUID) -> Agreement:
    async with db.transaction(cast.specialist.scope):
        found = await queries.agreement_of(agreement_id)
    assert found
    return found


async def test_of_two_drafts_signed_for_one_person_the_second_is_refused(cast: Cast) -> None:
    person = await cast.recipient()
    first, second = await submitted(cast, recipient=person), await submitted(cast, recipient=person)
    await sign(cast, second, PARTIES[:3])
    await sign(cast, first)
    with pytest.raises(AnotherInForce):
        await sign(cast, second, PARTIES[3:])


async def test_a_follower_signed_ahead_begins_on_its_first_day_and_ends_what_it_follows(cast: Cast) -> None:
    old = await caring.agreement(cast, ends_on=date(2026, 3, 31))
    person = (await _of(cast, old)).recipient_id
    said: dict[str, Any] = {"starts_on": date(2026, 4, 1), "ends_on": date(2027, 3, 31)}
    with pytest.raises(FollowsAnother):
        await drafted(cast, follows=old, **said)
    new = await submitted(cast, recipient=person, follows=old, **said)
    with pytest.raises(RenewalUnderWay):
        await drafted(cast, recipient=person, follows=old, **said)
    assert (await sign(cast, new)).status == "pending_signatures"
    for day in (date(2026, 3, 30), date(2026, 3, 31)):
        await actions.settle_cover(now=datetime(day.year, day.month, day.day, 4, tzinfo=UTC), limit=10)
        assert (await _of(cast, old)).status == "active"
    await actions.settle_cover(now=datetime(2026, 3, 31, 16, 1, tzinfo=UTC), limit=10)
    before, after = await _of(cast, old), await _of(cast, new.id)
    assert (before.status, before.ended_reason, before.ended_on) == ("ended", "superseded", date(2026, 3, 31))
    assert after.status == "active"
    assert person not in [one["subject_id"] for one in await alerts(cast, "uncovered")]


# --- suspending, resuming, ending ---


async def test_a_suspension_names_who_steps_in_or_is_refused(cast: Cast) -> None:
    agreement = await caring.agreement(cast)
    with pytest.raises(TemporaryCareMissing, match="请先安排临时照料"):
        await actions.suspend(agreement, reason="被拘留", by=cast.leader, now=cast.now)
    assert (await _of(cast, agreement)).status == "active"
    suspended = await actions.suspend(agreement, reason="被拘留", care=stand_in(), by=cast.leader, now=cast.now)
    assert suspended.status == "suspended"
    async with db.transaction(cast.leader.scope):
        care = await queries.care_in_force(suspended.recipient_id)
    assert care is not None and care.agreement_id == agreement


async def test_who_is_suspended_does_not_step_in_for_themselves(cast: Cast) -> None:
    number = ledger_files.id_number(8, born_on=date(1970, 1, 1))
    carer = await caring.caregiver(cast, id_number=number)
    elsewhere = await caring.caregiver(cast, id_number=number, area_id=cast.other_village)
    agreement = await caring.agreement(cast, caregiver_id=carer)
    recipient = (await _of(cast, agreement)).recipient_id
    for themselves in (carer, elsewhere):
        care = stand_in(kind="caregiver", caregiver_id=themselves, carer_name=None, carer_phone=None)
        with pytest.raises(CaredForByTheSuspended):
            await actions.suspend(agreement, reason="危急隐患", care=care, by=cast.leader, now=cast.now)
    await actions.arrange_care(recipient, care, by=cast.leader, now=cast.now)
    with pytest.raises(CaredForByTheSuspended):
        await actions.suspend(agreement, reason="危急隐患", by=cast.leader, now=cast.now)
    await actions.suspend(agreement, reason="危急隐患", care=stand_in(), by=cast.leader, now=cast.now)
    with pytest.raises(CaredForByTheSuspended):
        await actions.arrange_care(recipient, care, by=cast.leader, now=cast.now)


async def test_a_resumption_ends_temporary_care(cast: Cast) -> None:
    agreement = await caring.agreement(cast)
    await actions.suspend(agreement, reason="住院", care=stand_in(), by=cast.leader, now=cast.now)
    resumed = await actions.resume(agreement, reason="已出院", by=cast.leader, now=cast.now)
    assert (resumed.status, resumed.suspended_at) == ("active", None)
    row = await cast.owner.fetchrow("SELECT ended_reason FROM temporary_care WHERE agreement_id = $1", agreement)
    assert row["ended_reason"] == "resumed"


@pytest.mark.parametrize("hidden", [False, True], ids=["known", "confidential"])
async def test_nobody_resumes_while_a_mandatory_case_is_undecided(cast: Cast, hidden: bool) -> None:
    agreement = await caring.agreement(cast)
    suspended = await actions.suspend(agreement, reason="危急隐患", care=stand_in(), by=cast.leader, now=cast.now)
    await _case(cast, suspended, confidential=hidden, barred_ids=[cast.leader.id] if hidden else [])
    with pytest.raises(NotNow if hidden else DecisionAwaited) as told:
        await actions.resume(agreement, reason="已整改", by=cast.leader, now=cast.now)
    assert ("撤换" in told.value.detail) is not hidden
    with refused("CD003"):
        await direct("UPDATE agreement SET status = 'active' WHERE id = $1", agreement, by=cast.leader)


async def _case(cast: Cast, agreement: Agreement, **columns: Any) -> UUID:
    row: dict[str, Any] = {
        "id": new_id(),
        "agreement_id": agreement.id,
        "recipient_id": agreement.recipient_id,
        "caregiver_id": agreement.caregiver_id,
        "area_id": agreement.area_id,
        "district_id": agreement.district_id,
        "mandatory": True,
        "barred_ids": [],
        "ground": "critical_hazard",
        "proposed_at": NOW,
        "decide_by": NOW + timedelta(days=3),
        **columns,
    }
    await caring.insert(cast.owner, "replacement_case", row)
    return UUID(str(row["id"]))


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"reason": "terminated_for_breach"}, EndReasonWrong),
        ({"reason": "died"}, EndReasonWrong),
        ({"on": date(2025, 12, 31)}, EndDateWrong),
        ({"on": date(2026, 3, 3)}, EndDateWrong),
        ({"reason": "caregiver_died"}, EndUntrue),
        ({}, TemporaryCareMissing),
    ],
    ids=["a breach", "a death", "before it began", "in the future", "a living caregiver", "nobody takes over"],
)
async def test_an_end_that_is_not_so_is_refused_and_nothing_changes(
    cast: Cast, said: dict[str, Any], refusal: Any
) -> None:
    agreement = await caring.agreement(cast)
    with pytest.raises(refusal):
        await actions.end(
            agreement,
            **{"reason": "mutual", "on": TODAY, "note": "双方同意", "by": cast.leader, "now": cast.now, **said},
        )
    assert (await _of(cast, agreement)).status == "active"


async def test_an_agreed_end_with_temporary_care_leaves_nobody_alone(cast: Cast) -> None:
    agreement = await caring.agreement(cast)
    ended = await actions.end(
        agreement, reason="mutual", on=TODAY, note="双方同意", care=stand_in(), by=cast.leader, now=cast.now
    )
    assert (ended.status, ended.ended_reason, ended.ended_on) == ("ended", "mutual", TODAY)
    assert await alerts(cast, "uncovered") == []


async def test_who_gave_up_has_gone_and_the_alert_rings_at_once(cast: Cast) -> None:
    agreement = await caring.agreement(cast)
    await actions.end(agreement, reason="resigned", on=TODAY, note="外出打工", by=cast.leader, now=cast.now)
    (alert,) = await alerts(cast, "uncovered")
    assert (alert["status"], alert["severity"], alert["facts"]["why"]) == ("open", "critical", "resigned")


DECIDED: dict[str, Any] = {"status": "decided", "decision": "replace", "decision_reason": "屡次整改不力"}


async def test_a_breach_takes_a_decision_on_a_replacement(cast: Cast) -> None:
    for said, able in (({}, False), (DECIDED | {"decision": "keep_with_reason"}, False), (DECIDED, True)):
        agreement = await _of(cast, await caring.agreement(cast))
        people = {"decided_by": cast.leader.id, "decided_at": NOW, "heard_at": NOW} if said else {}
        case = await _case(cast, agreement, **said, **people)
        await caring.temporary_care(cast, agreement.recipient_id)
        if not able:
            with refused("CD001"):
                await _end_for_breach(cast, agreement, case)
            continue
        assert await _end_for_breach(cast, agreement, case)
        assert (await _of(cast, agreement.id)).ended_reason == "terminated_for_breach"


async def _end_for_breach(cast: Cast, agreement: Agreement, case: UUID) -> bool:
    async with db.transaction(cast.leader.scope):
        return await actions.end_for_breach(agreement.id, case_id=case, on=TODAY, by=cast.leader.id, now=cast.now)


async def test_a_breach_is_not_ended_while_nobody_else_cares(cast: Cast) -> None:
    agreement = await _of(cast, await caring.agreement(cast))
    case = await _case(cast, agreement, **DECIDED, decided_by=cast.leader.id, decided_at=NOW, heard_at=NOW)
    with pytest.raises(TemporaryCareMissing):
        await _end_for_breach(cast, agreement, case)


# --- renewing ---


async def test_a_renewal_is_reviewed_in_time_and_follows_the_old_one(cast: Cast) -> None:
    early = await caring.agreement(cast, ends_on=date(2026, 6, 30))
    with pytest.raises(TooEarlyToReview):
        await actions.review_renewal(early, decision="renew", reason="服务良好", by=cast.leader, now=cast.now)
    agreement = await caring.agreement(cast, ends_on=date(2026, 3, 20))
    with pytest.raises(NotReviewed):
        await actions.renew(agreement, by=cast.specialist, now=cast.now)
    await actions.review_renewal(agreement, decision="renew", reason="服务良好", by=cast.leader, now=cast.now)
    draft = await actions.renew(agreement, by=cast.specialist, now=cast.now)
    assert (draft.renewal_of, draft.starts_on, draft.ends_on) == (agreement, date(2026, 3, 21), date(2027, 3, 20))
    async with db.transaction(cast.specialist.scope):
        said = await queries.content_of(draft.id)
    assert said is not None and said.items == ITEMS and said.consent is None


async def test_a_renewal_waits_for_the_decision_on_a_replacement(cast: Cast) -> None:
    agreement = await _of(cast, await caring.agreement(cast, ends_on=date(2026, 3, 20)))
    said = {"starts_on": TODAY, "ends_on": date(2027, 3, 1)}
    new = await submitted(
        cast, recipient=agreement.recipient_id, caregiver_id=agreement.caregiver_id, follows=agreement.id, **said
    )
    await sign(cast, new, PARTIES[:3])
    case = await _case(cast, agreement)
    with pytest.raises(DecisionAwaited):
        await sign(cast, new, PARTIES[3:])
    with pytest.raises(DecisionAwaited):
        await actions.review_renewal(agreement.id, decision="renew", reason="服务良好", by=cast.leader, now=cast.now)
    await caring.signature(cast, new.id, "recipient")
    assert (await actions.settle_cover(now=cast.now, limit=10))["begun"] == 0
    with refused("CD003"):
        async with db.transaction(cast.specialist.scope):
            await db.execute(
                "UPDATE agreement SET status = 'ended', ended_at = now(), ended_reason = 'superseded' WHERE id = $1",
                agreement.id,
            )
            await db.execute("UPDATE agreement SET status = 'active', activated_at = now() WHERE id = $1", new.id)
    await cast.owner.execute(
        "UPDATE replacement_case SET status = 'withdrawn', withdrawn_at = $2 WHERE id = $1", case, NOW
    )
    assert (await actions.settle_cover(now=cast.now, limit=10))["begun"] == 1


# --- the database itself ---

STATUSES = get_args(Status)


@pytest.mark.parametrize("came", STATUSES)
async def test_the_database_knows_the_same_moves_as_the_table(cast: Cast, came: Any) -> None:
    """By direct SQL, with everything else in order: each pair of statuses is a move, or CD001."""
    for to in STATUSES:
        if to == came:
            continue
        person = await cast.recipient()
        said: dict[str, Any] = {"ended_reason": "died", "ended_by": None} if came == "ended" else {}
        agreement = await caring.agreement(cast, person, status=came, **said)
        if came == "pending_signatures":
            for party in PARTIES:
                await caring.signature(cast, agreement, party)
        await caring.temporary_care(cast, person)
        reason = "abandoned" if came in ("draft", "pending_signatures") else "mutual"
        ends = to == "ended"
        sql = (
            "UPDATE agreement SET status = $2, activated_at = coalesce(activated_at, $3), suspended_at = $3,"
            " suspended_by = $4, ended_at = CASE WHEN $5 THEN $3::timestamptz END,"
            " ended_reason = CASE WHEN $5 THEN $6 END WHERE id = $1"
        )
        values = (agreement, to, NOW, cast.leader.id, ends, reason)
        back = came == "ended" and to == "suspended"  # what had been suspended comes back so
        if back or to in {end for (start, _), end in MOVES.items() if start == came}:
            await direct(sql, *values, by=cast.leader)
        else:
            with refused("CD001"):
                await direct(sql, *values, by=cast.leader)


async def test_what_was_agreed_is_never_written_anew(cast: Cast) -> None:
    agreement = await caring.agreement(cast)
    other = await caring.caregiver(cast)
    for column, value in (
        ("recipient_id", await cast.recipient()),
        ("caregiver_id", other),
        ("starts_on", date(2025, 1, 1)),
        ("ends_on", date(2030, 1, 1)),
        ("fee_yuan", 9999),
        ("liability", ""),
        ("activated_at", NOW),
        ("source", "ledger"),
    ):
        with refused("CD001"):
            await direct(f"UPDATE agreement SET {column} = $2 WHERE id = $1", agreement, value, by=cast.leader)


async def test_signatures_and_promises_are_not_slipped_in_afterwards(cast: Cast) -> None:
    agreement = await caring.agreement(cast)
    item = (
        "INSERT INTO agreement_item (id, agreement_id, area_id, service, times, per)"
        " VALUES ($1, $2, $3, 'laundry', 1, 'week')"
    )
    with refused("CD001"):
        await direct(item, new_id(), agreement, cast.village, by=cast.leader)
    with refused("CD001"):
        await direct("DELETE FROM agreement_item WHERE agreement_id = $1", agreement, by=cast.leader)
    with refused("42501"):
        await direct("DELETE FROM signature WHERE agreement_id = $1", agreement, by=cast.leader)
    draft = await caring.agreement(cast, status="draft")
    with refused("CD001"):
        await direct(
            "INSERT INTO signature (id, agreement_id, area_id, party, how, signer_name_sealed, signed_on, recorded_by,"
            " recorded_at) VALUES ($1, $2, $3, 'township', 'ink', 'x', $4, $5, $6)",
            new_id(),
            draft,
            cast.village,
            TODAY,
            cast.leader.id,
            NOW,
            by=cast.leader,
        )


async def test_no_agreement_begins_but_as_a_draft_and_none_without_its_signatures(cast: Cast) -> None:
    template = await caring.agreement(cast)
    names = dict(await caring.row_of(cast, "agreement", template))
    rest = ", ".join(name for name in names if name not in ("id", "recipient_id"))
    with refused("CD001"):
        await direct(
            f"INSERT INTO agreement (id, recipient_id, {rest}) SELECT $2, $3, {rest} FROM agreement WHERE id = $1",
            template,
            new_id(),
            await cast.recipient(),
            by=cast.leader,
        )
    pending = await caring.agreement(cast, status="pending_signatures")
    for party in PARTIES[:3]:
        await caring.signature(cast, pending, party)
    with refused("CD001"):
        await direct(
            "UPDATE agreement SET status = 'active', activated_at = $2 WHERE id = $1", pending, NOW, by=cast.leader
        )
