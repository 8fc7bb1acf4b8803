"""The machine: rectification, replacement and cover, driven at random over the real actions on PostgreSQL."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import asyncpg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.errors import Refusal
from tests.machines import by_sql, cases, jobs, steps
from tests.machines.bridge import Bridge
from tests.machines.invariants import look
from tests.machines.steps import Coming, Drawn
from tests.machines.together import at_once
from tests.machines.world import Nothing, World, begin

HOME = st.sampled_from((0, 0, 0, 1))
DRAWN = st.builds(
    Drawn,
    home=HOME,
    which=st.integers(0, 2),
    who=st.integers(0, 5),
    yes=st.booleans(),
    also=st.booleans(),
)
HOURS = st.sampled_from((1, 5, 26, 75, 130, 24 * 15, 24 * 40))

BUSY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
"""What the product answers with "please try again"."""
_BY_THE_DATABASE = frozenset({"CD001", "CD002", "CD003"})
_NO_RIGHT, _SENSELESS = "42501", "42"


class Broken(AssertionError):
    """Something that must never be is true; the steps that led there are named."""


def _said_no(state: str) -> bool:
    """Whether the database refused a statement, and not merely failed to understand it."""
    return state == _NO_RIGHT or not state.startswith(_SENSELESS)


def _one_of(family: Mapping[str, tuple[int, steps.Step]]) -> st.SearchStrategy[str]:
    return st.sampled_from(steps.names(family))


class CareMachine(RuleBasedStateMachine):
    """`bridge` and `tally` are given to the class before it runs; the counts go on over all examples.

    Few rules, each with a family of steps: Hypothesis leaves some rules out of an example altogether.
    """

    bridge: ClassVar[Bridge]
    tally: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begin(self) -> None:
        self.world: World = self.bridge.run(begin(self.bridge.fresh()))
        self.tally["examples"] += 1
        self._look()

    @rule(hours=HOURS, watched=st.sampled_from((True, True, False)))
    def time_passes(self, hours: int, watched: bool) -> None:
        """The jobs may be down meanwhile."""
        self.world.forward(timedelta(hours=hours))
        self._take(f"{hours} hours pass", jobs.everything(self.world) if watched else jobs.nothing())

    @rule(name=_one_of(steps.ORDERS), drawn=DRAWN)
    def something_about_orders(self, name: str, drawn: Drawn) -> None:
        self._step(steps.ORDERS, name, drawn, otherwise=steps.an_order)

    @rule(name=_one_of(steps.ORDERS), drawn=DRAWN)
    def something_more_about_orders(self, name: str, drawn: Drawn) -> None:
        self._step(steps.ORDERS, name, drawn, otherwise=steps.an_order)

    @rule(name=_one_of(steps.CASES), drawn=DRAWN)
    def something_about_cases(self, name: str, drawn: Drawn) -> None:
        self._step(steps.CASES, name, drawn, otherwise=steps.trouble)

    @rule(name=_one_of(steps.COVER), drawn=DRAWN)
    def something_about_cover(self, name: str, drawn: Drawn) -> None:
        self._step(steps.COVER, name, drawn, otherwise=steps.an_agreement)

    @rule(name=_one_of(steps.PEOPLE_AND_JOBS), drawn=DRAWN)
    def something_about_people_or_jobs(self, name: str, drawn: Drawn) -> None:
        self._step(steps.PEOPLE_AND_JOBS, name, drawn, otherwise=steps.a_death)

    @rule(home=HOME, name=st.sampled_from(by_sql.NAMES), head=st.booleans())
    def somebody_goes_past_the_actions(self, home: int, name: str, head: bool) -> None:
        self._take(f"by SQL: {name}", by_sql.attempt(self.world, home, name, head), by_sql=True)

    @rule(taken=st.lists(st.tuples(_one_of(steps.AT_ONCE), DRAWN), min_size=2, max_size=3), home=HOME)
    def several_act_at_once(self, taken: list[tuple[str, Drawn]], home: int) -> None:
        """About the same person."""
        same = [(name, steps.about(home, drawn)) for name, drawn in taken]
        self._take(f"at once: {', '.join(f'{name} {drawn}' for name, drawn in same)}", self._at_once(same))

    @rule(names=st.sampled_from(steps.RIVALS), home=HOME, drawn=DRAWN)
    def rivals_act_at_once(self, names: tuple[str, ...], home: int, drawn: Drawn) -> None:
        """Where there is a matter to decide, most often; each of them somebody else."""
        if {"replace", "transfer"} & set(names):
            self._bring_about_a_case(home)
        rivals = [(name, replace(drawn, home=home, which=0, who=drawn.who + place)) for place, name in enumerate(names)]
        self._take(f"rivals: {', '.join(f'{name} {one}' for name, one in rivals)}", self._at_once(rivals))

    def _bring_about_a_case(self, home: int) -> None:
        asked = Drawn(home=home, which=0, who=1, yes=True, also=False)
        if self._take("hear the caregiver: first", cases.hear(self.world, home, 0, True)) == "nothing":
            for _ in range(2):
                self._take("trouble: first", steps.trouble(self.world, asked))

    async def _at_once(self, taken: list[tuple[str, Drawn]]) -> None:
        for fault in await at_once(self.world, taken):
            self.tally[f"at once, {self._outcome(fault)}"] += 1

    def _step(
        self,
        family: Mapping[str, tuple[int, steps.Step]],
        name: str,
        drawn: Drawn,
        *,
        otherwise: Callable[[World, Drawn], Coming] | None = None,
    ) -> None:
        """`otherwise`: what brings about what the step is about, where there is nothing yet."""
        outcome = self._take(f"{name}: {drawn}", family[name][1](self.world, drawn))
        if outcome == "nothing" and otherwise is not None:
            self._take(f"{otherwise.__name__}: instead", otherwise(self.world, drawn))

    def _take(self, said: str, coming: Coming, *, by_sql: bool = False) -> str:
        """Take a step; a refusal is an answer like any other, and what is not one is raised."""
        self.world.trail.append(said)
        try:
            self.bridge.run(coming)
            outcome = "done"
        except Exception as fault:
            outcome = self._outcome(fault, by_sql=by_sql)
        self.world.trail[-1] += f" -> {outcome}"
        self.tally[f"{said if by_sql else said.split(':')[0]} -> {outcome.split(' ')[0]}"] += 1
        self.tally["steps"] += 1
        return outcome

    def _outcome(self, fault: BaseException, *, by_sql: bool = False) -> str:
        if isinstance(fault, Nothing):
            return "nothing"
        if isinstance(fault, BUSY):
            return "busy"
        if isinstance(fault, Refusal):
            return f"refused {type(fault).__name__}"
        state = str(fault.sqlstate) if isinstance(fault, asyncpg.PostgresError) else ""
        if state in _BY_THE_DATABASE or (by_sql and _said_no(state)):
            return f"stopped {type(fault).__name__}"
        if not getattr(fault, "__notes__", []):
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
