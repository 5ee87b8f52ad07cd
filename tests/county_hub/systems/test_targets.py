"""Where notices may go, and how they are signed."""

from __future__ import annotations

import pytest

from county_hub.systems import signing
from county_hub.systems.targets import BadTarget, address_for, networks, target_of


@pytest.mark.parametrize("url", [
    "", "http://example.org/", "ftp://example.org/", "https://", "https:///path", "file:///etc/passwd", "https://a:b@example.org/",
    "https://example.org/#x", "https://example.org/a b", "https://example.org/\n", "https://example.org:99999/", "https://[::1/",
    "https://例子.cn/", "https://example.org/" + "a" * 500,
])
def test_only_a_plain_https_address_is_taken(url: str) -> None:
    with pytest.raises(BadTarget, match="url: "):
        target_of(url)


def test_an_address_is_taken_apart() -> None:
    made = target_of("https://Example.ORG:8443/a?b=c")
    assert (made.host, made.port, made.path, made.named) == ("example.org", 8443, "/a?b=c", "example.org:8443")


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:53aa:64c:0:0:80ff:fffe",
])
def test_no_address_of_this_machine_or_behind_it_is_told(address: str) -> None:
    with pytest.raises(BadTarget, match="webhook_networks"):
        address_for(target_of("https://example.org/"), (), lambda host, port: [address])


def test_one_forbidden_address_among_several_forbids_all() -> None:
    with pytest.raises(BadTarget):
        address_for(target_of("https://example.org/"), (), lambda host, port: ["8.8.8.8", "10.0.0.1"])
    assert address_for(target_of("https://example.org/"), (), lambda host, port: ["8.8.8.8", "1.1.1.1"]) == "8.8.8.8"


def test_a_setting_opens_the_networks_that_it_names_and_no_other() -> None:
    allowed = networks("10.20.0.0/16, fd00::/8")
    assert address_for(target_of("https://court.example/"), allowed, lambda host, port: ["10.20.1.1"]) == "10.20.1.1"
    assert address_for(target_of("https://court.example/"), allowed, lambda host, port: ["fd00::1"]) == "fd00::1"
    with pytest.raises(BadTarget):
        address_for(target_of("https://court.example/"), allowed, lambda host, port: ["10.21.1.1"])


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of its reference libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    made = signing.headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signing.is_genuine(secret, made, body, 1614265330)
    assert signing.is_genuine(secret, {**made, "webhook-signature": "v1,AAAA " + made["webhook-signature"]}, body, 1614265330)
    assert not signing.is_genuine(secret, made, body + b" ", 1614265330)
    assert not signing.is_genuine(secret, {**made, "webhook-id": "msg_other"}, body, 1614265330)
    assert not signing.is_genuine(secret, made, body, 1614265330 + signing.WITHIN_S + 1)
    assert not signing.is_genuine(signing.new_secret(), made, body, 1614265330)
    assert not signing.is_genuine(secret, {}, body, 1614265330)
