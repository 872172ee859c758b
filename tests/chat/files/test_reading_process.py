"""Whatever a file does to the process that reads it, the app goes on and says what is wrong."""

import io
import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from chat.files import UnreadableFileError, file_reading, read_file, render_pages
from chat.files.file_bounds import LONGEST_EDGE, MOST_PIXELS
from tests.chat.files.test_kinds import DOCX, EPUB, zipped
from tests.chat.files.test_pictures import gradient, image_file, pdf
from tests.chat.files.test_workbooks import workbook

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


def told_by(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the process run this in place of reading."""
    start = f"import sys; sys.path.insert(0, sys.argv[1]); {source}"
    monkeypatch.setattr(file_reading, "_START", start)


def test_files_are_read_in_a_process_of_their_own() -> None:
    assert read_file(b"Hello.", "a.txt").pages == ("Hello.",)
    contents = read_file(image_file(gradient(3000, 2000), "JPEG"), "a.jpg")
    assert (contents.pictures["high"].width, contents.kind) == (2048, "image")
    assert Image.open(io.BytesIO(contents.pictures["thumbnail"].data)).format == "WEBP"
    [page] = render_pages(pdf(["One."]), 1, 1)
    assert Image.open(io.BytesIO(page["high"].data)).size == (page["high"].width, page["high"].height)


def test_what_is_wrong_with_a_file_comes_back_in_words() -> None:
    with pytest.raises(UnreadableFileError, match="This is a program"):
        read_file(b"MZ\x90\0", "a.pdf")
    with pytest.raises(UnreadableFileError, match="cannot be made into pictures"):
        render_pages(pdf(["One."]), 2, 3)


def test_half_characters_are_marked() -> None:
    cells = [{"cell_type": "markdown", "source": "a\ud800b 😀"}]
    contents = read_file(json.dumps({"nbformat": 4, "cells": cells}).encode(), "n.ipynb")
    assert contents.pages == ("a\ufffdb 😀",)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os; os.abort()", "too much time or memory"),
        ("sys.exit(3)", "too much time or memory"),
        ("sys.stdout.write('rubbish')", "could not be read"),
        ("sys.stdout.write('[1]' + chr(10))", "could not be read"),
        ("sys.stdout.write('{}' + chr(10))", "could not be read"),
        (
            'print(\'{"kind": "evil", "media_type": 1, "pages": [], "notes": [], "pictures": []}\')',
            "could not",
        ),
        (
            'print(\'{"kind": "image", "media_type": "x", "pages": [], "notes": [], '
            '"pictures": [["high", "text/html", 1, 1, 0]]}\')',
            "could not be read",
        ),
        (
            'print(\'{"kind": "image", "media_type": "x", "pages": [], "notes": [], '
            '"pictures": [["high", "image/png", 1, 1, 9]]}\')',
            "could not be read",
        ),
        ("print('[' * 100000)", "could not be read"),
    ],
)
def test_a_process_that_fails_or_lies_is_an_error_message(
    monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    told_by(source, monkeypatch)
    with pytest.raises(UnreadableFileError, match=said):
        read_file(b"Hello.", "a.txt")


def test_so_many_wait_for_pages_to_be_drawn_and_the_next_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_reading, "_drawing", threading.BoundedSemaphore(1))
    with file_reading._drawing, pytest.raises(UnreadableFileError, match="Tally is reading other files"):
        render_pages(pdf(["Hello."]), 1, 1)


def test_a_process_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reading, "LONGEST_S", 0.5)
    told_by("import time; time.sleep(1000)", monkeypatch)
    with pytest.raises(UnreadableFileError, match="too much time"):
        read_file(b"x" * 10_000_000, "a.txt")


def test_a_process_that_started_another_is_ended_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reading, "LONGEST_S", 0.5)
    told_by("import os, time; os.fork(); time.sleep(1000)", monkeypatch)
    with pytest.raises(UnreadableFileError, match="too much time"):
        read_file(b"x" * 10_000_000, "a.txt")


def test_a_machine_that_starts_no_process_is_an_error_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(UnreadableFileError, match="could not be read"):
        read_file(b"Hello.", "a.txt")


def test_texts_of_a_process_that_lies_are_fit_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"kind": "text", "media_type": "t", "pages": ["a\ud800\0b"], "notes": [], "pictures": []}
    told_by(f"import json; print(json.dumps({line!r}))", monkeypatch)
    assert read_file(b"Hello.", "a.txt").pages == ("a\ufffdb",)


def test_a_picture_of_as_many_pixels_as_are_taken_fits_into_memory() -> None:
    width, height = 12_000, MOST_PIXELS // 12_000
    contents = read_file(image_file(Image.new("RGBA", (width, height)), "PNG", compress_level=1), "a.png")
    assert (contents.pictures["original"].width, contents.notes) == (LONGEST_EDGE, ())


def test_a_workbook_with_a_cell_at_its_far_end_is_refused() -> None:
    far = "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>2</v></c></row>"
    with pytest.raises(UnreadableFileError, match="Attach a part of it"):
        read_file(workbook(far), "far.xlsx")


def test_a_process_that_answers_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reading, "MOST_ANSWERED", 10_000)
    told_by("[sys.stdout.write('x' * 1000) for _ in iter(int, 1)]", monkeypatch)
    with pytest.raises(UnreadableFileError, match="too much in this file"):
        read_file(b"Hello.", "a.txt")


def test_the_process_gets_no_variable_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("TALLY_SECRET", "secret")
    told_by(
        "import json, os; print(json.dumps({'error': ' '.join(sorted(os.environ))}))",
        monkeypatch,
    )
    with pytest.raises(UnreadableFileError) as raised:
        read_file(b"Hello.", "a.txt")
    assert "KEY" not in str(raised.value)
    assert "TALLY" not in str(raised.value)


def test_memory_and_files_have_bounds(tmp_path: Path) -> None:
    left = tmp_path / "left-by-a-file"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from chat.files import file_bounds, worker\n"
        "worker.keep_within_bounds()\n"
        "try:\n    bytearray(file_bounds.MOST_MEMORY)\nexcept MemoryError:\n    print('bounded')\n"
        "with open(sys.argv[2], 'w') as file:\n    file.write('x')\n"
    )
    command = [sys.executable, "-c", code, str(ROOT), str(left)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode != 0, left.read_bytes()) == ("bounded\n", True, b"")


def bomb() -> bytes:
    """Return a document that unpacks to a thousand times its size."""
    return zipped(DOCX | {"word/media/zeros.bin": b"\0" * 600 * 2**20})


def entities() -> bytes:
    doctype = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<!DOCTYPE d [<!ENTITY e0 "lol">{doctype}]>' + DOCX["word/document.xml"].replace("Buy ", "&e11;")
    return zipped(DOCX | {"word/document.xml": xml})


def slip() -> bytes:
    return zipped(EPUB | {"OPS/book.opf": EPUB["OPS/book.opf"].replace("b.xhtml", "../../../../etc/passwd")})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (bomb, "unpacks to far more"),
        (entities, "damaged"),
        (slip, "damaged"),
        (lambda: b"<html>" + b"<div>" * 200_000 + b"x", ""),
        (lambda: b'{"cells": ' + b"[" * 200_000 + b', "nbformat"', ""),
        (lambda: zipped({f"xl/{n}": "" for n in range(11_000)}), "unpacks to far more"),
    ],
)
def test_traps_are_refused_or_read_within_bounds(data: object, said: str) -> None:
    assert callable(data)
    try:
        contents = read_file(data(), "trap.docx")
    except UnreadableFileError as exc:
        assert said in str(exc)  # noqa: PT017 - some are read
    else:
        assert (said, len("".join(contents.pages)) < 10_000_000) == ("", True)


def test_files_that_break_off_or_are_changed_anywhere_are_read_or_said_to_be_broken() -> None:
    """Each is a file of a real kind, cut or with a few other bytes: as many as fit into some seconds."""
    chance = random.Random(12)  # noqa: S311 - the same each time
    wholes = [
        *(zipped(DOCX), zipped(EPUB), pdf(["One.", "Two."])),
        *(image_file(gradient(60, 40), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "HEIF", "TIFF")),
    ]
    for whole in wholes:
        for _ in range(4):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            cut = bytes(data[: chance.randrange(len(data))]) if chance.random() < 0.5 else bytes(data)
            try:
                contents = read_file(cut, "file")
            except UnreadableFileError as exc:
                assert str(exc).endswith((".", "inside.", "instead."))  # noqa: PT017 - both may be
            else:
                assert contents.pages or contents.pictures
