"""Files are kept once by what is in them, for their owners alone, and none stays without a reason."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import pytest

from chat.conversation import Attachment, Conversation, WaitingMessage
from chat.files import FileContents, Picture
from chat.store import (
    ConversationStore,
    KeptFile,
    KeptFiles,
    StoreError,
    WaitingMessages,
    WholeConversation,
    WholeConversations,
    temporary_hash,
)
from chat.store.personal.kept_files import (
    MOST_BYTES_IN_MEMORY,
    MOST_BYTES_IN_MEMORY_OF_A_PERSON,
    UNUSED_FOR,
)
from tests.helpers.fakes import NOW, TURN

TEXT = FileContents(kind="text", media_type="text/plain", pages=("Hello.",))
ROOM = 1_000_000


class Clock:
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self.now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def picture(width: int, data: bytes = b"picture") -> Picture:
    return Picture(data, "image/png", width, width)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(store: ConversationStore, tmp_path: Path, clock: Clock) -> KeptFiles:
    def render(_data: bytes, first: int, last: int) -> tuple[dict[str, Picture], ...]:
        return tuple({"high": picture(number, b"page")} for number in range(first, last + 1))

    return KeptFiles(store.database, tmp_path / "attachments", render, clock)  # type: ignore[arg-type]


def keep(
    files: KeptFiles, user: str = "ada", data: bytes = b"Hello.", contents: FileContents = TEXT
) -> KeptFile:
    return files.keep(user, sha256(data).hexdigest(), "hello.txt", data, contents, ROOM)


def folders(tmp_path: Path) -> list[str]:
    """Return the hashes that there are folders for."""
    return sorted(path.name for path in (tmp_path / "attachments").glob("*/*"))


def attached(kept: KeptFile) -> Attachment:
    return Attachment(hash=kept.hash, name="hello.txt", kind=kept.kind, size=kept.size)


def say(store: ConversationStore, kept: KeptFile, user: str = "ada", id_: str = "here") -> None:
    """Save a message of the user's with this file."""
    turn = replace(TURN, id=f"{id_}-1", conversation_id=id_, status="completed", reply="Yes.")
    turn = replace(turn, attachments=(attached(kept),))
    conversation = Conversation(id=id_, user=user, title="Hello").followed_by([turn])
    whole = WholeConversation(conversation=conversation, updated_at=NOW)
    assert WholeConversations(store.database).add(user, [whole]) == ["new"]


def test_a_file_is_there_for_its_owner_alone(files: KeptFiles, tmp_path: Path) -> None:
    kept = keep(files)
    assert files.one("ada", kept.hash) == kept
    assert (kept.pages, kept.size) == (("Hello.",), 6)
    assert files.blob(kept.hash, "") == b"Hello."
    assert [files.one("eve", kept.hash), files.one("", kept.hash), files.one("ada", "0" * 64)] == [None] * 3
    assert folders(tmp_path) == [kept.hash]


def test_what_two_people_attach_is_kept_once_and_as_long_as_one_of_them_has_it(
    files: KeptFiles, tmp_path: Path
) -> None:
    kept = keep(files)
    assert keep(files, "eve").hash == kept.hash
    assert (files.space("ada"), files.space("eve")) == (files.space("ada"),) * 2
    assert len(folders(tmp_path)) == 1
    files.forget("ada", kept.hash)
    assert files.one("ada", kept.hash) is None
    assert files.one("eve", kept.hash) is not None
    assert files.blob(kept.hash, "") == b"Hello."
    files.forget("eve", kept.hash)
    assert folders(tmp_path) == []


def test_of_an_image_only_its_pictures_are_kept_each_once(files: KeptFiles, tmp_path: Path) -> None:
    small = picture(100)
    pictures = {"original": small, "high": small, "low": small, "thumbnail": picture(50, b"thumb")}
    contents = FileContents(kind="image", media_type="image/png", pictures=pictures)  # type: ignore[arg-type]
    kept = keep(files, data=b"with the place where it was taken", contents=contents)
    [folder] = (tmp_path / "attachments").glob("*/*")
    assert sorted(path.name for path in folder.iterdir()) == ["contents.json", "original", "thumbnail"]
    assert not any(b"taken" in path.read_bytes() for path in folder.iterdir())
    assert [kept.sized(size)[0] for size in ("low", "high", "original")] == ["original"] * 3


def test_a_file_that_was_not_sent_goes_a_day_later(files: KeptFiles, clock: Clock, tmp_path: Path) -> None:
    keep(files)
    clock.now = NOW + UNUSED_FOR
    files.sweep()
    assert len(folders(tmp_path)) == 1
    clock.now += timedelta(seconds=1)
    files.sweep()
    assert (folders(tmp_path), files.space("ada")) == ([], (0, 0))


