"""Photographs: what a header says, a small one to look at, and one that is fit to travel.

    camera  12 MP, 5.8 MB = 355 chunks   ->   long edge 1600, about 300 kB = 19 chunks, upright, without the place
The header is read before anything is decoded, so a picture that would take all memory costs nothing; a JPEG is decoded at the
scale it is wanted in. Nothing here trusts a name or a length that a file gives. It must not know widgets, cases, replicas.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shared.ledger.os_words import os_reason
from shared.ledger.texts import t

if TYPE_CHECKING:
    from PIL.Image import Image

_Made = TypeVar("_Made")

PHOTO_EDGE = 1600
"""Pixels of the long edge of a kept photograph: a page photographed whole stays readable in print at 15 cm width."""

PHOTO_BYTES = 300 * 1024
"""A kept photograph: 19 chunks instead of 355 of a 12-megapixel one, three minutes instead of an hour at 16 kbit/s."""

PHOTO_SOURCE_BYTES = 64 * 1024 * 1024
"""What a camera leaves before it is made fit: 108-megapixel telephones write 30-40 MB."""

JPEG_PIXELS = 170_000_000
"""A baseline JPEG is decoded at an eighth of its size: 170 megapixels take 9 MB. Pillow itself refuses 179 million and more."""

PICTURE_PIXELS = 50_000_000
"""PNG, WebP and progressive JPEG are decoded whole: 50 megapixels take 150-200 MB for a moment, the most that a tablet of 2 GB
can spare."""

FORMATS = ("JPEG", "PNG", "WEBP")
_GPS, _EXIF, _ORIENTATION, _TAKEN = 0x8825, 0x8769, 0x0112, 0x9003
_QUALITIES = (82, 74, 66, 58)      # the first that fits; below 58 writing on paper becomes hard to read


class BadFile(ValueError):
    """What was chosen cannot be kept; one Chinese sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself; nothing of it is decoded. `position`: it tells where it was taken."""

    format: str
    width: int
    height: int
    turned: bool
    position: bool


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded picture: rows of RGBA from the top, upright."""

    width: int
    height: int
    rgba: bytes


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that is fit to be cut into chunks."""

    name: str
    type: str
    data: bytes


def header(source: Path | bytes, name: str = "") -> Header:
    """Raises BadFile for what is no picture, or one of more pixels than this device should decode."""
    shown = name or (source.name if isinstance(source, Path) else "")
    return _with(source, shown, lambda image: _header(image, shown))


def pixels(source: Path | bytes, side: int, name: str = "") -> Pixels:
    """Decoded so that neither edge is above `side`. Raises BadFile as `header` does."""
    def decode(image: Image) -> Pixels:
        small = _decoded(image, side).convert("RGBA")
        return Pixels(small.width, small.height, small.tobytes())

    return _with(source, name or (source.name if isinstance(source, Path) else ""), decode)


def jpeg_within(data: bytes, size: int, sides: tuple[tuple[int, int], ...]) -> bytes | None:
    """The first of the (side, quality) that makes a JPEG of at most `size` bytes; None when none does or it is no picture."""
    def make(image: Image) -> bytes | None:
        upright = _on_white(_decoded(image, sides[0][0]))
        for side, quality in sides:
            small = upright.copy()
            small.thumbnail((side, side))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= size:
                return out.getvalue()
        return None

    try:
        return _with(data, "", make)
    except BadFile:
        return None


def photo(source: Path | bytes, name: str = "", *, keep_position: bool = False) -> Photo:
    """The picture as it is kept: at most `PHOTO_EDGE` pixels and about `PHOTO_BYTES`, upright, the place removed unless
    `keep_position`. One that is fit already stays byte for byte. Raises BadFile as `header` does."""
    shown = name or (source.name if isinstance(source, Path) else "photo")
    data = source if isinstance(source, bytes) else _read(source, shown)
    return _with(data, shown, lambda image: _photo(image, data, shown, keep_position))


def made_anew(data: bytes, name: str, most_pixels: int) -> bytes:
    """A JPEG as `photo` makes it, of nothing but the pixels, whatever was sent; for what strangers send. Raises BadFile."""
    said = header(data, name)
    if said.width * said.height > most_pixels:
        raise BadFile(t("file.too_many_pixels", name=name, millions=said.width * said.height // 1_000_000,
                        limit=most_pixels // 1_000_000))
    return _with(data, name, lambda image: _fitted(image, b""))


def _photo(image: Image, data: bytes, name: str, keep_position: bool) -> Photo:
    said = _header(image, name)
    fits = max(said.width, said.height) <= PHOTO_EDGE and len(data) <= PHOTO_BYTES
    if fits and not said.turned and (keep_position or not said.position):
        return Photo(name, f"image/{said.format.lower()}", data)
    made = _fitted(image, _kept_tags(image, keep_position))
    return Photo(f"{name.rpartition('.')[0] or name}.jpg", "image/jpeg", made)


def _fitted(image: Image, tags: bytes) -> bytes:
    upright = _on_white(_decoded(image, PHOTO_EDGE))
    upright.info.clear()                          # comments, colour profiles and XMP, which may name the place again
    made = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=quality, optimize=True, exif=tags)
        made = out.getvalue()
        if len(made) <= PHOTO_BYTES:
            break
    return made


def _kept_tags(image: Image, keep_position: bool) -> bytes:
    """When it was taken stays, for that is evidence; where, only when it is wanted; everything else goes."""
    from PIL import Image as pillow

    before: Any = image.getexif()                # Pillow's tags have no types of their own
    after: Any = pillow.Exif()  # type: ignore[no-untyped-call]
    taken = before.get_ifd(_EXIF).get(_TAKEN)
    if isinstance(taken, str):
        after[_EXIF] = {_TAKEN: taken}
    if keep_position and before.get_ifd(_GPS):
        after[_GPS] = dict(before.get_ifd(_GPS))
    return bytes(after.tobytes())


def _header(image: Image, name: str) -> Header:
    width, height = image.size
    whole = image.format != "JPEG" or bool(image.info.get("progressive"))     # decoded in full before it can be made small
    limit = PICTURE_PIXELS if whole else JPEG_PIXELS
    if image.format not in FORMATS:
        raise BadFile(t("file.not_picture", name=name))
    if width * height > limit:
        raise BadFile(t("file.too_many_pixels", name=name, millions=width * height // 1_000_000,
                             limit=limit // 1_000_000))
    tags: Any = image.getexif()
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    where = bool(tags.get_ifd(_GPS)) or (b"GPSL" if isinstance(xmp, bytes) else "GPSL") in xmp
    return Header(str(image.format), width, height, tags.get(_ORIENTATION, 1) not in (0, 1), where)


def _decoded(image: Image, side: int) -> Image:
    from PIL import ImageOps

    image.draft("RGB", (side, side))              # a JPEG is decoded at a half, a quarter or an eighth
    image.thumbnail((side, side))
    return ImageOps.exif_transpose(image) or image


def _on_white(image: Image) -> Image:
    from PIL import Image as pillow

    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return image.convert("RGB")
    ground = pillow.new("RGB", image.size, (255, 255, 255))
    over = image.convert("RGBA")
    ground.paste(over, mask=over.getchannel("A"))
    return ground


def _read(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > PHOTO_SOURCE_BYTES:
            raise BadFile(t("file.too_big", name=name, limit=PHOTO_SOURCE_BYTES >> 20))
        return path.read_bytes()
    except OSError as error:
        raise BadFile(t("file.unreadable", name=name, reason=os_reason(error))) from error


def _with(source: Path | bytes, name: str, use: Callable[[Image], _Made]) -> _Made:
    """`use(image)` on the opened picture. Pillow raises many kinds for damaged bytes: all of them mean "no picture"."""
    from PIL import Image as pillow

    try:
        with pillow.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as image:
            _header(image, name)
            return use(image)
    except BadFile:
        raise
    except pillow.DecompressionBombError as error:
        limit = JPEG_PIXELS // 1_000_000
        raise BadFile(t("file.too_many_pixels", name=name, millions=f"{limit}+", limit=limit)) from error
    except Exception as error:
        raise BadFile(t("file.not_picture", name=name)) from error
