"""Settings: one frozen struct, read from the environment once; every missing name is reported together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core import vault


class MissingSettings(RuntimeError):
    """Names that must be set and are not."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a process needs from outside. URLs are PostgreSQL and Redis DSNs; an empty `redis_url` means no Redis."""

    database_url: str
    app_database_url: str
    jobs_database_url: str
    redis_url: str
    keyring: vault.Keyring
    pool_size: int
    public_url: str
    console_notices: bool
    heartbeat_url: str
    production: bool

    def __repr__(self) -> str:
        return f"Settings(production={self.production}, pool_size={self.pool_size})"


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a name may also be given as NAME_FILE holding the value (for secrets)."""
    missing: list[str] = []

    def value(name: str, default: str | None = None) -> str:
        if name in environment:
            return environment[name]
        if f"{name}_FILE" in environment:
            return Path(environment[f"{name}_FILE"]).read_text().strip()
        if default is None:
            missing.append(name)
            return ""
        return default

    database_url = value("DATABASE_URL")
    keyring = value("CHUANGDENG_KEYRING")
    if missing:
        raise MissingSettings("缺少设置:" + "、".join(missing) + "(也可用 名称_FILE 指向文件)")
    return Settings(
        database_url=database_url,
        app_database_url=value("APP_DATABASE_URL", database_url),
        jobs_database_url=value("JOBS_DATABASE_URL", database_url),
        redis_url=value("REDIS_URL", ""),
        keyring=vault.read_keyring(keyring),
        pool_size=int(value("POOL_SIZE", "10")),
        public_url=value("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        console_notices=value("CONSOLE_NOTICES", "0") == "1",
        heartbeat_url=value("HEARTBEAT_URL", ""),
        production=value("CHUANGDENG_PRODUCTION", "0") == "1",
    )
