"""The drawn state machines are those of the code: every table, every move, nothing else."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from cli.states import MACHINES, STATES, Machine, diagram, page

PACKAGES = ("accounts", "alerts", "caregivers", "recipients", "visits")
_TABLE = re.compile(r"^(MOVES|TRANSITIONS)\b", re.MULTILINE)


def test_the_page_is_what_the_code_draws_today() -> None:
    assert STATES.read_text(encoding="utf-8") == page(), "docs/states.md is out of date: run `make docs`"


def test_every_table_of_moves_is_drawn() -> None:
    root = STATES.parent.parent
    files = (file for package in PACKAGES for file in Path(root, package).rglob("*.py"))
    tables = {
        ".".join(file.relative_to(root).with_suffix("").parts)
        for file in files
        if _TABLE.search(file.read_text(encoding="utf-8"))
    }
    assert tables == {machine.source for machine in MACHINES}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.source)
def test_every_move_of_a_table_has_an_arrow_and_every_arrow_a_move(machine: Machine) -> None:
    source = import_module(machine.source)
    if hasattr(source, "TRANSITIONS") or not isinstance(next(iter(source.MOVES)), tuple):
        table = getattr(source, "TRANSITIONS", None) or source.MOVES
        moves = {(came, went) for came, after in table.items() for went in after}
    else:
        moves = {(came, went) for (came, _), went in source.MOVES.items()}
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)", diagram(machine), re.MULTILINE))
    assert drawn == moves


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.source)
def test_an_end_is_what_nothing_leaves(machine: Machine) -> None:
    drawn = diagram(machine)
    ends = set(re.findall(r"(\w+) --> \[\*\]", drawn))
    left = {came for came, went in re.findall(r"^ +(\w+) --> (\w+)", drawn, re.MULTILINE) if came != went}
    assert not ends & left
    assert ends | left == set(re.findall(r'state "[^"]+" as (\w+)', drawn))
