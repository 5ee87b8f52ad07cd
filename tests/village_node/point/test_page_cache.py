"""What the databases of a HOME keep in memory, where a tablet has 2 GB."""

from __future__ import annotations

from pathlib import Path

from tests.support.village_node.node_world import World
from village_node.point import limits


def test_a_home_keeps_few_pages_of_its_databases_in_memory(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        for replica in (desk.node.office, desk.node.files, desk.node.closed):
            with replica._reader() as reader:
                kept = [db.execute("PRAGMA cache_size").fetchone()[0] for db in (reader, replica._writer)]
            assert kept == [-limits.PAGE_CACHE_KIB] * 2


def test_a_home_keeps_few_pages_of_its_tables_in_memory(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.desk(world.home()) as desk:
        desk.lists.numbers()
        with desk.node.tables.reader() as reader:
            assert reader.execute("PRAGMA cache_size").fetchone()[0] == -limits.TABLES_CACHE_KIB
