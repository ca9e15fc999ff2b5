"""The list of sites that may embed the chat."""

import pytest

from app.embedding.origins import EmbedOrigins
from app.options import ServerOptions

MUSEUM = "https://museum.example.org"
LIBRARY = "https://library.example.org:8443"


def origins(*listed: str) -> EmbedOrigins:
    return EmbedOrigins(ServerOptions(embed_origins=listed))


def test_nobody_may_embed_by_default() -> None:
    nobody = EmbedOrigins(ServerOptions())
    assert nobody.frame_ancestors == "'none'"
    assert nobody.listed == ()
    assert not nobody.allows(MUSEUM)
    assert not nobody.allows_opaque


def test_the_list_is_the_value_of_frame_ancestors() -> None:
    assert origins(MUSEUM, LIBRARY).frame_ancestors == f"{MUSEUM} {LIBRARY}"


def test_a_listed_origin_is_allowed() -> None:
    assert origins(MUSEUM, LIBRARY).allows(LIBRARY)


@pytest.mark.parametrize(
    "other",
    [
        "",
        "null",
        "*",
        "http://museum.example.org",
        "https://museum.example.org:444",
        "https://museum.example.org/",
        "https://museum.example.org.evil.example",
        "https://evil.example?https://museum.example.org",
        "https://sub.museum.example.org",
        "HTTPS://museum.example.org",
    ],
)
def test_what_is_not_the_very_origin_is_not_allowed(other: str) -> None:
    assert not origins(MUSEUM).allows(other)


def test_a_star_stands_for_every_site_and_for_no_opaque_origin() -> None:
    everybody = origins("*")
    assert everybody.frame_ancestors == "*"
    assert everybody.allows(MUSEUM)
    assert not everybody.allows("null")
    assert not everybody.allows("")
