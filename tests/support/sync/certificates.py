"""Certificates made for one test or benchmark: an authority and a server's chain for 127.0.0.1 and localhost."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

BITS = 2048     # as most public chains have them: their weight is what is measured


def chain(folder: Path) -> tuple[Path, Path, Path]:
    """Files: the authority that a client trusts, the server's chain (leaf and intermediate), the server's key."""
    root_key, middle_key, leaf_key = (rsa.generate_private_key(public_exponent=65537, key_size=BITS) for _ in range(3))
    root = _certificate("DEMO root", root_key, "DEMO root", root_key, authority=True)
    middle = _certificate("DEMO intermediate", middle_key, "DEMO root", root_key, authority=True)
    leaf = _certificate("localhost", leaf_key, "DEMO intermediate", middle_key, authority=False)
    folder.mkdir(parents=True, exist_ok=True)
    ca, certificates, key = folder / "ca.pem", folder / "chain.pem", folder / "key.pem"
    ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    certificates.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, middle)))
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(leaf_key.private_bytes(serialization.Encoding.PEM, form, none))
    return ca, certificates, key


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not authority:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


def own_certificate(path: Path, *, seed: int, days: tuple[int, int]) -> None:
    """`path`.pem and `path`.key: a certificate that nobody else signed, for a name of nobody, valid between these days from now.
    The same seed gives the same key."""
    key = ec.derive_private_key(seed + 1, ec.SECP256R1())
    now, name = datetime.datetime.now(datetime.UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "demo.invalid")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0])).not_valid_after(now + datetime.timedelta(days=days[1]))
        .sign(key, hashes.SHA256())
    )
    path.with_suffix(".pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.with_suffix(".key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
