"""Where Piccolo finds the engine and the apps, lowest first."""

from piccolo.conf.apps import AppRegistry

from core.db import engine as DB

APP_REGISTRY = AppRegistry(
    apps=[f"{package}.piccolo_app" for package in ("core", "accounts", "alerts", "recipients", "caregivers", "visits")]
)

__all__ = ["APP_REGISTRY", "DB"]
