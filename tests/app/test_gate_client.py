"""Who asks, and under which address."""

from __future__ import annotations

from typing import Any

import pytest

from app.gate.client import client_of, neighbourhood_of
from tests.gateapp import small_client

PROXIES = "10.0.0.0/8, 2001:db8:1::5"


def seen(address: str, headers: dict[str, str], **options: Any) -> dict[str, Any]:
    """What the application is told of a request."""
    found: dict[str, Any] = small_client(address=address, **options).get("/echo", headers=headers).json()
    return found


@pytest.mark.parametrize(
    ("address", "forwarded", "client"),
    [
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1::5", "2001:db8:2::1", "2001:db8:2::1"),
        ("2001:db8:1::6", "2001:db8:2::1", "2001:db8:1::6"),
    ],
)
def test_the_client_is_the_rightmost_address_that_no_proxy_of_ours_has(
    address: str, forwarded: str, client: str
) -> None:
    assert seen(address, {"X-Forwarded-For": forwarded}, trusted_proxies=PROXIES)["client"] == client


def test_nobody_is_believed_by_default() -> None:
    sent = {
        "X-Forwarded-For": "198.51.100.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil",
    }
    found = seen("127.0.0.1", sent)
    assert (found["client"], found["base"]) == ("127.0.0.1", "http://testserver/")


def test_a_proxy_of_ours_says_how_it_was_asked() -> None:
    found = seen("10.0.0.1", {"X-Forwarded-Proto": "https"}, trusted_proxies=PROXIES)
    assert found["base"] == "https://testserver/"


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Gradio-Server", "X-Real-IP"])
@pytest.mark.parametrize("address", ["10.0.0.1", "192.0.2.7"])
def test_nothing_behind_hears_what_proxies_say(address: str, name: str) -> None:
    found = seen(address, {name: "evil.example"}, trusted_proxies=PROXIES)
    assert "evil.example" not in str(found)


def test_the_address_that_is_set_stands_for_the_one_that_was_asked() -> None:
    found = seen("192.0.2.7", {"Host": "evil.example"}, public_url="https://dipnot.example.org:8443")
    assert found["base"] == "https://dipnot.example.org:8443/"
    assert found["headers"]["host"] == "dipnot.example.org:8443"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_whoever_has_a_network_of_addresses_is_one_client(one: str, other: str, is_same: bool) -> None:
    assert (client_of({"client": (one, 1)}) == client_of({"client": (other, 2)})) == is_same


@pytest.mark.parametrize("client", [None, ("", 0), ("testclient", 1), ("\n" * 999, 1)])
def test_a_client_without_an_address_is_counted_too(client: tuple[str, int] | None) -> None:
    assert client_of({"client": client}) == neighbourhood_of({"client": client}) == "unknown"


def test_neighbours_share_a_wider_network() -> None:
    assert neighbourhood_of({"client": ("192.0.2.7", 1)}) == "192.0.0.0/16"
    assert neighbourhood_of({"client": ("2001:db8:1:2::1", 1)}) == "2001:db8::/32"
