"""Which servers serve: the configured one, else one found on the machine, else the one in the wheel."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.servers.programs import (
    OLDEST_REDIS,
    SUPPORTED_POSTGRES,
    Origin,
    Program,
    postgres_programs,
    redis_programs,
)
from cli.servers.trouble import ServersUnavailable

SWITCH = "CHUANGDENG_SERVERS"
_ORIGINS: dict[str, tuple[Origin, ...]] = {
    "auto": ("machine", "wheels"),
    "machine": ("machine",),
    "wheels": ("wheels",),
}
_RANGE = f"{SUPPORTED_POSTGRES[0]} 至 {SUPPORTED_POSTGRES[-1]}"


@dataclass(frozen=True, kw_only=True)
class Configured:
    """A server that runs elsewhere, named by a setting. Its URL may hold a password and is never shown."""

    name: str
    setting: str
    url: str

    def __str__(self) -> str:
        return f"{self.name}（由 {self.setting} 指定）"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The two servers of one run."""

    postgres: Program | Configured
    redis: Program | Configured

    def describe(self) -> tuple[str, str]:
        """A Chinese line a server, for people."""
        return f"数据库：{self.postgres}", f"任务队列：{self.redis}"


def choose(environment: Mapping[str, str], data: Path | None) -> Choice:
    """The servers of this environment for this data folder. A forced origin sets configured URLs aside."""
    switch = environment.get(SWITCH, "auto")
    if switch not in _ORIGINS:
        raise ServersUnavailable(f"{SWITCH}={switch} 无效：只能是 auto、machine 或 wheels。")
    origins = _ORIGINS[switch]
    configured = environment if switch == "auto" else {}
    return Choice(
        postgres=_configured(configured, "PostgreSQL", "DATABASE_URL") or _postgres(origins, data),
        redis=_configured(configured, "Redis", "REDIS_URL") or _redis(origins),
    )


def _configured(environment: Mapping[str, str], name: str, setting: str) -> Configured | None:
    """The setting itself, or the content of the file that `…_FILE` names."""
    url = environment.get(setting, "")
    if not url and (file := environment.get(f"{setting}_FILE")):
        try:
            url = Path(file).read_text().strip()
        except OSError as trouble:
            raise ServersUnavailable(f"{setting}_FILE 指向的 {file} 读不了：{trouble.strerror}。") from trouble
    return Configured(name=name, setting=setting, url=url) if url else None


def _postgres(origins: tuple[Origin, ...], data: Path | None) -> Program:
    """The newest supported one of the first origin that has any; an existing data folder wants its own version."""
    made_by = data_version(data)
    found: list[Program] = []
    for origin in origins:
        found += postgres_programs(origin)
        for program in found:
            if program.major in SUPPORTED_POSTGRES and made_by in (None, program.major):
                return program
    supported = [program for program in found if program.major in SUPPORTED_POSTGRES]
    if supported:
        raise ServersUnavailable(
            f"数据目录 {data} 由 PostgreSQL {made_by} 建立，而可用的是{_list(supported)}，不能直接打开。"
            f"请安装 PostgreSQL {made_by}；或用 {made_by} 的 pg_dump 导出，改用新的数据目录后再导入。"
        )
    seen = f"找到的是{_list(found)}" if found else "没有找到任何 PostgreSQL"
    raise ServersUnavailable(
        f"{seen}，需要版本 {_RANGE}。请执行 make 安装随包附带的程序，或安装系统的 PostgreSQL，或设置 DATABASE_URL。"
    )


def _redis(origins: tuple[Origin, ...]) -> Program:
    for origin in origins:
        for program in redis_programs(origin):
            if program.major >= OLDEST_REDIS:
                return program
    raise ServersUnavailable(
        f"没有找到 {OLDEST_REDIS} 或更新的 Redis、Valkey。"
        "请执行 make 安装随包附带的程序，或安装系统的 redis-server，或设置 REDIS_URL。"
    )


def data_version(data: Path | None) -> int | None:
    """The major version of PostgreSQL that made this data folder, None when none did."""
    if data is None:
        return None
    try:
        return int((data / "postgres" / "data" / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as trouble:
        raise ServersUnavailable(f"数据目录 {data} 读不了，或已损坏（{trouble}）。请核对目录和它的属主。") from trouble


def _list(programs: list[Program]) -> str:
    return "、".join(f" {program}" for program in programs)
