"""Files as real programs write them."""

import io
import zipfile
from pathlib import Path

import pytest

from chat.files import UnreadableFileError
from chat.files.worker import contents_of

FOLDER = Path(__file__).parent / "made_by_programs"
SAYS = ("Trip to Lisbon", "tram 28", "it costs 3,10 €.", "Castle", "Tower of Belém", "Monday")
COSTS = "[costs]\nItem,Amount,Price\nTram,2,3.1\nPastel de nata,6,1.4\nTotal,,14.6\n"


@pytest.mark.parametrize("name", ["letter.docx", "letter.epub", "letter.pdf", "page.pdf"])
def test_a_letter_has_all_its_words_and_no_others(name: str) -> None:
    contents = contents_of((FOLDER / name).read_bytes(), name)
    text = "\n".join(contents.pages)
    assert [words for words in SAYS if words not in text.replace("**", "")] == []
    assert (len(text) < 250, "xml" in text, contents.notes) == (True, False, ())


def test_a_document_keeps_its_form() -> None:
    [text] = contents_of((FOLDER / "letter.docx").read_bytes(), "letter.docx").pages
    assert text.startswith("# Trip to Lisbon\n\nTake the **tram 28**")
    assert "- Castle\n- Tower of Belém" in text
    assert "| Monday | Museum |" in text


@pytest.mark.parametrize("name", ["costs.xlsx", "costs.ods", "costs.xls"])
def test_a_workbook_has_the_values_of_its_formulas(name: str) -> None:
    contents = contents_of((FOLDER / name).read_bytes(), name)
    assert (contents.kind, contents.pages, contents.notes) == ("table", (COSTS,), ())


def test_a_pdf_with_a_password_says_so() -> None:
    with pytest.raises(UnreadableFileError, match="This PDF needs a password"):
        contents_of((FOLDER / "locked.pdf").read_bytes(), "locked.pdf")


def test_the_macros_of_a_workbook_are_named() -> None:
    data = io.BytesIO((FOLDER / "costs.xlsx").read_bytes())
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    contents = contents_of(data.getvalue(), "costs.xlsm")
    assert (contents.pages, contents.notes) == ((COSTS,), ("Its macros are not run.",))
