"""What each command of `python -m chat` does, down to the text that it prints."""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path

from chat.archive import (
    Import,
    NotImportableError,
    Progress,
    conversation_html,
    conversation_json,
    conversation_markdown,
    failure_lines,
    found_in,
    found_in_folder,
    result_lines,
    said_when,
    zip_of,
)
from chat.conversation import Attachment, one_line
from chat.files import read_file
from chat.store import (
    MOST_BYTES_OF_A_PERSON,
    MOST_FOUND,
    ConversationStore,
    Found,
    KeptFiles,
    WholeConversation,
    WholeConversations,
    read_query,
)
from texts import _, ngettext

_MOST_LISTED = 1_000_000


class CommandError(Exception):
    """What was asked cannot be done; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The conversations, and where the commands speak: `now` is UTC, times are shown in `zone`.

    `warn` shows a line, `show_progress` shows one in place of the last.
    """

    store: ConversationStore
    files: KeptFiles
    now: datetime
    zone: tzinfo
    warn: Callable[[str], None]
    show_progress: Callable[[str], None]

    @property
    def conversations(self) -> WholeConversations:
        """Return the conversations, whole."""
        return WholeConversations(self.store.database)

    def take_file(self, user: str, name: str, data: bytes) -> str:
        """Keep a file that messages have; return its hash. Raises UnreadableFileError and StoreError."""
        return self.files.take(user, name, data, read_file, MOST_BYTES_OF_A_PERSON).hash


def run(arguments: argparse.Namespace, terminal: Terminal) -> tuple[str, int]:
    """Do what was asked; return the text to print and the exit code. Raises CommandError and StoreError."""
    match arguments.command:
        case "list":
            return _list(arguments.user, terminal), 0
        case "search":
            return _search(arguments, terminal), 0
        case "export":
            return _export(arguments, terminal), 0
        case _:
            return _import(arguments, terminal)


def _list(user: str, terminal: Terminal) -> str:
    start = terminal.store.list_start(user, _MOST_LISTED)
    archived = terminal.store.summaries(user, limit=_MOST_LISTED, archived=True)
    summaries = [*start.pinned, *start.latest, *archived]
    if not summaries:
        terminal.warn(_no_conversations(user))
    widest = max((len(each.id) for each in summaries), default=0)
    return "".join(
        f"{each.id:<{widest}}  {said_when(each.updated_at, terminal.zone)}  {one_line(each.title)}\n"
        for each in summaries
    )


def _search(arguments: argparse.Namespace, terminal: Terminal) -> str:
    """Return what was found, a line each. Messages that are not indexed yet are indexed first."""
    query = read_query(" ".join(arguments.words), terminal.zone)
    for note in query.notes:
        terminal.warn(note)
    if query.is_empty:
        return ""
    terminal.store.search_upkeep.catch_up()
    found = terminal.store.search(arguments.user, query)
    if not found:
        terminal.warn(_("Nothing found."))
    if len(found) >= MOST_FOUND:
        terminal.warn(_("Only the first {number} results are shown.").format(number=MOST_FOUND))
    return "".join(f"{_found_line(each, terminal.zone)}\n" for each in found)


def _found_line(found: Found, zone: tzinfo) -> str:
    said = {"title": _("Title"), "question": _("You"), "reply": found.model}[found.part]
    return f"{found.conversation_id}  {said_when(found.at, zone)}  {said}: {one_line(found.line)}"


def _export(arguments: argparse.Namespace, terminal: Terminal) -> str:
    """Write one conversation or all. Raises CommandError; then there is no new file, and an old one stays."""
    store, user = terminal.conversations, arguments.user
    if arguments.id is None:
        count = len(store.ids(user))
        if not count:
            raise CommandError(_no_conversations(user))

        def file_of(attachment: Attachment) -> bytes | None:
            return terminal.files.exported(user, attachment.hash)

        _write(arguments.file, zip_of(store.all(user), terminal.zone, file_of))
        text = ngettext("{count} chat in {file}.", "{count} chats in {file}.", count)
        return text.format(count=f"{count:,}", file=arguments.file) + "\n"
    whole = store.one(user, arguments.id)
    if whole is None:
        text = _("{user} has no chat {id}. `python -m chat list` shows the ids.")
        raise CommandError(text.format(user=user, id=repr(arguments.id)))
    _write(arguments.file, [_content(whole, arguments.file.suffix.lower(), terminal.zone)])
    return _("“{title}” is in {file}.").format(title=whole.conversation.title, file=arguments.file) + "\n"


def _no_conversations(user: str) -> str:
    text = _("{user} has no chats here. Check --user and --data-dir.")
    return text.format(user=user)


def _content(whole: WholeConversation, ending: str, zone: tzinfo) -> bytes:
    if ending == ".json":
        return conversation_json(whole)
    made = conversation_markdown if ending == ".md" else conversation_html
    return made(whole.conversation, zone).encode("utf-8", "replace")


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file whole or not at all. Raises CommandError."""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as exc:
        text = _("{file} cannot be written: {reason}.")
        raise CommandError(text.format(file=path, reason=exc.strerror or exc)) from exc


def _import(arguments: argparse.Namespace, terminal: Terminal) -> tuple[str, int]:
    """Take files in one after the other; what could not be taken in is told as a warning."""
    said, is_whole = "", True
    for path in arguments.files:
        importing = Import(
            terminal.conversations, arguments.user, terminal.now, partial(terminal.take_file, arguments.user)
        )
        _take_in(importing, path, terminal)
        for line in failure_lines(importing.result.failures, importing.result.failed):
            terminal.warn(line)
        said += f"{path}: {' '.join(result_lines(importing.result))}\n"
        is_whole = is_whole and importing.result.is_whole
        if importing.result.stopped:
            break
    return said, 0 if is_whole else 1


def _take_in(importing: Import, path: Path, terminal: Terminal) -> None:
    """Take in a file or a folder; the result says what could not be."""
    try:
        if path.is_dir():
            _follow(importing.run(found_in_folder(path)), path, terminal)
            return
        with path.open("rb") as file:
            _follow(importing.run(found_in(file, path.name)), path, terminal)
    except NotImportableError as exc:
        importing.result.fail(str(path), str(exc))
    except OSError as exc:
        reason = _("The file cannot be read: {reason}.").format(reason=exc.strerror or exc)
        importing.result.fail(str(path), reason)


def _follow(steps: Iterable[Progress], path: Path, terminal: Terminal) -> None:
    text = _("{file}: {percent}%, chats read: {count}")
    for step in steps:
        percent = 100 * min(step.done, step.total) // (step.total or 1)
        count = f"{step.conversations:,}"
        terminal.show_progress(text.format(file=path.name, percent=percent, count=count))
    terminal.show_progress("")
