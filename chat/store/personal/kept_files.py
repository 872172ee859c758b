"""Keeps people's files: what is in each once, by its hash, as long as a message of theirs refers to it."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from chat.conversation import is_temporary as is_temporary_id
from chat.files import FileContents, FileKind, Picture, Size
from chat.store.database import Database, StoreError
from chat.store.personal.file_shelf import DiskShelf, FileShelf, MemoryShelf
from chat.store.schema import CONVERSATIONS, FILES, TURNS
from chat.store.waiting_messages import waiting_of
from texts import _
from usage.forecast import Detail
from usage.ledger import TEMPORARY

MOST_BYTES_OF_A_PERSON = 2 * 2**30
MOST_BYTES_OF_A_SHARED_NAME = 200 * 2**20
MOST_BYTES_IN_MEMORY = 200 * 2**20  # of everybody's together, for temporary chats
MOST_BYTES_IN_MEMORY_OF_A_PERSON = 50 * 2**20
UNUSED_FOR = timedelta(days=1)  # until a file that was not sent goes
MOST_LOADED = 64  # files whose text is kept in memory
MOST_CHARACTERS_LOADED = 20_000_000

_DESCRIPTION = "contents.json"
_FILE = "file"

Read = Callable[[bytes, str], FileContents]
Render = Callable[[bytes, int, int], Sequence[Mapping[Size, Picture]]]


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that is kept, without its bytes. Sizes are in pixels."""

    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """What is kept of a file, without the bytes; `size` is that of the file as it came, in bytes.

    `pages`, `notes` and `kind` are as in FileContents; `pictures` are named by their size, those of a PDF's
    pages by page and size.
    """

    hash: str
    size: int
    kind: FileKind
    media_type: str
    pages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, KeptPicture]

    @property
    def whole(self) -> str:
        """Return the name of the blob with all that is kept: of an image the picture in full size."""
        return "original" if self.kind == "image" else _FILE

    def sized(self, size: Size) -> tuple[str, KeptPicture]:
        """Return an image's picture of a size, and its name: the whole where that is no larger."""
        name = size if size in self.pictures else "original"
        return name, self.pictures[name]


_kept_files = TypeAdapter(KeptFile)


def temporary_hash(hash_: str) -> str:
    """Return what a file of a temporary conversation is known by."""
    return hash_ if is_temporary_id(hash_) else TEMPORARY + hash_