def test_a_file_goes_with_the_last_message_that_has_it(
    files: KeptFiles, store: ConversationStore, clock: Clock, tmp_path: Path
) -> None:
    kept = keep(files)
    say(store, kept)
    say(store, kept, id_="there")
    files.was_sent("ada", kept.hash)
    clock.now = NOW + 9 * UNUSED_FOR
    for chat, left in (("here", 1), ("there", 0)):
        files.sweep()
        files.forget("ada", kept.hash)
        assert len(folders(tmp_path)) == 1
        store.delete("ada", chat, NOW)
        files.sweep()
        assert len(folders(tmp_path)) == 1  # the chat can still be brought back
        store.purge_deleted(NOW + timedelta(hours=1))
        files.sweep()
        assert len(folders(tmp_path)) == left


def test_a_file_stays_that_waits_to_be_sent(
    files: KeptFiles, store: ConversationStore, clock: Clock, tmp_path: Path
) -> None:
    kept = keep(files)
    say(store, keep(files, data=b"Another."))
    waiting = WaitingMessages(store.database)
    waiting.change("ada", "here", [WaitingMessage("one", "", (attached(kept),))])
    assert waiting.of("ada", "here") == (WaitingMessage("one", "", (attached(kept),)),)
    clock.now = NOW + 9 * UNUSED_FOR
    files.sweep()
    assert kept.hash in folders(tmp_path)
    waiting.change("ada", "here", [WaitingMessage("one", "")])
    files.sweep()
    assert kept.hash not in folders(tmp_path)


def test_somebody_elses_message_keeps_no_file(
    files: KeptFiles, store: ConversationStore, clock: Clock, tmp_path: Path
) -> None:
    kept = keep(files)
    say(store, kept, "eve")  # as an import could claim
    assert files.one("eve", kept.hash) is None
    clock.now = NOW + 2 * UNUSED_FOR
    files.sweep()
    assert folders(tmp_path) == []


