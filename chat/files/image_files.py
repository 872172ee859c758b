"""Pictures: upright, in sRGB, with nothing but their pixels, in the sizes that models look at."""

import io
from typing import Any

from PIL import Image, ImageCms, ImageOps
from pillow_heif import register_heif_opener

from chat.files.file_bounds import LONGEST_EDGE, MOST_PIXELS
from chat.files.file_contents import FileContents, Picture, Size, UnreadableFileError
from texts import _

EDGES: dict[Size, int] = {"original": LONGEST_EDGE, "high": 2048, "low": 512, "thumbnail": 320}
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "HEIF", "AVIF", "BMP", "TIFF")
_OF_CAMERAS = {"JPEG", "MPO", "HEIF", "AVIF"}
_ANIMATED = {"GIF", "PNG", "WEBP", "AVIF"}  # what else has several pictures is a photograph with its parts
_SHRINKABLE = {"L", "RGB", "RGBA", "CMYK"}
_QUALITY = 90  # of JPEG
_LARGE_PNG = 1_000_000  # bytes from which a picture without transparency may be smaller as JPEG
_TO_8_BITS = 1 / 257

register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # looked at here, before anything is unpacked


def read_image(data: bytes) -> FileContents:
    """Return a picture in all sizes. Raises UnreadableFileError."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            _check_size(opened)
            notes = (_("Only the first picture of the animation is sent."),) if _is_animated(opened) else ()
            from_camera = opened.format in _OF_CAMERAS
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            if max(opened.size) > LONGEST_EDGE and opened.mode in _SHRINKABLE:
                opened.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
            picture = _plain(opened)
    except (UnreadableFileError, MemoryError):
        raise
    # What a damaged picture raises depends on its format: OSError, SyntaxError, EOFError and more.
    except Exception as exc:
        raise UnreadableFileError(_("This picture is damaged or incomplete.")) from exc
    return FileContents(
        kind="image", media_type="image", pictures=in_sizes(picture, from_camera=from_camera), notes=notes
    )


def in_sizes(
    image: Image.Image, *, from_camera: bool, sizes: tuple[Size, ...] = tuple(EDGES)
) -> dict[Size, Picture]:
    """Return a picture in sizes, none larger than it is."""
    pictures: dict[Size, Picture] = {}
    before: Picture | None = None
    for size in sizes:
        smaller = image.copy()
        smaller.thumbnail((EDGES[size], EDGES[size]), Image.Resampling.LANCZOS)
        is_same = before is not None and (before.width, before.height) == smaller.size
        if size == "thumbnail":
            pictures[size] = _webp(smaller)
        elif before is not None and is_same:
            pictures[size] = before
        else:
            pictures[size] = before = _encoded(smaller, from_camera=from_camera)
        image = smaller
    return pictures


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        text = _(
            "This picture has {size} million pixels, and at most {most} million can be attached. Make it "
            "smaller."
        )
        size, most = image.width * image.height // 1_000_000, MOST_PIXELS // 1_000_000
        raise UnreadableFileError(text.format(size=f"{size:,}", most=most))


def _is_animated(image: Image.Image) -> bool:
    return image.format in _ANIMATED and bool(getattr(image, "is_animated", False))


def _plain(image: Image.Image) -> Image.Image:
    """Return a picture upright and in sRGB, as RGB or, where it is transparent somewhere, RGBA."""
    profile = image.info.get("icc_profile")
    picture: Image.Image = ImageOps.exif_transpose(image)
    has_alpha = picture.has_transparency_data
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _in_8_bits(picture)
    if profile and picture.mode in {"RGB", "RGBA", "CMYK", "L"}:
        picture = _in_srgb(picture, profile)
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    if has_alpha and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    picture.info.clear()
    return picture


def _in_8_bits(picture: Image.Image) -> Image.Image:
    return picture.convert("I").point(lambda value: value * _TO_8_BITS).convert("L")


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a profile that is broken or of another kind: its colors are shown as they are
    return picture if changed is None else changed


def _encoded(picture: Image.Image, *, from_camera: bool) -> Picture:
    """Return a picture as PNG or JPEG, which all endpoints take: drawings stay sharp, photographs small."""
    if from_camera and picture.mode == "RGB":
        return _as(picture, "JPEG", quality=_QUALITY)
    png = _as(picture, "PNG", optimize=picture.width * picture.height < 1_000_000)
    if len(png.data) < _LARGE_PNG or picture.mode == "RGBA":
        return png
    jpeg = _as(picture, "JPEG", quality=_QUALITY)
    return jpeg if 2 * len(jpeg.data) < len(png.data) else png


def _webp(picture: Image.Image) -> Picture:
    return _as(picture, "WEBP", quality=80)


def _as(picture: Image.Image, format_: str, **how: Any) -> Picture:
    to = io.BytesIO()
    picture.save(to, format_, **how)
    return Picture(to.getvalue(), f"image/{format_.lower()}", picture.width, picture.height)
