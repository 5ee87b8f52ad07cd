"""Pictures of papers and of things, put into the file after the paper they belong to.

What is not a picture (a PDF, a recording) is named with its hash; what has not arrived leaves its place open.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.case import FileRef
from shared.forms.canvas import INNER
from shared.forms.context import FormContext
from shared.forms.page import Page
from shared.texts import t

_TALL = 104.0            # two pictures to a page


def scans(page: Page, ctx: FormContext, files: Sequence[FileRef], captions: Sequence[str] = (), heading: str = "") -> int:
    """Each file on half a page of its own, under `heading` on the first; how many are not here yet."""
    absent = 0
    for place, ref in enumerate(files):
        if place == 0:
            page.new_page()
            if heading:
                page.title(heading, 16)
        page.need(min(_TALL, page.bottom - 30) + 12)
        said = captions[place] if place < len(captions) else f"{ref.name}　{ref.sha256[:16]}"
        absent += _one(page, ctx, ref, said)
    return absent


def _one(page: Page, ctx: FormContext, ref: FileRef, caption: str) -> int:
    tall = min(_TALL, page.room - 12)
    if not ref.type.startswith("image/"):
        page.framed(None, INNER, 24, caption, t("forms.picture.other_type", name=ref.name, sha256=ref.sha256[:16]))
        page.space(24 + 12)
        return 0
    data = ctx.file_bytes(ref.sha256)
    absent = t("forms.picture.damaged") if data is not None else t("forms.picture.absent", sha256=ref.sha256[:16])
    page.framed(data, INNER, tall, caption, absent)
    page.space(tall + 12)
    return int(data is None)
