"""TLS that does not send the certificates again: later connections of this process to a server resume the session of an
earlier one (RFC 8446, 2.2). A chain of certificates is 2-5 kB, on a village line one to two seconds for each connection.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
from typing import Any


class ResumingContext(ssl.SSLContext):
    """For one server: a session is worth nothing to another one, and shall not be shown to it."""

    resumable: ssl.SSLSession | None = None

    def wrap_socket(self, sock: Any, *args: Any, **options: Any) -> ssl.SSLSocket:
        if self.resumable is not None:
            options["session"] = self.resumable
        return super().wrap_socket(sock, *args, **options)


class _Socket(ssl.SSLSocket):
    """Tickets come after the handshake, with the first answer (TLS 1.3): so they are looked for when something was read."""

    _kept = False

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


@functools.lru_cache(maxsize=16)
def resuming_context(server: str, ca: str | None) -> ResumingContext:
    """The process's context for this server. Certificates are checked as by `ssl.create_default_context`. Raises OSError and
    ssl.SSLError for a certificate file that cannot be read."""
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags = ssl.create_default_context(cafile=ca).verify_flags
    context.sslsocket_class = _Socket
    if ca is not None:
        context.load_verify_locations(cafile=ca)
    else:
        context.load_default_certs()
    return context
