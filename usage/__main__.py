"""What was used and what it cost, in the terminal: `python -m usage COMMAND`."""

import getpass
import os
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from data_folder import close_to_others, keep_private, locks_exclude, user_of
from settings import Settings, SettingsError, load_settings
from texts import _
from usage.accounts import BillError
from usage.cli import CommandError, Desk, read_arguments, run
from usage.ledger import CsvLedger, LedgerError
from usage.prices import PricesError
from usage.reports import Calls


def main(argv: Sequence[str]) -> int:
    """Run one command: 0 when done, 1 or 2 when not, for a reason that stderr has in one line."""
    arguments = read_arguments(argv)
    try:
        settings = load_settings(["--data-dir", arguments.data_dir] if arguments.data_dir else [])
        keep_private()
        close_to_others(settings.data_dir)
        text = run(arguments, _desk(settings))
    except (SettingsError, CommandError, LedgerError, PricesError, BillError) as exc:
        _warn(str(exc))
        return exc.exit_code if isinstance(exc, CommandError) else 1
    return _write(text)


def _desk(settings: Settings) -> Desk:
    return Desk(
        calls=Calls(CsvLedger(settings.ledger_path), settings.timezone),
        data_dir=settings.data_dir,
        prices_path=settings.prices_path,
        base_url=settings.base_url,
        provider=settings.provider,
        currency=settings.currency,
        now=datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
        warn=_warn,
        secret=_secret,
        open_ledger=lambda: _ledger(settings.ledger_path),
    )


def _ledger(path: Path) -> CsvLedger:
    """Open the ledger for writing; without file locks, only while no app is running. Raises CommandError."""
    has_locks = locks_exclude(path.parent)
    if not has_locks and (pid := user_of(path.parent)) is not None:
        text = _(
            "Tally (process {pid}) is writing to {path}, and this storage has no file locks, so nothing "
            "else may write to it. Use Tally's page for this, or stop Tally first."
        )
        raise CommandError(text.format(pid=pid, path=path))
    return CsvLedger(path, has_locks=has_locks)


def _warn(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _secret(prompt: str) -> str:
    """Read a line that nobody sees: typed without an echo, or out of a pipe."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()


def _write(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at its end; what reads it (`| head`) has gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
