"""Settings: one frozen struct, read from the environment once; every missing name is reported together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core import vault


class WrongSettings(RuntimeError):
    """Names that must be set and are not, and values that cannot be read; all of them at once, never a secret."""


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
    heads_file: str
    production: bool

    def __repr__(self) -> str:
        return f"Settings(production={self.production}, pool_size={self.pool_size})"


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; a name may also be given as NAME_FILE holding the value (for secrets)."""
    wrong: list[str] = []

    def value(name: str, default: str | None = None) -> str:
        if environment.get(name):
            return environment[name]
        if file := environment.get(f"{name}_FILE"):
            try:
                return Path(file).read_text().strip()
            except (OSError, UnicodeDecodeError):
                wrong.append(f"{name}_FILE 指向的文件读不了")
                return ""
        if default is None:
            wrong.append(f"缺少 {name}(也可用 {name}_FILE 指向文件)")
            return ""
        return default

    def number(name: str, default: str, *, least: int) -> int:
        text = value(name, default)
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            wrong.append(f"{name} 应为不小于 {least} 的整数")
            return least
        return int(text)

    def keyring() -> vault.Keyring | None:
        text = value("CHUANGDENG_KEYRING")
        try:
            return vault.read_keyring(text) if text else None
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong.append("CHUANGDENG_KEYRING 不是有效的密钥环")
            return None

    database_url = value("DATABASE_URL")
    ring = keyring()
    found = {
        "database_url": database_url,
        "app_database_url": value("APP_DATABASE_URL", database_url),
        "jobs_database_url": value("JOBS_DATABASE_URL", database_url),
        "redis_url": value("REDIS_URL", ""),
        "public_url": value("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        "heartbeat_url": value("HEARTBEAT_URL", ""),
        "heads_file": value("JOURNAL_HEADS_PATH", ""),
    }
    pool_size = number("POOL_SIZE", "10", least=2)
    console_notices = value("CONSOLE_NOTICES", "0") == "1"
    production = value("CHUANGDENG_PRODUCTION", "0") == "1"
    if wrong or ring is None:
        raise WrongSettings("设置有误：" + "；".join(wrong) + "。")
    return Settings(**found, keyring=ring, pool_size=pool_size, console_notices=console_notices, production=production)
