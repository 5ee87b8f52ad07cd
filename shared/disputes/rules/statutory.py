"""The statutory clocks of petitions and legal aid, in plain calendar days: `data/clocks_matters.toml` as values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shared.disputes.rules.clocks import ClockRules, over, read_rules
from shared.paths import DATA


@lru_cache(maxsize=1)
def default_rules() -> ClockRules:
    return overlaid({})


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "clocks_matters.toml").read_text(encoding="utf-8"))


def overlaid(rows: Mapping[str, Mapping[str, Any]]) -> ClockRules:
    """The statutory rules with single rows replaced by the county's table "clocks". Raises ValueError naming row and value."""
    raw = _shipped()
    return read_rules({**raw, **{kind: over(kind, raw.get(kind, {}), row) for kind, row in rows.items()}})
