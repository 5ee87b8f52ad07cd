"""The one form of a selector: as CouchDB stores it, and of the same meaning."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sync.mango.normal import normalised
from sync.mango.selector import match


@pytest.mark.parametrize(("written", "stored"), [
    ({"type": "x"}, {"type": {"$eq": "x"}}),
    ({"a": {"b": 1}, "c": {"$gt": 2}}, {"$and": [{"a.b": {"$eq": 1}}, {"c": {"$gt": 2}}]}),
    ({"a": {"$gt": 1, "$lt": 5}}, {"$and": [{"a": {"$gt": 1}}, {"a": {"$lt": 5}}]}),
    ({"$or": [{"a": 1}, {"b": {}}]}, {"$or": [{"a": {"$eq": 1}}, {"b": {"$eq": {}}}]}),
    ({"a": {"$elemMatch": {"b": 1}}}, {"a": {"$elemMatch": {"b": 1}}}),
    ({}, {}),
])  # fmt: skip
def test_a_selector_has_one_form(written: dict[str, Any], stored: dict[str, Any]) -> None:
    assert normalised(written) == stored
    assert normalised(stored) == stored


def test_the_form_matches_what_the_selector_matches() -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    dice = random.Random(seed)

    def selector(depth: int = 0) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for _ in range(dice.randrange(1, 3)):
            kind = dice.randrange(6 if depth < 3 else 2)
            field = dice.choice("abc")
            if kind == 0:
                made[field] = dice.choice([1, "x", None, {}])
            elif kind == 1:
                made[field] = {dice.choice(["$gt", "$lt", "$ne", "$gte"]): dice.randrange(3)}
            elif kind == 2:
                made[field] = {dice.choice("abc"): dice.randrange(3)}
            elif kind == 3:
                made[dice.choice(["$and", "$or", "$nor"])] = [selector(depth + 1) for _ in range(2)]
            elif kind == 4:
                made["$not"] = selector(depth + 1)
            else:
                made[field] = selector(depth + 2)
        return made

    def document(depth: int = 0) -> dict[str, Any]:
        values = [1, 2, "x", None, {}]
        return {name: document(depth + 1) if depth < 2 and dice.random() < 0.4 else dice.choice(values)
                for name in "abc" if dice.random() < 0.8}

    for _ in range(2000):
        written, doc = selector(), document()
        assert match(normalised(written), doc) == match(written, doc), (written, doc)
