"""The court package: only who it is for opens it, and nothing in it can be changed, added or passed on as another's."""

from __future__ import annotations

import io
import json
import random
import zipfile

import pytest

from shared.disputes.papers import court_package
from shared.disputes.papers.court_package import Part, build, fingerprint, open_package
from shared.ledger.errors import Refused
from shared.ledger.formats import canonical
from shared.ledger.formats.keys import DeviceKey

RANDOM = random.Random(20260401)
OFFICE, COURT, STRANGER = (DeviceKey.generate(RANDOM.randbytes) for _ in range(3))
PARTS = [Part("D10.pdf", b"%PDF agreement DEMO"), Part("01-证据.jpg", b"\xff\xd8\xff" * 50)]
ABOUT = {"case": "01J00000000000000000000000", "office": "150822100203"}


def made(**options: str) -> bytes:
    return build(PARTS, ABOUT, OFFICE, RANDOM.randbytes, **(options or {"court_key": COURT.public}))


def test_the_court_opens_it_and_every_part_is_there() -> None:
    opened = open_package(made(), court_key=COURT)
    assert list(opened.parts) == PARTS
    assert opened.signer == OFFICE.public
    assert opened.about == {**ABOUT, "recipient": f"key {fingerprint(COURT.public)}"}
    assert open_package(made(passphrase="四个词语 组成口令 DEMO"), passphrase="四个词语 组成口令 DEMO").parts == opened.parts


@pytest.mark.parametrize("options", [{"court_key": STRANGER}, {}, {"passphrase": "x" * 20}])
def test_nobody_else_opens_it_and_nothing_of_the_case_shows(options: dict) -> None:
    package = made()
    for word in (b"agreement", ABOUT["case"].encode(), b"D10", "证据".encode(), ABOUT["office"].encode()):
        assert word not in package
    with pytest.raises(Refused) as refusal:
        open_package(package, **options)
    assert refusal.value.code == "bad_seal"


def test_a_wrong_passphrase_and_every_changed_byte_are_refused() -> None:
    package = made(passphrase="a long passphrase")
    with pytest.raises(Refused):
        open_package(package, passphrase="a long passphrasf")
    package, refused = made(), 0
    for place in RANDOM.sample(range(len(package)), 120):
        changed = bytearray(package)
        changed[place] ^= 0x41
        try:
            assert open_package(bytes(changed), court_key=COURT).parts == tuple(PARTS), "only bytes that say nothing may change"
        except Refused:
            refused += 1
    assert refused > 60


def test_parts_that_do_not_fit_the_signed_list_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made by somebody with the court's public key, who has another's signed manifest."""
    real = court_package._zip

    def forged(change):
        def zipped(parts):
            return real(change(list(parts))) if parts[0].name == "manifest.json" else real(parts)

        monkeypatch.setattr(court_package, "_zip", zipped)      # a forger's program: ours, with other parts at the last step
        try:
            return made()
        finally:
            monkeypatch.setattr(court_package, "_zip", real)

    for change, code in (
        (lambda p: [p[0], Part("D10.pdf", b"%PDF another DEMO!!"), p[2]], "bad_part"), (lambda p: p[:2], "bad_part"),
        (lambda p: [*p, Part("more.pdf", b"x")], "bad_part"),
        (lambda p: [_resigned(p[0], STRANGER.public), *p[1:]], "bad_signature"),
    ):
        with pytest.raises(Refused) as refusal:
            open_package(forged(change), court_key=COURT)
        assert refusal.value.code == code


def _resigned(manifest: Part, public_key: str) -> Part:
    return Part(manifest.name, canonical.encode({**canonical.decode(manifest.data), "public_key": public_key}))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"%PDF-1.7", "没有".encode()])
def test_what_is_no_package_is_told_so(data: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        open_package(data, court_key=COURT)
    assert refusal.value.code == "not_a_package"


def test_a_header_of_another_kind_is_told_so() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made_zip:
        made_zip.writestr("header.json", json.dumps({"format": "other/9"}))
        made_zip.writestr("content.bin", b"")
    with pytest.raises(Refused):
        open_package(out.getvalue(), court_key=COURT)


def test_it_is_made_for_somebody_and_its_parts_have_plain_names() -> None:
    for options in ({"court_key": ""}, {"court_key": COURT.public, "passphrase": "both are given"}):
        with pytest.raises(Refused):
            build(PARTS, ABOUT, OFFICE, RANDOM.randbytes, **options)
    for name in ("../x", "a/b", "", "manifest.json", "D10.pdf"):
        with pytest.raises(Refused):
            build([*PARTS, Part(name, b"x")], ABOUT, OFFICE, RANDOM.randbytes, court_key=COURT.public)


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_package_that_somebody_else_packed_or_that_was_damaged_is_refused_in_one_way(packed: int) -> None:
    """It is opened by whoever gets it, before anything in it is known to be signed."""
    given = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made())) as ours, zipfile.ZipFile(given, "w", packed) as other:
        for info in ours.infolist():
            other.writestr(info.filename, ours.read(info))
    for _ in range(300):
        damaged = bytearray(given.getvalue())
        for _ in range(RANDOM.randint(1, 4)):
            damaged[RANDOM.randrange(len(damaged))] = RANDOM.randrange(256)
        try:
            assert open_package(bytes(damaged[:RANDOM.choice((len(damaged), RANDOM.randrange(len(damaged))))]),
                                court_key=COURT).parts == tuple(PARTS)
        except Refused:
            continue
