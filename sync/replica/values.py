"""Value types of the local replica that the `Peer` protocol does not name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sync.peer import Doc

Validator = Callable[[Doc], None]
"""Runs on every document that enters, as it would be stored (`_id`, `_rev`, no `_revisions`); raises
errors.Forbidden."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Bytes of one attachment, identity encoded. `digest` is `md5-<base64>`."""

    name: str
    content_type: str
    digest: str
    revpos: int
    data: bytes
