"""Keeps the data folder to its owner, and to one copy of Tally where the storage has no file locks."""

import json
import logging
import os
import platform
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

# The files that Tally puts there, as name patterns; anything else in the folder is somebody else's.
OURS = (
    *("usage.csv", "usage.csv.*"),
    *("tally.db", "tally.db-*"),
    *("users.json", "users.json.*"),
    *("prices.toml", "prices.toml.*"),
    *("genai-prices.json", "genai-prices.json.*"),
    *("in-use.json", "in-use.json.*"),
)
MARKS = "running"  # the folder of lock files that show which copies of the app are alive
OTHERS = stat.S_IRWXG | stat.S_IRWXO

MARK = "in-use.json"
PROBE = "lock-probe"
# SQLite's locks belong to a process, so only another process can test them. It exits with 0 if it got one.
TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "ab") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(1)
"""

logger = logging.getLogger("tally")


class FolderInUseError(Exception):
    """Another copy of Tally uses a folder without file locks; the text says so and what to do."""


def keep_private() -> None:
    """Make whatever this process creates from now on accessible to its owner only."""
    os.umask(OTHERS)


def make_private(folder: Path) -> None:
    """Make the folder if needed, and close it to others. Raises OSError when it cannot be made."""
    folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    close_to_others(folder)


def close_to_others(folder: Path) -> None:
    """Remove other users' access to Tally's files in the folder, whichever version or command made them.

    The folder itself is closed too, unless it also holds files that are not Tally's: others may need those.
    """
    folder = folder.resolve()
    if os.name != "posix" or not folder.is_dir():
        return
    ours = [path for pattern in (*OURS, MARKS) for path in folder.glob(pattern)]
    if {path.name for path in folder.iterdir()} <= {path.name for path in ours}:
        _close(folder)
    for path in ours:
        _close(path)
        if path.name == MARKS:
            for mark in path.glob("*.lock"):
                _close(mark)


def _close(path: Path) -> None:
    """Remove other users' access; a link is left alone, since others may rely on what it points to."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    except FileNotFoundError:  # another copy of the app has removed it
        return
    except PermissionError:
        logger.warning(
            "%s may be open to others; it belongs to another user, who would have to change that.", path
        )


def locks_exclude(folder: Path) -> bool:
    """Return whether file locks in this folder exclude anybody: this app's kind and SQLite's are both tried.

    A folder that cannot be written to counts as one with locks: others report that.
    """
    if os.name != "posix":
        return True
    probe = folder / PROBE
    try:
        file = probe.open("ab")
    except OSError:
        return True
    with file:
        try:
            return _ours_excludes(probe) and _sqlites_excludes(file, probe)
        finally:
            probe.unlink(missing_ok=True)


def _ours_excludes(path: Path) -> bool:
    first, second = (FileLock(path, mode=0o600, blocking=False) for _ in range(2))
    try:
        with first, second:
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _sqlites_excludes(file: IO[bytes], path: Path) -> bool:
    import fcntl

    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    try_lock = [sys.executable, "-I", "-S", "-c", TRY_LOCK, str(path)]
    return subprocess.run(try_lock, check=False).returncode != 0  # noqa: S603 - none of it comes from outside


def claim(folder: Path) -> None:
    """Mark the folder as this process's. Raises FolderInUseError when another on this machine uses it."""
    if (pid := user_of(folder)) is not None and pid != os.getpid():
        raise FolderInUseError(
            f"Tally (process {pid}) is using {folder}, and this storage has no file locks, so two copies "
            "cannot share it. End that one first."
        )
    content = {"pid": os.getpid(), "began": _began(os.getpid()), "machine": _machine()}
    descriptor, temporary = tempfile.mkstemp(prefix=f"{MARK}.", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    Path(temporary).replace(folder / MARK)


def release(folder: Path) -> None:
    """Remove this process's mark, if it is there."""
    if user_of(folder) == os.getpid():
        (folder / MARK).unlink(missing_ok=True)


def user_of(folder: Path) -> int | None:
    """Return the id of the process on this machine that marked the folder and still runs; None without one.

    Whether a process on another machine still runs cannot be known; it counts as gone.
    """
    try:
        mark = json.loads((folder / MARK).read_bytes())
        pid, began, machine = int(mark["pid"]), str(mark["began"]), str(mark["machine"])
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    return pid if machine == _machine() and _runs(pid) and _began(pid) == began else None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _began(pid: int) -> str:
    """Return when a process began, in the system's ticks, which tells it from a later one of the same id.

    Empty when that cannot be known, and for a process that has ended but was not cleared away yet.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        boot = ""
    return f"{platform.node()} {boot}".strip()
