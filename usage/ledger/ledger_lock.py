"""The lock under which the ledger file is written: one file beside it, one holder at a time."""

from pathlib import Path

from filelock import FileLock

# A row takes about a millisecond to write: who waits longer than this between two looks waits for nothing.
_LOOK_EVERY_S = 0.005


def lock_of(ledger_path: Path, timeout_s: float) -> FileLock:
    """The ledger's lock, dropped by the system when its holder dies. Entering it may raise Timeout."""
    return FileLock(f"{ledger_path}.lock", mode=0o600, timeout=timeout_s, poll_interval=_LOOK_EVERY_S)
