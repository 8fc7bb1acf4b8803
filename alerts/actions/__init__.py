"""What people and the clock do with alerts and notices; the names other packages ask for are gathered here."""

from alerts.actions.answering import AlertNotFound, acknowledge, pause, resolve, return_to
from alerts.actions.barring import bar_from
from alerts.actions.climbing import climb
from alerts.actions.delivering import deliver
from alerts.actions.opening import open_alerts, open_alerts_today, resolve_for
from alerts.actions.owing import owe, tell_administrators
from alerts.actions.reading import colleagues, explain, read_notice
from alerts.actions.trying import try_channel

__all__ = [
    "AlertNotFound",
    "acknowledge",
    "bar_from",
    "climb",
    "colleagues",
    "deliver",
    "explain",
    "open_alerts",
    "open_alerts_today",
    "owe",
    "pause",
    "read_notice",
    "resolve",
    "resolve_for",
    "return_to",
    "tell_administrators",
    "try_channel",
]
