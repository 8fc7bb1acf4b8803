"""Where Piccolo finds the engine and the apps, lowest first."""

from piccolo.conf.apps import AppRegistry

from core.db import engine as DB  # noqa: N812

APP_REGISTRY = AppRegistry(
    apps=["core.piccolo_app", "accounts.piccolo_app", "alerts.piccolo_app", "recipients.piccolo_app", "visits.piccolo_app"]
)

__all__ = ["APP_REGISTRY", "DB"]
