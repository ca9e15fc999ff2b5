"""The head of a request: how long it may be, and which addresses are none."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.gate.head import LONGEST_TARGET
from tests.gateapp import small_client


@pytest.fixture
def client() -> TestClient:
    return small_client()


def test_an_address_may_be_long_and_has_an_end(client: TestClient) -> None:
    room = LONGEST_TARGET - len("/echoq=")
    assert client.get("/echo?q=" + "x" * room).status_code == 200
    refused = client.get("/echo?q=" + "x" * (room + 1))
    assert (refused.status_code, refused.json()["code"]) == (414, "too_large")


def test_so_have_the_headers(client: TestClient) -> None:
    assert client.get("/echo", headers={f"x-{n}": "1" for n in range(90)}).status_code == 200
    assert client.get("/echo", headers={f"x-{n}": "1" for n in range(101)}).status_code == 431
    assert client.get("/echo", headers={"x": "y" * 66_000}).status_code == 431


@pytest.mark.parametrize("path", ["/a/%00", "/a/x%0a", "/articles/%0d%0aX:y", "/ask%7f"])
def test_control_characters_are_no_part_of_an_address(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 400


def test_there_are_no_websockets(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/echo"):
        pass
