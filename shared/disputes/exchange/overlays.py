"""A county's own rows over a profile's tables: another platform's codes differ by region and change without notice.

    source = "某某局 2026-12-01 来函"                  by which rule; must be said
    state = "published"                              how far the list is known (mappings.STATES)
    columns = [["事件编号", "other_number"], ...]      instead of the shipped ones
    [tables.category.names]                          further codes of theirs, or other names
    "25" = "农牧业生产"
    [tables.category.map]                            where own values go now
    "DC05" = ["25", "子类不报"]
    [tables.category.back]                           what a code of theirs becomes on the way in
    "25" = "DC05"

A file `exchange/PROFILE.toml` in the county's HOME. Only rows of tables that the profile has; every row is looked at before any
is taken. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from shared.ledger.texts import t

MOST_BYTES = 1 << 20        # a profile's tables are some kilobytes
_FIELDS = frozenset({"source", "state", "columns", "tables"})
_REPLACED: tuple[str, ...] = ("state", "columns")
_PARTS = frozenset({"names", "map", "back"})
_STATES = ("own", "published", "public_code", "unconfirmed")
Raw = dict[str, Any]


class BadOverlay(ValueError):
    """One Chinese sentence that names the row and the remedy."""


def laid_over(raw: Mapping[str, Any], tables: Mapping[str, Any], text: str) -> tuple[Raw, Raw]:
    """The profile and its tables with the county's rows over them; its version says so (`+county`). Raises `BadOverlay`."""
    over = _read(text)
    for field in over.keys() - _FIELDS:
        raise BadOverlay(t("exchange.overlay.field", value=field, known="、".join(sorted(_FIELDS))))
    if not isinstance(over.get("source"), str) or not over["source"]:
        raise BadOverlay(t("exchange.overlay.source"))
    if over.get("state", "own") not in _STATES:
        raise BadOverlay(t("exchange.overlay.state", value=over["state"], known="、".join(_STATES)))
    own: Raw = {name: over[name] for name in _REPLACED if name in over}
    made: Raw = {**raw, **own, "source": f"{raw['source']}；{over['source']}"}
    _check_columns(made["columns"], raw["columns"])
    laid = dict(tables)
    for name, rows in _mapping(over.get("tables", {}), "tables").items():
        if name not in tables:
            raise BadOverlay(t("exchange.overlay.table", value=name, known="、".join(tables) or "—"))
        laid[name] = _table(name, tables[name], _mapping(rows, name))
    return made, laid


def _read(text: str) -> Raw:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadOverlay(t("exchange.overlay.toml", reason=wrong)) from None


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadOverlay(t("exchange.overlay.shape", value=name))
    return value


def _check_columns(columns: Any, shipped: Any) -> None:
    known = {field.partition(":")[0] for _, field in shipped}
    for row in columns if isinstance(columns, list) else [None]:
        if not isinstance(row, list) or len(row) != 2 or not all(isinstance(part, str) and part for part in row):
            raise BadOverlay(t("exchange.overlay.columns"))
        if row[1].partition(":")[0] not in known:
            raise BadOverlay(t("exchange.overlay.column", value=row[1], known="、".join(sorted(known))))


def _table(name: str, shipped: Mapping[str, Any], rows: Mapping[str, Any]) -> Raw:
    for part in rows.keys() - _PARTS:
        raise BadOverlay(t("exchange.overlay.part", table=name, value=part))
    made = dict(shipped)
    for part in _PARTS & rows.keys():
        made[part] = {**shipped.get(part, {}), **_mapping(rows[part], f"{name}.{part}")}
    codes = set(made.get("names", {}))
    for value, words in made.get("map", {}).items():
        target = words[0] if isinstance(words, list) and words and all(isinstance(word, str) for word in words) else None
        if target is None or len(words) > 2 or (codes and target not in codes):
            raise BadOverlay(t("exchange.overlay.target", table=name, value=value, target=target or "—"))
        if value not in shipped.get("map", {}) and value.partition("/")[0] not in shipped.get("map", {}):
            raise BadOverlay(t("exchange.overlay.own", table=name, value=value))
    for code in made.get("back", {}):
        if codes and code not in codes:
            raise BadOverlay(t("exchange.overlay.target", table=name, value="back", target=code))
    return made