def test_there_is_room_for_so_much_of_a_person(files: KeptFiles) -> None:
    keep(files, data=b"x" * (ROOM // 2))
    with pytest.raises(StoreError, match="Your files have reached their limit of 0 MiB"):
        keep(files, data=b"y" * (ROOM // 2))
    keep(files, data=b"x" * (ROOM // 2))  # it is there already
    keep(files, "eve", data=b"y" * (ROOM // 2))
    assert files.space("ada")[0] == 1


def test_files_of_temporary_chats_are_in_memory_only(files: KeptFiles, tmp_path: Path, clock: Clock) -> None:
    hash_ = temporary_hash(sha256(b"Secret.").hexdigest())
    kept = files.keep("ada", hash_, "secret.txt", b"Secret.", TEXT, ROOM)
    assert (files.one("ada", hash_), files.one("eve", hash_)) == (kept, None)
    assert files.blob(hash_, "") == b"Secret."
    assert folders(tmp_path) == []
    assert all(b"Secret." not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    clock.now = NOW + 2 * UNUSED_FOR
    files.sweep()
    assert files.one("ada", hash_) is None
    with pytest.raises(StoreError, match=r"no longer there\."):
        files.blob(hash_, "")


def test_a_file_moves_with_the_kind_of_its_chat(files: KeptFiles, tmp_path: Path) -> None:
    kept = keep(files)
    moved = files.move("ada", kept.hash, ROOM, is_temporary=True)
    assert (moved, folders(tmp_path)) == (temporary_hash(kept.hash), [])
    assert files.blob(moved, "") == b"Hello."
    assert files.move("eve", moved, ROOM, is_temporary=False) == moved  # it is not hers
    assert files.move("ada", moved, ROOM, is_temporary=False) == kept.hash
    assert files.one("ada", kept.hash) == kept
    assert files.one("ada", moved) is None
    assert files.move("ada", kept.hash, ROOM, is_temporary=False) == kept.hash


@pytest.mark.parametrize(
    ("people", "bytes_of_each", "said"),
    [
        (1, MOST_BYTES_IN_MEMORY_OF_A_PERSON + 1, "Your files have reached"),
        (9, MOST_BYTES_IN_MEMORY // 8, "no room left for files of temporary chats"),
    ],
)
def test_memory_has_its_bounds(
    files: KeptFiles, monkeypatch: pytest.MonkeyPatch, people: int, bytes_of_each: int, said: str
) -> None:
    monkeypatch.setattr("chat.store.personal.kept_files.MOST_BYTES_IN_MEMORY", MOST_BYTES_IN_MEMORY // 1000)
    monkeypatch.setattr(
        "chat.store.personal.kept_files.MOST_BYTES_IN_MEMORY_OF_A_PERSON",
        MOST_BYTES_IN_MEMORY_OF_A_PERSON // 1000,
    )
    data = b"x" * (bytes_of_each // 1000)

    def keep_all() -> None:
        for number in range(people):
            hash_ = temporary_hash(sha256(data).hexdigest())[:-1] + str(number)
            files.keep(f"person {number}", hash_, "x", data, TEXT, ROOM)

    with pytest.raises(StoreError, match=said):
        keep_all()


PDF = FileContents(kind="pdf", media_type="application/pdf", pages=("", "", "Three."))


def test_pages_are_drawn_once(files: KeptFiles) -> None:
    kept = keep(files, contents=PDF)
    before = files.space("ada")[1]
    pictures = files.page_pictures("ada", kept, "high", (2, 3), ROOM)
    assert {name: each.width for name, each in pictures.items()} == {"page-2-high": 2, "page-3-high": 3}
    assert files.blob(kept.hash, "page-3-high") == b"page"
    again = files.one("ada", kept.hash)
    assert again is not None
    assert files.page_pictures("ada", again, "high", (2, 2), ROOM) == {"page-2-high": pictures["page-2-high"]}
    files.page_pictures("ada", kept, "high", (1, 3), ROOM)  # by somebody who has not seen that some are there
    assert files.space("ada") == (1, before + 3 * len(b"page"))


def test_pages_are_drawn_only_where_there_is_room_for_them(files: KeptFiles) -> None:
    kept = keep(files, contents=PDF)
    before = files.space("ada")
    with pytest.raises(StoreError, match="Your files have reached their limit"):
        files.page_pictures("ada", kept, "high", (1, 3), before[1] + 2 * len(b"page"))
    assert files.space("ada") == before
    with pytest.raises(StoreError, match="no longer there"):
        files.blob(kept.hash, "page-1-high")


def test_pages_take_the_room_of_who_had_them_drawn_and_stay_when_others_attach_the_file(
    files: KeptFiles,
) -> None:
    kept = keep(files, "ada", contents=PDF)
    keep(files, "bob", contents=PDF)
    adas, bobs = files.space("ada"), files.space("bob")
    files.page_pictures("bob", kept, "high", (1, 2), ROOM)
    assert files.space("ada") == adas
    for _ in range(2):
        files.forget("bob", kept.hash)
        again = keep(files, "bob", contents=PDF)
        assert set(again.pictures) == {"page-1-high", "page-2-high"}
        files.page_pictures("bob", again, "high", (1, 2), ROOM)
    assert files.space("ada") == adas
    assert files.space("bob")[1] <= bobs[1] + 500  # the description names the pages


def test_a_file_that_is_removed_while_its_pages_are_drawn_does_not_come_back(
    store: ConversationStore, tmp_path: Path, clock: Clock
) -> None:
    def render(_data: bytes, _first: int, _last: int) -> tuple[dict[str, Picture], ...]:
        files.forget("ada", kept.hash)
        return ({"high": picture(1)},)

    files = KeptFiles(store.database, tmp_path / "attachments", render, clock)  # type: ignore[arg-type]
    kept = keep(files, contents=PDF)
    with pytest.raises(StoreError, match="no longer there"):
        files.page_pictures("ada", kept, "high", (1, 1), ROOM)
    assert folders(tmp_path) == []


@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_lost_on_the_disk_is_left_out_of_exports_and_can_be_attached_again(
    files: KeptFiles, tmp_path: Path, store: ConversationStore, clock: Clock, *, is_known: bool
) -> None:
    kept = keep(files)
    rmtree(tmp_path / "attachments" / kept.hash[:2])
    if not is_known:  # as after the next start
        files = KeptFiles(store.database, tmp_path / "attachments", lambda *_: (), clock)
    assert files.exported("ada", kept.hash) is None
    assert files.take("ada", "hello.txt", b"Hello.", lambda *_: TEXT, ROOM) == kept
    assert files.exported("ada", kept.hash) == b"Hello."


def test_a_file_is_removed_though_others_and_other_messages_refer_to_files(
    files: KeptFiles, store: ConversationStore
) -> None:
    kept, other = keep(files), keep(files, data=b"Other.")
    keep(files, "eve")
    say(store, kept, "eve", "hers")
    say(store, other)
    files.forget("ada", kept.hash)
    files.forget("ada", other.hash)
    files.forget("ada", "never-there")
    assert files.one("ada", kept.hash) is None
    assert files.one("ada", other.hash) is not None


def test_what_a_copy_that_died_left_behind_goes_at_the_next_start(files: KeptFiles, tmp_path: Path) -> None:
    kept = keep(files)
    for left in (tmp_path / "attachments" / ".new-abc", tmp_path / "attachments" / "ff" / ("ff" * 32)):
        left.mkdir(parents=True)
        (left / "file").write_bytes(b"half")
    files.tidy()
    assert folders(tmp_path) == [kept.hash]
    assert not list((tmp_path / "attachments").glob(".new-*"))


def test_a_full_disk_is_said_and_leaves_nothing(
    files: KeptFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chat.store.personal.file_shelf._write", full)
    with pytest.raises(StoreError, match=r"cannot be read or saved: No space left on device\."):
        keep(files)
    assert (folders(tmp_path), files.space("ada")) == ([], (0, 0))
    monkeypatch.undo()
    keep(files)


def test_contents_that_are_gone_from_the_disk_are_said(files: KeptFiles, tmp_path: Path) -> None:
    kept = keep(files)
    [path] = (tmp_path / "attachments").rglob("file")
    path.unlink()
    with pytest.raises(StoreError, match=r"no longer there\."):
        files.blob(kept.hash, "")
