"""A phone in software: a clock of its own that may be wrong, a memory that outlives the app, a network that breaks."""

from cli.demo.phone.clock import PhoneClock
from cli.demo.phone.memory import Item, Memory, Receipt
from cli.demo.phone.network import Answer, Busy, Cut, CutOff, Network, NoSignal, NotSent
from cli.demo.phone.phone import Phone, Pulled, TurnedAway

__all__ = (
    "Answer",
    "Busy",
    "Cut",
    "CutOff",
    "Item",
    "Memory",
    "Network",
    "NoSignal",
    "NotSent",
    "Phone",
    "PhoneClock",
    "Pulled",
    "Receipt",
    "TurnedAway",
)
