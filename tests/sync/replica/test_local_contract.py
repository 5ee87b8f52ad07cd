"""The contract of `Peer`, kept by `LocalReplica`: in plain files and in encrypted ones."""

import pytest

from sync.replica import LocalReplica
from tests.support.sync.peer_contract import PeerContract


class TestPlainReplica(PeerContract):
    @pytest.fixture
    def peer(self, tmp_path):
        with LocalReplica.open(tmp_path / "r.replica") as replica:
            yield replica
            assert replica.verify() == []


class TestEncryptedReplica(PeerContract):
    @pytest.fixture
    def peer(self, tmp_path):
        pytest.importorskip("sqlcipher3")
        with LocalReplica.open(tmp_path / "r.replica", key=bytes(range(32))) as replica:
            yield replica
            assert replica.verify() == []
