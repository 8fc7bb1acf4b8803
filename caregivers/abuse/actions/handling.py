"""What those who handle a case do: read it, record the mandatory report, close it with what was found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_issued
from alerts.actions import resolve_for
from caregivers.abuse import suspicion
from caregivers.abuse.queries import handling as queries
from caregivers.abuse.queries.handling import CaseRead
from caregivers.abuse.refusals import CaseNotFound
from caregivers.abuse.suspicion import Authority, Case, Finding
from caregivers.replacement.actions import withdraw_grounds
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden


async def read_case(case_id: UUID, *, by: Account, now: datetime) -> CaseRead:
    """Everything of a case. That it was read is journaled before anything leaves."""
    if not by.may("abuse.read"):
        raise Forbidden
    async with db.transaction(by.scope):
        found = await queries.case_read(case_id)
        if found is None:
            raise CaseNotFound
        await _write("abuse.read", case_id, by, now, {"concerns": len(found.concerns)})
    return found


async def record_report(case_id: UUID, *, authority: Authority, reference: str, by: Account, now: datetime) -> None:
    """Record that the authority was told, with its reference. Once; to whom the law names, where it names one."""
    async with db.transaction(by.scope):
        case = await _hold(case_id, by)
        suspicion.report(case, authority=authority, reference=reference)
        await queries.save_report(case.id, authority=authority, reference=reference.strip(), by=by.id, now=now)
        await _write("abuse.reported", case.id, by, now, {"authority": authority, "due": case.report_due_at})
        await _settle(case.id, by, now)


async def close_case(case_id: UUID, *, finding: Finding, found: str, by: Account, now: datetime) -> None:
    """Close a case with what was found. A suspicion found baseless takes its ground from the replacement case."""
    async with db.transaction(by.scope):
        case = await _hold(case_id, by)
        status = suspicion.close(case, finding, found=found, by=by.id)
        years = (await policy_issued(case.policy_id)).retention.grave_years
        await queries.save_closed(
            case.id,
            status=status,
            found=found.strip(),
            retain_until=suspicion.kept_until(local_day(now), years),
            by=by.id,
            now=now,
        )
        await _write("abuse.closed", case.id, by, now, {"finding": finding})
        if finding == "unfounded" and case.agreement_id is not None and case.replacement_case_id is not None:
            await withdraw_grounds(
                case.agreement_id,
                [case.id],
                reason="所依据的情况查证不实",
                evidence={"case": case.id},
                by=by.id,
                now=now,
            )
        await _settle(case.id, by, now)


async def _hold(case_id: UUID, by: Account) -> Case:
    if not by.may("abuse.handle"):
        raise Forbidden
    case = await queries.hold_case(case_id)
    if case is None:
        raise CaseNotFound
    return case


async def _settle(case_id: UUID, by: Account, now: datetime) -> None:
    """End the alert, if what it asked for has now been done."""
    case = await queries.hold_case(case_id)
    outcome = suspicion.alert_over(case) if case else None
    if outcome is not None:
        await resolve_for(
            [case_id],
            kinds={"abuse_suspected"},
            outcome=outcome,
            evidence={"case": case_id},
            by=by.id,
            now=now,
        )


async def _write(kind: str, case_id: UUID, by: Account, now: datetime, facts: dict[str, Any]) -> None:
    """A line without a place, read with the case alone."""
    await journal.write(kind, subject_id=case_id, area_id=None, by=by.id, at=now, facts=facts)
