"""The fonts of a PDF: a file is read once by a process, and what a PDF takes of it is cut out by HarfBuzz.

A Chinese font has 30,000 glyphs. The PDF library reads them all for each file and lets fontTools look at each when it keeps two
hundred: more than half a second of processor time for a paper of one page, of which little is left (docs/decisions/0137). Where
HarfBuzz is not installed (docs/PACKAGING.md) fontTools cuts alone, as slowly as ever. It must not know pages.
"""

from __future__ import annotations

import copy
import io
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import SubsetMap, TTFFont

from shared.disputes.papers.kit.metrics import face_of

_FAMILY = "read"
_MOST_READ = 4          # the text's face and its helpers, some 10 MB each


def embed(pdf: FPDF, name: str, file: Path) -> None:
    """Make the font `file` known to `pdf` as `name`. Raises fontTools' `TTLibError` for a file that is no font."""
    read = _read(str(file), file.stat().st_mtime_ns)
    font: TTFFont = copy.copy(read)                 # what it says of the font is shared, what it keeps of this PDF is not
    font.i, font.fontkey = len(pdf.fonts) + 1, name
    font.missing_glyphs, font._hbfont = [], None
    font.subset = SubsetMap(font)
    pdf.fonts[name] = font
    if font.is_cff and font.is_cid_keyed:
        pdf._set_min_pdf_version("1.6")


def cut(pdf: FPDF) -> None:
    """Before `pdf` is put out: to each font its own file, of the glyphs that were drawn, for the library to take apart."""
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            small = _subset(font)
            if small is None:
                font.ttfont = _opened(font.ttffile, font.collection_font_number)
            else:
                font.ttfont = _opened(io.BytesIO(small), -1)


def _opened(source: Any, number: int) -> TTFont:
    # the outlines of the subset are those of the font: measuring each glyph again costs more than drawing a paper
    return TTFont(source, recalcTimestamp=False, recalcBBoxes=False, fontNumber=number, lazy=True)


def _subset(font: TTFFont) -> bytes | None:
    """A font of the drawn glyphs alone. None without HarfBuzz, and where a glyph's name would be another one in it: the
    Chinese faces name theirs by CID, which stays."""
    if not font.is_cid_keyed:
        return None
    try:
        import uharfbuzz
    except ImportError:
        return None
    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(glyph.glyph_id for glyph, _ in font.subset.items() if glyph and glyph.glyph_name != ".notdef")
    wanted.flags = uharfbuzz.SubsetFlags.NOTDEF_OUTLINE | uharfbuzz.SubsetFlags.NO_LAYOUT_CLOSURE
    face = uharfbuzz.Face(_blob(str(font.ttffile), Path(font.ttffile).stat().st_mtime_ns), font.collection_font_number)
    return cast(bytes, uharfbuzz.subset(face, wanted).blob.data)


@lru_cache(maxsize=_MOST_READ)
def _blob(file: str, changed_ns: int) -> Any:
    """The file, mapped. `changed_ns`: when it was last written, so that another font in its place is read anew."""
    import uharfbuzz

    del changed_ns
    return uharfbuzz.Blob.from_file_path(file)


@lru_cache(maxsize=_MOST_READ)
def _read(file: str, changed_ns: int) -> TTFFont:
    """The font as the PDF library reads it."""
    del changed_ns
    reader = FPDF()
    reader.add_font(_FAMILY, "", file, collection_font_number=face_of(file))
    return cast(TTFFont, reader.fonts[_FAMILY])
