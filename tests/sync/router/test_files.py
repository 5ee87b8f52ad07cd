"""Chunks follow accepted documents, whichever comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sync.router import HEAD, World, chunk, chunk_id, note


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path)
    yield made
    made.close()


def put_chunk(world: World, post: str, *data: str) -> None:
    name = f"post-{post}-files"
    if not world.databases.exists(name):
        world.databases.create(name)
    with world.databases.lease(name) as peer:
        peer.bulk_docs([chunk(text) for text in data])


def test_a_chunk_that_was_there_before_its_document_is_copied(world) -> None:
    put_chunk(world, "a", "ditch", "other")
    router = world.router()
    router.run_pending()
    world.write("a", note("p", 1, share=["post-b"], files=[chunk_id("ditch")]))
    router.run_pending()
    assert world.ids(f"{HEAD}-files", "chunk:") == [chunk_id("ditch")]
    assert world.ids("post-b-files", "chunk:") == [chunk_id("ditch")]
    assert world.ids("post-c-files", "chunk:") == []


def test_a_chunk_that_comes_after_its_document_is_copied(world) -> None:
    router = world.router()
    world.write("a", note("p", 1, share=["post-b"], files=[chunk_id("ditch"), chunk_id("late")]))
    router.run_pending()
    put_chunk(world, "a", "ditch")
    router.run_pending()
    assert world.ids("post-b-files", "chunk:") == [chunk_id("ditch")]
    put_chunk(world, "a", "late")
    router.run_pending()
    assert sorted(world.ids("post-b-files", "chunk:")) == sorted([chunk_id("ditch"), chunk_id("late")])
    assert router.status().sizes["wanted"] == 0


def test_nobody_gets_a_file_by_citing_its_hash(world) -> None:
    put_chunk(world, "a", "secret")
    world.write("c", note("q", 1, files=[chunk_id("secret")]))
    world.router().run_pending()
    assert world.ids("post-c-files", "chunk:") == []
    assert world.ids(f"{HEAD}-files", "chunk:") == []


def test_chunks_of_refused_documents_stay_where_they_are(world) -> None:
    put_chunk(world, "a", "ditch")
    world.write("a", note("p", 1, mark="bad", files=[chunk_id("ditch")]))
    world.router().run_pending()
    assert world.ids(f"{HEAD}-files", "chunk:") == []


def test_a_chunk_that_is_not_what_its_id_says_is_not_copied(world) -> None:
    world.databases.create("post-a-files")
    with world.databases.lease("post-a-files") as peer:
        peer.bulk_docs([{"_id": chunk_id("ditch"), "data": "something else"}])
    world.write("a", note("p", 1, files=[chunk_id("ditch")]))
    world.router().run_pending()
    assert world.ids(f"{HEAD}-files", "chunk:") == []


def test_who_joins_later_gets_the_files_too(world) -> None:
    put_chunk(world, "a", "ditch")
    router = world.router()
    world.write("a", note("p", 1, files=[chunk_id("ditch")]))
    router.run_pending()
    world.write("a", note("p", 2, share=["post-b"]))
    router.run_pending()
    assert world.ids("post-b-files", "chunk:") == [chunk_id("ditch")]


def test_many_chunks_pass_in_pages(world) -> None:
    data = [f"piece {n}" for n in range(150)]
    put_chunk(world, "a", *data)
    world.write("a", note("p", 1, files=[chunk_id(text) for text in data]))
    world.router().run_pending()
    assert len(world.ids(f"{HEAD}-files", "chunk:")) == 150
