"""The private folder of one run: claimed by one starter at a time, with a short way to its sockets."""

import fcntl
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cli.servers.owner import Owner, make_private
from cli.servers.trouble import ServersUnavailable

LOCK = "servers.lock"
"""Held by the starter alone, and holding its notice."""
KEEPERS_LOCK = "keepers.lock"
"""Handed on to the keepers: free only when the servers of a killed starter have stopped too."""
LONGEST_SOCKET_PATH = 107
"""Bytes the kernel takes for the address of a unix socket."""
_DISKS = tuple(dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")))
_MEMORY = "/dev/shm"
_PLENTY = 4 << 30
_PATIENCE = 45.0
"""Seconds granted to the keepers of a starter that died: they may still be stopping its servers."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the servers of one run live; `keepers` and `notice` are the open locks of a folder that lasts."""

    folder: Path
    owner: Owner | None
    temporary: bool
    keepers: int | None = None
    notice: int | None = None

    def home(self, server: str) -> Path:
        """The folder of one server: its data, its sockets, its log."""
        return make_private(self.folder / server, self.owner, theirs=False)

    def publish(self, facts: Mapping[str, str]) -> None:
        """Tell other processes what runs here; emptied when the place is left."""
        if self.notice is not None:
            os.ftruncate(self.notice, 0)
            os.pwrite(self.notice, json.dumps({"pid": str(os.getpid()), **facts}).encode(), 0)


def default_data_folder() -> Path:
    """Where `up` keeps its data unless told otherwise: root's servers run as `nobody` and cannot live below /root."""
    if os.geteuid() == 0:
        return Path("/var/lib/chuangdeng")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "chuangdeng"


def claim(data: Path, owner: Owner | None) -> Path:
    """Make a data folder, or recognise one. Refuses somebody else's folder and one that holds other things."""
    data = data.absolute()
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        entries = {entry.name for entry in data.iterdir()}
    except OSError as trouble:
        raise ServersUnavailable(f"数据目录 {data} 建不了，或读不了：{trouble.strerror}。请另选一个目录。") from trouble
    if data.stat().st_uid != os.geteuid():
        raise ServersUnavailable(f"数据目录 {data} 属于另一个用户。请用建立它的用户运行，或另选一个目录。")
    if entries and LOCK not in entries:
        raise ServersUnavailable(f"{data} 里已有别的文件，不是窗灯的数据目录。请另选一个空目录。")
    make_private(data, owner, theirs=False)
    if owner and not owner.can_enter(data):
        raise ServersUnavailable(
            f"当前是 root，数据库改以 nobody 运行，而 nobody 进不了 {data}（上级目录不开放）。"
            f"请换一个目录，例如 {default_data_folder()}，或换普通用户运行。"
        )
    return data


@contextmanager
def permanent(data: Path, owner: Owner | None) -> Iterator[Place]:
    """A data folder for the length of the block, for this process alone."""
    folder = claim(data, owner)
    with _opened(folder / LOCK) as notice, _opened(folder / KEEPERS_LOCK) as keepers:
        if not _locked(notice):
            holder = _facts(notice).get("pid", "？")
            raise ServersUnavailable(
                f"数据目录 {folder} 正由另一个窗灯（进程 {holder}）使用。请先在那边按 Ctrl-C 停止，或另选一个目录。"
            )
        place = Place(folder=folder, owner=owner, temporary=False, keepers=keepers, notice=notice)
        place.publish({})
        until = time.monotonic() + _PATIENCE
        while not _locked(keepers):
            if time.monotonic() > until:
                raise ServersUnavailable(f"数据目录 {folder} 上一次运行的服务还没有停下来。请稍等片刻再试。")
            time.sleep(0.05)
        try:
            yield place
        finally:
            os.ftruncate(notice, 0)


@contextmanager
def temporary(owner: Owner | None, *, durable: bool) -> Iterator[Place]:
    """A new folder, gone with the block or, when this process is killed, with its keepers. In memory unless durable."""
    memory = () if durable or not _memory_is_plenty() else (_MEMORY,)
    folder = short_folder(owner, theirs=False, bases=(*memory, *_DISKS))
    try:
        yield Place(folder=folder, owner=owner, temporary=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def published(data: Path) -> dict[str, str] | None:
    """What the starter that holds this folder has published; None when nobody holds it."""
    if not (data / LOCK).exists():
        return None
    with _opened(data / LOCK) as notice:
        return None if _locked(notice, fcntl.LOCK_SH) else _facts(notice)


@contextmanager
def _opened(lock: Path) -> Iterator[int]:
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _locked(handle: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _facts(notice: int) -> dict[str, str]:
    with suppress(ValueError):
        facts: dict[str, str] = json.loads(os.pread(notice, 65536, 0) or b"{}")
        return facts
    return {}


def _memory_is_plenty() -> bool:
    """Whether the memory's file system holds a test run with ease (a container's often does not) and runs programs."""
    try:
        room = os.statvfs(_MEMORY)
    except FileNotFoundError:
        return False
    return room.f_bavail * room.f_frsize >= _PLENTY and not room.f_flag & os.ST_NOEXEC


def short_folder(owner: Owner | None, *, theirs: bool, bases: tuple[str, ...] = _DISKS) -> Path:
    """A new private folder with a short plain path which `owner` can reach."""
    for base in bases:
        if not plain(Path(base) / "cd-12345678" / "postgres" / "run"):
            continue
        try:
            folder = make_private(Path(tempfile.mkdtemp(prefix="cd-", dir=base)), owner, theirs=theirs)
        except OSError:
            continue
        if owner is None or owner.can_enter(folder):
            return folder
        folder.rmdir()
    raise ServersUnavailable("没有可用的临时目录。请把 TMPDIR 指向一个路径较短、所有用户都能进入的目录，例如 /tmp。")


def plain(sockets: Path) -> bool:
    """Whether a folder's sockets fit the kernel's limit and its path needs no quoting in a URL or a list."""
    longest = sockets / ".s.PGSQL.5432.lock"
    return len(os.fsencode(longest)) <= LONGEST_SOCKET_PATH and bool(re.fullmatch(r"[\w./+-]+", str(sockets), re.ASCII))
