"""Every step there is by name, in families: what it does with what was drawn, and how often it is taken."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from caregivers.replacement.case import Decision
from tests.machines import cases, cover, jobs, orders
from tests.machines.world import World

AnswerKind = Literal["accept", "refuse", "start", "statement", "done"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What Hypothesis chose: whose home, which of several, who, and what of that which a step leaves open."""

    home: int
    which: int
    who: int
    yes: bool
    also: bool

    def one_of(self, *choices: Any) -> Any:
        return choices[self.who % len(choices)]


Coming = Coroutine[Any, Any, Any]
Step = Callable[[World, Drawn], Coming]


def _answer(kind: AnswerKind) -> Step:
    return lambda w, d: orders.answer(w, d.home, d.which, kind, d.yes)


def _decide(decision: Decision) -> Step:
    """Heard first, four times in five."""
    return lambda w, d: (cases.decide if d.who == 4 else cases.hear_and_decide)(
        w, d.home, d.which, decision, d.yes or d.also, d.who
    )


ORDERS: Mapping[str, tuple[int, Step]] = {
    "find": (2, lambda w, d: orders.find(w, d.home, d.one_of("serious", "general", "critical"), d.yes, d.also)),
    "order": (2, lambda w, d: orders.order(w, d.home, d.who)),
    "fail": (4, lambda w, d: orders.fail(w, d.home, d.yes, d.also)),
    "accept": (1, _answer("accept")),
    "refuse": (1, _answer("refuse")),
    "start": (1, _answer("start")),
    "say it is done": (2, _answer("done")),
    "state": (3, _answer("statement")),
    "strangers answer": (1, lambda w, d: orders.strangers_answer(w, d.home, d.which)),
    "hear the statement": (2, lambda w, d: orders.hear(w, d.home, d.which, d.yes, d.who)),
    "ask for time": (1, lambda w, d: orders.ask_extension(w, d.home, d.which, d.one_of(6, 48))),
    "decide on time": (1, lambda w, d: orders.decide_extension(w, d.home, d.which, d.yes or d.also, d.who)),
    "verify": (2, lambda w, d: orders.verify(w, d.home, d.which, d.yes, d.who)),
    "withdraw the order": (1, lambda w, d: orders.withdraw(w, d.home, d.which)),
    "close the order": (2, lambda w, d: orders.close(w, d.home, d.which)),
    "close the hazard": (1, lambda w, d: orders.close_hazard(w, d.home, d.which, d.yes)),
    "late evidence": (3, lambda w, d: orders.late_evidence(w, d.home, d.which, d.yes)),
}
CASES: Mapping[str, tuple[int, Step]] = {
    "propose": (1, lambda w, d: cases.propose(w, d.home, d.who)),
    "drop the case": (1, lambda w, d: cases.drop(w, d.home, d.which)),
    "tell the caregiver": (1, lambda w, d: cases.tell(w, d.home, d.which, d.one_of(1, 4))),
    "hear the caregiver": (1, lambda w, d: cases.hear(w, d.home, d.which, d.yes)),
    "replace": (3, _decide("replace")),
    "keep": (2, _decide("keep_with_reason")),
    "transfer": (1, _decide("transfer_to_collective")),
    "stranger decides": (1, lambda w, d: cases.strangers_decision(w, d.home, d.which, d.who)),
    "link the successor": (1, lambda w, d: cases.link_successor(w, d.home, d.which)),
    "hand over": (2, lambda w, d: cases.hand_over(w, d.home, d.which, 1 if d.who == 0 else 7)),
    "close the case": (1, lambda w, d: cases.close(w, d.home, d.which)),
    "let it stand": (1, lambda w, d: cases.let_keep_stand(w, d.home, d.which)),
    "order a review": (1, lambda w, d: cases.order_review(w, d.home, d.which)),
    "review the flag": (1, lambda w, d: cases.review_flag(w, d.home, d.which)),
    "suspect": (1, lambda w, d: cases.suspect(w, d.home, d.who)),
    "close the suspicion": (1, lambda w, d: cases.close_suspicion(w, d.home, d.which, d.yes)),
}
COVER: Mapping[str, tuple[int, Step]] = {
    "suspend": (2, lambda w, d: cover.suspend(w, d.home, d.yes)),
    "resume": (2, lambda w, d: cover.resume(w, d.home)),
    "end by agreement": (1, lambda w, d: cover.end(w, d.home, "mutual", d.yes)),
    "resign": (1, lambda w, d: cover.end(w, d.home, "resigned", d.yes)),
    "end for a death": (1, lambda w, d: cover.end(w, d.home, "caregiver_died", d.yes)),
    "arrange": (2, lambda w, d: cover.arrange(w, d.home, d.one_of(2, 14, 30), d.which if d.yes else None)),
    "extend": (1, lambda w, d: cover.extend(w, d.home, d.one_of(1, 20))),
    "end the care": (2, lambda w, d: cover.end_care(w, d.home)),
    "say there is nobody": (1, lambda w, d: cover.nobody(w, d.home)),
    "say they are back": (1, lambda w, d: cover.back(w, d.home)),
    "draft": (1, lambda w, d: cover.draft(w, d.home, d.who, d.one_of(0, 10), d.yes, d.one_of(1, 12))),
    "submit": (1, lambda w, d: cover.submit(w, d.home)),
    "sign": (1, lambda w, d: cover.sign(w, d.home, d.one_of(1, 4))),
    "sign anew": (3, lambda w, d: cover.sign_anew(w, d.home, d.who, 10 if d.which == 2 else 0, d.yes, 1 + 11 * d.also)),
    "abandon": (1, lambda w, d: cover.abandon(w, d.home)),
    "renew": (2, lambda w, d: cover.renew(w, d.home, d.yes)),
}
PEOPLE_AND_JOBS: Mapping[str, tuple[int, Step]] = {
    "carers": (1, lambda w, d: cover.carers(w, d.which, d.one_of("another", "dies", "lives"))),
    "leave support": (2, lambda w, d: cover.leave_support(w, d.home, d.one_of(*cover.LEAVING), 3 * d.yes)),
    "confirm": (1, lambda w, d: cover.confirm_standing(w, d.home)),
    "undo": (2, lambda w, d: cover.undo_standing(w, d.home)),
    "come home": (1, lambda w, d: cover.come_home(w, d.home)),
    "cover is settled": (1, lambda w, _: jobs.cover(w)),
    "orders are watched": (1, lambda w, _: jobs.orders(w)),
    "decisions are watched": (1, lambda w, _: jobs.decisions(w)),
    "suspicions are opened": (1, lambda w, _: jobs.suspicions(w)),
}
AT_ONCE = {**ORDERS, **CASES, **COVER, **PEOPLE_AND_JOBS}


