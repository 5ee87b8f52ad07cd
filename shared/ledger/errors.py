"""Every error of `shared`. One place draws the tree; `texts` has the Chinese words.

    DomainError
    |-- Refused(field, value, remedy)   what came in breaks a rule: which field, which value, what to do
    |   |-- NotCanonical                not canonical JSON (a float, an un-normalised string, a huge number)
    |   `-- BadSignature                the signature does not verify under the key it names
    |-- StaleHead                       the directory offered is older than one this reader has seen
    `-- ChainClosed                     this device may not continue its chain: take a fresh identity

A `Refused` is an outcome of checking input from outside, never of our own mistakes (those are asserts).
"""

from __future__ import annotations

_SHOWN = 80  # characters of a refused value that go into the sentence; no photograph must land in a log


class DomainError(Exception):
    """Base of all errors raised on purpose by `shared`."""

    code: str = "domain"


class Refused(DomainError):
    """Input refused. `str()` is one English sentence; `code` is the stable machine word.

    `texts` may hold `refused.<code>` in Chinese; `field`, `value` and `remedy` are there to fill it.
    """

    code = "invalid"

    def __init__(self, field: str, value: object, remedy: str, *, code: str | None = None) -> None:
        self.field = field
        self.value = value
        self.remedy = remedy
        if code is not None:
            self.code = code
        super().__init__(f"{field}: {shown(value)} is refused; {remedy}")


class NotCanonical(Refused):
    code = "not_canonical"


class BadSignature(Refused):
    code = "bad_signature"


class StaleHead(DomainError):
    """The newest head offered is older than `seen`, the newest (epoch, version) this reader remembers."""

    code = "stale_directory"

    def __init__(self, offered: tuple[str, int] | None, seen: tuple[str, int]) -> None:
        self.offered = offered
        self.seen = seen
        super().__init__(f"directory {offered} is older than {seen}, seen before; ask the hub for newer ones")


class ChainClosed(DomainError):
    """Writing would fork or hide part of the device's chain (a restore or a clone is suspected)."""

    code = "chain_closed"


def shown(value: object) -> str:
    """`repr` of a value, cut short for a sentence."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
