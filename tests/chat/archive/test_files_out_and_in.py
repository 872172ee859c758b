"""Files go out with their chats and come back in with them, read again, for whoever imports them."""

import io
from dataclasses import replace
from datetime import UTC
from hashlib import sha256
from pathlib import Path

import pytest

from chat.archive import Import, ImportResult, found_in, zip_of
from chat.conversation import Attachment
from chat.files import FileContents, UnreadableFileError
from chat.store import ConversationStore, KeptFiles, WholeConversations
from tests.chat.archive.taking_in import kept
from tests.chat.archive.test_out_and_in import FIRST, held, keep
from tests.helpers.fakes import NOW

ROOM = 10**6


def read(data: bytes, name: str) -> FileContents:
    """Take everything for text, and what is called so for a picture that is kept as another file."""
    if data == b"broken":
        raise UnreadableFileError(f"{name} is broken.")
    return FileContents(kind="text", media_type="text/plain", pages=(data.decode(),))


@pytest.fixture
def files(store: ConversationStore, tmp_path: Path) -> KeptFiles:
    return KeptFiles(store.database, tmp_path / "attachments", lambda *_: (), lambda: NOW)


def exported(store: ConversationStore, files: KeptFiles, contents: dict[str, bytes]) -> bytes:
    """Keep a chat of Ada's with these files; return everything of hers as a zip."""
    attached = []
    for name, data in contents.items():
        hash_ = sha256(data).hexdigest()
        files.keep("ada", hash_, name, data, FileContents(kind="text", media_type="text/plain"), ROOM)
        attached.append(Attachment(hash=hash_, name=name, kind="text", size=len(data)))
    keep(store, held(replace(FIRST, attachments=tuple(attached))))
    wholes = WholeConversations(store.database).all("ada")
    return b"".join(zip_of(wholes, UTC, lambda each: files.exported("ada", each.hash)))


def take_in(store: ConversationStore, files: KeptFiles, data: bytes, change: bytes = b"") -> ImportResult:
    """Have Eve take a zip in; `change` is put to the end of each of its files."""

    def take_file(name: str, content: bytes) -> str:
        return files.take("eve", name, content + change, read, ROOM).hash

    importing = Import(WholeConversations(store.database), "eve", NOW, take_file)
    for _progress in importing.run(found_in(io.BytesIO(data), "tally.zip")):
        pass
    return importing.result


def test_files_come_in_with_their_chats(store: ConversationStore, files: KeptFiles) -> None:
    data = exported(store, files, {"a.txt": b"One.", "chats.json": b"[1]"})
    result = take_in(store, files, data)
    assert (result.came_in, result.failed, result.others) == (1, 0, 0)
    [conversation] = kept(store, "eve")
    found = [files.one("eve", each.hash) for each in conversation.conversation.turns[0].attachments]
    assert [each.pages if each else None for each in found] == [("One.",), ("[1]",)]
    assert take_in(store, files, data).already == 1


def test_a_file_that_is_another_one_here_is_known_by_what_it_is(
    store: ConversationStore, files: KeptFiles
) -> None:
    """As a picture is, which goes out without what else was in its file."""
    take_in(store, files, exported(store, files, {"a.txt": b"One."}), change=b" Cleaned.")
    [conversation] = kept(store, "eve")
    [attachment] = conversation.conversation.turns[0].attachments
    file = files.one("eve", attachment.hash)
    assert file is not None
    assert (file.pages, attachment.hash) == (("One. Cleaned.",), sha256(b"One. Cleaned.").hexdigest())


def test_a_file_that_cannot_be_read_loses_no_chat(store: ConversationStore, files: KeptFiles) -> None:
    result = take_in(store, files, exported(store, files, {"a.txt": b"broken", "b.txt": b"Two."}))
    assert (result.came_in, [each.reason for each in result.failures]) == (1, ["a.txt is broken."])
    [conversation] = kept(store, "eve")
    found = [files.one("eve", each.hash) for each in conversation.conversation.turns[0].attachments]
    assert [each is not None for each in found] == [False, True]


def test_a_file_under_the_hash_of_another_does_not_become_that_one(
    store: ConversationStore, files: KeptFiles
) -> None:
    data = exported(store, files, {"a.txt": b"One."})
    forged = data.replace(b"One.", b"Two.")  # stored as it is: too short to pack
    take_in(store, files, forged)
    assert files.blob(sha256(b"One.").hexdigest(), "") == b"One."
