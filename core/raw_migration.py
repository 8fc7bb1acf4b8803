"""A migration in plain SQL: what Piccolo's own language has no words for, such as row-level security."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import Table


class Raw(Table):
    """Carries raw SQL."""


def raw_migration(*, app: str, id: str, description: str, statements: str) -> MigrationManager:
    """A migration that runs statements one after another, each ended by two semicolons: a function's body has one."""
    manager = MigrationManager(migration_id=id, app_name=app, description=description)

    async def run() -> None:
        for statement in statements.split(";;"):
            if statement.strip():
                await Raw.raw(statement.replace("{", "{{").replace("}", "}}"))

    manager.add_raw(run)
    return manager
