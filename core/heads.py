"""Heads of the journal's chain in a file outside the database: a line a day, `day number code`."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from core.chain import Link, code_of, head_from


class HeadsUnreadable(ValueError):
    """A line of the file is no head. `number` is the line's."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number} is no head")
        self.number = number


def read_heads(file: Path) -> Mapping[int, bytes]:
    """The heads by the number of their link; none where there is no file."""
    found = {}
    lines = file.read_text().splitlines() if file.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            _, link, code = line.split()
            found[int(link)] = head_from(code)
        except ValueError:
            raise HeadsUnreadable(number) from None
    return found


def keep_head(file: Path, link: Link, *, day: date) -> bool:
    """Add the day's head, once; whether it was added. The file is only ever appended to."""
    lines = file.read_text().splitlines() if file.exists() else []
    if lines and lines[-1].startswith(day.isoformat()):
        return False
    with file.open("a") as out:
        out.write(f"{day.isoformat()} {link.number} {code_of(link.head)}\n")
    return True
