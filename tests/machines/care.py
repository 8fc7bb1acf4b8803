"""The machine: rectification, replacement and cover, driven at random over the real actions on PostgreSQL."""

import inspect
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, ClassVar

import asyncpg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.errors import Refusal
from tests.machines import by_sql, cases, cover, jobs, orders, together
from tests.machines.bridge import Bridge
from tests.machines.invariants import look
from tests.machines.world import Nothing, World, begin

HOME = st.sampled_from((0, 0, 0, 1))
WHICH = st.integers(0, 2)
CARER = st.integers(0, 6)
YES = st.booleans()
MOSTLY = st.sampled_from((True, True, True, False))
SEVERITY = st.sampled_from(("serious", "serious", "general", "critical"))
LEAVING = st.sampled_from(("died", "moved_to_collective", "eligibility_ended"))
DECISION = st.sampled_from(("replace", "replace", "keep_with_reason", "transfer_to_collective"))
HOURS = st.sampled_from((1, 5, 26, 75, 130, 24 * 15, 24 * 40))

Step = Coroutine[Any, Any, Any]

BUSY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
"""What the product answers with "please try again"."""
_BY_THE_DATABASE = frozenset({"CD001", "CD002", "CD003"})


class Broken(AssertionError):
    """Something that must never be is true; the steps that led there are named."""


