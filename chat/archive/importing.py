"""Imports conversations: each on its own, with a result that says what came in and what did not."""

import hashlib
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chat.archive.conversation_json import is_own, read_own
from chat.archive.foreign import NotReadableError, read_foreign, shown_title, storable
from chat.archive.json_elements import Element, NotJsonError, elements_of
from chat.archive.sources import BROKEN_ZIP, AttachedFile, Found, JsonFile, NotImportableError
from chat.conversation import Conversation
from chat.files import LARGEST_FILE, UnreadableFileError
from chat.store import Outcome, StoreError, WholeConversation, WholeConversations
from texts import _

TakeFile = Callable[[str, bytes], str]
"""Keeps a file by this name and returns its hash. Raises UnreadableFileError and StoreError."""

MOST_TURNS = 10_000  # in a conversation
LONGEST_MESSAGE = 500_000  # characters
MOST_NAMED = 1_000  # failures of one import
_BATCH = 50  # conversations that are saved together
_BATCH_BYTES = 4 * 2**20
_LONGEST_REASON = 300  # characters
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be taken in, and why."""

    what: str
    reason: str


@dataclass(slots=True)
class ImportResult:
    """What an import has done so far. `stopped` says why it ended early, empty if it did not.

    `failures` names no more than MOST_NAMED of the `failed`; `left_out` names files without conversations,
    `others` counts files of other kinds.
    """

    came_in: int = 0
    grown: int = 0
    already: int = 0
    failed: int = 0
    failures: list[Failure] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    others: int = 0
    stopped: str = ""

    def fail(self, what: str, reason: str) -> None:
        """Note that something could not be taken in."""
        self.failed += 1
        if len(self.failures) < MOST_NAMED:
            self.failures.append(Failure(what, reason[:_LONGEST_REASON]))

    def fail_with(self, other: "ImportResult") -> None:
        """Note all that failed in another."""
        self.failed += other.failed
        self.failures += other.failures[: MOST_NAMED - len(self.failures)]

    @property
    def is_whole(self) -> bool:
        """Return whether everything was taken in."""
        return not (self.failed or self.stopped)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: bytes read of all, and conversations seen."""

    done: int
    total: int
    conversations: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A conversation that is read but not saved yet, by the name that people know it by."""

    what: str
    whole: WholeConversation
    size: int


class Import:
    """Takes in conversations for one person; `result` says what it has done."""

    def __init__(
        self, store: WholeConversations, user: str, now: datetime, take_file: TakeFile | None = None
    ) -> None:
        """`take_file` keeps a file that messages have; without it, they only name it."""
        self._take_file = take_file
        self._hashes: dict[str, str] = {}  # what files are known by here, by what they were known by there
        self._store = store
        self._user = user
        self._now = now
        self._batch: list[_Waiting] = []
        self._seen = 0
        self.result = ImportResult()

    def run(self, found: Found) -> Generator[Progress]:
        """Take in what was found, and yield how far it is. What came in stays, however it ends.

        Whoever stops asking for more stops the import between two batches.
        """
        total = sum(file.size for file in found.files if not file.trouble)
        self.result.others += found.others
        before = 0
        try:
            if self._take_file:
                for attached in found.attached:
                    self._take_in(attached, self._take_file)
                    yield Progress(0, total, 0)
            for file in found.files:
                for done in self._read(file, is_alone=found.is_alone):
                    yield Progress(before + done, total, self._seen)
                if not file.trouble:
                    before += file.size
            self._save()
            if not self._has_said_anything:
                self.result.fail(found.name, _("There are no chats in it."))
        except StoreError as exc:
            text = _("{reason} The import stopped there. Everything counted here is saved.")
            self.result.stopped = text.format(reason=exc)
        yield Progress(before, total, self._seen)

    def _take_in(self, attached: AttachedFile, take_file: TakeFile) -> None:
        """Keep a file that messages have, or note why that cannot be."""
        try:
            with attached.open() as opened:
                data = opened.read(LARGEST_FILE + 1)
            if len(data) > LARGEST_FILE:
                self.result.fail(attached.name, _("This file is too large to attach."))
                return
            self._hashes[attached.hash] = take_file(attached.name, data)
        except (UnreadableFileError, StoreError) as exc:
            self.result.fail(attached.name, str(exc))
        except (*BROKEN_ZIP, OSError) as exc:
            self.result.fail(attached.name, _("The file cannot be read: {reason}.").format(reason=exc))

    def _with_files(self, whole: WholeConversation) -> WholeConversation:
        """Return a conversation whose messages know their files by what they are known by here."""
        if not self._hashes:
            return whole
        turns = tuple(
            replace(
                turn,
                attachments=tuple(
                    replace(each, hash=self._hashes.get(each.hash, each.hash)) for each in turn.attachments
                ),
            )
            for turn in whole.conversation.turns
        )
        return replace(whole, conversation=replace(whole.conversation, turns=turns))

    @property
    def _has_said_anything(self) -> bool:
        result = self.result
        return bool(result.came_in or result.grown or result.already or result.failed)

    def _read(self, file: JsonFile, *, is_alone: bool) -> Iterator[int]:
        """Take in a file, and yield how many of its bytes are read, about every batch. Raises StoreError."""
        if file.trouble:
            self.result.fail(file.name, file.trouble)
            return
        unknown = ImportResult()
        known = done = 0
        failed_before = self.result.failed
        try:
            with file.open() as opened:
                for number, element in enumerate(elements_of(opened), 1):
                    done += len(element.json)
                    what = f"{file.name}, {_('chat {number}').format(number=number)}"
                    whole = self._whole(element, what, unknown)
                    if whole is not None:
                        known += 1
                        self._batch.append(whole)
                    if self._is_full():
                        self._save()
                        yield done
        except (NotJsonError, NotImportableError) as exc:
            self.result.fail(file.name, str(exc))
            return
        except BROKEN_ZIP as exc:
            self.result.fail(
                file.name,
                _(
                    "This file in the zip cannot be read: {reason}. Unpack the zip, then import its files."
                ).format(reason=exc),
            )
        except OSError as exc:
            reason = _("The file cannot be read: {reason}.").format(reason=exc.strerror or exc)
            self.result.fail(file.name, reason)
        if known or is_alone:
            self.result.fail_with(unknown)
        elif self.result.failed == failed_before and len(self.result.left_out) < MOST_NAMED:
            self.result.left_out.append(file.name)

    def _whole(self, element: Element, what: str, unknown: ImportResult) -> _Waiting | None:
        """Return the conversation that an element holds, or note why it holds none."""
        self._seen += 1
        if element.trouble:
            self.result.fail(what, element.trouble)
            return None
        try:
            value = _parsed(element.json)
            title = _title_of(value)
            what = f"{what} ({title})" if title else what
            whole = self._conversation(value, element.json)
        except NotReadableError as exc:
            self.result.fail(what, str(exc))
            return None
        if whole is None:
            unknown.fail(what, _("This is not a chat in a format that Tally can read."))
            return None
        return _Waiting(what, whole, len(element.json))

    def _conversation(self, value: Any, raw: bytes) -> WholeConversation | None:
        if not isinstance(value, Mapping):
            return None
        if is_own(value):
            whole: WholeConversation | None = self._with_files(read_own(value, self._user, self._now))
        else:
            whole = read_foreign(value, self._user, self._now, lambda: hashlib.sha256(raw).hexdigest())
        if whole is not None:
            _check_size(whole.conversation)
        return whole

    def _is_full(self) -> bool:
        size = sum(each.size for each in self._batch)
        return len(self._batch) >= _BATCH or size >= _BATCH_BYTES

    def _save(self) -> None:
        """Save the batch. Raises StoreError when nothing can be saved at all."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        outcomes = self._store.add(self._user, [each.whole for each in batch])
        for each, outcome in zip(batch, outcomes, strict=True):
            self._count(each.what, outcome)

    def _count(self, what: str, outcome: Outcome | StoreError) -> None:
        match outcome:
            case "new":
                self.result.came_in += 1
            case "grown":
                self.result.grown += 1
            case "already":
                self.result.already += 1
            case StoreError():
                self.result.fail(what, str(outcome))


