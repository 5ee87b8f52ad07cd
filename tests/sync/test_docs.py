"""docs/SYNC.md is true: its Python runs and prints what it says, its routes and limits are those of the code."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from sync import tuning
from sync.databases import tuning as databases_tuning
from sync.endpoint import design, routes
from sync.endpoint import tuning as endpoint_tuning
from sync.remote import tuning as remote_tuning
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import tuning as replicator_tuning
from tests.support.sync.server import REPOSITORY, running

TEXT = (REPOSITORY / "docs" / "SYNC.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_every_python_block_runs_and_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with running(tmp_path / "data") as server:
        for number, block in enumerate(BLOCKS, 1):
            said = re.findall(r"#> (.*)", block)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(block.replace("http://127.0.0.1:5984", server.url), f"SYNC.md block {number}", "exec"), names)
            assert printed.getvalue().splitlines() == said, f"block {number}"
        for value in names.values():
            if isinstance(value, LocalReplica | RemotePeer):
                value.close()


def test_the_first_example_takes_fifteen_lines():
    shell = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)[0]
    lines = [line for line in (shell + BLOCKS[0]).splitlines() if line.strip()]
    assert len(lines) <= 15


@pytest.mark.parametrize(
    "route",
    [
        *routes.SERVER, *routes.DATABASE, *sorted(design.FUNCTIONS - {"_info", "_search_info"}), *routes.UNSPOKEN_SERVER,
        *routes.UNSPOKEN_DATABASE,
    ],
)  # fmt: skip
def test_every_route_is_named(route):
    assert f"`{route}`" in TEXT or f" {route}`" in TEXT or route == "", route


def test_every_limit_named_exists():
    table = TEXT.partition("## Limits")[2]
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", table))
    modules = (tuning, endpoint_tuning, replicator_tuning, remote_tuning, databases_tuning)
    known = {name for module in modules for name in vars(module)}
    assert named <= known
    assert len(named) > 12
