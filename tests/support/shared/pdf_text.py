"""What a person reads on a PDF, through poppler: text without its spaces, page by page."""

from __future__ import annotations

import re
import subprocess


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, white space taken out (titles are set wide, cells stand apart)."""
    shown = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode("utf-8")
    return [re.sub(r"\s", "", page) for page in shown.split("\f")[:-1]]


def text_of(pdf: bytes) -> str:
    """All pages, in reading order of the content stream (a cell's lines follow each other)."""
    shown = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode("utf-8")
    return re.sub(r"\s", "", shown)
