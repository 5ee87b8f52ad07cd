"""Pictures made fit for paper: upright by their EXIF mark, no larger than print needs, never fatal.

Pillow comes with the PDF library. Bytes that are no picture give None, and the paper says so in words.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

# 150 dots an inch are sharp enough on paper; a phone's 12 million pixels would make a file of 30 pictures useless.
_DOTS_PER_MM = 150 / 25.4
_MAX_PIXELS = 60_000_000          # beyond it the bytes are an attack or a mistake, and decoding costs the tablet's memory
_QUALITY = 82
_FEW_COLOURS = 256


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture and its size on paper in mm."""

    data: bytes
    w: float
    h: float


def fit(data: bytes, w: float, h: float) -> Fitted | None:
    """The picture as large as w x h mm allow, keeping its shape. None when these bytes are no picture."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                return None
            limit = (max(1, int(w * _DOTS_PER_MM)), max(1, int(h * _DOTS_PER_MM)))
            opened.draft("RGB", (limit[0] * 2, limit[1] * 2))
            flat = _on_white(ImageOps.exif_transpose(opened) or opened)
    except Exception:             # Pillow raises many kinds; a damaged photograph must not cost the paper
        return None
    flat.thumbnail(limit)
    scale = min(w / flat.width, h / flat.height)
    return Fitted(_coded(flat), flat.width * scale, flat.height * scale)


def _on_white(image: Image.Image) -> Image.Image:
    """Signatures are drawn on glass: transparent where the paper should show."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image.convert("RGB")


def _coded(image: Image.Image) -> bytes:
    """A photograph as JPEG; strokes and flat areas (few colours) as PNG, which keeps them sharp."""
    out = io.BytesIO()
    if image.getcolors(_FEW_COLOURS) is not None:
        image.save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
