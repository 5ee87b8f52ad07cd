"""Which index answers a Mango query, and which part of it. Pure: knows selectors and keys, no storage.

An index lists, in the order of `mango.compare`, the documents that have all its fields. Its keys are bytes whose order as
bytes is that order, so that SQLite needs to know nothing of JSON:

    null 10   false 20   true 21   number 30 + 8 bytes   text 40 .. 00 01   array 50 .. 00   object 60 name value .. 00

A plan never decides what matches: it narrows what is read, and the selector is tested on every document read. It may use an
index only if no document that matches lacks one of the index's fields. Spec: CouchDB API reference, /db/_find, "Index
selection".
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.canonical import encode
from sync.errors import BadRequest, TooLarge
from sync.mango import selector as mango
from sync.mango.selector import MISSING, field_of, split_path
from sync.peer import Doc

Path = tuple[str, ...]
END = b"\xff"
"""Greater than every encoded value: a range up to `prefix + END` takes all that begins with `prefix`."""

_SURE_OPERATORS = frozenset((
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$type", "$size", "$mod", "$regex", "$beginsWith", "$all",
    "$elemMatch", "$allMatch", "$keyMapMatch",
))  # fmt: skip
"""Operators that are false for a field the document lacks."""


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """A JSON index as its design document holds it. `fields` in order; `partial` is its `partial_filter_selector`."""

    ddoc: str
    name: str
    fields: tuple[str, ...]
    descending: bool = False
    partial: Mapping[str, Any] | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(split_path(name) for name in self.fields)

    @property
    def signature(self) -> str:
        """Equal for definitions with equal entries, whatever their names."""
        content = [list(self.fields), dict(self.partial) if self.partial else None]
        return hashlib.sha256(encode(content)).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        order = "desc" if self.descending else "asc"
        definition: dict[str, Any] = {"fields": [{name: order} for name in self.fields]}
        if self.partial:
            definition["partial_filter_selector"] = self.partial
        return {"ddoc": self.ddoc, "name": self.name, "type": "json", "partitioned": False, "def": definition}


def definitions_of(ddoc: Doc) -> Iterator[IndexDefinition]:
    """The indexes that a design document of language `query` defines. What is malformed is no index."""
    views = ddoc.get("views")
    if ddoc.get("language") != "query" or not isinstance(views, dict):
        return
    for name, view in sorted(views.items()):
        map_ = view.get("map") if isinstance(view, dict) else None
        fields = map_.get("fields") if isinstance(map_, dict) else None
        if not isinstance(map_, dict) or not isinstance(fields, dict) or not fields:
            continue
        partial = map_.get("partial_filter_selector") or None
        try:
            mango.compile_selector(partial or {})
        except (BadRequest, TooLarge):
            continue
        # A document keeps no order of its members on its way through other stores; CouchDB's `options` do.
        yield IndexDefinition(ddoc["_id"], name, _ordered(fields, view), set(fields.values()) == {"desc"}, partial)


def _ordered(fields: Mapping[str, Any], view: Mapping[str, Any]) -> tuple[str, ...]:
    options = view.get("options")
    listed = options.get("def", {}).get("fields") if isinstance(options, dict) and isinstance(options.get("def"), dict) else None
    if isinstance(listed, list):
        names = [next(iter(each), "") if isinstance(each, dict) else each for each in listed]
        if set(map(str, names)) == set(fields):
            return tuple(map(str, names))
    return tuple(fields)


# --- keys ---------------------------------------------------------------------------------------------------------


class Keys:
    """The keys of documents in one index."""

    def __init__(self, definition: IndexDefinition) -> None:
        self._paths = definition.paths
        self._passes = None if definition.partial is None else mango.compile_selector(definition.partial)

    def of(self, doc: Doc) -> bytes | None:
        """None when the index does not list the document."""
        if doc["_id"].startswith("_design/") or (self._passes is not None and not self._passes(doc)):
            return None
        values = [field_of(doc, path) for path in self._paths]
        return None if MISSING in values else b"".join(map(encode_key, values))


def encode_key(value: Any) -> bytes:
    """Bytes that sort as `mango.compare` sorts values; numbers beyond 2^53 may tie with their neighbours."""
    out = bytearray()
    _append(out, value)
    return bytes(out)


def _append(out: bytearray, value: Any) -> None:
    if value is None:
        out += b"\x10"
    elif isinstance(value, bool):
        out += b"\x21" if value else b"\x20"
    elif isinstance(value, int | float):
        out += b"\x30" + _number(value)
    elif isinstance(value, str):
        out += b"\x40" + _text(value) + b"\x00\x01"
    elif isinstance(value, Mapping):
        out += b"\x60"
        for name in sorted(value):
            _append(out, name)
            _append(out, value[name])
        out += b"\x00"
    else:
        out += b"\x50"
        for item in value:
            _append(out, item)
        out += b"\x00"


def _number(value: float) -> bytes:
    try:
        bits: int = struct.unpack(">Q", struct.pack(">d", value + 0.0))[0]
    except OverflowError:       # a whole number beyond the range of floats
        bits = 0x7FF0_0000_0000_0000 if value > 0 else 0xFFF0_0000_0000_0000
    if bits == 1 << 63:         # minus zero equals zero
        bits = 0
    bits = bits ^ 0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else bits | 1 << 63
    return bits.to_bytes(8, "big")


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass").replace(b"\x00", b"\x00\xff")


# --- what a selector says of its fields ---------------------------------------------------------------------------


@dataclass(slots=True)
class Bounds:
    """What must hold of one field: bounds of its value, each inclusive, None = open. `equal` when there is one value."""

    low: bytes | None = None
    high: bytes | None = None
    equal: bool = False

    def narrow(self, operator: str, argument: Any) -> None:
        key = encode_key(argument)
        if operator in ("$eq", "$gt", "$gte"):
            self.low = key if self.low is None else max(self.low, key)
        if operator in ("$eq", "$lt", "$lte"):
            self.high = key if self.high is None else min(self.high, key)
        self.equal = self.equal or operator == "$eq"

    def narrow_to_prefix(self, text: str) -> None:
        key = b"\x40" + _text(text)
        self.low = key if self.low is None else max(self.low, key)
        self.high = key + END if self.high is None else min(self.high, key + END)


@dataclass(slots=True)
class Conditions:
    """`bounds` of the fields that every match has; a field without an entry may be missing."""

    bounds: dict[Path, Bounds] = field(default_factory=dict)

    def of(self, path: Path) -> Bounds:
        return self.bounds.setdefault(path, Bounds())


def conditions_of(selector: Mapping[str, Any]) -> Conditions:
    """What the top of the selector, its `$and`s and what all branches of its `$or`s demand."""
    found = Conditions()
    _collect(selector, (), found)
    return found


def _collect(selector: Any, path: Path, found: Conditions) -> None:
    if not isinstance(selector, Mapping) or (not selector and path):
        found.of(path).narrow("$eq", selector)
        return
    for name, value in selector.items():
        if not name.startswith("$"):
            _collect(value, path + split_path(name), found)
        elif name == "$and":
            for each in value:
                _collect(each, path, found)
        elif name == "$or":
            _collect_common(value, path, found)
        elif path:
            _collect_operator(name, value, path, found)


def _collect_operator(name: str, value: Any, path: Path, found: Conditions) -> None:
    if name in ("$eq", "$gt", "$gte", "$lt", "$lte"):
        found.of(path).narrow(name, value)
    elif name == "$beginsWith" and isinstance(value, str):
        found.of(path).narrow_to_prefix(value)
    elif name in _SURE_OPERATORS or (name == "$exists" and value is True):
        found.of(path)


def _collect_common(branches: Sequence[Any], path: Path, found: Conditions) -> None:
    """Of alternatives only this is sure: the fields that each of them needs."""
    needed: set[Path] | None = None
    for each in branches:
        inner = Conditions()
        _collect(each, path, inner)
        needed = set(inner.bounds) if needed is None else needed & set(inner.bounds)
    for each_path in needed or ():
        found.of(each_path)


# --- the choice ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """Read the keys from `low` to `high` of `index`; of the ids when `index` is None (then the bounds are ids).

    `note` says why an index that was asked for is not used.
    """

    index: IndexDefinition | None
    low: bytes | str | None = None
    high: bytes | str | None = None
    descending: bool = False
    note: str | None = None
    candidates: tuple[IndexDefinition, ...] = ()


class NoUsableIndex(Exception):
    """The sort needs an index that does not exist."""


def make_plan(
    selector: Mapping[str, Any],
    sort: Sequence[tuple[str, bool]],
    definitions: Sequence[IndexDefinition],
    use_index: tuple[str, str | None] | None = None,
    *,
    allow_fallback: bool = True,
) -> Plan:
    """`sort` is [(field, goes down)], in one direction. Raises NoUsableIndex."""
    conditions = conditions_of(selector)
    descending = bool(sort) and sort[0][1]
    fields = [name for name, _ in sort]
    usable = [each for each in definitions if _serves(each, conditions, fields)]
    chosen, note = _asked_for(usable, definitions, use_index)
    if note is not None and not allow_fallback:
        raise NoUsableIndex(note)
    whole = [each for each in usable if each.partial is None]
    by_id = fields in ([], ["_id"])
    if chosen is None and not (by_id and _prefers_ids(conditions, fields)):
        chosen = _best(whole, conditions)
    if chosen is None and not by_id:
        raise NoUsableIndex("No index exists for this sort, try indexing by the sort fields.")
    if chosen is None and not allow_fallback:
        raise NoUsableIndex("No index exists for this query, and allow_fallback is false.")
    candidates = tuple(each for each in definitions if each is not chosen)
    if chosen is None:
        low, high = id_range(selector)
        return Plan(None, low, high, descending, note, candidates)
    low_key, high_key = key_range(chosen, conditions)
    return Plan(chosen, low_key, high_key, descending, note, candidates)


def _serves(definition: IndexDefinition, conditions: Conditions, sort: Sequence[str]) -> bool:
    """Every match, in the order of the sort, is listed by the index."""
    paths, sorted_paths = definition.paths, [split_path(name) for name in sort]
    if any(path not in conditions.bounds and path not in sorted_paths for path in paths):
        return False
    return _in_order(paths, sorted_paths, conditions)


def _in_order(paths: Sequence[Path], wanted: Sequence[Path], conditions: Conditions) -> bool:
    """The sort is the beginning of the index, fields that have one value left out on both sides."""

    def varying(of: Sequence[Path]) -> list[Path]:
        return [path for path in of if path not in conditions.bounds or not conditions.bounds[path].equal]

    rest, needed = varying(paths), varying(wanted)
    return rest[: len(needed)] == needed


def _asked_for(
    usable: Sequence[IndexDefinition], definitions: Sequence[IndexDefinition], use_index: tuple[str, str | None] | None
) -> tuple[IndexDefinition | None, str | None]:
    if use_index is None:
        return None, None
    ddoc, name = use_index

    def named(among: Sequence[IndexDefinition]) -> Iterator[IndexDefinition]:
        return (each for each in among if each.ddoc == ddoc and name in (None, each.name))

    shown = f"{ddoc}, {name}" if name else ddoc
    fault = "is not a valid index" if next(named(definitions), None) is None else "does not contain a valid index for this query"
    found = next(named(usable), None)
    return (found, None) if found is not None else (None, f"{shown} was not used because it {fault}.")


def _prefers_ids(conditions: Conditions, sort: Sequence[str]) -> bool:
    """The ids themselves are the best index for a query about `_id`, and the only one sorted by it."""
    bounds = conditions.bounds.get(("_id",))
    return sort == ["_id"] or (bounds is not None and bounds.low is not None)


def _best(usable: Sequence[IndexDefinition], conditions: Conditions) -> IndexDefinition | None:
    """The one with the longest beginning of bounded fields; then fewer fields; then by name (CouchDB's order)."""

    def rank(definition: IndexDefinition) -> tuple[int, int, str, str]:
        bounded = 0
        for path in definition.paths:
            bounds = conditions.bounds.get(path)
            if bounds is None or (bounds.low is None and bounds.high is None):
                break
            bounded += 1
        return -bounded, len(definition.fields), definition.ddoc, definition.name

    return min(usable, key=rank, default=None)


def key_range(definition: IndexDefinition, conditions: Conditions) -> tuple[bytes, bytes]:
    """Fields of one value, then one range, as far as they lead."""
    prefix = b""
    for path in definition.paths:
        bounds = conditions.bounds.get(path, Bounds())
        if bounds.equal and bounds.low is not None and bounds.low == bounds.high:
            prefix += bounds.low
            continue
        high = END if bounds.high is None else bounds.high + END
        return prefix + (bounds.low or b""), prefix + high
    return prefix, prefix + END


def id_range(selector: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The ids that can match at all, as far as conditions on `_id` tell."""
    lows, highs = [], []
    for operator, argument in _on_id(selector):
        if isinstance(argument, str):
            if operator in ("$eq", "$gt", "$gte", "$beginsWith"):
                lows.append(argument)
            if operator in ("$eq", "$lt", "$lte"):
                highs.append(argument)
            if operator == "$beginsWith":
                highs.append(argument + "\U0010ffff")
    return max(lows, default=None), min(highs, default=None)


def _on_id(selector: Any) -> Iterator[tuple[str, Any]]:
    for name, value in selector.items():
        if name == "$and":
            for each in value:
                yield from _on_id(each)
        elif name == "_id":
            yield from (value.items() if isinstance(value, Mapping) else [("$eq", value)])
