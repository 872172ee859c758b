"""Every kind of file is told by its contents and read to what a model can use."""

import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from chat.files import FileContents, UnreadableFileError
from chat.files.worker import contents_of

DOCUMENT = """<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Plan</w:t></w:r></w:p>
<w:p><w:r><w:t>Buy </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>milk</w:t></w:r></w:p></w:body></w:document>"""
STYLES = """<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>"""
DOCX = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r" Target="word/document.xml" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument"/></Relationships>',
    "word/document.xml": DOCUMENT,
    "word/styles.xml": STYLES,
}
EPUB = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
    "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="b" href="b.xhtml"/>'
    '<item id="a" href="a%20one.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine>'
    "</package>",
    "OPS/a one.xhtml": "<html><body><h1>One</h1><img src='x.png'/></body></html>",
    "OPS/b.xhtml": "<html><body><p>Two.</p></body></html>",
}
NOTEBOOK = {
    "nbformat": 4,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "source": ["# Sums\n", "of two"]},
        {
            "cell_type": "code",
            "source": "1 + 1",
            "outputs": [
                {"data": {"text/plain": ["2"], "image/png": "AAAA"}},
                {"ename": "ZeroDivisionError", "evalue": "by zero", "traceback": ["…"]},
            ],
        },
    ],
}


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def text_of(contents: FileContents) -> str:
    [page] = contents.pages
    return page


@pytest.mark.parametrize("name", ["plan.docx", "plan.zip", "plan", "plan.exe"])
def test_a_document_of_word_is_markdown_whatever_it_is_called(name: str) -> None:
    contents = contents_of(zipped(DOCX), name)
    assert (contents.kind, text_of(contents), contents.notes) == ("document", "# Plan\n\nBuy **milk**", ())


def test_macros_of_a_document_are_named_and_not_run() -> None:
    contents = contents_of(zipped(DOCX | {"word/vbaProject.bin": b"\xd0\xcf"}), "plan.docm")
    assert contents.notes == ("Its macros are not run.",)


def test_a_book_has_its_files_in_reading_order() -> None:
    contents = contents_of(zipped(EPUB), "book.epub")
    assert (contents.pages, contents.notes) == (("# One", "Two."), ("1 picture in it is left out.",))


def test_a_page_is_markdown_without_what_nobody_sees() -> None:
    page = b"""<!DOCTYPE html><html><head><title>T</title><script>steal()</script></head><body>
    <h2>Prices</h2><ul><li>one</li></ul><style>b{}</style><img src="https://example.org/pixel">
    <table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>"""
    contents = contents_of(page, "page.txt")
    assert text_of(contents) == "## Prices\n\n- one\n\n| a |\n| --- |\n| 1 |"
    assert (contents.kind, contents.notes) == ("document", ("1 picture in it is left out.",))


def test_a_notebook_has_its_cells_and_the_text_of_their_outputs() -> None:
    contents = contents_of(json.dumps(NOTEBOOK).encode(), "sums.ipynb")
    blocks = ["# Sums\nof two", "```python\n1 + 1\n```", "```text\n2\n```"]
    blocks.append("```text\nZeroDivisionError: by zero\n```")
    assert text_of(contents) == "\n\n".join(blocks)
    assert (contents.kind, contents.notes) == ("notebook", ("1 picture in it is left out.",))


@pytest.mark.parametrize(
    ("data", "name", "kind", "text"),
    [
        (b"a,b\r\n1,2\r\n", "t.csv", "table", "a,b\n1,2\n"),
        (b"a\tb\n", "t.tsv", "table", "a\tb\n"),
        (b'=HYPERLINK("http://evil")\n', "t.csv", "table", '=HYPERLINK("http://evil")\n'),
        (b"print(1)\n", "t.py", "text", "print(1)\n"),
        (b"x", "x", "text", "x"),
        (b'{"cells": 7, "nbformat": 4}', "n.ipynb", "text", '{"cells": 7, "nbformat": 4}'),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "a.svg",
            "text",
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
        ),
    ],
)
def test_texts_are_as_they_are(data: bytes, name: str, kind: str, text: str) -> None:
    contents = contents_of(data, name)
    assert (contents.kind, text_of(contents)) == (kind, text)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Grüße aus Köln: 5 € für “alles”", "utf-8-sig"),
        ("Grüße aus Köln: 5 € für “alles”", "utf-16"),
        ("Grüße aus Köln: 5 € für “alles”", "utf-32"),
        ("Grüße aus Köln, Straße und Bäume, schöne Häuser", "cp1252"),
        ("Привет, как дела? Всё хорошо.", "cp1251"),
        ("Привет, как дела? Всё хорошо.", "koi8-r"),
        ("日本語のテキストです。これは長い文章です。", "shift_jis"),
        ("日本語のテキストです。これは長い文章です。", "euc_jp"),
        ("这是一个中文文本，比较长一点。", "gb18030"),
        ("這是一個中文文本，比較長一點。", "big5"),
        ("한국어 텍스트입니다. 조금 더 깁니다.", "euc_kr"),
    ],
)
def test_texts_in_any_encoding_come_right(text: str, encoding: str) -> None:
    assert text_of(contents_of(text.encode(encoding), "t.txt")) == text


def ole(*names: str) -> bytes:
    """Return the list of streams that a file of an old Office program has, and nothing else."""
    entries = [each.encode("utf-16-le").ljust(64, b"\0") + bytes([2 * len(each) + 2, 0]) for each in names]
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + b"".join(
        each.ljust(128, b"\0") for each in entries
    )


PASSWORD = "This file needs a password."
ARCHIVE = "This is an archive. Unpack it"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "This file is empty."),
        (b"MZ\x90\0", "This is a program"),
        (b"\x7fELF\x02", "This is a program"),
        (zipped({"a.txt": "a"}), ARCHIVE),
        (b"7z\xbc\xaf\x27\x1c\0", ARCHIVE),
        (b"Rar!\x1a\x07", ARCHIVE),
        (b"\x1f\x8b\x08", ARCHIVE),
        (b"\0\0\0\x20ftypisom\0\0", "sound or video"),
        (b"RIFF\0\0\0\0WAVE", "sound or video"),
        (b"ID3\x04", "sound or video"),
        (ole("WordDocument"), "format of an old Office program"),
        (ole("EncryptedPackage"), PASSWORD),
        (zipped({"ppt/presentation.xml": "x"}), "Save it as a PDF"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "Save it as a PDF"),
        (b"%PDF-1.7 and nothing else", "This PDF is damaged"),
        (b"\x89PNG\r\n\x1a\n and nothing else", "This picture is damaged"),
        (b"PK\x03\x04 and nothing else", "This file is damaged"),
        (b"text\0with\0zeros" * 9, "it is not text"),
        (zipped({"word/document.xml": "<w:document"}), "damaged"),
        (zipped({"xl/workbook.xml": "<workbook"}), "This workbook is damaged"),
        (zipped({"mimetype": "application/epub+zip"}), "This book is damaged"),
        (b"<html><script>only()</script></html>", "no text in this file"),
    ],
)
def test_what_cannot_be_used_says_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        contents_of(data, "file.pdf")
