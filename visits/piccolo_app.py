"""Piccolo's registration of this package's tables and migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

_PARTS = ("campaigns", "daily", "evidence", "photos", "sensors", "sync")

APP_CONFIG = AppConfig(
    app_name="visits",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(modules=["visits.tables", *(f"visits.{part}.tables" for part in _PARTS)]),
    migration_dependencies=["recipients.piccolo_app"],
)
