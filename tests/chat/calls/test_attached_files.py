"""What goes to a model of the files of a message, in the way that was chosen."""

from dataclasses import replace
from hashlib import sha256

import pytest

from chat.calls import OwnFiles
from chat.conversation import Attachment
from chat.files import FileContents, Picture, UnreadableFileError
from chat.providers import NotSent
from tests.helpers.fakes import Rig
from usage.forecast import Document, Image, Text

PAGES = ("One.", "Two.", "")
PDF = FileContents(kind="pdf", media_type="application/pdf", pages=PAGES)
ROOM = 10**6


def attach(rig: Rig, contents: FileContents, name: str = 'a "b".pdf') -> Attachment:
    data = b"%PDF-"
    kept = rig.files.keep("ada", sha256(data).hexdigest(), name, data, contents, ROOM)
    return Attachment(hash=kept.hash, name=name, kind=kept.kind, size=kept.size)


def text_of(rig: Rig, attachment: Attachment, user: str = "ada") -> str:
    [part] = OwnFiles(rig.files, user).parts_of(attachment)
    assert isinstance(part, Text)
    return part.text


def test_a_pdf_goes_as_text_with_the_numbers_of_its_pages(rig: Rig) -> None:
    attachment = attach(rig, PDF)
    whole = "<file name=\"a 'b'.pdf\">\n[Page 1]\nOne.\n\n[Page 2]\nTwo.\n\n[Page 3]\n\n</file>\n\n"
    assert text_of(rig, attachment) == whole
    chosen = replace(attachment, pages=(2, 2))
    assert text_of(rig, chosen) == "<file name=\"a 'b'.pdf\">\n[Page 2]\nTwo.\n</file>\n\n"


@pytest.mark.parametrize(
    ("pages", "sent"), [((0, 1), "One"), ((-5, -1), "One"), ((3, 2), ""), ((9, 9), ""), ((1, 10**9), "Two")]
)
def test_pages_that_there_are_not_are_those_that_there_are(
    rig: Rig, pages: tuple[int, int], sent: str
) -> None:
    assert sent in text_of(rig, replace(attach(rig, PDF), pages=pages))


def test_a_pdf_goes_as_pictures_of_its_pages(rig: Rig) -> None:
    attachment = replace(attach(rig, PDF), sent_as="images", pages=(2, 3))
    drawn = Picture(b"page", "image/png", 100, 200)
    files = replace_render(
        rig, lambda _data, first, last: [{"high": drawn, "low": drawn}] * (last - first + 1)
    )
    text, picture, *others = files.parts_of(attachment)
    assert text == Text('[a "b".pdf, page 2]\n')
    assert isinstance(picture, Image)
    assert (picture.width, picture.detail, picture.read()) == (100, "high", b"page")
    assert len(others) == 2
    [_text, in_full, *_others] = files.parts_of(replace(attachment, detail="original"))
    assert isinstance(in_full, Image)


def test_a_pdf_goes_as_a_file(rig: Rig) -> None:
    [part] = OwnFiles(rig.files, "ada").parts_of(replace(attach(rig, PDF), sent_as="file"))
    assert isinstance(part, Document)
    assert (part.pages, part.read()) == (PAGES, b"%PDF-")


def test_too_many_pages_and_pages_that_cannot_be_drawn_are_not_sent(rig: Rig) -> None:
    many = replace(attach(rig, replace(PDF, pages=("",) * 51)), sent_as="images")
    with pytest.raises(NotSent, match="at most 50 pages can be sent as pictures"):
        OwnFiles(rig.files, "ada").parts_of(many)

    def broken(_data: bytes, _first: int, _last: int) -> list[dict[str, Picture]]:
        raise UnreadableFileError("Page 1 is damaged.")

    with pytest.raises(NotSent, match=r"Page 1 is damaged\."):
        replace_render(rig, broken).parts_of(replace(many, pages=(1, 1)))


def test_what_is_somebody_elses_or_gone_or_left_out_is_said_to_the_model(rig: Rig) -> None:
    attachment = attach(rig, PDF, "a.pdf")
    gone = "[The file a.pdf was attached here, and has been deleted since.]\n\n"
    assert text_of(rig, attachment, "eve") == gone
    left_out = "[The file a.pdf was attached here, and is left out.]\n\n"
    assert text_of(rig, replace(attachment, is_left_out=True)) == left_out
    rig.files.forget("ada", attachment.hash)
    assert text_of(rig, attachment) == gone


def replace_render(rig: Rig, render: object) -> OwnFiles:
    """Return Ada's files with another way to draw pages."""
    rig.files._render = render  # type: ignore[assignment]
    return OwnFiles(rig.files, "ada")