class KeptFiles:
    """Files in a folder, in memory those of temporary conversations. Safe from any thread.

    All methods raise StoreError. `render(data, first, last)` makes pictures of a PDF's pages.
    """

    def __init__(
        self, database: Database, folder: Path, render: Render, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._disk = DiskShelf(folder)
        self._memory = MemoryShelf()
        self._render = render
        self._clock = clock
        self._loaded = _Loaded()

    def take(
        self, user: str, name: str, data: bytes, read: Read, most_bytes: int, *, is_temporary: bool = False
    ) -> KeptFile:
        """Read a file and keep it as one of the user's, unless it is already.

        Raises UnreadableFileError too.
        """
        hash_ = hashlib.sha256(data).hexdigest()
        if is_temporary:
            hash_ = temporary_hash(hash_)
        if (kept := self.one(user, hash_)) and self._is_there(kept):
            self.use(user, hash_)
            return kept
        return self.keep(user, hash_, name, data, read(data, name), most_bytes)

    def keep(
        self, user: str, hash_: str, name: str, data: bytes, contents: FileContents, most_bytes: int
    ) -> KeptFile:
        """Keep a file as one of the user's, and what was read of it; `most_bytes` is for all of theirs.

        The hash says by how it begins whether it is temporary. Raises StoreError too where there is no room.
        """
        whole = contents.pictures.get("original")
        pictures = {
            size: each for size, each in contents.pictures.items() if size == "original" or each != whole
        }
        kept = KeptFile(
            hash=hash_,
            size=len(data),
            kind=contents.kind,
            media_type=contents.media_type,
            pages=contents.pages,
            notes=contents.notes,
            pictures={size: _without_bytes(each) for size, each in pictures.items()},
        )
        blobs: dict[str, bytes] = {size: each.data for size, each in pictures.items()}
        if contents.kind != "image":  # of an image, the pictures are all: what else was in it is not kept
            blobs[_FILE] = data
        return self._put(user, kept, name, blobs, most_bytes)

    def move(self, user: str, hash_: str, most_bytes: int, *, is_temporary: bool) -> str:
        """Keep one of the user's files as a temporary one, or no longer so; return its hash by then."""
        if is_temporary_id(hash_) == is_temporary:
            return hash_
        moved = temporary_hash(hash_) if is_temporary else hash_.removeprefix(TEMPORARY)
        with self._database.of(hash_).reading() as connection:
            row = connection.execute(select(FILES.c.name).where(_is(user, hash_))).first()
        if row is None:
            return hash_
        with _explained():
            blobs = self._shelf(hash_).all(hash_)
        self._put(user, replace(self._load(hash_), hash=moved), row.name, blobs, most_bytes)
        self.forget(user, hash_)
        return moved

    def _put(
        self, user: str, kept: KeptFile, name: str, blobs: Mapping[str, bytes], most_bytes: int
    ) -> KeptFile:
        hash_, shelf = kept.hash, self._shelf(kept.hash)
        with _explained(), self._database.of(hash_).writing() as connection:
            if shelf.has(hash_, _DESCRIPTION):  # whoever has it too: pages that were drawn of it stay
                there = _kept_files.validate_json(shelf.get(hash_, _DESCRIPTION))
                kept = replace(kept, pictures={**there.pictures, **kept.pictures})
            blobs = {**blobs, _DESCRIPTION: _kept_files.dump_json(kept)}
            added = sum(map(len, blobs.values()))
            self._require_room(connection, user, hash_, added, most_bytes)
            shelf.put(hash_, blobs)
            self._loaded.drop(hash_)
            connection.execute(delete(FILES).where(_is(user, hash_)))
            row = {"username": user, "hash": hash_, "name": name, "bytes": added}
            connection.execute(FILES.insert().values(**row, used_at=self._clock().isoformat()))
        return kept

    def one(self, user: str, hash_: str) -> KeptFile | None:
        """Return one of the user's files; None when they have none with this hash, or it was lost."""
        with self._database.of(hash_).reading() as connection:
            if connection.execute(select(FILES.c.hash).where(_is(user, hash_))).first() is None:
                return None
        try:
            return self._load(hash_)
        except FileLostError:
            return None

    def _is_there(self, kept: KeptFile) -> bool:
        with _explained():
            return self._shelf(kept.hash).has(kept.hash, kept.whole)

    def blob(self, hash_: str, name: str) -> bytes:
        """Return a picture by its name, or the file itself by none: of a file known to be the person's."""
        with _explained():
            return self._shelf(hash_).get(hash_, name or _FILE)

    def opened(self, hash_: str, name: str) -> IO[bytes]:
        """Open what `blob` would return, so that it need not be in memory as a whole."""
        with _explained():
            return self._shelf(hash_).open(hash_, name or _FILE)

    def exported(self, user: str, hash_: str) -> bytes | None:
        """Return one of the user's files as it is kept, a picture in full size; None where it is gone."""
        kept = self.one(user, hash_)
        if kept is None:
            return None
        try:
            return self.blob(hash_, kept.whole)
        except FileLostError:
            return None

    def page_pictures(
        self, user: str, kept: KeptFile, detail: Detail, pages: tuple[int, int], most_bytes: int
    ) -> dict[str, KeptPicture]:
        """Return pictures of a PDF's pages, by name; those that are not there yet are made.

        They count as the user's, of whose files all may take `most_bytes`. Raises UnreadableFileError where
        none can be made.
        """
        first, last = pages
        names = [_page_name(number, detail) for number in range(first, last + 1)]
        if any(name not in kept.pictures for name in names):
            kept = self._with_pages(user, kept, first, last, most_bytes)
        return {name: kept.pictures[name] for name in names}

    def use(self, user: str, hash_: str) -> None:
        """Note that a file is about to be sent, so that it stays for a while."""
        self._note_use(user, hash_, self._clock().isoformat())

    def was_sent(self, user: str, hash_: str) -> None:
        """Note that a message refers to a file: it goes together with the last one that does."""
        self._note_use(user, hash_, "")

    def _note_use(self, user: str, hash_: str, used_at: str) -> None:
        with self._database.of(hash_).writing() as connection:
            connection.execute(update(FILES).where(_is(user, hash_)).values(used_at=used_at))

    def space(self, user: str) -> tuple[int, int]:
        """Return how many files of the user are kept, and how many bytes they take."""
        sums = select(func.count(), func.coalesce(func.sum(FILES.c.bytes), 0))
        with self._database.reading() as connection:
            number, size = connection.execute(sums.where(FILES.c.username == user)).one()
        return number, int(size)

    def forget(self, user: str, hash_: str) -> None:
        """Remove a file that was taken out of a message again, unless another message has it."""
        with self._database.of(hash_).reading() as connection:
            if connection.execute(select(FILES.c.hash).where(_is(user, hash_))).first() is None:
                return
        with _explained(), self._database.of(hash_).writing() as connection:
            if (user, hash_) not in _referred_to(connection, user, hash_):
                self._remove(connection, [(user, hash_)])

    def sweep(self) -> None:
        """Remove the files that no message refers to; those that were never sent once they are a day old."""
        before = (self._clock() - UNUSED_FOR).isoformat()
        for database in filter(None, (self._database, self._database.temporary)):
            with _explained(), database.writing() as connection:
                old = select(FILES.c.username, FILES.c.hash).where(FILES.c.used_at < before)
                unused = {(row.username, row.hash) for row in connection.execute(old)}
                if unused:
                    self._remove(connection, sorted(unused - _referred_to(connection)))

    def tidy(self) -> None:
        """Remove what a copy of Tally that died left behind without noting whose it was."""
        with _explained(), self._database.writing() as connection:
            known = set(connection.execute(select(FILES.c.hash)).scalars())
            for key in set(self._disk.keys()) - known:
                self._disk.remove(key)

    def _remove(self, connection: Connection, files: Sequence[tuple[str, str]]) -> None:
        for user, hash_ in files:
            connection.execute(delete(FILES).where(_is(user, hash_)))
            if connection.execute(select(FILES.c.hash).where(FILES.c.hash == hash_)).first() is None:
                self._shelf(hash_).remove(hash_)
                self._loaded.drop(hash_)

    def _shelf(self, hash_: str) -> FileShelf:
        return self._memory if is_temporary_id(hash_) else self._disk

    def _load(self, hash_: str) -> KeptFile:
        kept = self._loaded.get(hash_)
        if kept is None:
            with _explained():
                kept = _kept_files.validate_json(self._shelf(hash_).get(hash_, _DESCRIPTION))
            self._loaded.put(kept)
        return kept

    def _with_pages(self, user: str, kept: KeptFile, first: int, last: int, most_bytes: int) -> KeptFile:
        rendered = self._render(self.blob(kept.hash, ""), first, last)
        made = {
            _page_name(number, size): picture
            for number, sizes in enumerate(rendered, first)
            for size, picture in sizes.items()
        }
        with _explained(), self._database.of(kept.hash).writing() as connection:
            # Meanwhile it may have been removed, or others may have drawn pages of it.
            row = connection.execute(select(FILES.c.bytes).where(_is(user, kept.hash))).first()
            if row is None:
                raise FileLostError(_lost())
            kept = _kept_files.validate_json(self._shelf(kept.hash).get(kept.hash, _DESCRIPTION))
            new = {name: picture for name, picture in made.items() if name not in kept.pictures}
            size = row.bytes + sum(len(picture.data) for picture in new.values())
            self._require_room(connection, user, kept.hash, size, most_bytes)
            pictures = {name: _without_bytes(picture) for name, picture in new.items()}
            kept = replace(kept, pictures={**kept.pictures, **pictures})
            blobs = {name: picture.data for name, picture in new.items()}
            self._shelf(kept.hash).put(kept.hash, blobs | {_DESCRIPTION: _kept_files.dump_json(kept)})
            connection.execute(update(FILES).where(_is(user, kept.hash)).values(bytes=size))
            self._loaded.put(kept)
        return kept

    def _require_room(
        self, connection: Connection, user: str, hash_: str, added: int, most_bytes: int
    ) -> None:
        """Make sure that a file of this size still fits. Raises StoreError."""
        kept_bytes = select(func.coalesce(func.sum(FILES.c.bytes), 0)).where(FILES.c.hash != hash_)
        own = connection.execute(kept_bytes.where(FILES.c.username == user)).scalar_one()
        most = MOST_BYTES_IN_MEMORY_OF_A_PERSON if is_temporary_id(hash_) else most_bytes
        if own + added > most:
            text = _(
                "Your files have reached their limit of {mib} MiB. Delete chats with files that you no "
                "longer need."
            )
            raise StoreError(text.format(mib=f"{most // 2**20:,}"))
        everybodys = connection.execute(kept_bytes).scalar_one()
        if is_temporary_id(hash_) and everybodys + added > MOST_BYTES_IN_MEMORY:
            raise StoreError(
                _("Tally has no room left for files of temporary chats. Start a chat that is saved.")
            )


class _Loaded:
    """The files that were looked at last, so that an estimate reads none twice."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, KeptFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, hash_: str) -> KeptFile | None:
        with self._lock:
            if hash_ in self._files:
                self._files.move_to_end(hash_)
            return self._files.get(hash_)

    def put(self, kept: KeptFile) -> None:
        with self._lock:
            self._files[kept.hash] = kept
            self._files.move_to_end(kept.hash)
            while len(self._files) > 1 and self._is_too_much():
                self._files.popitem(last=False)

    def drop(self, hash_: str) -> None:
        with self._lock:
            self._files.pop(hash_, None)

    def _is_too_much(self) -> bool:
        characters = sum(len(page) for kept in self._files.values() for page in kept.pages)
        return len(self._files) > MOST_LOADED or characters > MOST_CHARACTERS_LOADED


class FileLostError(StoreError):
    """The contents of a file are gone."""


def _lost() -> str:
    return _("This file is no longer there.")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as exc:
        raise FileLostError(_lost()) from exc
    except OSError as exc:
        text = _("The file cannot be read or saved: {reason}.")
        raise StoreError(text.format(reason=exc.strerror or exc)) from exc


def _is(user: str, hash_: str) -> ColumnElement[bool]:
    return (FILES.c.username == user) & (FILES.c.hash == hash_)


def _page_name(number: int, size: str) -> str:
    return f"page-{number}-{size}"


def _without_bytes(picture: Picture) -> KeptPicture:
    return KeptPicture(picture.media_type, picture.width, picture.height)


def _referred_to(connection: Connection, user: str = "", hash_: str = "") -> set[tuple[str, str]]:
    """Return whose messages refer to which files: those that were sent, and those that wait.

    With a user and a hash only what may concern that file of theirs is read.
    """
    of_turns = (
        select(CONVERSATIONS.c.username, TURNS.c.attachments)
        .join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.conversation_id)
        .where(TURNS.c.attachments != "[]")
    )
    waiting = CONVERSATIONS.c.waiting
    of_waiting = select(CONVERSATIONS.c.username, waiting).where(waiting.is_not(None))
    if user:
        is_theirs = CONVERSATIONS.c.username == user
        of_turns = of_turns.where(is_theirs, TURNS.c.attachments.contains(hash_, autoescape=True))
        of_waiting = of_waiting.where(is_theirs)
    found = {
        (row.username, each["hash"])
        for row in connection.execute(of_turns)
        for each in json.loads(row.attachments)
    }
    for row in connection.execute(of_waiting):
        found |= {(row.username, each.hash) for one in waiting_of(row.waiting) for each in one.attachments}
    return found
