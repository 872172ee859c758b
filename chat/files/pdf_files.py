"""PDFs: the text of each page, and pages as pictures."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby

import pypdfium2

from chat.files.file_bounds import LARGEST_TEXT, MOST_PAGES, MOST_PAGES_DRAWN
from chat.files.file_contents import FileContents, Picture, Size, UnreadableFileError
from chat.files.image_files import EDGES, in_sizes
from chat.files.plain_texts import too_long
from texts import _, ngettext

_PASSWORD = 4  # PDFium's number for a document that asks for one
_MOST_RANGES = 5  # of pages without text, by number


@dataclass(frozen=True, slots=True)
class _Page:
    text: str = ""
    is_picture: bool = False  # there is something on it, and none of it is text
    is_damaged: bool = False


def read_pdf(data: bytes) -> FileContents:
    """Return a PDF's text by page, with what was filled into its forms. Raises UnreadableFileError."""
    with _opened(data) as document:
        pages = list(_pages(document))
    textless = [number for number, page in enumerate(pages, 1) if page.is_picture]
    damaged = [number for number, page in enumerate(pages, 1) if page.is_damaged]
    notes = [_without_text(textless, len(pages))] if textless else []
    if damaged:
        text = ngettext(
            "Page {pages} is damaged and left out.", "Pages {pages} are damaged and left out.", len(damaged)
        )
        notes.append(text.format(pages=_named(damaged)))
    texts = tuple(page.text for page in pages)
    return FileContents(kind="pdf", media_type="application/pdf", pages=texts, notes=tuple(notes))


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
        if document.get_formtype():  # else what was filled in is neither read nor drawn
            document.init_forms()
        yield document


def _pages(document: pypdfium2.PdfDocument) -> Iterator[_Page]:
    left = LARGEST_TEXT
    for number in range(len(document)):
        try:
            page = _page(document, number)
        except pypdfium2.PdfiumError:
            page = _Page(is_damaged=True)
        left -= len(page.text)
        if left < 0:
            raise too_long()
        yield page


def _page(document: pypdfium2.PdfDocument, number: int) -> _Page:
    if document.formenv:
        with closing(document[number]) as page:
            page.flatten()  # what was filled in becomes part of the page, once it is opened again
    with closing(document[number]) as page, closing(page.get_textpage()) as words:
        text = words.get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "-")
        is_empty = next(page.get_objects(max_depth=1), None) is None
        return _Page(text, is_picture=not text.strip() and not is_empty)


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
    if len(list(_ranges(numbers))) > _MOST_RANGES:
        text = ngettext("{number} page has no text.", "{number} pages have no text.", len(numbers))
        return text.format(number=len(numbers))
    text = ngettext(
        "Page {pages} has no text: it is a picture.",
        "Pages {pages} have no text: they are pictures.",
        len(numbers),
    )
    return text.format(pages=_named(numbers))


def _named(numbers: list[int]) -> str:
    """Return the numbers of pages as a person writes them: "2–4, 7"; of many ranges the first ones."""
    ranges = list(_ranges(numbers))
    named = [f"{first}" if first == last else f"{first}–{last}" for first, last in ranges[:_MOST_RANGES]]
    return ", ".join(named + ["…"] * (len(ranges) > _MOST_RANGES))


def _ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    for _key, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _place, number in group]
        yield run[0], run[-1]