def _check_size(conversation: Conversation) -> None:
    """Raise NotReadableError for what would keep the page and search busy for long."""
    turns = conversation.turns
    if len(turns) > MOST_TURNS:
        text = _("It has {number} messages, and at most {most} can be imported.")
        raise NotReadableError(text.format(number=f"{len(turns):,}", most=f"{MOST_TURNS:,}"))
    longest = max(
        (len(text) for turn in turns for text in (turn.question, turn.reply, turn.reasoning)), default=0
    )
    if longest > LONGEST_MESSAGE:
        text = _("One of its messages has {number} characters, and at most {most} can be imported.")
        raise NotReadableError(text.format(number=f"{longest:,}", most=f"{LONGEST_MESSAGE:,}"))


def _parsed(raw: bytes) -> Any:
    """Return what JSON holds, with only characters that can be stored. Raises NotReadableError."""

    def refuse(number: str) -> None:
        raise NotReadableError(_("It contains {number}, which is not valid JSON.").format(number=number))

    try:
        value = json.loads(raw.decode("utf-8", "replace"), parse_constant=refuse)
        return storable(value) if _ESCAPED.search(raw) or b"\x00" in raw else value
    except RecursionError as exc:
        raise NotReadableError(_("It is nested too deeply.")) from exc
    except ValueError as exc:
        raise NotReadableError(_("It is not JSON: {reason}.").format(reason=exc)) from exc


def _title_of(value: Any) -> str:
    """Return the title of a conversation of whatever app, to name it by."""
    names = [value.get("title"), value.get("name")] if isinstance(value, Mapping) else []
    return shown_title(next((each for each in names if isinstance(each, str) and each), ""))[:80]


def result_lines(result: ImportResult) -> list[str]:
    """Return what an import has done, in words: what came in, what was there, what is left out."""
    counts = (
        (_("Imported: {count}."), result.came_in),
        (_("Updated with missing messages: {count}."), result.grown),
        (_("Already here: {count}."), result.already),
        (_("Failed: {count}."), result.failed),
        (_("Other files, ignored: {count}."), result.others),
    )
    lines = [text.format(count=f"{count:,}") for text, count in counts if count]
    if not lines:
        lines = [_("Nothing was imported.")]
    if result.left_out:
        names = ", ".join(result.left_out[:5]) + (", …" if len(result.left_out) > 5 else "")
        lines.append(_("Files without chats: {names}.").format(names=names))
    return [*lines, *([result.stopped] if result.stopped else [])]


def failure_lines(failures: Iterable[Failure], failed: int) -> list[str]:
    """Return a line for each failure, and one for those that are not named."""
    lines = [f"{each.what}: {each.reason}" for each in failures]
    more = failed - len(lines)
    return [*lines, *([_("… and {count} more.").format(count=f"{more:,}")] if more > 0 else [])]
