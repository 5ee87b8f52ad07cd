"""How much the SDK reads of one answer: its library would take one that never ends, or that unzips to any size.

Needs the extra `couchdb`.
"""

from __future__ import annotations

import io
import time
from typing import Any

from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

MOST_BYTES = 32 << 20       # unzipped; the names of 100,000 databases are a fifth of it
PART = 1 << 16


class Bounded(HTTPAdapter):
    """`seconds` for a whole answer."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        """As requests has it, and RequestException also for what it lets through: an answer without end, a name that is none."""
        try:
            answer = super().send(request, *args, **{**options, "stream": True})
            answer.raw = io.BytesIO(self._read(answer))
        except HTTPError as error:
            raise RequestException(str(error), request=request) from error
        return answer

    def _read(self, answer: Any) -> bytes:
        body, until = bytearray(), time.monotonic() + self._seconds
        for part in answer.raw.stream(PART, decode_content=True):
            body += part
            if len(body) > MOST_BYTES or time.monotonic() > until:
                answer.close()
                raise RequestException("the answer has no end")
        answer.raw.release_conn()
        return bytes(body)
