"""Mango indexes: the order of their keys, that they find exactly what a reading of everything finds, and that `_explain`
says which is used."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.mango import selector as mango
from sync.mango.index import IndexDefinition, Keys, NoUsableIndex, definitions_of, encode_key, make_plan
from sync.replica import LocalReplica
from sync.replica.indexes import IndexRange
from sync.replica.limits import ReplicaLimits

VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab\x00字", max_size=3), inner, max_size=3)),
    max_leaves=8,
)  # fmt: skip


def sign(number):
    return (number > 0) - (number < 0)


@given(VALUES, VALUES)
def test_keys_sort_as_values_do(left, right):
    a, b = encode_key(left), encode_key(right)
    assert sign(mango.compare(left, right)) == (a > b) - (a < b)


def test_keys_of_very_large_numbers_keep_their_order():
    numbers = [-(10**400), -1e308, -(2**63), -1, -0.0, 0, 5e-324, 1, 2**63, 1e308, 10**400]
    keys = [encode_key(number) for number in numbers]
    assert keys == sorted(keys)
    assert encode_key(-0.0) == encode_key(0)


# --- an index finds what a reading of everything finds ---

SMALL = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "a", "ab", "渠", "渠道"]), st.just([1]))
DOCS = st.lists(
    st.fixed_dictionaries({}, optional={"a": SMALL, "b": SMALL, "c": st.fixed_dictionaries({"d": SMALL})}), max_size=12
)
OPERATORS = st.one_of(
    SMALL,
    st.builds(lambda name, value: {name: value}, st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]), SMALL),
    st.builds(lambda low, high: {"$gte": low, "$lt": high}, SMALL, SMALL),
    st.builds(lambda value: {"$exists": value}, st.booleans()),
    st.builds(lambda value: {"$not": {"$eq": value}}, SMALL),
    st.builds(lambda values: {"$in": values}, st.lists(SMALL, max_size=3)),
    st.just({"$beginsWith": "渠"}),
)
FIELDS = st.sampled_from(["a", "b", "c.d", "_id"])
FLAT = st.dictionaries(FIELDS, OPERATORS, max_size=3)
SELECTORS = st.one_of(
    FLAT,
    st.builds(lambda name, parts: {name: parts}, st.sampled_from(["$and", "$or", "$nor"]), st.lists(FLAT, min_size=1)),
    st.builds(lambda flat, parts: {**flat, "$or": parts}, FLAT, st.lists(FLAT, min_size=1, max_size=2)),
)
INDEXES = st.lists(st.lists(FIELDS, min_size=1, max_size=3, unique=True), max_size=3)


def fields_of(doc, names):
    return [mango.field_of(doc, mango.split_path(name)) for name in names]


def read(docs, plan):
    """What the plan reads, in its order; the table of an index is a sorted list here."""
    if plan.index is None:
        low, high = plan.low or "", plan.high or "\U0010ffff"
        read = [doc for doc in docs if low <= doc["_id"] <= high]
    else:
        keys = Keys(plan.index)
        entries = [(key, doc["_id"], doc) for doc in docs if (key := keys.of(doc)) is not None]
        read = [doc for key, _, doc in sorted(entries, key=lambda entry: entry[:2]) if plan.low <= key <= plan.high]
    return read[::-1] if plan.descending else read


@settings(max_examples=400, deadline=None)
@given(DOCS, SELECTORS, INDEXES, st.lists(FIELDS, max_size=2, unique=True), st.booleans())
def test_a_plan_reads_all_that_matches_and_in_order(docs, selector, indexes, sort, down):
    docs = [{"_id": f"{n:02}", **doc} for n, doc in enumerate(docs)]
    definitions = [IndexDefinition(f"_design/{n}", "x", tuple(names)) for n, names in enumerate(indexes)]
    try:
        plan = make_plan(selector, [(name, down) for name in sort], definitions)
    except NoUsableIndex:
        return
    passed = [doc for doc in read(docs, plan) if mango.match(selector, doc)]
    matches = [doc for doc in docs if mango.match(selector, doc) and mango.MISSING not in fields_of(doc, sort)]
    assert sorted(doc["_id"] for doc in passed) == sorted(doc["_id"] for doc in matches)
    for one, other in itertools.pairwise(passed):
        order = mango.compare(fields_of(one, sort), fields_of(other, sort))
        assert order <= 0 if not down else order >= 0


# --- over HTTP ---

COUNTER = itertools.count()


@pytest.fixture
def http(server):
    name = f"db{next(COUNTER)}"
    server.create(name)
    with server.client() as client:
        client.base_url = f"{server.url}/{name}/"
        docs = [{"_id": f"{n:04}", "n": n, "kind": "渠" if n % 2 else "田", "at": {"day": n % 7}} for n in range(700)]
        client.post("_bulk_docs", json={"docs": docs})
        index(client, ["kind", "n"], name="kind-n")
        yield client


def index(http, fields, name, **more):
    body = {"index": {"fields": fields, **more}, "ddoc": "app", "name": name}
    answer = http.post("_index", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def find(http, selector, **body):
    answer = http.post("_find", json={"selector": selector, "execution_stats": True, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def used(http, selector, **body):
    return http.post("_explain", json={"selector": selector, **body}).json()["index"]["name"]


def ids(answer):
    return [doc["_id"] for doc in answer["docs"]]


def test_an_index_is_read_only_where_it_can_match(http):
    answer = find(http, {"kind": "渠", "n": {"$gt": 100, "$lt": 106}})
    assert ids(answer) == ["0101", "0103", "0105"]
    assert "warning" not in answer
    assert answer["execution_stats"]["total_docs_examined"] <= 4
    assert used(http, {"kind": "渠", "n": {"$gt": 100}}) == "kind-n"


def test_an_index_that_would_miss_documents_is_not_used(http):
    http.put("no kind", json={"n": 101})
    answer = find(http, {"n": 101})
    assert ids(answer) == ["0101", "no kind"]
    assert "No matching index" in answer["warning"]
    assert used(http, {"n": 101}) == "_all_docs"
    assert used(http, {"n": 101, "kind": {"$exists": True}}) == "kind-n"
    assert used(http, {"$or": [{"kind": "渠", "n": 1}, {"n": 2}]}) == "_all_docs"
    assert used(http, {"$or": [{"kind": "渠", "n": 1}, {"kind": "田", "n": 2}]}) == "kind-n"


def test_writes_edits_and_deletions_are_seen_by_the_next_query(http):
    selector = {"kind": "渠", "n": {"$gte": 690}}
    assert ids(find(http, selector)) == ["0691", "0693", "0695", "0697", "0699"]
    doc = http.get("0691").json()
    http.put("0691", json={**doc, "n": 1000})
    http.delete("0693", params={"rev": http.get("0693").json()["_rev"]})
    http.put("0695", json={"_rev": http.get("0695").json()["_rev"], "kind": "田", "n": 695})
    http.put("new", json={"kind": "渠", "n": 698})
    assert ids(find(http, selector)) == ["0697", "new", "0699", "0691"]


def test_what_is_purged_or_evicted_leaves_the_index(http, server):
    name = http.base_url.path.strip("/")
    selector = {"kind": "渠", "n": {"$lt": 6}}
    assert ids(find(http, selector)) == ["0001", "0003", "0005"]
    http.post("_purge", json={"0001": [http.get("0001").json()["_rev"]]})
    with server.databases.lease(name) as replica:
        replica.evict(["0003"])
        assert ids(find(http, selector)) == ["0005"]
        definition = replica.index_definitions()[0]
        page = replica.scan_index(definition, IndexRange(b"", b"\xff"), 2000)
        assert page.ended
        assert {"0001", "0003"}.isdisjoint(hit.doc["_id"] for hit in page.hits)
        assert replica.verify() == []


def test_a_conflict_is_listed_by_its_winner(http):
    leaves = [{"_id": "c", "_rev": f"1-{letter * 32}", "kind": "渠", "n": 2000 + n} for n, letter in enumerate("abc")]
    http.post("_bulk_docs", json={"docs": leaves, "new_edits": False})
    found = find(http, {"kind": "渠", "n": {"$gte": 2000}}, conflicts=True)["docs"]
    assert [(doc["n"], len(doc["_conflicts"])) for doc in found] == [(2002, 2)]


@pytest.mark.parametrize("down", [False, True])
def test_bookmarks_walk_an_index_both_ways(http, down):
    sort = [{"kind": "desc"}, {"n": "desc"}] if down else ["kind", "n"]
    seen, bookmark = [], None
    while docs := (answer := find(http, {"kind": "渠"}, sort=sort, limit=60, bookmark=bookmark))["docs"]:
        seen += [doc["n"] for doc in docs]
        bookmark = answer["bookmark"]
    assert seen == sorted(range(1, 700, 2), reverse=down)


def test_a_sort_follows_fields_that_have_one_value(http):
    assert ids(find(http, {"kind": "渠"}, sort=[{"n": "desc"}], limit=2)) == ["0699", "0697"]
    assert ids(find(http, {}, sort=[{"_id": "desc"}], limit=2)) == ["0699", "0698"]


def test_large_answers_come_as_a_stream_and_whole(http):
    for selector, warned in (({"kind": "田", "n": {"$gte": 0}}, False), ({"at.day": {"$gte": 0}}, True)):
        answer = find(http, selector, limit=10_000)
        assert len(answer["docs"]) == (700 if warned else 350)
        assert ("warning" in answer) is warned
        assert answer["execution_stats"]["results_returned"] == len(answer["docs"])


def test_use_index_chooses_and_says_when_it_cannot(http):
    index(http, ["n"], name="n")
    index(http, ["at.day"], name="thursdays", partial_filter_selector={"kind": "渠"})
    assert used(http, {"kind": "渠", "n": 3}) == "kind-n"
    assert used(http, {"kind": "渠", "n": 3}, use_index=["app", "n"]) == "n"
    assert used(http, {"at.day": 4}) == "_all_docs"
    partial = find(http, {"at.day": 4}, use_index=["_design/app", "thursdays"], limit=200)
    assert all(doc["kind"] == "渠" for doc in partial["docs"])
    assert len(partial["docs"]) == 50
    answer = find(http, {"at.day": 4}, use_index="other")
    assert "_design/other was not used because it is not a valid index." in answer["warning"]
    refused = http.post("_find", json={"selector": {"at.day": 4}, "use_index": ["app", "n"], "allow_fallback": False})
    assert (refused.status_code, refused.json()["error"]) == (400, "no_usable_index")


def test_definitions_of_couchdb_are_understood_and_others_left_alone():
    ddoc = {
        "_id": "_design/theirs", "language": "query",
        "views": {
            "by-day": {
                "map": {"fields": {"a": "asc", "b": "asc"}, "partial_filter_selector": {}},
                "reduce": "_count", "options": {"def": {"fields": ["b", "a"]}},
            },
            "odd": {"map": "function (doc) {}"}, "worse": 3,
            "bad": {"map": {"fields": {"a": 1}, "partial_filter_selector": {"$x": 1}}},
        },
    }  # fmt: skip
    assert list(definitions_of(ddoc)) == [IndexDefinition("_design/theirs", "by-day", ("b", "a"))]
    assert list(definitions_of({"_id": "_design/js", "views": {"x": {"map": "function"}}})) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"index": {"fields": []}}, "invalid_index"),
        ({"index": {"fields": [{"a": "asc"}, {"b": "desc"}]}}, "unsupported_mixed_sort"),
        ({"index": {"fields": ["a", "a"]}}, "invalid_index"),
        ({"index": {"fields": [{"a": "up"}]}}, "invalid_index"),
        ({"index": {"fields": [3]}}, "invalid_index"),
        ({"index": {"fields": ["a"], "partial_filter_selector": {"$odd": 1}}}, "invalid_operator"),
        ({"index": {"fields": ["a"]}, "type": "nonsense"}, "invalid_index"),
        ({"index": {"fields": ["a"]}, "ddoc": 3}, "invalid_options"),
        ({}, "invalid_index"),
    ],
)
def test_malformed_definitions_are_refused(http, body, error):
    answer = http.post("_index", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_text_indexes_are_refused_as_not_spoken(http):
    assert http.post("_index", json={"index": {}, "type": "text"}).status_code == 501


def test_compaction_and_deletion_drop_entries_nobody_defines(http, server):
    name = http.base_url.path.strip("/")
    find(http, {"kind": "渠"}, limit=1)
    assert http.delete("_index/_design/app/json/kind-n").json() == {"ok": True}
    index(http, ["n"], name="n")
    find(http, {"n": 3})
    http.delete("_design/app", params={"rev": http.get("_design/app").json()["_rev"]})
    assert used(http, {"n": 3}) == "_all_docs"
    with server.databases.lease(name) as replica:
        replica.compact()
        with replica.transaction() as tx:
            assert tx._connection().execute("SELECT count(*) FROM mango_entries").fetchone() == (0,)
        assert replica.verify() == []


def test_a_large_index_is_built_in_batches(tmp_path):
    definition = IndexDefinition("_design/x", "n", ("n",))
    with LocalReplica.open(tmp_path / "a.replica", limits=ReplicaLimits(index_batch_docs=10)) as replica:
        replica.bulk_docs([{"_id": f"{n:03}", "n": -n} for n in range(105)])
        replica.refresh_index(definition)
        page = replica.scan_index(definition, IndexRange(b"", b"\xff"), 1000)
        assert [hit.doc["n"] for hit in page.hits] == sorted(-n for n in range(105))
