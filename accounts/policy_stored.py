"""A policy issued under an earlier release, read by today's rules: one row that no longer fits must stop nobody."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from accounts.policy import Policy, PolicyRefused, with_changes
from accounts.policy_reading import Problem


def from_stored(stored: Mapping[str, Any]) -> tuple[Policy, tuple[Problem, ...]]:
    """The policy, and what of it cannot be read any more: there the default table holds.

    To refuse it here would stop the visits, sweeps and alerts of its district, and of every other asked for with it.
    """
    content = deepcopy(dict(stored))
    unreadable: list[Problem] = []
    while True:
        try:
            return with_changes(Policy.default(), content), tuple(unreadable)
        except PolicyRefused as refused:
            unreadable += refused.problems
            dropped = [_drop(content, problem.pointer) for problem in refused.problems]
            if not any(dropped):
                return Policy.default(), tuple(unreadable)


def _drop(content: dict[str, Any], pointer: str) -> bool:
    """Take out the row a pointer names, or the nearest that holds it; False where there is none."""
    found: tuple[dict[str, Any], str] | None = None
    inside: Any = content
    for key in pointer.strip("/").split("/"):
        if not isinstance(inside, dict) or key not in inside:
            break
        found, inside = (inside, key), inside[key]
    if found:
        del found[0][found[1]]
    return found is not None
