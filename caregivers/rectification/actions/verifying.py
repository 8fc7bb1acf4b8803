"""Verification at the door: somebody named for it, and what was found there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import owe, resolve_for
from caregivers.people.queries import caregivers_side
from caregivers.rectification.actions.attending import leave
from caregivers.rectification.actions.counting import count
from caregivers.rectification.actions.lawful import terms_of
from caregivers.rectification.actions.taking_away import ORDER_ALERTS
from caregivers.rectification.actions.telling import notice, said, tell, write
from caregivers.rectification.order import MOVES, Order, Status, misdated
from caregivers.rectification.queries import hazards, orders
from caregivers.rectification.queries import verifying as queries
from caregivers.rectification.queries.orders import Item
from caregivers.rectification.queries.verifying import Planned
from caregivers.rectification.refusals import (
    MadeAtImpossible,
    OnCaregiversSide,
    ResultConflicts,
    ResultIncomplete,
    VerificationNotFound,
    VerificationOver,
    VerifierIssued,
    VerifierUnknown,
)
from caregivers.rectification.result import Result, fingerprint, wrong
from caregivers.rectification.terms import counts_from
from caregivers.rectification.verifier import unfit
from core import db


async def log_verification(verification_id: UUID, result: Result, *, by: Account, now: datetime) -> Status:
    """Keep what was found at the door, under the id the phone gave it; the order's state afterwards.

    Whoever issued the order, or stands on the caregiver's side, is refused. Each open item passes or fails by itself:
    a hazard passed is removed, one failed must be attended to anew. The same result again gets the same answer.
    """
    async with db.transaction(by.scope):
        order = await _hold_order_of(verification_id)
        planned = await queries.hold_verification(verification_id)
        if order is None or planned is None:
            raise VerificationNotFound
        sha256 = _sha256(verification_id, result)
        if planned.result_id == result.id and planned.sha256 is not None:
            if planned.sha256 != sha256:
                raise ResultConflicts
            return _outcome(planned)
        if planned.status != "planned":
            raise VerificationOver
        await _refuse_unfit(by.id, order)
        items = [item for item in (await orders.items_of([order.id]))[order.id] if item.status == "open"]
        problem = wrong(result, [item.id for item in items])
        if problem:
            raise ResultIncomplete(problem, field="/items")
        if misdated(order, result.made_at, now=now):
            raise MadeAtImpossible(field="/made_at")
        if not await queries.save_result(verification_id, result, sha256, by=by.id, now=now):
            raise ResultConflicts
        return await _settle(order, planned, result, items, by=by, now=now)


async def _hold_order_of(verification_id: UUID) -> Order | None:
    order_id = await queries.order_of(verification_id)
    return await orders.hold_order(order_id) if order_id else None


def _sha256(verification_id: UUID, result: Result) -> bytes:
    items = sorted([str(one.item), one.passed, one.note] for one in result.items)
    content = {"made_at": result.made_at, "person_seen": result.person_seen, "items": items}
    return fingerprint(verification_id, content)


def _outcome(planned: Planned) -> Status:
    return "passed" if planned.all_passed else "failed"


async def _refuse_unfit(account_id: UUID, order: Order) -> None:
    why = unfit(account_id, issuer=order.issued_by, side=await caregivers_side(order.caregiver_id))
    if why == "issuer":
        raise VerifierIssued
    if why == "related":
        raise OnCaregiversSide


async def _settle(
    order: Order, planned: Planned, result: Result, items: list[Item], *, by: Account, now: datetime
) -> Status:
    """Each item has its result; the order passes whole or fails, and a failure counts once the statement allows it."""
    hazard_of = {item.id: item.hazard_id for item in items}
    passed = [hazard_of[one.item] for one in result.items if one.passed]
    failed = [hazard_of[one.item] for one in result.items if not one.passed]
    await hazards.save_closed(passed, "removed", reason="回访复核合格", by=by.id, now=now)
    await leave(failed, await terms_of(order, now), now=now)
    status = MOVES[order.status, result.verb]
    evidence = {"verification": str(planned.id), "made_at": result.made_at.isoformat()}
    for kinds, subjects in ((ORDER_ALERTS - {"statement_unheard"}, [order.id]), ({"hazard_unattended"}, passed)):
        outcome = "verified" if subjects is not passed else "closed"
        await resolve_for(subjects, kinds=kinds, outcome=outcome, evidence=evidence, by=by.id, now=now)
    await write(
        "order.verified", order, by=by.id, now=now, verification=planned.id, made_at=result.made_at, status=status
    )
    if status == "passed":
        await _pass(order, result, by=by, now=now)
    else:
        await _fail(order, now=now)
    line = "您的整改已复核合格。" if status == "passed" else "您的整改复核不合格，请登录查看；可以提出陈述申辩。"
    await tell(order, "order_changed", line, occurrence=f"order_verified:{planned.id}", now=now)
    return status


async def _pass(order: Order, result: Result, *, by: Account, now: datetime) -> None:
    """Work seen done before the deadline was not late. Where policy left no time, nothing was."""
    in_time = order.overdue_at is not None and result.made_at <= order.deadline_at
    columns: dict[str, Any] = {"take_back": "late_evidence"} if in_time else {}
    if order.at_once:
        columns["count_at"] = None
    await orders.save_status(order.id, "passed", verified_at=now, **columns)
    if not await orders.holds_back(order.agreement_id):
        await orders.save_status(order.id, "closed", closed_at=now, closed_by=by.id, close_reason="回访复核合格")
        await write("order.closed", order, by=by.id, now=now, was="passed")


async def _fail(before: Order, *, now: datetime) -> None:
    await orders.save_status(before.id, "failed", verified_at=now)
    (order,) = await orders.hold_orders([before.id])
    statements = (await orders.statements_of([order.id]))[order.id]
    terms = await terms_of(order, now)
    count_at = counts_from(order, terms, heard=statements.heard, unheard=statements.unheard, failed=True)
    if count_at <= now:
        await count([order], {order.id: statements}, now=now)
    else:
        await orders.save_count_at({order.id: count_at})


async def assign_verifier(verification_id: UUID, *, verifier_id: UUID, by: Account, now: datetime) -> None:
    """Name who is to verify: staff who answer here, neither the issuer nor on the caregiver's side."""
    async with db.transaction(by.scope):
        order = await _hold_order_of(verification_id)
        planned = await queries.hold_verification(verification_id)
        if order is None or planned is None:
            raise VerificationNotFound
        if planned.status != "planned":
            raise VerificationOver
        if not await queries.may_verify(verifier_id, order.area_id):
            raise VerifierUnknown(field="/verifier_id")
        await _refuse_unfit(verifier_id, order)
        await queries.save_verifier(verification_id, verifier_id)
        await resolve_for(
            [order.id],
            kinds={"verification_overdue"},
            outcome="decided",
            evidence={"verifier": str(verifier_id)},
            by=by.id,
            now=now,
        )
        await write(
            "verification.assigned", order, by=by.id, now=now, verification=verification_id, verifier=verifier_id
        )
        line = f"请在{said(planned.due_at)}前上门回访复核一份整改。请登录查看。"
        occurrence = f"verification_planned:{verification_id}:{verifier_id}"
        await owe([notice(verifier_id, "verification_planned", line, occurrence=occurrence)], now=now)
