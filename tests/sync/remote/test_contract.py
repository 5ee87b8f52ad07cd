"""The contract of a `Peer`, over HTTP: RemotePeer -> endpoint -> LocalReplica."""

from __future__ import annotations

import itertools

import pytest

from sync.remote.remote_peer import RemotePeer
from tests.support.sync.peer_contract import PeerContract
from tests.support.sync.server import running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("contract")) as server:
        yield server


class TestRemotePeerKeepsTheContract(PeerContract):
    _numbers = itertools.count()

    @pytest.fixture
    def peer(self, server):
        peer = RemotePeer(server.create(f"db{next(self._numbers)}"))
        yield peer
        peer.close()
