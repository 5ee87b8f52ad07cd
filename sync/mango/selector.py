"""Mango selectors: does a document match? Pure; the semantics of CouchDB's `mango_selector`.

A condition on a field that the document lacks is false, `$ne` and `$nin` and negated ones included; only
`{"$exists": false}` is true of it. Values of different types never are equal; between types the order is
null < false < true < numbers < text < arrays < objects. `$regex` is a subset of PCRE, matched in linear time
(`regex`).

Selectors come from peers, who must not choose what they cost: a selector has so many conditions, and costs so much work on
one document; a document that would cost more does not match, on every machine alike. Work is what loops do: nothing else
takes longer than the selector is long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sync import errors, tuning
from sync.mango.regex import BadPattern, Regex
from sync.mango.work import Selector, Test, all_frozen, check_size, conditions_in, frozen, spend
from sync.peer import Doc

MISSING = object()
"""What `field_of` answers when nothing lies at the path."""


def match(selector: Mapping[str, Any], doc: Doc) -> bool:
    """Whether `doc` matches. Raises BadRequest for a malformed selector."""
    return compile_selector(selector)(doc)


def compile_selector(selector: Mapping[str, Any], work: int = tuning.SELECTOR_WORK) -> Selector:
    """The selector as a function, to be used for many documents, each of which may cost so much `work`. Raises BadRequest,
    TooLarge."""
    if not isinstance(selector, Mapping):
        raise errors.BadRequest("Selector error: expected a JSON object", error="invalid_selector_json")
    check_size(selector)
    return Selector(_selector(selector, (), negate=False, depth=0), work)


def compare(left: Any, right: Any) -> int:
    """-1, 0 or 1 in CouchDB's order of JSON values; text by code points."""
    rank = _rank(left) - _rank(right)
    if rank:
        return -1 if rank < 0 else 1
    if isinstance(left, (list, tuple)):
        for mine, other in zip(left, right, strict=False):
            if step := compare(mine, other):
                return step
        return _sign(len(left), len(right))
    if isinstance(left, Mapping):
        return _compare_objects(left, right)
    return 0 if left is None or isinstance(left, bool) else _sign(left, right)


def _compare_objects(left: Mapping[str, Any], right: Mapping[str, Any]) -> int:
    # Member order carries no meaning here: two objects are equal when their members are.
    for (name, value), (other, other_value) in zip(sorted(left.items()), sorted(right.items()), strict=False):
        if step := _sign(name, other) or compare(value, other_value):
            return step
    return _sign(len(left), len(right))


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def _rank(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool):
        return 2 if value else 1
    if isinstance(value, (int, float)):
        return 3
    if isinstance(value, str):
        return 4
    return 5 if isinstance(value, (list, tuple)) else 6


# --- selectors ------------------------------------------------------------------------------------


def _selector(selector: Any, path: tuple[str, ...], *, negate: bool, depth: int) -> Test:
    """A test of the whole document; `path` is the field that conditions without a name of their own speak
    of."""
    if depth > tuning.MAX_SELECTOR_DEPTH:
        raise errors.BadRequest(
            f"Selector is nested deeper than {tuning.MAX_SELECTOR_DEPTH} levels", error="invalid_selector"
        )
    if not isinstance(selector, Mapping) and not path:
        raise errors.BadRequest("Selector error: expected a JSON object", error="invalid_selector_json")
    if not isinstance(selector, Mapping) or (not selector and path):
        return _condition(path, "$eq", selector, negate)
    parts = [_part(name, value, path, negate, depth + 1) for name, value in selector.items()]
    return _one_of(parts) if negate else _all_of(parts)


def _part(name: str, value: Any, path: tuple[str, ...], negate: bool, depth: int) -> Test:
    if not name.startswith("$"):
        return _selector(value, path + split_path(name), negate=negate, depth=depth)
    if name in ("$and", "$or", "$nor"):
        if not isinstance(value, list):
            raise _bad(name, "a list of selectors")
        inner = negate != (name == "$nor")
        tests = [_selector(one, path, negate=inner, depth=depth) for one in value]
        return _all_of(tests) if (name == "$and") != inner else _one_of(tests)
    if name == "$not":
        if not isinstance(value, Mapping):
            raise _bad(name, "a selector")
        return _selector(value, path, negate=not negate, depth=depth)
    if not path:
        if name not in _OPERATORS:
            raise errors.BadRequest(f"Invalid operator: {name}", error="invalid_operator")
        raise errors.BadRequest(f"Operator {name} needs a field", error="invalid_selector")
    return _condition(path, name, value, negate)


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda doc: all(test(doc) for test in tests)


def _one_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda doc: any(test(doc) for test in tests)


def _condition(path: tuple[str, ...], operator: str, argument: Any, negate: bool) -> Test:
    if operator == "$exists":
        if not isinstance(argument, bool):
            raise _bad(operator, "true or false")
        wanted = argument != negate
        return lambda doc: (field_of(doc, path) is not MISSING) == wanted
    build = _OPERATORS.get(operator)
    if build is None:
        raise errors.BadRequest(f"Invalid operator: {operator}", error="invalid_operator")
    test = build(argument)
    if path == ("_id",) and operator in _ORDER and not isinstance(argument, str):
        # CouchDB reads a range of `_all_docs` here, whose order has ids after everything else, arrays and objects included.
        test = _always if operator in ("$gt", "$gte") else _never

    def run(doc: Any) -> bool:
        value = field_of(doc, path)
        return value is not MISSING and test(value) != negate

    return run


def _always(value: Any) -> bool:
    return True


def _never(value: Any) -> bool:
    return False


