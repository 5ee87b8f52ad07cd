"""A thumbnail is text that its author signed: what is no base64 shows no picture, and takes no page with it."""

from __future__ import annotations

import base64

import pytest

from shared.disputes.case.state import FileRef


def ref(thumb: str | None) -> FileRef:
    return FileRef("DEMO.jpg", "image/jpeg", 3, "0" * 64, (), "photo", None, thumb, "case:x")


@pytest.mark.parametrize("thumb", ["字字字字", "abc", "////=", "/9j/\"><script>", "a b\n", "²", None, ""])
def test_what_is_no_base64_is_no_picture(thumb: str | None) -> None:
    assert ref(thumb).thumbnail() is None


def test_bytes_come_back_as_they_were_written() -> None:
    assert ref(base64.b64encode(b"\xff\xd8\xffDEMO").decode()).thumbnail() == b"\xff\xd8\xffDEMO"
