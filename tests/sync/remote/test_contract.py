"""The contract of a `Peer`, over HTTP: RemotePeer -> endpoint -> LocalReplica."""

from __future__ import annotations

import itertools

import pytest

from sync.remote.remote_peer import RemotePeer
from tests.support.sync.peer_contract import PeerContract


class TestRemotePeerKeepsTheContract(PeerContract):
    _numbers = itertools.count()

    @pytest.fixture
    def peer(self, server):
        peer = RemotePeer(server.create(f"db{next(self._numbers)}"))
        yield peer
        peer.close()
