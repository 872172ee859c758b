"""Conversations in the terminal: `python -m chat COMMAND`."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from chat.cli import CommandError, Terminal, read_arguments, run
from chat.files import render_pages
from chat.store import ConversationStore, KeptFiles, StoreError, database_folder
from data_folder import FolderInUseError, claim, keep_private, locks_exclude, make_private, release
from settings import Settings, SettingsError, load_settings
from texts import _

_CLEAR_LINE = "\r\x1b[K"


def main(argv: Sequence[str]) -> int:
    """Run one command: 0 when done, 1 or 2 when not, for reasons that stderr has, a line each."""
    arguments = read_arguments(argv)
    try:
        settings = load_settings(["--data-dir", arguments.data_dir] if arguments.data_dir else [])
        keep_private()
        with _opened(settings, may_begin=arguments.command == "import") as store:
            text, code = run(arguments, _terminal(store, settings))
    except (SettingsError, CommandError, StoreError, FolderInUseError) as exc:
        _warn(str(exc))
        return 1
    return _write(text) or code


@contextmanager
def _opened(settings: Settings, *, may_begin: bool) -> Iterator[ConversationStore]:
    """Open the conversations; without file locks, only while no app is running.

    Raises CommandError, FolderInUseError and StoreError. Only where it `may_begin`, it makes a new database.
    """
    path = settings.data_dir / "tally.db"
    if not (settings.database_url or may_begin or path.exists()):
        text = _("No chats at {path}. Either there are none yet, or --data-dir points elsewhere.")
        raise CommandError(text.format(path=path))
    try:
        make_private(settings.data_dir)
    except OSError as exc:
        text = _("The data folder {folder} cannot be made: {reason}.")
        raise CommandError(text.format(folder=settings.data_dir, reason=exc.strerror)) from exc
    folders = {settings.data_dir, database_folder(settings.database_url) or settings.data_dir}
    has_locks = all(map(locks_exclude, folders))
    if not has_locks:
        claim(settings.data_dir)
    try:
        store = ConversationStore(settings.database_url or f"sqlite:///{path}", has_locks=has_locks)
        try:
            yield store
        finally:
            store.close()
    finally:
        if not has_locks:
            release(settings.data_dir)


def _terminal(store: ConversationStore, settings: Settings) -> Terminal:
    return Terminal(
        store=store,
        files=KeptFiles(
            store.database, settings.data_dir / "attachments", render_pages, lambda: datetime.now(UTC)
        ),
        now=datetime.now(UTC),
        zone=settings.timezone,
        warn=_warn,
        show_progress=_show_progress if sys.stderr.isatty() else lambda _line: None,
    )


def _warn(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _show_progress(line: str) -> None:
    sys.stderr.write(f"{_CLEAR_LINE}{line}")
    sys.stderr.flush()


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
