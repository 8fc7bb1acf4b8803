"""What is wrong with a value somebody wrote, and what that person can do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One value cannot be used. Neither text repeats the value itself: both are shown and kept unsealed."""

    reason: str
    remedy: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A fault in a named column of a ledger row."""

    column: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.column}：{self.reason}。{self.remedy}"


def problem(column: str, fault: Fault) -> Problem:
    return Problem(column=column, reason=fault.reason, remedy=fault.remedy)