class CareMachine(RuleBasedStateMachine):
    """`bridge` and `tally` are given to the class before it runs; the counts go on over all examples."""

    bridge: ClassVar[Bridge]
    tally: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begin(self) -> None:
        self.world: World = self.bridge.run(begin(self.bridge.fresh()))
        self.world.tally = self.tally
        self.tally["examples"] += 1
        self._look()

    # --- the clock and the night shift ---

    @rule(hours=HOURS, watched=MOSTLY)
    def time_passes(self, hours: int, watched: bool) -> None:
        """The jobs may be down meanwhile."""
        self.world.forward(timedelta(hours=hours))
        self._do(self._night(watched))

    async def _night(self, watched: bool) -> None:
        if watched:
            await jobs.everything(self.world)

    @rule(job=st.sampled_from((jobs.everything, jobs.cover, jobs.orders, jobs.decisions, jobs.suspicions)))
    def a_job_runs(self, job: Any) -> None:
        self._do(job(self.world))

    # --- hazards and orders ---

    @rule(home=HOME, severity=SEVERITY, duty=MOSTLY, removed=YES)
    def find(self, home: int, severity: str, duty: bool, removed: bool) -> None:
        self._order(home, orders.find(self.world, home, severity, duty, removed))

    @rule(home=HOME, by=WHICH)
    def order(self, home: int, by: int) -> None:
        self._order(home, orders.order(self.world, home, by))

    @rule(home=HOME, late=YES, stated=YES)
    def fail(self, home: int, late: bool, stated: bool) -> None:
        self._order(home, orders.fail(self.world, home, late, stated))

    @rule(home=HOME, late=YES)
    def fail_again(self, home: int, late: bool) -> None:
        self._order(home, orders.fail(self.world, home, late, False))

    @rule(home=HOME, which=WHICH, kind=st.sampled_from(("accept", "refuse", "start", "statement", "done")), early=YES)
    def answer(self, home: int, which: int, kind: Any, early: bool) -> None:
        self._order(home, orders.answer(self.world, home, which, kind, early))

    @rule(home=HOME, which=WHICH)
    def strangers_answer(self, home: int, which: int) -> None:
        self._order(home, orders.strangers_answer(self.world, home, which))

    @rule(home=HOME, which=WHICH, upheld=YES, by=WHICH)
    def hear_statement(self, home: int, which: int, upheld: bool, by: int) -> None:
        self._order(home, orders.hear(self.world, home, which, upheld, by))

    @rule(home=HOME, which=WHICH, hours=st.sampled_from((6, 48)))
    def ask_extension(self, home: int, which: int, hours: int) -> None:
        self._order(home, orders.ask_extension(self.world, home, which, hours))

    @rule(home=HOME, which=WHICH, granted=MOSTLY, by=WHICH)
    def decide_extension(self, home: int, which: int, granted: bool, by: int) -> None:
        self._order(home, orders.decide_extension(self.world, home, which, granted, by))

    @rule(home=HOME, which=WHICH, passed=YES, by=WHICH)
    def verify(self, home: int, which: int, passed: bool, by: int) -> None:
        self._order(home, orders.verify(self.world, home, which, passed, by))

    @rule(home=HOME, which=WHICH)
    def withdraw_order(self, home: int, which: int) -> None:
        self._order(home, orders.withdraw(self.world, home, which))

    @rule(home=HOME, which=WHICH)
    def close_order(self, home: int, which: int) -> None:
        self._order(home, orders.close(self.world, home, which))

    @rule(home=HOME, which=WHICH, mistaken=YES)
    def close_hazard(self, home: int, which: int, mistaken: bool) -> None:
        self._order(home, orders.close_hazard(self.world, home, which, mistaken))

    @rule(home=HOME, which=WHICH, by_jobs=YES)
    def late_evidence(self, home: int, which: int, by_jobs: bool) -> None:
        self._order(home, orders.late_evidence(self.world, home, which, by_jobs))

    # --- replacement and suspected abuse ---

    @rule(home=HOME, by=WHICH)
    def propose(self, home: int, by: int) -> None:
        self._case(home, cases.propose(self.world, home, by))

    @rule(home=HOME, which=WHICH)
    def drop_case(self, home: int, which: int) -> None:
        self._case(home, cases.drop(self.world, home, which))

    @rule(home=HOME, which=WHICH, days=st.sampled_from((1, 4)))
    def tell(self, home: int, which: int, days: int) -> None:
        self._case(home, cases.tell(self.world, home, which, days))

    @rule(home=HOME, which=WHICH, came=MOSTLY)
    def hear(self, home: int, which: int, came: bool) -> None:
        self._case(home, cases.hear(self.world, home, which, came))

    @rule(home=HOME, which=WHICH, decision=DECISION, cared=YES, by=WHICH)
    def decide(self, home: int, which: int, decision: Any, cared: bool, by: int) -> None:
        self._case(home, cases.decide(self.world, home, which, decision, cared, by))

    @rule(home=HOME, which=WHICH, decision=DECISION, cared=MOSTLY, by=WHICH)
    def hear_and_decide(self, home: int, which: int, decision: Any, cared: bool, by: int) -> None:
        self._case(home, cases.hear_and_decide(self.world, home, which, decision, cared, by))

    @rule(home=HOME, which=WHICH, who=st.integers(0, 4))
    def strangers_decision(self, home: int, which: int, who: int) -> None:
        self._case(home, cases.strangers_decision(self.world, home, which, who))

    @rule(home=HOME, which=WHICH)
    def link_successor(self, home: int, which: int) -> None:
        self._case(home, cases.link_successor(self.world, home, which))

    @rule(home=HOME, which=WHICH, items=st.sampled_from((1, 7, 7)))
    def hand_over(self, home: int, which: int, items: int) -> None:
        self._case(home, cases.hand_over(self.world, home, which, items))

    @rule(home=HOME, which=WHICH)
    def close_case(self, home: int, which: int) -> None:
        self._case(home, cases.close(self.world, home, which))

    @rule(home=HOME, which=WHICH)
    def let_keep_stand(self, home: int, which: int) -> None:
        self._case(home, cases.let_keep_stand(self.world, home, which))

    @rule(home=HOME, which=WHICH)
    def order_review(self, home: int, which: int) -> None:
        self._case(home, cases.order_review(self.world, home, which))

    @rule(home=HOME, which=WHICH)
    def review_flag(self, home: int, which: int) -> None:
        self._case(home, cases.review_flag(self.world, home, which))

    @rule(home=HOME, by=WHICH)
    def suspect(self, home: int, by: int) -> None:
        self._case(home, cases.suspect(self.world, home, by))

    @rule(home=HOME, which=WHICH, founded=YES)
    def close_suspicion(self, home: int, which: int, founded: bool) -> None:
        self._case(home, cases.close_suspicion(self.world, home, which, founded))

    # --- who cares ---

    @rule(home=HOME, cared=YES)
    def suspend(self, home: int, cared: bool) -> None:
        self._cover(home, cover.suspend(self.world, home, cared))

    @rule(home=HOME)
    def resume(self, home: int) -> None:
        self._cover(home, cover.resume(self.world, home))

    @rule(home=HOME, reason=st.sampled_from(("mutual", "resigned", "caregiver_died")), cared=YES)
    def end(self, home: int, reason: str, cared: bool) -> None:
        self._cover(home, cover.end(self.world, home, reason, cared))

    @rule(home=HOME, days=st.sampled_from((2, 14, 30)), by=st.none() | CARER)
    def arrange(self, home: int, days: int, by: int | None) -> None:
        self._do(cover.arrange(self.world, home, days, by))

    @rule(home=HOME, days=st.sampled_from((1, 20)))
    def extend_care(self, home: int, days: int) -> None:
        self._cover(home, cover.extend(self.world, home, days))

    @rule(home=HOME)
    def end_care(self, home: int) -> None:
        self._cover(home, cover.end_care(self.world, home))

    @rule(home=HOME)
    def nobody(self, home: int) -> None:
        self._do(cover.nobody(self.world, home))

    @rule(home=HOME)
    def back(self, home: int) -> None:
        self._cover(home, cover.back(self.world, home))

    @rule(home=HOME, carer=CARER, ahead=st.sampled_from((0, 0, 10)), follows=MOSTLY, months=st.sampled_from((1, 12)))
    def draft(self, home: int, carer: int, ahead: int, follows: bool, months: int) -> None:
        self._do(cover.draft(self.world, home, carer, ahead, follows, months))

    @rule(home=HOME)
    def submit(self, home: int) -> None:
        self._cover(home, cover.submit(self.world, home))

    @rule(home=HOME, parties=st.sampled_from((1, 4)))
    def sign(self, home: int, parties: int) -> None:
        self._cover(home, cover.sign(self.world, home, parties))

    @rule(home=HOME, carer=CARER, ahead=st.sampled_from((0, 0, 0, 10)), follows=MOSTLY, months=st.sampled_from((1, 12)))
    def sign_anew(self, home: int, carer: int, ahead: int, follows: bool, months: int) -> None:
        self._do(cover.sign_anew(self.world, home, carer, ahead, follows, months))

    @rule(home=HOME)
    def abandon(self, home: int) -> None:
        self._cover(home, cover.abandon(self.world, home))

    @rule(home=HOME, signed=MOSTLY)
    def renew(self, home: int, signed: bool) -> None:
        self._cover(home, cover.renew(self.world, home, signed))

    @rule(carer=CARER, what=st.sampled_from(("another", "dies", "lives")))
    def carers(self, carer: int, what: str) -> None:
        self._do(cover.carers(self.world, carer, what))

    @rule(home=HOME, standing=LEAVING, days_ago=st.sampled_from((0, 3)))
    def leave_support(self, home: int, standing: Any, days_ago: int) -> None:
        self._do(cover.leave_support(self.world, home, standing, days_ago))

    @rule(home=HOME)
    def confirm_standing(self, home: int) -> None:
        self._standing(home, cover.confirm_standing(self.world, home))

    @rule(home=HOME)
    def undo_standing(self, home: int) -> None:
        self._standing(home, cover.undo_standing(self.world, home))

    @rule(home=HOME)
    def come_home(self, home: int) -> None:
        self._do(cover.come_home(self.world, home))

    # --- past the actions, and at once ---

    @rule(home=HOME, name=st.sampled_from(by_sql.NAMES), head=YES)
    def by_sql(self, home: int, name: str, head: bool) -> None:
        self._do(by_sql.attempt(self.world, home, name, head), may=asyncpg.PostgresError)

    @rule(home=HOME, carer=CARER)
    def begin_in_force_by_sql(self, home: int, carer: int) -> None:
        self._do(by_sql.begin_in_force(self.world, home, carer), may=asyncpg.PostgresError)

    @rule(home=HOME, names=st.lists(st.sampled_from(together.NAMES), min_size=2, max_size=3).map(tuple))
    def at_once(self, home: int, names: tuple[str, ...]) -> None:
        self._do(self._at_once(home, names), said=", ".join(names))

    async def _at_once(self, home: int, names: tuple[str, ...]) -> None:
        for fault in await together.at_once(self.world, home, names):
            self.tally[f"at once, {self._outcome(fault, Refusal)}"] += 1

    # --- what follows every step ---

    def _order(self, home: int, step: Step) -> None:
        self._do(step, otherwise=lambda: orders.order(self.world, home, 0))

    def _case(self, home: int, step: Step) -> None:
        self._do(step, otherwise=lambda: orders.fail(self.world, home, False, False))

    def _cover(self, home: int, step: Step) -> None:
        self._do(step, otherwise=lambda: cover.sign_anew(self.world, home, 2, 0, True, 12))

    def _standing(self, home: int, step: Step) -> None:
        self._do(step, otherwise=lambda: cover.leave_support(self.world, home, "died", 0))

    def _do(
        self, step: Step, *, may: type[Exception] = Refusal, said: str = "", otherwise: Callable[[], Step] | None = None
    ) -> None:
        """Take a step; a refusal is an answer like any other, and what is not one is raised.

        `otherwise`: what brings about what the step is about, where there is nothing yet.
        """
        name = str(getattr(step, "__name__", step))
        self.world.trail.append(f"{name} {said or _given(step)}")
        try:
            self.bridge.run(step)
            outcome = "done"
        except Exception as fault:
            outcome = self._outcome(fault, may)
        self.world.trail[-1] += f": {outcome}"
        if outcome == "nothing" and otherwise is not None:
            self._do(otherwise(), said="instead", may=may)
            return
        self.tally[f"{name}: {outcome.split(' ')[0]}"] += 1
        self.tally["steps"] += 1

    def _outcome(self, fault: BaseException, may: type[Exception]) -> str:
        if isinstance(fault, Nothing):
            return "nothing"
        if isinstance(fault, BUSY):
            return "busy"
        if isinstance(fault, may | Refusal):
            return f"refused {type(fault).__name__}"
        if isinstance(fault, asyncpg.PostgresError) and fault.sqlstate in _BY_THE_DATABASE:
            return f"stopped {fault.sqlstate}"
        fault.add_note("after: " + self._trail())
        raise fault

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "world"):
            self._look()

    def _look(self) -> None:
        world = self.world
        found = self.bridge.run(look(world.owner, now=world.now, told=world.told, before=world.before))
        world.before = found.stands
        if found.broken:
            raise Broken(f"{'; '.join(found.broken)}, after: {self._trail()}")

    def _trail(self) -> str:
        return "\n  ".join(["", *self.world.trail])


def _given(step: Step) -> dict[str, Any]:
    """What a step that has not begun was given."""
    return {name: value for name, value in (inspect.getcoroutinelocals(step) or {}).items() if name != "world"}
