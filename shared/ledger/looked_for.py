"""Which choices of a list have the words that were typed: in the name, in the code, or as the first letters of its pinyin."""

from __future__ import annotations

from collections.abc import Sequence

from shared.ledger import pinyin
from shared.ledger.entry import folded

Choice = tuple[str, str]        # code, name


def looked_for(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """Those that have all of the words, in their order; all where nothing was typed."""
    words = [word for part in typed.split() if (word := folded(part))]
    return [choice for choice in choices if _has(choice, words)] if words else list(choices)


def _has(choice: Choice, words: Sequence[str]) -> bool:
    code, name = folded(choice[0]), folded(choice[1])
    return all(word in code or word in name or (word.isascii() and word in pinyin.initials(choice[1])) for word in words)
