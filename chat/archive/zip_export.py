"""Everything at once as a zip, written while it is sent: no more than one conversation is in memory."""

import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, tzinfo
from typing import IO, cast

from chat.archive.conversation_json import conversation_json
from chat.archive.conversation_markdown import conversation_markdown, said_when
from chat.conversation import Attachment
from chat.store import WholeConversation
from texts import _

FileOf = Callable[[Attachment], bytes | None]

_LONGEST_NAME = 80  # characters
_LONGEST_BYTES = 180  # in UTF-8, of the 255 that file systems take
_NOT_IN_NAMES = set('<>:"/\\|?*')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}
_ANY_NAME = "conversation"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can say


class _Outlet(io.RawIOBase):
    """A file that gives what is written to it away at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, data: object) -> int:
        """Take a piece."""
        piece = bytes(cast(bytes, data))
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zip_of(
    conversations: Iterable[WholeConversation], zone: tzinfo, file_of: FileOf | None = None
) -> Iterator[bytes]:
    """Yield a zip of conversations piece by piece: each as JSON and beside it as Markdown; then their files.

    `file_of` gives a file that a message has, None where it is gone; without it there are no files.
    Raises whatever reading a conversation raises; what was given out until then is no whole zip.
    """
    outlet = _Outlet()
    names: dict[str, int] = {}
    files: dict[str, Attachment] = {}
    with zipfile.ZipFile(cast(IO[bytes], outlet), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _read_me())
        yield outlet.taken()
        for whole in conversations:
            conversation = whole.conversation
            files |= {each.hash: each for turn in conversation.turns for each in turn.attachments}
            moment = whole.updated_at.astimezone(zone)
            name = _unique(f"{said_when(moment, zone)[:10]} {conversation.title}", names)
            for content, ending in (
                (conversation_json(whole), "json"),
                (conversation_markdown(conversation, zone).encode("utf-8", "replace"), "md"),
            ):
                _write(archive, f"conversations/{name}.{ending}", content, moment)
                yield outlet.taken()
        for hash_, attachment in files.items():
            file = file_of(attachment) if file_of else None
            if file is not None:
                _write(archive, f"files/{hash_}/{attached_name(attachment)}", file)
                yield outlet.taken()
    yield outlet.taken()


def _write(archive: zipfile.ZipFile, path: str, content: bytes, moment: datetime | None = None) -> None:
    info = zipfile.ZipInfo(path, max(moment.timetuple()[:6], _EARLIEST) if moment else _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    archive.writestr(info, content)


def attached_name(attachment: Attachment) -> str:
    """Return the name that a file gets in a folder; that of a picture says nothing of what it is kept as."""
    stem, _dot, ending = attachment.name.rpartition(".")
    return f"{file_name(stem or ending)}.{file_name(ending)}" if stem else file_name(ending)


def file_name(title: str) -> str:
    """Return a title as the name of a file, without its ending, that every system takes."""
    normal = unicodedata.normalize("NFC", title)
    kept = "".join(
        " " if each in _NOT_IN_NAMES or unicodedata.category(each)[0] in "CZ" else each for each in normal
    )
    name = " ".join(kept.split())[:_LONGEST_NAME]
    name = name.encode()[:_LONGEST_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"_{name}" if name.partition(".")[0].strip().lower() in _DEVICES else name or _ANY_NAME


def _unique(title: str, names: dict[str, int]) -> str:
    """Return a name for a file that none has yet, whatever the case of its letters.

    `names` are those taken, each with how often it was wanted.
    """
    name = wanted = file_name(title)
    while name.casefold() in names:
        names[wanted.casefold()] += 1
        name = f"{wanted} ({names[wanted.casefold()]})"
    names[name.casefold()] = 1
    return name


def _read_me() -> str:
    lines = (
        _("Your chats, exported from Tally."),
        "",
        _("conversations/….json   everything: all versions, parameters and costs"),
        _("conversations/….md     for reading: the chat as you see it, in Markdown"),
        _("files/…                the files of your messages; pictures without where they were taken"),
        "",
        _("To import them again: Settings, Your data, Import, or `python -m chat import` with this zip."),
        _("What calls cost is also in usage.csv, which the Usage tab downloads."),
    )
    return "\r\n".join(lines) + "\r\n"