RIVALS: tuple[tuple[str, ...], ...] = (
    ("replace", "keep"),
    ("replace", "replace"),
    ("replace", "late evidence"),
    ("transfer", "late evidence"),
    ("replace", "end the care"),
    ("fail", "late evidence"),
    ("fail", "close the order"),
    ("fail", "fail", "propose"),
    ("propose", "propose"),
    ("orders are watched", "late evidence"),
    ("orders are watched", "hear the statement"),
    ("orders are watched", "say it is done"),
    ("orders are watched", "orders are watched", "verify"),
    ("suspend", "end the care"),
    ("resume", "replace"),
    ("sign anew", "sign anew"),
    ("sign anew", "replace"),
    ("leave support", "replace"),
    ("undo", "cover is settled"),
    ("end by agreement", "end the care"),
)
"""What must not be done twice, or not both."""


def names(family: Mapping[str, tuple[int, Step]]) -> list[str]:
    """Each as often as it weighs."""
    return [name for name, (weight, _) in family.items() for _ in range(weight)]


def about(home: int, drawn: Drawn) -> Drawn:
    return replace(drawn, home=home)


def trouble(world: World, drawn: Drawn) -> Coming:
    """What brings a case about: an order that fails, and another."""
    return orders.fail(world, drawn.home, False, False)


def an_order(world: World, drawn: Drawn) -> Coming:
    return orders.order(world, drawn.home, 0)


def an_agreement(world: World, drawn: Drawn) -> Coming:
    return cover.sign_anew(world, drawn.home, drawn.who, 0, True, 12)


def a_death(world: World, drawn: Drawn) -> Coming:
    return cover.leave_support(world, drawn.home, "died", 0)
