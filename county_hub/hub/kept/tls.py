"""TLS of the hub: the files it serves with, and the mark of its key that enrolment codes carry.

A device that was given the mark (SHA-256 of the certificate's SubjectPublicKeyInfo) asks for no authority and no date: a county
that makes its own certificate is as safe as one that buys it, and a renewed certificate of the same key needs no new codes.
"""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.registry import Registry
from county_hub.hub.problems import UsageProblem
from shared.ledger.texts import t

_SERVED, _FILE = "tls_served", "tls_file"


@dataclass(frozen=True, slots=True)
class ServerTls:
    """`pin`: SHA-256 in hex, as devices check it."""

    certificate: Path
    key: Path
    pin: str


def pin_of(certificate: Path) -> str:
    """The mark of the first certificate in a PEM file. Raises `UsageProblem`."""
    try:
        first = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (OSError, ValueError, IndexError):
        raise UsageProblem(t("enrol.tls_no_certificate", file=certificate)) from None
    spki = first.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def server_tls(home: HubHome, certificate: str, key: str) -> ServerTls | None:
    """What to serve with; names are relative to HOME. None when no key is given: the certificate is then a proxy's. Raises
    `UsageProblem` for files that do not fit."""
    if not key:
        return None
    if not certificate:
        raise UsageProblem(t("enrol.tls_both"))
    made = ServerTls(home.root / certificate, home.root / key, pin_of(home.root / certificate))
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(made.certificate, made.key, "")
    except (OSError, ssl.SSLError):
        raise UsageProblem(t("enrol.tls_no_key", file=made.key, certificate=made.certificate)) from None
    return made


def note_served(registry: Registry, tls: ServerTls | None) -> None:
    """What `serve` shows, for the enrolment codes that another process prints."""
    registry.set_meta({_SERVED: tls.pin if tls is not None else "", _FILE: str(tls.certificate) if tls is not None else ""})


def served_file(registry: Registry) -> Path | None:
    """The certificate that `serve` shows, or showed last."""
    file = registry.noted((_FILE,))[0]
    return Path(file) if file else None


def pins(home: HubHome, registry: Registry, certificate: str) -> tuple[str, ...]:
    """Marks for an enrolment code: of the certificate that is named, else of what was last served with."""
    if certificate:
        return (pin_of(home.root / certificate),)
    served = registry.noted((_SERVED,))[0]
    return (served,) if served else ()
