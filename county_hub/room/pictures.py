"""Pictures that come from browsers and pages that are shown to everybody, each made anew: what was sent is never passed on."""

from __future__ import annotations

import io
import warnings

from county_hub.room import tuning

SIGNATURE_SIZE = (600, 240)
SHOWN_SIDE, PAGE_SCALE = 1600, 110 / 72          # points of the longest side; dots an inch over the PDF's 72
MOST_POINTS = 40_000_000                # a photograph of a good tablet has 20 million


class BadPicture(Exception):
    """It cannot be read, is too large, or nothing is on it."""


def signature(data: bytes) -> bytes:
    """Black on white, a PNG of one bit a point. Raises `BadPicture`."""
    from PIL import Image

    if len(data) > tuning.SIGNATURE_BYTES:
        raise BadPicture
    drawn = _opened(data, ("PNG",)).convert("RGBA")
    ground = Image.new("RGBA", drawn.size, "white")
    ground.alpha_composite(drawn)
    made = ground.convert("L").resize(SIGNATURE_SIZE).point(lambda value: 255 if value > 160 else 0).convert("1")
    if made.getextrema() != (0, 255):
        raise BadPicture
    out = io.BytesIO()
    made.save(out, "PNG", optimize=True)
    return out.getvalue()


def shown(data: bytes, page: int) -> tuple[str, bytes, int]:
    """(type, bytes, pages) of a picture, or of one page (from 0) of a PDF. Raises `BadPicture`."""
    if data.startswith(b"%PDF-"):
        picture, pages = _page(data, page)
    else:
        picture, pages = _opened(data, ("PNG", "JPEG", "WEBP")).convert("RGB"), 1
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=72)
    if out.tell() > tuning.SHOWN_BYTES:
        raise BadPicture
    return "image/jpeg", out.getvalue(), pages


def _page(data: bytes, page: int):  # type: ignore[no-untyped-def]
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            pages = len(document)
            if not 0 <= page < pages:
                raise BadPicture
            sheet = document[page]
            scale = min(PAGE_SCALE, SHOWN_SIDE / max(*sheet.get_size(), 1.0))
            return sheet.render(scale=scale).to_pil().convert("RGB"), pages
    except pypdfium2.PdfiumError:
        raise BadPicture from None


def _opened(data: bytes, formats: tuple[str, ...]):  # type: ignore[no-untyped-def]
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=formats)
            if picture.width * picture.height > MOST_POINTS:
                raise BadPicture
            picture.load()  # type: ignore[no-untyped-call]
            return picture
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning,
            Image.DecompressionBombError):
        raise BadPicture from None
