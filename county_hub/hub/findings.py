"""What `doctor` and `verify` see: one thing each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`serious` makes the exit code 1; `text` names the thing and what to do."""

    serious: bool
    code: str
    text: str
