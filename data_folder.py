"""Keeps the data folder and its files to their owner."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

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

logger = logging.getLogger("tally")


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
    ours = [*_ours_in(folder)]
    if {path.name for path in folder.iterdir()} <= {path.name for path in ours}:
        _close(folder)
    for path in ours:
        _close(path)
        if path.name == MARKS:
            for mark in path.glob("*.lock"):
                _close(mark)


def _ours_in(folder: Path) -> Iterator[Path]:
    for pattern in (*OURS, MARKS):
        yield from folder.glob(pattern)


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
