"""Runs the machine on a database of its own, as often as asked; says what was run."""

import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.bridge import bridge
from tests.machines.care import CareMachine

_SLOW_BUT_RIGHT = tuple(HealthCheck)


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one process runs. The same seed on the same code takes the same steps, but for what happens at once."""

    environment: dict[str, str]
    examples: int
    steps: int
    seed: int


@dataclass(kw_only=True)
class Report:
    share: Share
    tally: Counter[str] = field(default_factory=Counter)
    fault: str = ""


def run(share: Share, *, shrink: bool = False) -> Counter[str]:
    """Raises what the machine found, with the steps that led there."""
    CareMachine.tally = Counter()
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = hypothesis.settings(
        max_examples=share.examples,
        stateful_step_count=share.steps,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=_SLOW_BUT_RIGHT,
        report_multiple_bugs=False,
    )
    with bridge(share.environment) as CareMachine.bridge:
        run_state_machine_as_test(hypothesis.seed(share.seed)(CareMachine), settings=chosen)
    return CareMachine.tally


def one_after_another(shares: list[Share], until: float, shrink: bool) -> list[Report]:
    """Shares one after another, none begun after `until`; what is found does not stop the next."""
    reports = []
    for share in shares:
        if time.time() > until:
            break
        report = Report(share=share)
        began = time.monotonic()
        try:
            run(share, shrink=shrink)
        except Exception:
            report.fault = traceback.format_exc()
        report.tally = CareMachine.tally
        reports.append(report)
        outcome = f"found something\n{report.fault}" if report.fault else "ok"
        print(
            f"seed {share.seed}: {report.tally['steps']} steps, {time.monotonic() - began:.0f} s, {outcome}", flush=True
        )
    return reports


def lines(tally: Counter[str]) -> Iterable[str]:
    """What was run, step by step and how each went, in columns."""
    examples, steps = tally["examples"], tally["steps"]
    yield f"{examples} examples, {steps} steps"
    for name, count in sorted(tally.items()):
        if name not in ("examples", "steps"):
            yield f"  {count:>8}  {name}"
