"""What a selector may cost: so many conditions, and so much work on one document. Pure; must not know operators.

Work is counted where the length of a document decides: items looked at, characters read by a pattern. All else takes as
long as the selector is long. A document that would cost more does not match, on every machine alike: nothing is measured.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sync import errors, tuning
from sync.peer import Doc

Test = Callable[[Any], bool]


class Selector:
    """Of a document: does it match? `passed_over` counts the documents that do not because they would have cost too much: more
    than `most` each."""

    __slots__ = ("_most", "_test", "passed_over")

    def __init__(self, test: Test, most: int = tuning.SELECTOR_WORK) -> None:
        self._test, self._most, self.passed_over = test, most, 0

    def __call__(self, doc: Doc) -> bool:
        _work.left = self._most
        try:
            return self._test(doc)
        except _TooMuchWork:
            self.passed_over += 1
            return False


class _Work(threading.local):
    left = 0


class _TooMuchWork(Exception):
    """Not an error of anybody: caught by `Selector`."""


_work = _Work()


def spend(count: int) -> None:
    """Inside of a `Selector`, before the work is done."""
    _work.left -= count
    if _work.left < 0:
        raise _TooMuchWork


_OF_LISTS = frozenset(("$and", "$or", "$nor"))
_OF_ONE = frozenset(("$not", "$elemMatch", "$allMatch", "$keyMapMatch"))


def conditions_in(selector: Any) -> int:
    return _count(selector)[0]


def _count(selector: Any) -> tuple[int, int]:
    """Conditions of a selector, and patterns among them; what is compared with is not looked into."""
    conditions = patterns = 0
    stack = [selector]
    while stack:
        each = stack.pop()
        if not isinstance(each, Mapping):
            conditions += 1
            continue
        conditions += not each
        for name, value in each.items():
            if name in _OF_LISTS and isinstance(value, list):
                stack += value
            elif name in _OF_ONE or not name.startswith("$"):
                stack.append(value)
            else:
                conditions, patterns = conditions + 1, patterns + (name == "$regex")
    return conditions, patterns


def check_size(selector: Mapping[str, Any]) -> None:
    """Raises TooLarge."""
    conditions, patterns = _count(selector)
    for count, most, what in (
        (conditions, tuning.MAX_SELECTOR_CONDITIONS, "conditions"), (patterns, tuning.MAX_SELECTOR_PATTERNS, "$regex patterns"),
    ):  # fmt: skip
        if count > most:
            raise errors.TooLarge(f"Selector has more than {most} {what}; ask several times, or name values by $in")


def frozen(value: Any) -> Any:
    """What can be looked up in a set, and equals another one exactly when `compare` says 0. Costs work for each part."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ("is", value)
    if isinstance(value, int | float):
        return value
    spend(1 + len(value))
    if isinstance(value, Mapping):
        return ("object", frozenset((name, frozen(inner)) for name, inner in value.items()))
    return ("array", tuple(map(frozen, value)))


def all_frozen(argument: Iterable[Any]) -> frozenset[Any]:
    """Of an argument: its cost is bounded by the request, not by the work on a document."""
    _work.left = tuning.SELECTOR_WORK
    try:
        return frozenset(map(frozen, argument))
    except _TooMuchWork:
        raise errors.TooLarge("the list of a selector is too large") from None
