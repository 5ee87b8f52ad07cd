"""A certificate that devices take and browsers do not: told when it is served with, and by doctor; a pair that does not fit is
refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from county_hub.commands.cli import main
from county_hub.hub.kept.certificates import doubts
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.tls import note_served, server_tls
from county_hub.hub.problems import UsageProblem
from tests.support.county_hub.hub_support import found_county, opened

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
OWN, OTHER, LINK, ROOT = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))


def certificate(name: str, key: Any, above: str, by: Any, days: tuple[int, int] = (-10, 80)) -> bytes:
    made = x509.CertificateBuilder().public_key(key.public_key()).serial_number(7).subject_name(named(name))
    begins, ends = (NOW + dt.timedelta(day) for day in days)
    made = made.issuer_name(named(above)).not_valid_before(begins).not_valid_after(ends)
    return made.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def key_file(path: Path, key: Any, secret: bytes = b"") -> Path:
    how = BestAvailableEncryption(secret) if secret else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    return path


LEAF, ABOVE = certificate("hub", OWN, "link", LINK), certificate("link", LINK, "root", ROOT)


@pytest.mark.parametrize(("pem", "words"), [
    (certificate("hub", OWN, "hub", OWN), ()), (LEAF + ABOVE, ()), (LEAF, ()),
    (certificate("hub", OWN, "hub", OWN, (-90, -1)), ("2026年11月30日 过期", "同一把私钥")),
    (certificate("hub", OWN, "hub", OWN, (2, 90)), ("2026年12月3日 才生效", "时钟")),
    (certificate("hub", OWN, "hub", OWN, (-80, 10)), ("就要过期",)),
    (LEAF + certificate("root", ROOT, "root", ROOT), ("第 1 张不是由第 2 张",)),
    (LEAF + certificate("link", OTHER, "root", ROOT), ("第 1 张不是由第 2 张",)),
    (LEAF + ABOVE + certificate("other", OTHER, "other", OTHER), ("第 2 张不是由第 3 张",)),
    (LEAF + certificate("link", LINK, "root", ROOT, (-90, -2)), ("2026年11月29日 过期",)),
])
def test_what_browsers_will_not_take_is_told_with_its_remedy(tmp_path: Path, pem: bytes, words: tuple[str, ...]) -> None:
    file = tmp_path / "hub.pem"
    file.write_bytes(pem)
    assert server_tls(HubHome(tmp_path), str(file), str(key_file(tmp_path / "key.pem", OWN))) is not None, "devices go by the key"
    said = doubts(file, int(NOW.timestamp() * 1000))
    assert len(said) == (1 if words else 0)
    assert all(word in said[0] for word in words)


@pytest.mark.parametrize("pem", [LEAF, ABOVE + LEAF, LEAF + ABOVE[:200], b"", b"\x30\x82"])
def test_a_pair_that_does_not_fit_is_one_sentence(tmp_path: Path, pem: bytes) -> None:
    file = tmp_path / "hub.pem"
    file.write_bytes(pem)
    for key in (key_file(tmp_path / "other.pem", OTHER), key_file(tmp_path / "locked.pem", OWN, b"word"), tmp_path / "none.pem"):
        with pytest.raises(UsageProblem) as problem:
            server_tls(HubHome(tmp_path), str(file), str(key))
        assert len(problem.value.sentence.splitlines()) == 1


def test_doctor_names_the_certificate_that_serve_shows(tmp_path: Path, capsys: Any) -> None:
    home, file = found_county(tmp_path), tmp_path / "hub.pem"
    file.write_bytes(certificate("hub", OWN, "hub", OWN, (-9000, -8000)))
    with opened(home) as hub:
        note_served(hub.registry, server_tls(hub.home, str(file), str(key_file(tmp_path / "key.pem", OWN))))
    capsys.readouterr()
    assert main(["doctor", str(home)]) == 1
    assert f"证书 {file} 已于" in capsys.readouterr().out
    with opened(home) as hub:
        note_served(hub.registry, None)
    main(["doctor", str(home)])
    assert "证书" not in capsys.readouterr().out
