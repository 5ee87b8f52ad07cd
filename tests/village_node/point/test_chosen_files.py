"""What a person chooses for a form: seen and refused when it is chosen, with its name and the remedy, and never when saving."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from village_node.point import files, pictures
from village_node.point.errors import InvalidDraft


def jpeg(form: str = "JPEG", **more: object) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((320, 240), 40).convert("RGB").save(made, form, **more)
    return made.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_breaks_off_is_refused_when_it_is_chosen(form: str, tmp_path: Path) -> None:
    path, whole = tmp_path / "收条.jpg", jpeg(form)
    path.write_bytes(whole)
    assert pictures.photo(path).data == whole, "it would stay as it is"
    path.write_bytes(whole[:len(whole) // 2])
    with pytest.raises(InvalidDraft, match=r"收条\.jpg.*JPG"):
        pictures.photo(path)


@pytest.mark.parametrize("form", ["BMP", "GIF", "TIFF", "PPM"])
def test_other_pictures_are_refused_whatever_their_name_says(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(form))
    with pytest.raises(InvalidDraft, match=r"a\.jpg"):
        pictures.photo(path)


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_photograph_stands_upright_however_the_camera_was_held(turned: int) -> None:
    tags = Image.Exif()
    tags[0x0112] = turned
    plain = Image.new("RGB", (60, 40), "white")
    plain.paste("black", (0, 0, 20, 20))
    at = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[turned]
    made = io.BytesIO()
    plain.save(made, "JPEG", quality=95, exif=tags)
    upright = Image.open(io.BytesIO(pictures.photo(made.getvalue(), "a.jpg").data)).convert("L")
    assert upright.size == ((60, 40) if turned < 5 else (40, 60))
    dark = [(x, y) for x in (0, 1) for y in (0, 1)
            if upright.getpixel((5 + x * (upright.width - 11), 5 + y * (upright.height - 11))) < 128]
    assert dark == [at]


def test_a_folder_lists_its_newest_files_and_nothing_that_cannot_be_read(tmp_path: Path) -> None:
    for n, name in enumerate(("old.jpg", "new.PNG", "note.txt")):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (n, n))
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "round.jpg").symlink_to(tmp_path / "round.jpg")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nothing")
    assert [path.name for path in pictures.newest(tmp_path, pictures.SUFFIXES)] == ["new.PNG", "old.jpg"]
    assert pictures.newest(tmp_path / "nowhere", pictures.SUFFIXES) == []
    assert pictures.newest(tmp_path / "note.txt", pictures.SUFFIXES) == []


@pytest.mark.parametrize("bad", [b"", b"hello", b"\xff\xd8\xff", b"<html>%PD"])
def test_a_paper_that_is_no_pdf_is_refused_when_it_is_chosen(bad: bytes, tmp_path: Path) -> None:
    path = tmp_path / "判决.pdf"
    path.write_bytes(bad)
    for source in (path, bad):
        with pytest.raises(InvalidDraft, match=r"判决\.pdf.*拍照"):
            files.paper(source, path.name)
    path.write_bytes(b"\n%PDF-1.4 ...")
    assert files.paper(path, path.name).startswith(b"\n%PDF")


def test_a_paper_that_went_away_or_is_too_large_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidDraft, match=r"走了\.pdf"):
        files.paper(tmp_path / "走了.pdf", "走了.pdf")
    with pytest.raises(InvalidDraft, match=r"大\.pdf.*8 MB"):
        files.paper(b"%PDF-" + bytes(files.MOST_PAPER), "大.pdf")
