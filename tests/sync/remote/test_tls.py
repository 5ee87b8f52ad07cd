"""Over TLS: the chain is checked, a later connection does not carry it again, a stranger's is refused."""

from __future__ import annotations

import pytest

from sync import errors
from sync.endpoint.connections import LineLimits
from sync.remote.remote_peer import RemotePeer
from sync.remote.tls import resuming_context
from sync.replica import LocalReplica
from tests.support.sync.certificates import chain
from tests.support.sync.faulty_link import link_to
from tests.support.sync.replication import in_step
from tests.support.sync.server import running


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return chain(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(tmp_path, files):
    with running(tmp_path / "hub", tls=files[1:], lines=LineLimits(look_s=0.05)) as running_server:
        running_server.create("db")
        yield running_server


def test_replicas_come_in_step_over_tls(server, files, tmp_path):
    with LocalReplica.open(tmp_path / "node.replica") as node:
        node.bulk_docs([{"_id": f"d{n}", "text": "渠道"} for n in range(20)])
        remote = RemotePeer(f"{server.url}/db", ca=str(files[0]))
        in_step(node, remote)
        remote.close()


def test_a_later_connection_resumes_the_session_and_carries_no_certificates(server, files):
    with link_to(server.url) as link:
        down = []
        for _ in range(3):
            remote = RemotePeer(link.url(f"{server.url}/db"), ca=str(files[0]))
            link.bytes_down = 0
            remote.touch()
            remote.close()
            down.append(link.bytes_down)
    chain_bytes = 1300      # two certificates of 2048 bits are more
    assert down[1] < down[0] - chain_bytes, down
    assert down[2] < down[0] - chain_bytes, down


def test_a_chain_of_a_stranger_is_refused(server, tmp_path):
    ca, _, _ = chain(tmp_path / "other")
    remote = RemotePeer(f"{server.url}/db", ca=str(ca))
    with pytest.raises(errors.Unreachable, match="certificate"):
        remote.touch()
    remote.close()


def test_a_session_is_kept_for_its_server_alone():
    assert resuming_context("https://a.example", None) is resuming_context("https://a.example", None)
    assert resuming_context("https://a.example", None) is not resuming_context("https://b.example", None)


def test_a_certificate_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(errors.BadRequest, match=r"nowhere\.pem"):
        RemotePeer("https://localhost/db", ca=str(tmp_path / "nowhere.pem"))
