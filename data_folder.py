"""The folder that everything is kept in: for its owner only."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

# What Tally puts there, as patterns of names; what else is in the folder is somebody else's.
OURS = (
    *("usage.csv", "usage.csv.*"),
    *("tally.db", "tally.db-*"),
    *("users.json", "users.json.*"),
    *("prices.toml", "prices.toml.*"),
    *("genai-prices.json", "genai-prices.json.*"),
    *("in-use.json", "in-use.json.*"),
)
MARKS = "running"  # the folder of lock files that tell which copies of the app are alive
OTHERS = stat.S_IRWXG | stat.S_IRWXO

logger = logging.getLogger("tally")


def keep_private() -> None:
    """Let whatever this process makes from now on be its owner's only."""
    os.umask(OTHERS)


def make_private(folder: Path) -> None:
    """Make the folder if need be, and close it to others. Raises OSError when it cannot be made."""
    folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    close_to_others(folder)


def close_to_others(folder: Path) -> None:
    """Take from others what they may do with Tally's files there, whoever made them and how.

    The folder itself is closed too, unless it also holds what is not Tally's: others may need that.
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
    """A link is left alone: what it points to lies where somebody else decides who may read it."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    except FileNotFoundError:  # another copy of the app has taken it away
        return
    except PermissionError:
        logger.warning(
            "%s can be read by others, and belongs to somebody else who would have to change that.", path
        )
