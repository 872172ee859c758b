"""PDFs: the text of each page, and pages as pictures."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import groupby

import pypdfium2

from chat.files.file_bounds import LARGEST_TEXT, MOST_PAGES, MOST_PAGES_DRAWN
from chat.files.file_contents import FileContents, Picture, Size, UnreadableFileError
from chat.files.image_files import EDGES, in_sizes
from chat.files.plain_texts import check_length
from texts import _, ngettext

_PASSWORD = 4  # PDFium's number for a document that asks for one
_MOST_RANGES = 5  # of pages without text, by number


def read_pdf(data: bytes) -> FileContents:
    """Return a PDF's text by page. Raises UnreadableFileError."""
    with _opened(data) as document:
        pages = tuple(_texts(document))
    textless = [number for number, text in enumerate(pages, 1) if not text.strip()]
    notes = (_without_text(textless, len(pages)),) if textless else ()
    return FileContents(kind="pdf", media_type="application/pdf", pages=pages, notes=notes)


def draw_pages(data: bytes, first: int, last: int) -> tuple[Mapping[Size, Picture], ...]:
    """Return pictures of a PDF's pages, `high` and `low`. Raises UnreadableFileError."""
    with _opened(data) as document:
        if not 1 <= first <= last <= min(len(document), first + MOST_PAGES_DRAWN - 1):
            raise UnreadableFileError(_("These pages cannot be made into pictures."))
        return tuple(_drawn(document, number) for number in range(first, last + 1))


@contextmanager
def _opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        if getattr(exc, "err_code", None) == _PASSWORD:
            text = _("This PDF needs a password. Save a copy without one and attach that.")
            raise UnreadableFileError(text) from exc
        raise UnreadableFileError(_("This PDF is damaged or incomplete.")) from exc
    with closing(document):
        pages = len(document)
        if not pages:
            raise UnreadableFileError(_("This PDF has no pages."))
        if pages > MOST_PAGES:
            text = _("This PDF has {pages} pages, and at most {most} can be attached. Attach a part of it.")
            raise UnreadableFileError(text.format(pages=f"{pages:,}", most=f"{MOST_PAGES:,}"))
        yield document


def _texts(document: pypdfium2.PdfDocument) -> Iterator[str]:
    left = LARGEST_TEXT
    for number in range(len(document)):
        try:
            with closing(document[number]) as page, closing(page.get_textpage()) as words:
                text = words.get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "-")
        except pypdfium2.PdfiumError:
            text = ""  # it is counted among those without text
        left -= len(text)
        if left < 0:
            check_length("x" * (LARGEST_TEXT + 1))
        yield text


def _drawn(document: pypdfium2.PdfDocument, number: int) -> dict[Size, Picture]:
    try:
        with closing(document[number - 1]) as page:
            longest = max(page.get_size())
            scale = EDGES["high"] / longest if longest > 0 else 1.0
            image = page.render(scale=scale).to_pil().convert("RGB")
    except pypdfium2.PdfiumError as exc:
        text = _("Page {number} of this PDF is damaged. Choose other pages.")
        raise UnreadableFileError(text.format(number=number)) from exc
    return in_sizes(image, from_camera=False, sizes=("high", "low"))


def _without_text(numbers: list[int], pages: int) -> str:
    """Return in words which pages have no text."""
    if len(numbers) == pages:
        text = ngettext(
            "The page has no text: it is a picture.", "No page has text: they are pictures.", pages
        )
        return text + " " + _("Send it as pictures.")
    ranges = list(_ranges(numbers))
    if len(ranges) > _MOST_RANGES:
        text = ngettext("{number} page has no text.", "{number} pages have no text.", len(numbers))
        return text.format(number=len(numbers))
    named = ", ".join(f"{first}" if first == last else f"{first}–{last}" for first, last in ranges)
    text = ngettext(
        "Page {pages} has no text: it is a picture.",
        "Pages {pages} have no text: they are pictures.",
        len(numbers),
    )
    return text.format(pages=named)


def _ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    for _key, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _place, number in group]
        yield run[0], run[-1]
