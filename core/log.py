"""Logs: one JSON line an event, to standard error. Of an exception they keep its type and places, never its values.

Tracebacks with local variables, and the messages of the database, would quote names and numbers of people.
"""

import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict


def configure() -> None:
    """Set the logs of this process, once, at its start."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def without_values(_: Any, __: str, event: EventDict) -> EventDict:
    """Turn `exc_info` into what `told` keeps of it."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event.update(told(error))
    return event


def told(error: BaseException) -> dict[str, Any]:
    """Type, places, SQLSTATE and constraint of an exception, and the type of what caused it."""
    facts = {
        "error": _type(error),
        "caused_by": _type(error.__cause__) if error.__cause__ else None,
        "sqlstate": getattr(error, "sqlstate", None),
        "constraint": getattr(error, "constraint_name", None),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)],
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _type(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"
