"""Pictures come upright and clean in the sizes that models look at; PDFs have text and pictures by page."""

import io
from typing import Any

import pytest
from PIL import Image

from chat.files import FileContents, Size, UnreadableFileError
from chat.files import file_bounds as bounds
from chat.files.image_files import read_image
from chat.files.pdf_files import draw_pages, read_pdf
from chat.files.worker import contents_of

ORIENTATION, GPS, COMMENT = 0x0112, 0x8825, 0x9286


def image_file(image: Image.Image, kind: str, **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def opened(contents: FileContents, size: Size = "original") -> Image.Image:
    return Image.open(io.BytesIO(contents.pictures[size].data))


def gradient(width: int, height: int) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def test_a_photo_has_all_sizes_and_none_is_larger_than_it_is() -> None:
    contents = contents_of(image_file(gradient(4000, 3000), "JPEG"), "photo.png")
    sizes = {size: (each.width, each.height, each.media_type) for size, each in contents.pictures.items()}
    assert sizes == {
        "original": (4000, 3000, "image/jpeg"),
        "high": (2048, 1536, "image/jpeg"),
        "low": (512, 384, "image/jpeg"),
        "thumbnail": (320, 240, "image/webp"),
    }
    small = contents_of(image_file(gradient(100, 50), "PNG"), "small.png").pictures
    assert {(each.width, each.height) for each in small.values()} == {(100, 50)}
    assert small["low"] == small["high"] == small["original"]


def test_where_a_picture_was_taken_and_all_else_stays_behind_but_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turned to the right
    exif[GPS] = {1: "N", 2: (48.0, 8.0, 14.0)}
    image = gradient(400, 200)
    data = image_file(image, "JPEG", exif=exif, comment=b"at home")
    assert b"at home" in data
    contents = read_image(data)
    for picture in contents.pictures.values():
        kept = Image.open(io.BytesIO(picture.data))
        assert (kept.width < kept.height, dict(kept.getexif()), kept.info.get("comment")) == (True, {}, None)
        assert b"at home" not in picture.data
        assert b"Exif" not in picture.data
    png = image_file(image, "PNG", pnginfo=_noted("secret place"))
    assert not any(b"secret" in each.data for each in read_image(png).pictures.values())


def _noted(text: str) -> Any:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", text)
    return info


@pytest.mark.parametrize(
    ("image", "kind", "pixel"),
    [
        (Image.new("I;16", (30, 20), 40_000), "PNG", (155, 155, 155)),
        (Image.new("CMYK", (30, 20), (0, 255, 255, 0)), "JPEG", (254, 0, 0)),
        (Image.new("L", (30, 20), 90), "PNG", (90, 90, 90)),
        (Image.new("1", (30, 20), 1), "PNG", (255, 255, 255)),
        (Image.new("P", (30, 20), 0), "GIF", (0, 0, 0)),
        (Image.new("RGBA", (30, 20), (10, 20, 30, 128)), "PNG", (10, 20, 30, 128)),
        (Image.new("RGB", (30, 20), (200, 0, 0)), "WEBP", None),
        (Image.new("RGB", (30, 20), (200, 0, 0)), "TIFF", (200, 0, 0)),
        (Image.new("RGB", (30, 20), (200, 0, 0)), "BMP", (200, 0, 0)),
        (Image.new("RGB", (64, 64), (200, 0, 0)), "HEIF", None),
        (Image.new("RGB", (64, 64), (200, 0, 0)), "AVIF", None),
    ],
)
def test_pictures_of_every_kind_come_right(
    image: Image.Image, kind: str, pixel: tuple[int, ...] | None
) -> None:
    contents = contents_of(image_file(image, kind), "picture")
    kept = opened(contents)
    found = kept.getpixel((1, 1))
    if pixel is not None:
        assert found == pixel
    else:
        assert isinstance(found, tuple)
        assert found[0] > 180 > 60 > max(found[1:3])


def test_of_an_animation_the_first_picture_is_taken() -> None:
    frames = [Image.new("RGB", (30, 20), color) for color in ("red", "blue")]
    contents = contents_of(image_file(frames[0], "GIF", save_all=True, append_images=frames[1:]), "a.gif")
    assert opened(contents).convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    assert contents.notes == ("Only the first picture of the animation is sent.",)


@pytest.mark.parametrize("kind", ["MPO", "HEIF"])
def test_a_photo_with_further_pictures_in_it_is_no_animation(kind: str) -> None:
    data = image_file(gradient(64, 48), kind, save_all=True, append_images=[gradient(32, 24)])
    contents = contents_of(data, "photo.jpg")
    assert (contents.notes, opened(contents).size) == ((), (64, 48))


def test_a_picture_that_could_be_transparent_and_is_not_needs_no_room_for_it() -> None:
    whole = gradient(64, 48).convert("RGBA")
    assert opened(contents_of(image_file(whole, "PNG"), "a.png")).mode == "RGB"
    whole.putpixel((0, 0), (0, 0, 0, 254))
    assert opened(contents_of(image_file(whole, "PNG"), "a.png")).mode == "RGBA"


def test_a_picture_that_memory_does_not_hold_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(image: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr("chat.files.image_files._plain", full)
    with pytest.raises(MemoryError):
        contents_of(image_file(gradient(64, 48), "PNG"), "a.png")


def test_huge_pixels_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = image_file(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000
    loaded: list[object] = []
    monkeypatch.setattr(Image.Image, "load", lambda image: loaded.append(image))
    with pytest.raises(UnreadableFileError, match="400 million pixels, and at most 120 million"):
        read_image(bomb)
    assert loaded == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "HEIF"])
def test_a_picture_that_breaks_off_says_so(kind: str) -> None:
    whole = image_file(gradient(300, 200), kind)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(UnreadableFileError, match="damaged"):
            contents_of(whole[: int(len(whole) * share)], "picture")


def pdf(pages: list[str]) -> bytes:
    """Return a PDF with a line of text on each page, or a drawing where it is empty, by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        content = f"BT /F1 24 Tf 50 700 Td ({text}) Tj ET" if text else "50 600 200 200 re f"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R "
            f"/Resources {font} >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    file, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(file))
        file += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer << /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF"
    return file + end.encode()


def test_a_pdf_has_its_text_by_page_and_says_which_have_none() -> None:
    contents = contents_of(pdf(["One.", "", "", "Four.", ""]), "a.pdf")
    assert contents.pages == ("One.", "", "", "Four.", "")
    assert contents.notes == ("Pages 2–3, 5 have no text: they are pictures.",)
    assert contents_of(pdf(["One."]), "a.pdf").notes == ()
    assert contents_of(pdf([""]), "a.pdf").notes[0].startswith("The page has no text: it is a picture.")
    many = contents_of(pdf(["x", ""] * 9), "a.pdf")
    assert many.notes == ("9 pages have no text.",)


def test_pages_are_drawn_in_two_sizes() -> None:
    one, two = draw_pages(pdf(["One.", "Two.", "Three."]), 2, 3)
    assert {size: (each.width, each.height) for size, each in one.items()} == {
        "high": (1448, 2048),
        "low": (362, 512),
    }
    assert one["high"].data != two["high"].data
    for first, last in ((0, 1), (2, 1), (3, 4), (1, 99)):
        with pytest.raises(UnreadableFileError, match="cannot be made into pictures"):
            draw_pages(pdf(["One.", "Two.", "Three."]), first, last)


def test_ten_thousand_pages_are_too_many() -> None:
    with pytest.raises(UnreadableFileError, match=f"10,000 pages, and at most {bounds.MOST_PAGES:,}"):
        read_pdf(pdf([""] * 10_000))


def test_a_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("plain_texts", "pdf_files"):
        monkeypatch.setattr(f"chat.files.{module}.LARGEST_TEXT", 5)
    for data in (b"123456", pdf(["123", "456"])):
        with pytest.raises(UnreadableFileError, match="million characters of text"):
            contents_of(data, "file")
