"""What stands on the pages of a PDF: forms that were filled in, pages that are empty, drawn or damaged."""

import io

from PIL import Image

from chat.files.pdf_files import draw_pages
from chat.files.worker import contents_of
from tests.chat.files.test_pictures import pdf


def written(objects: list[bytes]) -> bytes:
    """Return a PDF of these objects, the first of them its catalog."""
    file, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start, size = len(file), len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%btrailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return file + end % (size, table, size, start)


def stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%b /Length %d>>\nstream\n%b\nendstream" % (entries, len(content), content)


def filled_form() -> bytes:
    """Return a form with one field, "Name:", that was filled in with "Ada Lovelace"."""
    fonts = b"/Resources <</Font <</F 5 0 R>>>>"
    look = b"/Tx BMC q BT /F 12 Tf 2 5 Td (Ada Lovelace) Tj ET Q EMC"
    return written(
        [
            b"<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [6 0 R] /DA (/F 12 Tf)>>>>",
            b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Annots [6 0 R] %b>>"
            % fonts,
            stream(b"", b"BT /F 12 Tf 10 150 Td (Name:) Tj ET"),
            b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
            b"<</Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ada Lovelace) /F 4 /P 3 0 R "
            b"/Rect [50 140 250 160] /DA (/F 12 Tf) /AP <</N 7 0 R>>>>",
            stream(b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] " + fonts, look),
        ]
    )


def test_what_was_filled_into_a_form_is_read_and_drawn() -> None:
    assert contents_of(filled_form(), "form.pdf").pages == ("Name:\nAda Lovelace",)
    [page] = draw_pages(filled_form(), 1, 1)
    picture = Image.open(io.BytesIO(page["high"].data)).convert("L")
    scale = page["high"].width / 300
    field = picture.crop((50 * scale, 40 * scale, 250 * scale, 60 * scale))
    assert field.getextrema()[0] == 0


def test_an_empty_page_is_not_said_to_be_a_picture() -> None:
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200]>>"
    pages = b"<</Type /Pages /Kids [3 0 R] /Count 1>>"
    contents = contents_of(written([b"<</Type /Catalog /Pages 2 0 R>>", pages, page]), "empty.pdf")
    assert (contents.pages, contents.notes) == (("",), ())


def test_a_page_that_is_damaged_is_named() -> None:
    whole = pdf(["One.", "Two.", "Three."])
    contents = contents_of(whole.replace(b"4 0 R 6 0 R", b"4 0 R 9 9 R"), "a.pdf")
    assert contents.pages == ("One.", "", "Three.")
    assert contents.notes == ("Page 2 is damaged and left out.",)


def test_pages_nested_in_each_other_without_end_are_read_or_refused() -> None:
    deep = [b"<</Type /Catalog /Pages 2 0 R>>"]
    deep += [b"<</Type /Pages /Kids [%d 0 R] /Count 1>>" % (number + 3) for number in range(5_000)]
    deep += [b"<</Type /Pages /Kids [2 0 R] /Count 1>>"]
    assert contents_of(written(deep), "deep.pdf").pages == ("",)
