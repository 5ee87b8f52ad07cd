"""What somebody hears who may not do what he asks in a room."""

from __future__ import annotations


class NotIn(Exception):
    """One sentence for who asked; `status` as HTTP says it."""

    def __init__(self, sentence: str, status: int = 403) -> None:
        super().__init__(sentence)
        self.status = status
