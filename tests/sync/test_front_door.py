"""The front door of the library: its example runs, and what it offers is loaded only when asked for."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import sync
from tests.support.sync.server import running

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_in_the_head_of_the_package_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    head = sync.__doc__ or ""
    example = textwrap.dedent("    from sync" + head.split("    from sync", 1)[1].split("\n\nWhat stands", 1)[0])
    with running(tmp_path / "data") as server:
        from sync import RemotePeer

        office = RemotePeer(f"{server.url}/office")
        office.create()
        office.close()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(example.replace("http://127.0.0.1:5984", server.url), "sync/__init__.py", "exec"), {})
    assert printed.getvalue() == "1\n"


def test_everything_offered_can_be_had() -> None:
    assert set(sync.__all__) == set(sync._HOMES)
    for name in sync.__all__:
        assert getattr(sync, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sync.nothing  # noqa: B018


def test_importing_the_package_loads_neither_a_replica_nor_the_web_server() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", "import sync, sys; print(sorted(m for m in sys.modules if m.startswith(('sync.', 'starlette'))))"],
        capture_output=True, text=True, cwd=ROOT, check=True, timeout=60,
    )
    assert seen.stdout == "[]\n"
