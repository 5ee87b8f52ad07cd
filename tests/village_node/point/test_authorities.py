"""Which certificates a request to the hub reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sync.server import running
from village_node.point.hub_client import Address


def test_over_plain_http_no_authorities_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "data") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "no such file"))
        assert Address(server.url).ask("GET", "/", 20).status_code == 200
