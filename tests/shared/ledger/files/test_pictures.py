"""Photographs before they are cut: looked at by their header, made fit, refused when they are none."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest

pillow = pytest.importorskip("PIL.Image")

from shared.ledger.files import pictures  # noqa: E402
from shared.ledger.files import prepared as files  # noqa: E402
from shared.ledger.files.pictures import BadFile  # noqa: E402
from shared.ledger.files.prepared import FileDraft, prepare  # noqa: E402


def jpeg(size: tuple[int, int], *, quality: int = 95, orientation: int = 1, position: bool = False, noisy: bool = True) -> bytes:
    image = pillow.effect_noise(size, 60).convert("RGB") if noisy else pillow.new("RGB", size, (120, 90, 60))
    tags = pillow.Exif()
    tags[0x0112] = orientation
    tags[0x8769] = {0x9003: "2026:11:23 09:00:00"}
    if position:
        tags[0x8825] = {1: "N", 2: (40.0, 19.0, 12.0), 3: "E", 4: (107.0, 0.0, 5.0)}
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, exif=tags)
    return out.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes whose header names any size."""
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(100))) + part(b"IEND", b"")


def opened(data: bytes):
    return pillow.open(io.BytesIO(data))


def test_a_camera_photograph_becomes_about_300_kb_with_a_long_edge_of_1600():
    made = pictures.photo(jpeg((4000, 3000)), "IMG_1.JPG")
    image = opened(made.data)
    assert image.size == (1600, 1200)
    assert len(made.data) <= pictures.PHOTO_BYTES * 1.6, "pure noise is the worst case there is"
    assert made.type == "image/jpeg"


def test_a_photograph_held_upright_stays_upright_and_loses_its_position_but_not_its_hour():
    made = pictures.photo(jpeg((2000, 1000), orientation=6, position=True, noisy=False), "tall.jpg")
    image = opened(made.data)
    assert image.size == (800, 1600)
    assert image.getexif().get(0x0112, 1) == 1
    assert not image.getexif().get_ifd(0x8825)
    assert image.getexif().get_ifd(0x8769)[0x9003] == "2026:11:23 09:00:00"


def test_a_small_photograph_loses_its_position_too_unless_it_is_wanted():
    small = jpeg((600, 400), position=True, noisy=False)
    assert pictures.header(small).position
    assert not pictures.header(pictures.photo(small, "a.jpg").data).position
    assert pictures.photo(small, "a.jpg", keep_position=True).data == small
    large = pictures.photo(jpeg((2400, 400), position=True, noisy=False), "b.jpg", keep_position=True)
    assert pictures.header(large.data).position


def test_a_photograph_that_is_fit_stays_byte_for_byte():
    fit = jpeg((800, 600), noisy=False)
    assert pictures.photo(fit, "a.jpg").data == fit


def test_a_screenshot_with_transparency_is_put_on_white():
    out = io.BytesIO()
    pillow.new("RGBA", (2000, 100), (0, 0, 0, 0)).save(out, "PNG")
    made = pictures.photo(out.getvalue(), "screen.png")
    assert made.name == "screen.jpg"
    assert opened(made.data).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("bad", [b"", b"%PDF-1.7 nothing", b"\xff\xd8\xff\xe0 cut", b"GIF89a" + bytes(50)])
def test_what_is_no_picture_is_refused_with_its_name_and_a_remedy(bad: bytes, tmp_path: Path):
    path = tmp_path / "收条.jpg"
    path.write_bytes(bad)
    with pytest.raises(BadFile, match=r"收条\.jpg.*JPG"):
        pictures.header(path)
    with pytest.raises(BadFile):
        pictures.photo(path)


@pytest.mark.parametrize("size", [(30_000, 20_000), (65_000, 65_000), (1, 2_000_000_000)])
def test_a_picture_that_would_take_all_memory_is_refused_by_its_header(size: tuple[int, int]):
    tracemalloc.start()
    with pytest.raises(BadFile, match="百万像素"):
        pictures.pixels(png_that_says(*size), 240, "big.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_thumbnail_is_decoded_small_and_upright():
    made = pictures.pixels(jpeg((4000, 2000), orientation=8), 240)
    assert (made.width, made.height) == (120, 240)
    assert len(made.rgba) == 120 * 240 * 4


def test_a_photograph_is_fit_before_it_becomes_chunks():
    prepared = prepare(FileDraft(data=jpeg((3000, 2000), noisy=False), name="field.jpg"))
    assert prepared.manifest["size"] <= pictures.PHOTO_BYTES
    assert len(prepared.manifest["chunks"]) <= pictures.PHOTO_BYTES // files.CHUNK_BYTES + 1
    assert prepared.manifest["thumb"]


def test_a_paper_and_a_damaged_photograph_stay_as_they_are():
    paper = jpeg((3000, 2000), noisy=False)
    assert prepare(FileDraft(data=paper, name="a.jpg", purpose="paper")).manifest["size"] == len(paper)
    damaged = b"\xff\xd8\xff\xe0" + bytes(5000)
    assert prepare(FileDraft(data=damaged, name="a.jpg")).manifest["size"] == len(damaged)
