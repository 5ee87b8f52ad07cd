"""What somebody hears who may not do what he asks in a room."""

from __future__ import annotations

from collections.abc import Mapping


class NotIn(Exception):
    """One sentence for who asked; `status` as HTTP says it; `fields`: by field of a form, where several are wrong."""

    def __init__(self, sentence: str, status: int = 403, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.fields = status, dict(fields or {})
