"""Every SELECT and UPDATE of lanes, links, daily checks and observations."""

from recipients.queries.support import SUPPORTED

LEFT = f"NOT ({SUPPORTED})"
"""Of a recipient `r`: nobody looks after them any more; `recipient_left` indexes just these."""

IN_USE_SENSOR = "s.ended_at IS NULL"
"""Of a sensor `s`: it hangs in a home, whose windows are expected also while the device is silent."""

LIVE_SENSOR = "s.ended_at IS NULL AND s.silent_since IS NULL"
"""Of a sensor `s`: it can be a witness."""

ABOUT_WINDOWS = frozenset({"daily_anomaly", "daily_not_observed"})
"""Kinds of alert about a window; each is about one check."""
