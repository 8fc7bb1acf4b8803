"""What the import contracts cannot see: nobody below the API reads a clock, and rules wait for nothing."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[2]
DOMAIN = ("accounts", "alerts", "caregivers", "recipients", "visits")
OTHER_ROOMS = {"tables", "queries", "actions", "piccolo_app", "piccolo_migrations"}
ON_A_THREAD = {Path("accounts/passwords.py")}
"""Hashing is deliberately slow and waits for its turn; everything else about it is a rule."""
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}
CLOCK_OWNERS = {"datetime", "date", "time", "clock"}


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted(path.relative_to(HOUSE) for path in (HOUSE / package).rglob("*.py"))


def is_rules(module: Path) -> bool:
    return module not in ON_A_THREAD and not OTHER_ROOMS & {*module.parts, module.stem}


@cache
def tree(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


def clock_readings(source: str) -> list[int]:
    """Lines that call `datetime.now`, `date.today`, `time.time` and the like."""
    calls = (node.func for node in tree(source) if isinstance(node, ast.Call))
    return [
        call.lineno
        for call in calls
        if isinstance(call, ast.Attribute)
        and call.attr in CLOCKS
        and ast.unparse(call.value).split(".")[-1] in CLOCK_OWNERS
    ]


def waits(source: str) -> list[int]:
    """Lines of coroutines (but for the shape of one, in a protocol) and of files opened."""
    return [
        node.lineno
        for node in tree(source)
        if (isinstance(node, ast.AsyncFunctionDef) and ast.unparse(node.body[-1]) != "...")
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open")
    ]


def offenders(search: Callable[[str], list[int]], found_in: Iterable[Path]) -> list[str]:
    return [f"{module}:{line}" for module in found_in for line in search((HOUSE / module).read_text())]


def test_time_is_always_an_argument() -> None:
    assert offenders(clock_readings, modules(*DOMAIN)) == []


def test_rules_wait_for_nothing_and_open_nothing() -> None:
    assert offenders(waits, (module for module in modules(*DOMAIN) if is_rules(module))) == []


def test_these_tests_would_notice() -> None:
    assert clock_readings("import datetime\nx = datetime.datetime.now()") == [2]
    assert clock_readings("from core import clock\nx = clock.now()") == [2]
    assert clock_readings("import time\nx = time.time()") == [2]
    assert clock_readings("x = report.made_at.time()") == []
    assert waits("async def f(): return 1") == [1]
    assert waits("with open('x') as f: ...") == [1]
