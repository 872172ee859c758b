"""Files as real programs write them."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import ExifTags, Image

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


def test_a_page_of_an_office_program_keeps_its_form() -> None:
    contents = contents_of((FOLDER / "lease.html").read_bytes(), "lease")
    [text] = contents.pages
    assert text.startswith("# Lease of a bicycle\n\nThe rent is € **12.50** a month, due on the *first*.")
    assert "- Brakes checked\n- Lights checked\n\n| Part | Price |\n" in text
    assert text.endswith("Grüße aus Zürich – 東京")


def test_a_table_is_a_table_by_its_name_alone() -> None:
    data = (FOLDER / "months.csv").read_bytes()
    assert contents_of(data, "months.csv").kind == "table"
    assert contents_of(data, "months").kind == "text"


def test_a_document_of_an_old_program_says_what_to_do() -> None:
    with pytest.raises(UnreadableFileError, match=r"Save it as \.docx or as a PDF"):
        contents_of((FOLDER / "lease.doc").read_bytes(), "lease.doc")


def test_a_phones_photo_comes_without_the_place_where_it_was_taken() -> None:
    data = (FOLDER / "phone.heic").read_bytes()
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(ExifTags.IFD.GPSInfo)[2] == (38.0, 42.0, 0.0)
    contents = contents_of(data, "IMG_0001.HEIC")
    sizes = {size: (each.media_type, each.width, each.height) for size, each in contents.pictures.items()}
    assert sizes == {
        "original": ("image/jpeg", 1025, 900),
        "high": ("image/jpeg", 1025, 900),
        "low": ("image/jpeg", 512, 450),
        "thumbnail": ("image/webp", 320, 281),
    }
    for picture in contents.pictures.values():
        assert dict(Image.open(io.BytesIO(picture.data)).getexif()) == {}
        assert [word for word in (b"Exif", b"iPhone", b"xmp", b"GPS") if word in picture.data] == []
    assert contents.notes == ()


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_what_real_programs_wrote_breaks_off_anywhere_and_is_read_or_said_to_be_broken(path: Path) -> None:
    whole = path.read_bytes()
    for part in range(1, 40):
        try:
            contents = contents_of(whole[: len(whole) * part // 40], path.name)
        except UnreadableFileError as exc:
            assert str(exc).endswith(".")  # noqa: PT017 - both may be
        else:
            assert contents.pages or contents.pictures
