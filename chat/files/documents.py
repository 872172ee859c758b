"""Documents as Markdown: DOCX, EPUB, HTML, and notebooks."""

import io
import json
import posixpath
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

import mammoth
from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from bs4.dammit import EncodingDetector
from bs4.element import PreformattedString
from markdownify import MarkdownConverter

from chat.files.file_bounds import MOST_UNPACKED
from chat.files.file_contents import FileContents, UnreadableFileError
from chat.files.file_kinds import open_zip
from chat.files.plain_texts import check_length, decoded
from texts import _, ngettext

_UNSEEN = ("script", "style", "noscript", "template", "svg", "title", "meta", "link")


def read_docx(data: bytes) -> FileContents:
    """Return a document of Word's as Markdown, without its pictures. Raises UnreadableFileError."""
    with open_zip(data) as archive:
        has_macros = "word/vbaProject.bin" in archive.namelist()
    without = mammoth.images.img_element(lambda _image: {"src": ""})
    try:
        html = mammoth.convert_to_html(io.BytesIO(data), convert_image=without).value
    except (KeyError, ValueError, zipfile.BadZipFile, ExpatError) as exc:
        raise UnreadableFileError(_("This document is damaged or incomplete.")) from exc
    text, pictures = _markdown(html)
    notes = [*_about_pictures(pictures), *([_("Its macros are not run.")] if has_macros else [])]
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return _document(media_type, [text], notes)


def read_html(data: bytes) -> FileContents:
    """Return a page as Markdown, without its pictures and scripts. Raises UnreadableFileError."""
    text, pictures = _markdown(_decoded_page(data))
    return _document("text/html", [text], _about_pictures(pictures))


def read_epub(data: bytes) -> FileContents:
    """Return a book as Markdown, a page for each of its files in reading order.

    Raises UnreadableFileError.
    """
    with open_zip(data) as archive:
        try:
            chapters = [_markdown(_decoded_page(each)) for each in _chapters(archive)]
        except (KeyError, ET.ParseError, zipfile.BadZipFile) as exc:
            raise UnreadableFileError(_("This book is damaged, or protected against copying.")) from exc
    texts = [text for text, _pictures in chapters if text.strip()]
    return _document(
        "application/epub+zip", texts, _about_pictures(sum(number for _text, number in chapters))
    )


def read_notebook(data: bytes) -> FileContents:
    """Return a notebook's cells and their outputs as Markdown, without pictures.

    Raises UnreadableFileError.
    """
    try:
        text, pictures = _cells(json.loads(data))
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise UnreadableFileError(_("This notebook is damaged.")) from exc
    contents = _document("application/x-ipynb+json", [text], _about_pictures(pictures))
    return replace(contents, kind="notebook")


def _cells(notebook: Any) -> tuple[str, int]:
    """Return the cells of a notebook as Markdown, and how many pictures are left out."""
    language = notebook.get("metadata", {}).get("language_info", {}).get("name", "python")
    pictures = 0
    parts: list[str] = []
    for cell in notebook["cells"]:
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "code":
            parts.append(f"```{language}\n{source}\n```")
            for output in cell.get("outputs", []):
                text, number = _output(output)
                pictures += number
                parts += [f"```text\n{text}\n```"] if text.strip() else []
        else:
            parts.append(source)
    return "\n\n".join(parts), pictures


def _document(media_type: str, pages: list[str], notes: list[str]) -> FileContents:
    check_length("".join(pages))
    if not any(page.strip() for page in pages):
        raise UnreadableFileError(_("There is no text in this file."))
    return FileContents(kind="document", media_type=media_type, pages=tuple(pages), notes=tuple(notes))


def _decoded_page(data: bytes) -> str:
    """Return the text of a page, in the encoding that it names, or else the one it seems to have.

    Raises UnreadableFileError where it is no text.
    """
    named = EncodingDetector.find_declared_encoding(data, is_html=True)
    try:
        return data.decode(named or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decoded(data)[0]


def _markdown(html: str) -> tuple[str, int]:
    """Return HTML as Markdown, and how many pictures it has that are left out."""
    with warnings.catch_warnings(action="ignore", category=XMLParsedAsHTMLWarning):  # as XHTML is
        soup = BeautifulSoup(html, "lxml")
    for each in soup(list(_UNSEEN)):
        each.decompose()
    for note in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        note.extract()  # comments, and what is said to an XML parser
    pictures = soup("img")
    for each in pictures:
        each.decompose()
    try:
        text = MarkdownConverter(heading_style="ATX", bullets="-", table_infer_header=True).convert_soup(soup)
    except RecursionError:  # nested thousands deep, which no writer does
        text = soup.get_text("\n")
    return check_length(text.strip()), len(pictures)


def _about_pictures(number: int) -> list[str]:
    text = ngettext("{number} picture in it is left out.", "{number} pictures in it are left out.", number)
    return [text.format(number=number)] if number else []


def _chapters(archive: zipfile.ZipFile) -> Iterator[bytes]:
    """Yield a book's files in reading order."""
    # Expat itself bounds what entities may become.
    container = ET.fromstring(_entry(archive, "META-INF/container.xml"))  # noqa: S314
    rootfile = container.find(".//{*}rootfile")
    if rootfile is None:
        raise KeyError("rootfile")
    path = rootfile.attrib["full-path"]
    package = ET.fromstring(_entry(archive, path))  # noqa: S314
    files = {each.attrib["id"]: each.attrib["href"] for each in package.iterfind(".//{*}item")}
    for each in package.iterfind(".//{*}itemref"):
        href = unquote(files[each.attrib["idref"]])
        yield _entry(archive, posixpath.normpath(posixpath.join(posixpath.dirname(path), href)))


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file out of a zip, no more of it than may be unpacked. Raises KeyError."""
    with archive.open(name) as entry:
        return entry.read(MOST_UNPACKED)


def _output(output: Any) -> tuple[str, int]:
    """Return the text of a cell's output, and how many pictures it has."""
    if "text" in output:
        return _joined(output["text"]), 0
    if "traceback" in output:
        return f"{output.get('ename', '')}: {output.get('evalue', '')}", 0
    data = output.get("data", {})
    return _joined(data.get("text/plain")), sum(kind.startswith("image/") for kind in data)


def _joined(lines: Any) -> str:
    return "".join(lines) if isinstance(lines, list) else str(lines or "")
