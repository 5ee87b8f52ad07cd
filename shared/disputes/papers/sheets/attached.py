"""Pictures of papers and of things, and the pages of attached PDF files, put into the file after the paper they belong to.

What is neither (a recording) is named with its hash; what has not arrived leaves its place open, with its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.disputes.case.state import FileRef
from shared.disputes.papers.kit.canvas import INNER
from shared.disputes.papers.kit.inserted import pages_in
from shared.disputes.papers.kit.page import SMALL, Page
from shared.disputes.papers.sheets.context import FormContext
from shared.ledger.texts import t

PDF = "application/pdf"
_TALL = 104.0            # two pictures to a page
_HALF = 200.0            # mm: so much room makes a page of a PDF readable


def scans(page: Page, ctx: FormContext, files: Sequence[FileRef], captions: Sequence[str] = (), heading: str = "") -> int:
    """Each file on half a page of its own, under `heading` on the first; how many are not here yet."""
    absent = 0
    for place, ref in enumerate(files):
        if place == 0:
            page.new_page()
            if heading:
                page.title(heading, 16)
        if ref.type != PDF:
            page.need(min(_TALL, page.bottom - 30) + 12)
        said = captions[place] if place < len(captions) else f"{ref.name}　{ref.sha256[:16]}"
        absent += _one(page, ctx, ref, said)
    return absent


def _one(page: Page, ctx: FormContext, ref: FileRef, caption: str) -> int:
    if ref.type == PDF:
        return _pdf(page, ctx, ref, caption)
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


def _pdf(page: Page, ctx: FormContext, ref: FileRef, caption: str) -> int:
    """Its pages, one on each of ours; where they cannot be had, its name and what is the matter."""
    data = ctx.file_bytes(ref.sha256)
    count = pages_in(data) if data is not None else 0
    for number in range(count):
        # the first may stand under the heading of the part
        if page.room < (_HALF if number == 0 else page.bottom):
            page.new_page()
        said = t("forms.picture.pdf_page", caption=caption, page=number + 1, count=count)
        page.paragraph(said, indent=0, size=SMALL, leading=5.0)
        page.foreign_page(data or b"", number)
    if not count:
        page.need(24 + 12)
        why = "pdf_unreadable" if data is not None else "pdf_absent"
        page.framed(None, INNER, 24, caption, t(f"forms.picture.{why}", name=ref.name, sha256=ref.sha256[:16]))
        page.space(24 + 12)
    return int(data is None)
