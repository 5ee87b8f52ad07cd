"""Mango selectors: each operator, negation, nested paths, and what is refused."""

import pytest

from sync import errors, tuning
from sync.mango.selector import compare, match

DOC = {
    "_id": "a", "name": "旧地村", "n": 5, "neg": -7, "f": 1.5, "yes": True, "none": None, "empty": [],
    "tags": ["water", "land"], "nums": [1, 2, 3], "who": {"name": "李", "age": 40, "a.b": 1},
    "parties": [{"role": "x", "n": 1}, {"role": "y", "n": 2}],
}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        ({"n": 5}, True),
        ({"n": 5.0}, True),
        ({"n": "5"}, False),
        ({"yes": 1}, False),
        ({"n": {"$eq": 5}, "name": {"$eq": "其他"}}, False),
        ({"who": {"name": "李"}}, True),
        ({"who.name": "李"}, True),
        ({"who.a\\.b": 1}, True),
        ({"who.age": {"$gt": 39, "$lt": 41}}, True),
        ({"parties.1.role": "y"}, True),
        ({"parties.7.role": "y"}, False),
        ({"empty": []}, True),
        ({"n": {"$ne": 5}}, False),
        ({"n": {"$ne": "5"}}, True),
        ({"lacking": {"$ne": 1}}, False),
        ({"lacking": {"$nin": [1]}}, False),
        ({"lacking": {"$exists": False}}, True),
        ({"lacking": {"$exists": True}}, False),
        ({"none": {"$exists": True}}, True),
        ({"none": None}, True),
        ({"lacking": None}, False),
        ({"n": {"$gt": 5}}, False),
        ({"n": {"$gte": 5}}, True),
        ({"n": {"$lt": "a"}}, True),
        ({"name": {"$gt": 10**9}}, True),
        ({"n": {"$lte": 4}}, False),
        ({"n": {"$in": [1, 5]}}, True),
        ({"tags": {"$in": ["land"]}}, True),
        ({"tags": {"$nin": ["land"]}}, False),
        ({"n": {"$nin": [1]}}, True),
        ({"n": {"$type": "number"}}, True),
        ({"yes": {"$type": "number"}}, False),
        ({"yes": {"$type": "boolean"}}, True),
        ({"none": {"$type": "null"}}, True),
        ({"who": {"$type": "object"}}, True),
        ({"tags": {"$type": "array"}}, True),
        ({"$and": [{"n": 5}, {"yes": True}]}, True),
        ({"$or": [{"n": 6}, {"yes": True}]}, True),
        ({"$nor": [{"n": 6}, {"yes": False}]}, True),
        ({"$nor": [{"n": 6}, {"yes": True}]}, False),
        ({"$not": {"n": 6}}, True),
        ({"$not": {"n": 5}}, False),
        ({"$not": {"lacking": 5}}, False),
        ({"$not": {"$and": [{"n": 5}, {"yes": False}]}}, True),
        ({"$not": {"$or": [{"n": 6}, {"yes": True}]}}, False),
        ({"$not": {"n": {"$exists": False}}}, True),
        ({"n": {"$not": {"$gt": 5}}}, True),
        ({"n": {"$or": [{"$lt": 3}, {"$gt": 4}]}}, True),
        ({"$and": []}, True),
        ({"tags": {"$all": ["land", "water"]}}, True),
        ({"tags": {"$all": ["land", "air"]}}, False),
        ({"tags": {"$all": []}}, False),
        ({"n": {"$all": [5]}}, False),
        ({"nums": {"$all": [[1, 2, 3]]}}, True),
        ({"parties": {"$elemMatch": {"role": "x", "n": {"$lt": 2}}}}, True),
        ({"parties": {"$elemMatch": {"role": "x", "n": 2}}}, False),
        ({"nums": {"$elemMatch": {"$gt": 2}}}, True),
        ({"nums": {"$allMatch": {"$gt": 0}}}, True),
        ({"nums": {"$allMatch": {"$gt": 1}}}, False),
        ({"empty": {"$allMatch": {"$gt": 1}}}, False),
        ({"who": {"$keyMapMatch": {"$eq": "age"}}}, True),
        ({"tags": {"$size": 2}}, True),
        ({"n": {"$size": 1}}, False),
        ({"n": {"$mod": [3, 2]}}, True),
        ({"neg": {"$mod": [3, -1]}}, True),
        ({"f": {"$mod": [1, 0]}}, False),
        ({"name": {"$regex": "^旧"}}, True),
        ({"n": {"$regex": "5"}}, False),
        ({"name": {"$beginsWith": "旧地"}}, True),
        ({"name": {"$beginsWith": "村"}}, False),
        ({"n": {"$beginsWith": "5"}}, False),
        ({"_id": {"$gt": None}}, True),
    ],
)
def test_a_selector_matches_as_in_couchdb(selector, matches):
    assert match(selector, DOC) is matches


@pytest.mark.parametrize(
    ("selector", "named"),
    [
        ({"n": {"$what": 1}}, r"\$what"), ({"$what": 1}, r"\$what"), ({"$gt": 1}, r"\$gt"),
        ({"n": {"$in": 1}}, r"\$in"), ({"n": {"$nin": {}}}, r"\$nin"), ({"n": {"$exists": "yes"}}, r"\$exists"),
        ({"n": {"$type": "text"}}, r"\$type"), ({"$and": {}}, r"\$and"), ({"$or": 1}, r"\$or"),
        ({"$not": 1}, r"\$not"), ({"n": {"$all": "x"}}, r"\$all"), ({"n": {"$elemMatch": 1}}, r"\$elemMatch"),
        ({"n": {"$size": -1}}, r"\$size"), ({"n": {"$mod": [0, 1]}}, r"\$mod"), ({"n": {"$mod": 2}}, r"\$mod"),
        ({"n": {"$regex": "("}}, r"\$regex"), ({"n": {"$regex": "a" * (tuning.MAX_REGEX_CHARS + 1)}}, r"\$regex"),
        ({"n": {"$beginsWith": 5}}, r"\$beginsWith"), ({"n": {"$elemMatch": {"$what": 1}}}, r"\$what"),
    ],
)
def test_a_malformed_selector_is_refused_and_the_operator_named(selector, named):
    with pytest.raises(errors.BadRequest, match=named):
        match(selector, DOC)


@pytest.mark.parametrize("selector", [None, [], "x", 1])
def test_a_selector_must_be_an_object(selector):
    with pytest.raises(errors.BadRequest):
        match(selector, DOC)


def test_a_selector_nested_without_end_is_refused():
    selector: dict = {"n": 1}
    for _ in range(10_000):
        selector = {"$not": selector}
    with pytest.raises(errors.BadRequest, match="deeper"):
        match(selector, DOC)


def test_values_are_ordered_by_type_then_value():
    ordered = [None, False, True, -1, 0, 1.5, "", "a", "b", "é", [], [1], [1, 2], [2], {}, {"a": 1}, {"a": 2}, {"b": 0}]
    for at, left in enumerate(ordered):
        for other, right in enumerate(ordered):
            assert compare(left, right) == (at > other) - (at < other)
