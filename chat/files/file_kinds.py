"""Tells by its contents what a file is; its name only tells tables from other texts."""

import io
import json
import re
import zipfile
from codecs import getincrementaldecoder
from typing import Literal

from chat.files.file_bounds import MOST_ENTRIES, MOST_UNPACKED
from chat.files.file_contents import UnreadableFileError
from texts import _

Format = Literal[
    "image", "pdf", "docx", "epub", "html", "workbook", "macro workbook", "csv", "tsv", "notebook", "text"
]

_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*")
_IMAGE_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_MEDIA = (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1")
_NOT_IN_TEXT = re.compile(r"[^\t\n\f\r\x1b -~\x80-\U0010ffff]")
_START = 2048  # bytes that a kind is told by


def format_of(data: bytes, name: str) -> Format:
    """Return what kind of file this is. Raises UnreadableFileError for one that no model can make use of."""
    if not data:
        raise UnreadableFileError(_("This file is empty."))
    start = data[:_START]
    if start.startswith(b"%PDF-"):
        return "pdf"
    if _is_plain(start):  # some signatures are words, as BM and ID3 are
        return _format_of_text(data, name)
    if _is_image(start):
        return "image"
    if b"%PDF-" in start[:1024]:
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return _format_in_zip(data)
    if start.startswith(_OLE):
        return _format_in_ole(data)
    _refuse_known(start)
    return _format_of_text(data, name)


def _is_html(start: bytes) -> bool:
    """Return whether a text begins as a page does, after what is said to an XML parser, and comments."""
    rest = start.lower().lstrip()
    while rest.startswith((b"<?xml", b"<!--")):
        rest = rest.partition(b"?>" if rest.startswith(b"<?") else b"-->")[2].lstrip()
    return rest.startswith(b"<!doctype html") or rest.split(b">", 1)[0].split()[:1] == [b"<html"]


def _is_plain(start: bytes) -> bool:
    """Return whether the start of a file can be nothing but text."""
    try:
        text = getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return not _NOT_IN_TEXT.search(text)


def _format_of_text(data: bytes, name: str) -> Format:
    start = data[:_START].removeprefix(b"\xef\xbb\xbf")
    if start.startswith(rb"{\rtf"):
        raise UnreadableFileError(_("This is an RTF file. Save it as .docx or as a PDF and attach that."))
    if _is_html(start):
        return "html"
    if start.lstrip().startswith(b"{") and _is_notebook(data):
        return "notebook"
    ending = name.lower().rpartition(".")[2]
    return "csv" if ending == "csv" else "tsv" if ending in {"tsv", "tab"} else "text"


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Open a file that is a zip inside. Raises UnreadableFileError where it holds too much, or is damaged."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as exc:
        raise UnreadableFileError(
            _("This file is damaged. Open it in its own program and save it again.")
        ) from exc
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(each.file_size for each in entries) > MOST_UNPACKED:
        raise UnreadableFileError(
            _("This file unpacks to far more than it should, so Tally does not open it.")
        )
    if any(each.flag_bits & 1 for each in entries):
        raise UnreadableFileError(_("This file needs a password. Save a copy without one and attach that."))
    return archive


def _is_image(start: bytes) -> bool:
    is_webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    is_heif = start[4:8] == b"ftyp" and start[8:12] in _IMAGE_BRANDS
    return start.startswith(_IMAGES) or is_webp or is_heif


def _format_in_zip(data: bytes) -> Format:
    with open_zip(data) as archive:
        names = set(archive.namelist())
        kind = ""
        if "mimetype" in names:
            with archive.open("mimetype") as entry:
                kind = entry.read(100).decode("ascii", "replace").strip()
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return "macro workbook" if "xl/vbaProject.bin" in names else "workbook"
    if kind == "application/epub+zip":
        return "epub"
    if kind == "application/vnd.oasis.opendocument.spreadsheet":
        return "workbook"
    if kind.startswith("application/vnd.oasis.opendocument") or "ppt/presentation.xml" in names:
        raise UnreadableFileError(
            _("Tally cannot read this kind of document. Save it as a PDF and attach that.")
        )
    raise UnreadableFileError(_("This is an archive. Unpack it and attach the files inside."))


def _format_in_ole(data: bytes) -> Format:
    """Return the kind of a file in the format of old Office programs, which also holds encrypted new ones."""
    if _has_stream(data, "EncryptedPackage"):
        raise UnreadableFileError(_("This file needs a password. Save a copy without one and attach that."))
    if _has_stream(data, "Workbook") or _has_stream(data, "Book"):
        return "macro workbook" if _has_stream(data, "_VBA_PROJECT") else "workbook"
    raise UnreadableFileError(
        _("This is in the format of an old Office program. Save it as .docx or as a PDF and attach that.")
    )


def _has_stream(data: bytes, name: str) -> bool:
    """Return whether a stream or folder of such a file has this name: 32 characters, then its length."""
    entry = name.encode("utf-16-le").ljust(64, b"\0") + (2 * len(name) + 2).to_bytes(2, "little")
    return entry in data


def _refuse_known(start: bytes) -> None:
    """Say what a file is that is not text. Raises UnreadableFileError."""
    is_video = start[4:8] == b"ftyp" or (start[:4] == b"RIFF" and start[8:12] in {b"WAVE", b"AVI "})
    if is_video or start.startswith(_MEDIA):
        raise UnreadableFileError(_("Tally cannot send sound or video. Attach pictures or text instead."))
    if start.startswith(_ARCHIVES) or start[257:262] == b"ustar":
        raise UnreadableFileError(_("This is an archive. Unpack it and attach the files inside."))
    if start.startswith(_PROGRAMS):
        raise UnreadableFileError(_("This is a program, not a document."))


def _is_notebook(data: bytes) -> bool:
    if b'"cells"' not in data or b'"nbformat"' not in data:
        return False
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(notebook, dict) and isinstance(notebook.get("cells"), list)
