"""Storage without file locks: found by trying, and used by one copy of Tally at a time, told by a mark."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

MARK = "in-use.json"
PROBE = "lock-probe"
# What SQLite uses is a lock of the process: only another process can try it. It ends with 0 if it got it.
TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "ab") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(1)
"""


class FolderInUseError(Exception):
    """Another copy of Tally uses a folder that has no locks; the text says so and what to do."""


def locks_exclude(folder: Path) -> bool:
    """Try whether locks on files of this folder keep anybody out, those of this app and those of SQLite.

    A folder in which nothing can be written is for others to complain of: it counts as one with locks.
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
            return _ours_excludes(probe) and _that_of_sqlite_excludes(file, probe)
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


def _that_of_sqlite_excludes(file: IO[bytes], path: Path) -> bool:
    import fcntl

    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    try_lock = [sys.executable, "-I", "-S", "-c", TRY_LOCK, str(path)]
    return subprocess.run(try_lock, check=False).returncode != 0  # noqa: S603 - nothing of it is from outside


def claim(folder: Path) -> None:
    """Mark the folder as this process's. Raises FolderInUseError when another one on this machine uses it."""
    if (pid := user_of(folder)) is not None and pid != os.getpid():
        raise FolderInUseError(
            f"Tally (process {pid}) uses {folder}, and this storage has no file locks that would let two "
            "share it. End that one first."
        )
    content = {"pid": os.getpid(), "began": _began(os.getpid()), "machine": _machine()}
    descriptor, temporary = tempfile.mkstemp(prefix=f"{MARK}.", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    Path(temporary).replace(folder / MARK)


def release(folder: Path) -> None:
    """Take the mark of this process away."""
    if user_of(folder) == os.getpid():
        (folder / MARK).unlink(missing_ok=True)


def user_of(folder: Path) -> int | None:
    """The process on this machine that has marked the folder and still runs; None when there is none.

    What another machine has marked cannot be asked whether it runs; it counts as gone.
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
    """When a process began, in the system's own count: a number that is given out again is another process.

    Empty where that cannot be known. One that has ended and was not yet cleared away has not begun.
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
