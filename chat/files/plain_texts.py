"""Texts and code in whatever encoding they were written."""

import codecs

from charset_normalizer import from_bytes

from chat.files.file_bounds import LARGEST_TEXT
from chat.files.file_contents import FileContents, FileKind, UnreadableFileError
from texts import _

# What texts without a mark are in, where it is not UTF-8; of those that fit equally well the first.
_ENCODINGS = {
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "koi8_r": "KOI8-R",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp932": "Shift JIS",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "EUC-KR",
    "utf_16_le": "UTF-16",
    "utf_16_be": "UTF-16",
}
_ALIKE = {"cp1250", "cp1254"}  # most of their letters are those of Windows-1252
_SAMPLE = 100_000  # bytes that an encoding is told by
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(data: bytes, kind: FileKind = "text", media_type: str = "text/plain") -> FileContents:
    """Return a text as it was written, with a note where its encoding had to be guessed.

    Raises UnreadableFileError where it is none.
    """
    text, note = decoded(data)
    check_length(text)
    return FileContents(kind=kind, media_type=media_type, pages=(text,), notes=(note,) if note else ())


def check_length(text: str) -> str:
    """Return the text. Raises UnreadableFileError where it is too long."""
    if len(text) > LARGEST_TEXT:
        raise too_long()
    return text


def too_long() -> UnreadableFileError:
    """Return the error of a file with more text than any model takes."""
    text = _("This file has more than {most} million characters of text. Attach a part of it.")
    return UnreadableFileError(text.format(most=LARGEST_TEXT // 1_000_000))


def decoded(data: bytes) -> tuple[str, str]:
    """Return a text, and a note on its encoding or nothing. Raises UnreadableFileError where it is none."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _without_breaks_of_windows(data.decode(encoding, "replace")), ""
    if encoding := _wide(data):
        return _without_breaks_of_windows(data.decode(encoding, "replace")), ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text, note = _guessed(data)
    else:
        note = ""
    if "\0" in text:
        raise UnreadableFileError(_("Tally does not know this kind of file, and it is not text."))
    return _without_breaks_of_windows(text), note


def _wide(data: bytes) -> str:
    """Return the encoding of a text in UTF-16 without a mark, or nothing: every other byte is mostly zero."""
    sample = data[:_SAMPLE]
    evens, odds = sample[::2].count(0), sample[1::2].count(0)
    most = len(sample) // 2
    if len(data) % 2 or most < 2 or min(evens, odds) or max(evens, odds) < most / 2:
        return ""
    return "utf-16-le" if odds else "utf-16-be"


def _guessed(data: bytes) -> tuple[str, str]:
    # A sample that ends within a character would speak against its encoding.
    sample = data if len(data) <= _SAMPLE else data[: data.rfind(b"\n", 0, _SAMPLE) + 1 or _SAMPLE]
    matches = from_bytes(sample, cp_isolation=[*_ENCODINGS])
    best = min(matches, key=lambda each: (each.chaos, -each.coherence, _place(each.encoding)), default=None)
    if best is None:
        raise UnreadableFileError(_("Tally does not know this kind of file, and it is not text."))
    encoding = best.encoding
    if encoding in _ALIKE and not best.coherence:  # no language tells them apart
        encoding = "cp1252"
    text = data.decode(encoding, "replace")
    return text, _("Read as {encoding}.").format(encoding=_ENCODINGS.get(encoding, encoding))


def _place(encoding: str) -> int:
    return [*_ENCODINGS].index(encoding) if encoding in _ENCODINGS else len(_ENCODINGS)


def _without_breaks_of_windows(text: str) -> str:
    return text.replace("\r\n", "\n")
