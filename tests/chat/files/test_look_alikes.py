"""What only looks like another kind of file is read as what it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.files import UnreadableFileError
from chat.files.worker import contents_of
from tests.chat.files.test_kinds import EPUB, ole, text_of, zipped


@pytest.mark.parametrize(
    "text",
    [
        "BM is short for bench mark.",
        "MZ made motorcycles.",
        "ID3,name",
        "BZh",
        "Rar! he said.",
        "OggS",
        "GIF89a is a format.",
        "PK is a school.",
        "# Files that start with %PDF- are PDFs",
        "\x1b[31mred\x1b[0m",
    ],
)
def test_words_that_are_also_signatures_are_text(text: str) -> None:
    assert text_of(contents_of(text.encode(), "notes.txt")) == text


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head><title>T</title><body><p>one<p>two",
        '<?xml version="1.0"?>\n<!DOCTYPE html>\n<html xmlns="x"><body><p>one</p><p>two</p></body></html>',
        "<!-- saved from url=x -->\n<HTML><body><p>one</p><p>two</p></body></HTML>",
        "\ufeff<html lang=en><p>one</p><!-- said to nobody --><p>two</p>",
    ],
)
def test_pages_are_read_however_they_begin_and_whatever_they_leave_open(page: str) -> None:
    contents = contents_of(page.encode(), "page")
    assert (contents.kind, text_of(contents)) == ("document", "one\n\ntwo")


@pytest.mark.parametrize(
    "text", ["<htmlx>one</htmlx>", "<!-- <html> -->", "<!-- <html>", "<?xml <html>", "a <html>"]
)
def test_a_text_that_only_speaks_of_pages_is_text(text: str) -> None:
    assert text_of(contents_of(text.encode(), "notes.txt")) == text


def test_items_of_a_list_that_are_left_open_do_not_stand_in_each_other() -> None:
    assert text_of(contents_of(b"<html><ul><li>one<li>two</ul>", "page")) == "- one\n- two"


def test_a_page_is_in_the_encoding_that_it_names() -> None:
    page = '<html><head><meta charset="shift_jis"></head><body>東京</body></html>'
    assert text_of(contents_of(page.encode("shift_jis"), "page")) == "東京"
    unknown = '<html><head><meta charset="klingon"></head><body>東京</body></html>'
    assert text_of(contents_of(unknown.encode(), "page")) == "東京"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            ole("WordDocument") + "The Book of Workbooks".encode("utf-16-le"),
            "format of an old Office program",
        ),
        (ole("Workbook"), "This workbook is damaged, or needs a password"),
        (rb"{\rtf1\ansi Hello}", "RTF file. Save it as .docx"),
        (b"a.txt".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0"), "This is an archive"),
        (zipped(EPUB | {"OPS/b.xhtml": b"\x80\0\xff" * 99}), "not text"),
    ],
)
def test_what_holds_the_name_of_another_kind_is_said_to_be_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        contents_of(data, "file")


@pytest.mark.parametrize("byte", range(256))
def test_one_byte_is_a_text_or_none(byte: int) -> None:
    try:
        contents = contents_of(bytes([byte]), "file")
    except UnreadableFileError as exc:
        assert "not text" in str(exc)  # noqa: PT017 - both may be
    else:
        assert len(text_of(contents)) == 1


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_random_bytes_are_a_text_or_said_not_to_be(data: bytes) -> None:
    try:
        assert contents_of(data, "file").kind == "text"
    except UnreadableFileError as exc:
        assert str(exc)[-1] == "."  # noqa: PT017 - both may be


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.lists(
        _json
        | st.fixed_dictionaries(
            {"cell_type": st.just("code") | _json},
            optional={"source": _json, "outputs": _json | st.lists(_json, max_size=3)},
        ),
        max_size=3,
    ),
    _json,
)
def test_a_notebook_that_no_program_wrote_is_read_or_said_to_be_damaged(
    cells: list[object], metadata: object
) -> None:
    data = json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells}).encode()
    try:
        assert contents_of(data, "n.ipynb").kind == "notebook"
    except UnreadableFileError as exc:
        assert str(exc) in {"There is no text in this file.", "This notebook is damaged."}  # noqa: PT017
