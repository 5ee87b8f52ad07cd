"""TLS that does not send the certificates again: later connections of this process to a server resume the session of an
earlier one (RFC 8446, 2.2). A chain of certificates is 2-5 kB, on a village line one to two seconds for each connection.

And TLS by pins: of a server whose key is known beforehand neither authority, name nor date is asked, but that it proves this key.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import ssl
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

WRONG_KEY = "the server's key is not the one that was given beforehand"


class ResumingContext(ssl.SSLContext):
    """For one server: a session is worth nothing to another one, and shall not be shown to it."""

    resumable: ssl.SSLSession | None = None
    pins: frozenset[str] = frozenset()

    def wrap_socket(self, sock: Any, *args: Any, **options: Any) -> ssl.SSLSocket:
        if self.resumable is not None:
            options["session"] = self.resumable
        return super().wrap_socket(sock, *args, **options)


class _Socket(ssl.SSLSocket):
    """Tickets come after the handshake, with the first answer (TLS 1.3): so they are looked for when something was read."""

    _kept = False

    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        pins = self.context.pins if isinstance(self.context, ResumingContext) else frozenset()
        if pins and key_mark(self.getpeercert(True)) not in pins:
            raise ssl.SSLCertVerificationError(WRONG_KEY)

    def recv(self, *args: Any, **options: Any) -> bytes:
        data = super().recv(*args, **options)
        if not self._kept:
            self._keep()
        return data

    def _keep(self) -> None:
        with contextlib.suppress(ssl.SSLError, ValueError, OSError):
            session = self.session
            if session is not None and session.has_ticket and isinstance(self.context, ResumingContext):
                self.context.resumable, self._kept = session, True


def key_mark(certificate: bytes | None) -> str:
    """SHA-256 in hex of the SubjectPublicKeyInfo of a certificate in DER: what a pin is; "" for none that can be read."""
    try:
        key = x509.load_der_x509_certificate(certificate or b"").public_key()
    except ValueError:
        return ""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


@functools.lru_cache(maxsize=16)
def resuming_context(server: str, ca: str | None, pins: Sequence[str] = ()) -> ResumingContext:
    """The process's context for this server. Certificates are checked as by `ssl.create_default_context`, or with `pins` (a
    tuple of `key_mark`) by these alone. Raises OSError and ssl.SSLError for a certificate file that cannot be read."""
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _Socket
    if pins:
        context.check_hostname, context.verify_mode, context.pins = False, ssl.CERT_NONE, frozenset(pins)
        return context
    context.verify_flags = ssl.create_default_context(cafile=ca).verify_flags
    if ca is not None:
        context.load_verify_locations(cafile=ca)
    else:
        context.load_default_certs()
    return context
