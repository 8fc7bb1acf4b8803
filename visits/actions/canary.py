"""Flying the canary: judge the last one of each district, tell of those that fell silent, let the next one fly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.queries.areas import areas_by_id
from alerts.actions import resolve_for, tell_administrators
from alerts.canary import CANARY
from core import db, journal
from core.scope import JOBS
from visits.canary import MISSING, Flight, Outcome, judge
from visits.queries import canary as queries


async def fly_canary(*, now: datetime) -> Counter[str]:
    """One round: {"flown": …, "heard": …, "silent": …}, in one transaction.

    `silent` counts the districts whose last judged canary did not arrive, until one does. A canary that has not had
    its time yet stays in the air, and no second one is sent beside it.
    """
    async with db.transaction(JOBS):
        await queries.hold_flights()
        districts = await queries.districts_in_use()
        flights = await queries.flights()
        judged = {flight.visit_id: judge(flight, now=now) for flight in flights}
        heard, silent = _which(flights, judged, "heard"), _which(flights, judged, "silent")
        await queries.close_flights({one.visit_id: judged[one.visit_id] for one in (*heard, *silent)}, now=now)
        await _settle(heard, "heard", now)
        await _settle(silent, "silent", now)
        await _tell(silent, now)
        flying = {one.district_id for one in _which(flights, judged, "flying")}
        flown = await queries.add_flights([one for one in districts if one not in flying], now=now)
        return Counter(flown=flown, heard=len(heard), silent=len(await queries.last_silent(districts)))


def _which(flights: Sequence[Flight], judged: Mapping[UUID, Outcome], outcome: Outcome) -> list[Flight]:
    return [flight for flight in flights if judged[flight.visit_id] == outcome]


async def _settle(flights: Sequence[Flight], outcome: Outcome, now: datetime) -> None:
    """Close its alert, where it came so far as to have one."""
    await resolve_for(
        [one.visit_id for one in flights], kinds={CANARY}, outcome=f"canary_{outcome}", evidence={}, by=None, now=now
    )


async def _tell(silent: Sequence[Flight], now: datetime) -> None:
    """Administrators hear of a silent canary once an hour; the journal of the district keeps each."""
    areas = await areas_by_id([one.district_id for one in silent])
    for one in silent:
        step = one.stopped_at
        assert step is not None
        lines = [f"{areas[one.district_id].name}：{MISSING[step]}。", "真实的预警可能同样受阻，请立即检查后台服务。"]
        await tell_administrators(
            kind="canary_silent",
            occurrence=f"canary_silent:{one.district_id}:{now:%Y-%m-%dT%H}",
            facts={"district": one.district_id, "missing": step, "lines": lines},
            severity="critical",
            now=now,
        )
    await journal.write_all([_entry(one, now) for one in silent])


def _entry(one: Flight, now: datetime) -> journal.Entry:
    facts = {"missing": one.stopped_at, "flown_at": one.flown_at.isoformat()}
    return journal.Entry(
        kind="canary.silent", subject_id=one.visit_id, area_id=one.district_id, by=None, at=now, facts=facts
    )
