"""What a receipt says of a refused or held record, `code: English sentence`, in words for a person.

The texts are those of the judge (catalogue section `judge`), whose values only the judge has: what is not known here has words of
its own (`judge.blank`).
"""

from __future__ import annotations

from shared.ledger import texts


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return texts.catalogue().get(f"judge.blank.{key}", "…")


def reason_words(reason: str, **values: str) -> str:
    """Why; the reason as it came where the catalogue does not have its code."""
    return _of(reason, "text", values) or reason


def remedy_words(reason: str, **values: str) -> str:
    """What to do about it, "" where the catalogue does not have its code."""
    return _of(reason, "remedy", values)


def _of(reason: str, part: str, values: dict[str, str]) -> str:
    code, _, sentence = reason.partition(":")
    template = texts.catalogue().get("judge." + code.strip(" ") + "." + part)
    return template.format_map(_Shown(values, reason=sentence.strip(" "))) if template else ""
