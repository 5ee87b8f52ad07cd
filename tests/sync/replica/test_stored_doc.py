"""A document that goes from replica to replica as it is stored: the same there, and not to be changed on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.errors import BadRequest, Forbidden
from sync.peer import ChangesRequest, Doc
from sync.replica import LocalReplica
from sync.replica.incoming import StoredDoc, encode_body


def refuses(doc: Doc) -> None:
    if doc.get("kind") == "bad":
        raise Forbidden("no")


def leaves(replica: LocalReplica) -> list[dict[str, str]]:
    return [{"id": row.id, "rev": str(row.rev)} for row in replica.all_docs()]


@pytest.mark.parametrize("doc", [{"_id": "a", "x": [1, {"y": "水"}]}, {"_id": "a"}, {"_id": "a", "_attachments": {
    "t": {"content_type": "text/plain", "data": "aGk="}}}])
def test_a_stored_document_is_stored_elsewhere_as_it_is(tmp_path: Path, doc: Doc) -> None:
    with LocalReplica.open(tmp_path / "a.replica") as one, LocalReplica.open(tmp_path / "b.replica") as other:
        one.put(doc)
        docs = [found for result in one.bulk_get_stored(leaves(one)) for found in result.docs]
        assert docs == [found for result in one.bulk_get(leaves(one), revs=False) for found in result.docs]
        assert other.bulk_docs(docs, new_edits=False) == []
        assert other.get("a", attachments=True) == one.get("a", attachments=True)


def test_it_meets_the_validators_of_each_replica(tmp_path: Path) -> None:
    there = tmp_path / "b.replica"
    with LocalReplica.open(tmp_path / "a.replica") as one, LocalReplica.open(there, validators=[refuses]) as other:
        one.bulk_docs([{"_id": "a", "kind": "bad"}, {"_id": "b", "kind": "good"}])
        docs = [found for result in one.bulk_get_stored(leaves(one)) for found in result.docs]
        assert [refused.id for refused in other.bulk_docs(docs, new_edits=False)] == ["a"]
        assert leaves(other) == leaves(one)[1:]


def test_a_document_with_a_history_comes_without_that_sort_of_help(tmp_path: Path) -> None:
    with LocalReplica.open(tmp_path / "a.replica") as one:
        first = one.put({"_id": "a", "x": 1})
        second = one.put({"_id": "a", "_rev": first, "x": 2})
        found = one.bulk_get_stored([{"id": "a", "rev": first}, {"id": "a", "rev": second}, {"id": "b", "rev": "1-a"}])
        assert [[doc["x"] for doc in result.docs] for result in found] == [[1], [2], []]
        assert not any(isinstance(doc, StoredDoc) for result in found for doc in result.docs)


def test_it_cannot_be_changed_and_its_copy_can(tmp_path: Path) -> None:
    with LocalReplica.open(tmp_path / "a.replica") as one:
        one.put({"_id": "a", "x": 1})
        [doc] = one.bulk_get_stored(leaves(one))[0].docs
    for change in (lambda: doc.update(x=2), lambda: doc.pop("x"), lambda: doc.setdefault("y", 1), lambda: doc.__setitem__("x", 2),
                   lambda: doc.__delitem__("x"), doc.clear, doc.popitem, lambda: doc.__ior__({"x": 2})):
        with pytest.raises(TypeError):
            change()
    assert {**doc, "x": 2} == dict(doc) | {"x": 2}
    assert doc["x"] == 1


def test_a_number_with_too_many_digits_is_found_wherever_it_stands() -> None:
    for before in range(90):
        with pytest.raises(BadRequest, match="whole number"):
            encode_body({"text": "n" * before, "n": 10**308, "more": "12 " * before})
        assert encode_body({"text": "9" * before, "n": 10**308 - 1, "more": "9" * 400})


def test_validators_see_it_as_it_will_be_stored(tmp_path: Path) -> None:
    seen = list[Doc]()
    with LocalReplica.open(tmp_path / "a.replica") as one, LocalReplica.open(tmp_path / "b.replica",
                                                                              validators=[seen.append]) as other:
        one.bulk_docs([{"_id": "a", "x": [1]}, {"_id": "b", "_deleted": True}])
        revs = [{"id": row.id, "rev": row.revs[0]} for row in one.changes(ChangesRequest())]
        docs = [found for result in one.bulk_get_stored(revs) for found in result.docs]
        assert {type(doc) for doc in docs} == {StoredDoc}
        assert other.bulk_docs(docs, new_edits=False) == []
        assert seen == docs == [found for result in one.bulk_get(revs, revs=False) for found in result.docs]
