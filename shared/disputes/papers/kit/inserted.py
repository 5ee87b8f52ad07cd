"""Pages of attached PDF files, laid into pages of ours: each one scaled into the room kept for it, under our caption and number.

The library that does it (pypdf) is asked for when it is needed; without it, or for a file that cannot be read, a paper names the
file by its hash instead. What stands beside the page's content (links, forms, scripts) is left behind.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("shared.forms.inserted")
MAX_PAGES = 200                  # of one attached file; a longer one is named and handed over beside the file
_POINTS = 72 / 25.4
_BESIDE = ("/Annots", "/AA", "/Metadata", "/PieceInfo", "/B")


@dataclass(frozen=True, slots=True)
class Insert:
    """Page `number` (from 0) of the PDF `data`, onto page `page` (from 0) of ours, into a room in mm from the top left."""

    page: int
    data: bytes
    number: int
    x: float
    y: float
    w: float
    h: float


def pages_in(data: bytes) -> int:
    """How many pages of this file can be laid in; 0 when it cannot be read, is locked or too long, or pypdf is not installed."""
    reader = _reader(data)
    try:
        count = len(reader.pages) if reader is not None else 0
    except Exception:            # a damaged attachment must not cost the file
        return 0
    return count if count <= MAX_PAGES else 0


def with_inserts(pdf: bytes, inserts: Sequence[Insert]) -> bytes:
    """Our PDF with these pages laid in; without inserts the same bytes. A page that fails stays an empty frame."""
    if not inserts:
        return pdf
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    for insert in inserts:
        try:
            _lay(writer.pages[insert.page], insert)
        except Exception:
            log.warning("page %d of an attached file could not be laid in", insert.number + 1)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _reader(data: bytes) -> Any:
    try:
        from pypdf import PdfReader
    except ImportError:
        return None
    logging.getLogger("pypdf").setLevel(logging.ERROR)       # what it finds odd in a file is no word for a clerk's log
    try:
        reader = PdfReader(io.BytesIO(data))
        return None if reader.is_encrypted else reader
    except Exception:
        return None


def _lay(target: Any, insert: Insert) -> None:
    from pypdf import PdfWriter, Transformation

    source = PdfWriter().add_page(_reader(insert.data).pages[insert.number])     # a copy of its own, to be changed
    for name in _BESIDE:
        source.pop(name, None)
    source.transfer_rotation_to_content()
    box = source.mediabox
    wide, high = float(box.width), float(box.height)
    room_w, room_h = insert.w * _POINTS, insert.h * _POINTS
    scale = min(room_w / wide, room_h / high)
    left = insert.x * _POINTS + (room_w - wide * scale) / 2
    bottom = float(target.mediabox.height) - insert.y * _POINTS - high * scale
    move = Transformation().translate(-float(box.left), -float(box.bottom)).scale(scale).translate(left, bottom)
    target.merge_transformed_page(source, move, over=True)
