"""The text of a QR code in a picture. Knows no Kivy and no enrolment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.ledger.texts import t
from village_node.point.errors import NodeError, UsageError

SIDE = 2000          # pixels: a code that fills a tenth of a photograph still has three to a module
_FORMATS = ("JPEG", "PNG", "WEBP")


def text_in(picture: Path | Any) -> str:
    """Of a file, or of an opened image. Raises NodeError with a sentence: no reader installed, no picture, no code."""
    try:
        import zxingcpp
    except ImportError as error:
        raise NodeError(t("start.no_reader")) from error
    found = zxingcpp.read_barcodes(_opened(picture) if isinstance(picture, Path) else picture)
    for code in found:
        if "QR" in str(code.format) and code.text.strip():
            return str(code.text).strip()
    raise UsageError(t("start.no_code"))


def _opened(path: Path) -> Any:
    from PIL import Image, ImageOps

    from village_node.point import pictures

    pictures.header(path)                          # refuses what is no picture, or too large for this device
    with Image.open(path, formats=_FORMATS) as image:
        image.draft("L", (SIDE, SIDE))
        made = ImageOps.exif_transpose(image) or image
        made = made.convert("L")
        made.thumbnail((SIDE, SIDE))
        return made
