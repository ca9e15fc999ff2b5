"""What can be set about the server: who may embed and call it, how much it takes on, what it writes down."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

from corpus.text import lower

# Longer than any name: RFC 1035, section 2.3.4, allows 255 octets.
_LONGEST_ORIGIN: Final = 300
_DIGEST_LETTERS: Final = 64


def _parts(value: object) -> object:
    """A list as an environment variable writes it: parts separated by commas or white space."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _origin(value: str) -> str:
    """A web origin, lower-cased and without a slash at its end; raises ValueError for what is none."""
    if value == "*":
        return value
    given = urlsplit(lower(value, "en").rstrip("/"))
    try:
        port = given.port
    except ValueError as error:
        raise ValueError(f"{value!r} is not an origin such as https://museum.example.org") from error
    host = f"[{given.hostname}]" if given.hostname and ":" in given.hostname else given.hostname
    plain = f"{given.scheme}://{host}{f':{port}' if port else ''}"
    is_default = (given.scheme, port) in (("https", 443), ("http", 80))
    is_known = given.scheme in ("http", "https") and host and host.isascii() and "*" not in host
    if not is_known or len(value) > _LONGEST_ORIGIN or plain != given.geturl():
        raise ValueError(f"{value!r} is not an origin such as https://museum.example.org")
    return plain.rpartition(":")[0] if is_default else plain


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    if [lower(value, "en") for value in values] in (["none"], ["'none'"]):
        return ()
    found = tuple(dict.fromkeys(_origin(value) for value in values))
    if "*" in found and len(found) > 1:
        raise ValueError("'*' stands for every site; name it alone, or name the sites")
    return found


def _digest(value: str) -> str:
    found = lower(value, "en")
    if len(found) != _DIGEST_LETTERS or set(found) - set("0123456789abcdef"):
        raise ValueError("an API key is given as its SHA-256, 64 hexadecimal digits: see dipnot key")
    return found


def _network(value: str) -> str:
    return str(ip_network(value, strict=False))


def _public_url(value: str) -> str:
    if not value:
        return ""
    given = urlsplit(value)
    if given.scheme not in ("http", "https") or not given.hostname or given.query or given.fragment:
        raise ValueError("give the address that readers see, such as https://dipnot.example.org")
    return value.rstrip("/")


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts), AfterValidator(_origins)]
Digests = Annotated[tuple[Annotated[str, AfterValidator(_digest)], ...], NoDecode, BeforeValidator(_parts)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_parts)]


class ServerOptions(BaseModel):
    """What can be set about the server.

    ``public_url``: the address that readers see, where a proxy stands before the server; "": as the request
    says. ``embed_origins``: the sites that may embed the chat and call the API from a page: origins, "*" for
    every site, none by default. ``embed_allow_opaque``: whether a frame without an origin of its own
    (``sandbox`` without ``allow-same-origin``, as WordPress makes) may ask. ``trusted_proxies``: addresses or
    networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.

    ``rate_per_minute``: questions, searches and files that one client gets a minute, 0 for any number;
    ``key_rate_per_minute``: the same for a client with a key. ``api_keys``: SHA-256 of each key, in hex;
    ``api_key_required``: whether programs need one.

    ``ask_workers``: questions answered at once; ``ask_waiting``: how many more may wait, and
    ``ask_wait_seconds``: for how long by what the last ones took, before the next is told to try again;
    ``ask_seconds``: how long one may take, waiting included; ``answers_cached``: how many answers are kept in
    memory. ``mcp``: whether ``/mcp`` speaks the Model Context Protocol. ``log_format``,
    ``log_questions``: how the log is written, and whether questions stand in it.
    """

    model_config = ConfigDict(extra="forbid")

    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    embed_origins: Origins = ()
    embed_allow_opaque: bool = False
    trusted_proxies: Networks = ()
    rate_per_minute: int = Field(default=120, ge=0)
    key_rate_per_minute: int = Field(default=1200, ge=0)
    api_keys: Digests = ()
    api_key_required: bool = False
    # More than there are cores, because those that come together are encoded together.
    ask_workers: int = Field(default=8, ge=1, le=64)
    ask_waiting: int = Field(default=64, ge=0, le=10_000)
    ask_wait_seconds: float = Field(default=1.5, gt=0, le=600)
    ask_seconds: float = Field(default=5.0, gt=0, le=600)
    answers_cached: int = Field(default=1024, ge=0, le=1_000_000)
    mcp: bool = False
    log_format: Literal["text", "json"] = "text"
    log_questions: bool = False
