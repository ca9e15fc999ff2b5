"""Keys of programs."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from app.options import ServerOptions
from app.secret import digest, new_key
from tests.commandline import Dipnot
from tests.gateapp import EVIL, MUSEUM, OWN, small_client

KEYS = [new_key() for _ in range(3)]
KNOWN = ", ".join(digest(key) for key in KEYS)


def status(path: str, headers: dict[str, str], **options: Any) -> int:
    return small_client(**{"api_keys": KNOWN, **options}).post(path, headers=headers).status_code


@pytest.mark.parametrize("key", KEYS, ids=["first", "second", "third"])
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/chat/completions", "/mcp"])
def test_every_key_that_is_known_opens(key: str, path: str) -> None:
    for scheme in ("Bearer", "bearer"):
        assert status(path, {"Authorization": f"{scheme} {key}"}, api_key_required=True) == 200


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(
    "key",
    ["wrong", KEYS[0][:-1], KEYS[0] + "x", digest(KEYS[0]), "é", "x" * 5_000],
    ids=["another", "too short", "too long", "its digest", "no ASCII", "endless"],
)
def test_a_wrong_key_never_does(key: str, required: bool) -> None:
    client = small_client(api_keys=KNOWN, api_key_required=required)
    for headers in ({}, {"Origin": OWN}):
        authorization = {"Authorization": f"Bearer {key}".encode()}
        reply = client.post("/v1/ask", headers={**headers, **authorization})  # type: ignore[dict-item]
        assert (reply.status_code, reply.json()["code"]) == (401, "key")
        assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/stream", "/v1/chat/completions", "/mcp"])
def test_without_one_a_program_is_asked_for_it_where_it_is_needed(path: str) -> None:
    for sent in ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}):
        reply = small_client(api_keys=KNOWN, api_key_required=True).post(path, headers=sent)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"
        assert status(path, sent) == 200


def test_pages_need_none() -> None:
    required: dict[str, Any] = {"api_key_required": True, "embed_origins": MUSEUM}
    for headers in ({"Origin": OWN}, {"Origin": MUSEUM}, {"Sec-Fetch-Site": "same-origin"}):
        assert status("/v1/ask", headers, **required) == 200
    assert status("/v1/feedback", {}, **required) == 200
    assert status("/v1/ask", {"Origin": EVIL}, **required) == 403
    # What speaks the protocol is a program.
    assert status("/mcp", {"Origin": OWN}, **required) == 401
    assert small_client(api_keys=KNOWN, **required).get("/articles/004").status_code == 200


def test_where_there_are_no_keys_none_is_wrong() -> None:
    assert status("/v1/ask", {"Authorization": "Bearer whatever-the-library-sends"}, api_keys="") == 200
    assert status("/v1/ask", {}, api_keys="", api_key_required=True) == 401


def test_a_key_is_nowhere_written_down(caplog: pytest.LogCaptureFixture) -> None:
    client = small_client(api_keys=KNOWN)
    with caplog.at_level(logging.DEBUG):
        for key in (KEYS[0], "dipnot_wrong"):
            reply = client.post("/v1/ask", headers={"Authorization": f"Bearer {key}"})
            assert key not in reply.text or reply.status_code == 200
            assert key not in caplog.text
    assert client.post("/v1/ask", headers={"Authorization": "Bearer dipnot_wrong"}).text.count("dipnot_") == 0


def test_the_command_makes_a_key_and_what_the_settings_hold(dipnot: Dipnot) -> None:
    made = [dipnot("key") for _ in range(2)]
    assert made[0].out != made[1].out
    key, held = (line.rpartition(" ")[2] for line in made[0].out.splitlines())
    assert (made[0].code, made[0].err) == (0, "")
    assert len(key) > 40
    assert ServerOptions(api_keys=held).api_keys == (digest(key),)  # type: ignore[arg-type]
    assert key not in held
