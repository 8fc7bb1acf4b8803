"""Whom the servers run as: the caller, or `nobody` when the caller is root, as whom PostgreSQL refuses to run."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli.servers.trouble import ServersUnavailable


@dataclass(frozen=True, kw_only=True)
class Owner:
    """An ordinary user of this machine; `None` in its place means the caller, who needs no change."""

    user: int
    group: int

    def can_enter(self, folder: Path) -> bool:
        """Asked of the kernel, by trying: access lists and mount options have their say too."""
        tried = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", folder],
            user=self.user,
            group=self.group,
            extra_groups=[],
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return tried.returncode == 0

    def can_run(self, program: Path) -> bool:
        try:
            tried = subprocess.run(
                [program, "--version"],
                user=self.user,
                group=self.group,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            )
        except PermissionError:
            return False
        return tried.returncode == 0


def of_servers() -> Owner | None:
    """`nobody` for root, otherwise None."""
    if os.geteuid() != 0:
        _insist_on_name(os.geteuid())
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ServersUnavailable(
            "当前是 root，而 PostgreSQL 不允许以 root 运行，本机又没有 nobody 用户。"
            "请换普通用户运行，或设置 DATABASE_URL。"
        ) from None
    return Owner(user=nobody.pw_uid, group=nobody.pw_gid)


def _insist_on_name(user: int) -> None:
    """PostgreSQL insists on a name for who runs it; a container may run as a number without one."""
    try:
        pwd.getpwuid(user)
    except KeyError:
        raise ServersUnavailable(
            f"当前用户（编号 {user}）在系统里没有用户名，PostgreSQL 无法启动。"
            "请换一个有用户名的用户，或设置 DATABASE_URL。"
        ) from None


def make_private(folder: Path, owner: Owner | None, *, theirs: bool) -> Path:
    """Create or tighten a folder: the servers' own when `theirs`, else the caller's, which they may only cross."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner is None:
        folder.chmod(0o700)
    elif theirs:
        os.chown(folder, owner.user, owner.group)
        folder.chmod(0o700)
    else:
        os.chown(folder, os.geteuid(), owner.group)
        folder.chmod(0o710)
    return folder
