"""Worlds whose argon2id is cheap, and a platform keystore that lives as long as the test (the platform is not ours)."""

from __future__ import annotations

import pytest

from shared.ledger import vault
from tests.support.village_node.node_world import World


class Platform:
    """Stands where Windows' or a desktop's keystore stands."""

    name = "test"

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, id: str) -> bytes | None:
        return self.kept.get(id)

    def put(self, id: str, secret: bytes) -> None:
        self.kept[id] = secret


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(vault, "ARGON2", (64, 1, 1))


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "world")
