"""What is wrong with a certificate that can be served with all the same: devices go by its key and ask for no date, browsers do.

A hub whose certificate has expired takes records as before; so it starts, and says what people at the console will see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from shared.ledger.days import local_date
from shared.ledger.texts import t

SOON_MS = 21 * 86_400_000       # a certificate of ninety days is renewed a month before its end; then nobody did


def doubts(file: Path, now: int) -> list[str]:
    """Sentences with what to do, the gravest first; `now` in ms since 1970 UTC. Of a file that `tls.server_tls` took."""
    try:
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return [t("enrol.tls_no_certificate", file=file)]
    return [*_days(file, chain, now), *_links(file, chain)]


def _days(file: Path, chain: list[x509.Certificate], now: int) -> Iterator[str]:
    begins = max(_ms(one.not_valid_before_utc) for one in chain)
    ends = min(_ms(one.not_valid_after_utc) for one in chain)
    asked = (("expired", ends <= now, ends), ("not_yet", begins > now, begins), ("soon", now < ends < now + SOON_MS, ends))
    for word, is_so, at in asked:
        if is_so:
            yield t(f"enrol.tls_{word}", file=file, day=local_date(at))


def _links(file: Path, chain: list[x509.Certificate]) -> Iterator[str]:
    for n, (one, above) in enumerate(pairwise(chain), start=1):
        try:
            one.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            yield t("enrol.tls_chain", file=file, n=n, above=n + 1)
            return


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)
