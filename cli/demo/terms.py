"""The policy the demo's district issues: the same rules as anywhere, in seconds and minutes instead of days."""

from collections.abc import Mapping
from typing import Any

DOCUMENT = "津宁民发〔2026〕演示1号"
CHANGES: Mapping[str, Any] = {
    "visits": {
        "interval": {"high": "2min", "key": "30min", "general": "30min"},
        "opens_before": {"high": "1min", "key": "20min", "general": "20min"},
        "grace": {"high": "0s", "key": "10min", "general": "10min"},
        "laid_ahead": "2h",
    },
    "alerts": {
        "acknowledge": {"critical": "6s", "serious": "8s", "general": "10min"},
        "repeat_last": {"critical": "30s", "serious": "1min", "general": "30min"},
    },
    "rectification": {
        "deadline": {"serious": "6s"},
        "verify_within": {"serious": "1min"},
        "statement_within": {"serious": "4s"},
    },
    # Both windows all day long, one closing after the other: the demo is shown at any hour.
    "curtain": {
        "morning": "00:00-23:58",
        "evening": "00:00-23:59",
        "winter_morning": "00:00-23:58",
        "winter_evening": "00:00-23:59",
        "first_check": "8s",
        "second_person": "8s",
        "emergency": "8s",
    },
    "replacement": {"decision": "10min", "hearing_notice": "2s"},
}