def split_path(name: str) -> tuple[str, ...]:
    """`"a.b\\\\.c"` -> `("a", "b.c")`; `"\\\\$a"` is the field `$a`, which without the backslash would be an operator."""
    parts = re.split(r"(?<!\\)\.", name)
    return tuple(part.replace("\\.", ".").replace("\\$", "$") for part in parts)


def _index(part: str) -> int | None:
    """Longer than any list could be counts as no number: `int` of thousands of digits costs much, and raises in the end."""
    return int(part) if part.isascii() and part.isdigit() and len(part.lstrip("0")) <= 18 and len(part) <= 100 else None


def field_of(value: Any, path: tuple[str, ...]) -> Any:
    """What lies at `path` (a number indexes a list); `MISSING` when nothing does."""
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part, MISSING)
        elif isinstance(value, (list, tuple)) and (index := _index(part)) is not None and index < len(value):
            value = value[index]
        else:
            return MISSING
    return value


# --- operators: argument -> test of a value -------------------------------------------------------


def _bad(operator: str, wanted: str) -> errors.BadRequest:
    return errors.BadRequest(f"Bad argument for operator {operator}: it wants {wanted}", error="bad_arg")


def _list(operator: str, argument: Any) -> list[Any]:
    if not isinstance(argument, list):
        raise _bad(operator, "a list")
    return argument


def _in(argument: Any) -> Test:
    choices = all_frozen(_list("$in", argument))

    def test(value: Any) -> bool:
        if frozen(value) in choices:
            return True
        return isinstance(value, list) and any(frozen(item) in choices for item in value)

    return test


def _nin(argument: Any) -> Test:
    inside = _in(_list("$nin", argument))
    return lambda value: not inside(value)


def _all(argument: Any) -> Test:
    wanted = all_frozen(_list("$all", argument))
    # CouchDB: {"$all": [[1, 2]]} also matches the list itself.
    whole = argument[0] if len(argument) == 1 and isinstance(argument[0], list) else None

    def test(value: Any) -> bool:
        if not isinstance(value, list):
            return False
        if whole is not None and compare(value, whole) == 0:
            return True
        spend(len(value))
        return bool(wanted) and wanted <= frozenset(map(frozen, value))

    return test


def _items(operator: str, argument: Any, judge: Callable[[Iterable[bool]], bool]) -> Test:
    if not isinstance(argument, Mapping):
        raise _bad(operator, "a selector")
    # The items take the place of a document's field, so that bare operators apply to them.
    inner = _item_selector(argument)
    return lambda value: isinstance(value, list) and bool(value) and judge(inner(item) for item in value)


def _item_selector(argument: Mapping[str, Any]) -> Test:
    test, weight = _selector({"item": argument}, (), negate=False, depth=0), 5 * (1 + conditions_in(argument))

    def run(item: Any) -> bool:
        spend(weight)
        return test({"item": item})

    return run


def _key_map(argument: Any) -> Test:
    if not isinstance(argument, Mapping):
        raise _bad("$keyMapMatch", "a selector")
    inner = _item_selector(argument)
    return lambda value: isinstance(value, Mapping) and any(inner(key) for key in value)


def _size(argument: Any) -> Test:
    if not isinstance(argument, int) or isinstance(argument, bool) or argument < 0:
        raise _bad("$size", "a whole number from 0")
    return lambda value: isinstance(value, list) and len(value) == argument


def _mod(argument: Any) -> Test:
    whole = isinstance(argument, list) and len(argument) == 2 and all(type(item) is int for item in argument)
    if not whole or argument[0] == 0:
        raise _bad("$mod", "[divisor, remainder], whole numbers, the divisor not 0")
    divisor, remainder = argument
    # Erlang's rem keeps the sign of the dividend; Python's % does not.
    return lambda value: type(value) is int and (abs(value) % abs(divisor)) * (-1 if value < 0 else 1) == remainder


def _regex(argument: Any) -> Test:
    if not isinstance(argument, str):
        raise _bad("$regex", "a pattern")
    try:
        pattern = Regex(argument)
    except BadPattern as fault:
        raise errors.BadRequest(f"Bad argument for operator $regex: {fault}", error="bad_arg") from None

    def test(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        spend(int(len(value) * pattern.cost))
        return pattern.found_in(value)

    return test


def _begins_with(argument: Any) -> Test:
    if not isinstance(argument, str):
        raise _bad("$beginsWith", "a text")
    return lambda value: isinstance(value, str) and value.startswith(argument)


_TYPES: Mapping[str, Test] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
}


def _type(argument: Any) -> Test:
    if not isinstance(argument, str) or argument not in _TYPES:
        raise _bad("$type", f"one of {', '.join(_TYPES)}")
    return _TYPES[argument]


_ORDER = frozenset(("$gt", "$gte", "$lt", "$lte"))

_OPERATORS: Mapping[str, Callable[[Any], Test]] = {
    "$eq": lambda argument: lambda value: compare(value, argument) == 0,
    "$ne": lambda argument: lambda value: compare(value, argument) != 0,
    "$gt": lambda argument: lambda value: compare(value, argument) > 0,
    "$gte": lambda argument: lambda value: compare(value, argument) >= 0,
    "$lt": lambda argument: lambda value: compare(value, argument) < 0,
    "$lte": lambda argument: lambda value: compare(value, argument) <= 0,
    "$in": _in,
    "$nin": _nin,
    "$type": _type,
    "$size": _size,
    "$mod": _mod,
    "$regex": _regex,
    "$beginsWith": _begins_with,
    "$all": _all,
    "$elemMatch": lambda argument: _items("$elemMatch", argument, any),
    "$allMatch": lambda argument: _items("$allMatch", argument, all),
    "$keyMapMatch": _key_map,
}
