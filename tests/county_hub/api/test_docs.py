"""docs/API.md is true: its Python runs against a served county and prints what it says, its scopes and limits are the code's."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from county_hub.api import app, shapes
from county_hub.systems import batches, hooks, signing
from shared.ledger import codes
from tests.support.county_hub.api_scene import asked_county
from tests.support.county_hub.hub_support import REPOSITORY

TEXT = (REPOSITORY / "docs" / "API.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_every_python_block_runs_and_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, body = signing.new_secret(), b'{"type":"case.registered"}'
    with asked_county(tmp_path) as scene:
        names: dict[str, object] = {"TOKEN": scene.token(), "SECRET": secret, "NOTICE_BODY": body,
                                    "NOTICE_HEADERS": signing.headers(secret, "evt_demo", 1_800_000_000, body)}
        for number, block in enumerate(BLOCKS, 1):
            said = [line.strip() for line in re.findall(r"#> (.*)", block)]
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(block.replace("https://hub.example", scene.hub.url), f"API.md block {number}", "exec"), names)
            assert printed.getvalue().splitlines() == said, f"block {number}"


def test_its_scopes_and_limits_are_those_of_the_code() -> None:
    assert set(re.findall(r"^\| `([a-z:]+)` \|", TEXT, re.M)) == set(codes.names("api_scope"))
    assert (shapes.MOST_PAGE, shapes.MOST_ROWS, app.MOST_BODY, batches.MOST_ROWS) == (200, 500, 1 << 20, 500)
    assert (batches.MOST_WAITING, hooks.MOST_WAITING, hooks.DEAD_DAYS, len(hooks.PAUSES_S) + 1) == (100, 20_000, 30, 9)
    assert 7 * 3600 < sum(hooks.PAUSES_S) < 9 * 3600
