"""The timeline a person reads while the story plays."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

_WHO_WIDTH = 16


@dataclass(kw_only=True)
class Timeline:
    """Prints each step with the seconds since the curtain rose, who acts or is told, and what was observed."""

    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    began: float = field(default_factory=time.monotonic)
    steps: int = 0

    def act(self, title: str) -> None:
        """A new act."""
        self.console.print()
        self.console.print(Rule(Text(title, style="bold"), align="left", style="dim"))

    def tell(self, who: str, what: str, *, mark: str = "·", style: str = "") -> None:
        """One observed step."""
        self.steps += 1
        seconds = f"{time.monotonic() - self.began:6.1f} 秒"
        line = Text.assemble(
            (seconds, "dim"), "  ", (mark, style or "dim"), "  ", (_padded(who), "bold"), (what, style)
        )
        self.console.print(line)

    def good(self, who: str, what: str) -> None:
        """A step that puts something right."""
        self.tell(who, what, mark="✓", style="green")

    def grave(self, who: str, what: str) -> None:
        """A step somebody must act on."""
        self.tell(who, what, mark="!", style="bold red")

    def aside(self, what: str) -> None:
        """A line of explanation, not a step."""
        self.console.print(Text(" " * 14 + what, style="dim"))

    def table(self, headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        """A small table below a step."""
        table = Table(*headers, box=None, padding=(0, 2, 0, 0), header_style="dim")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)


def _padded(who: str) -> str:
    """Chinese characters are two columns wide."""
    width = sum(2 if ord(letter) > 0x2E7F else 1 for letter in who)
    return who + " " * max(1, _WHO_WIDTH - width)
