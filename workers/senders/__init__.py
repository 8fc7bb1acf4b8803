"""The ways out: one sender a channel, all of one shape (`alerts.messages.Sender`), and where a process finds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alerts.messages import Sender
from core import settings
from workers.senders.console import Console
from workers.senders.webhook import Webhook


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What a process that sends needs: its senders, the address links lead to, and whether notices are printed.

    `heads_file` is where the heads of the journal's chain are kept outside the database; None: nowhere.
    """

    senders: Mapping[str, Sender]
    public_url: str
    console: bool
    heads_file: Path | None


@cache
def outside() -> Outside:
    """Read from the settings once a process. Another channel is another line here and its sender beside the others."""
    found = settings.read()
    return Outside(
        senders={"console": Console(), "webhook": Webhook()},
        public_url=found.public_url,
        console=found.console_notices,
        heads_file=Path(found.heads_file) if found.heads_file else None,
    )
