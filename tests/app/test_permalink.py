"""The permanent link to an answer: what was asked comes back whole, and nothing else ever does."""

from __future__ import annotations

import base64
import hashlib
import json
import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer import Answer
from app.permalink import LONGEST_ID, PermalinkError, Reference, answer_url, decode, encode, reference_of
from corpus.errors import DipnotError

# Any text that UTF-8 can carry, and the letters and marks that this project is about.
TEXTS = st.text(max_size=60) | st.text("İIıiĞğŞşÇçÖöÜüâîû’'\"\\{}😀🇹🇷 ", max_size=60)
REFERENCES = st.builds(
    Reference, TEXTS, st.sampled_from(["tr", "en"]), st.lists(TEXTS, max_size=8).map(tuple), TEXTS
)
BASE64URL = string.ascii_letters + string.digits + "-_"
MONTREUX = Reference("Montrö Sözleşmesi ne zaman imzalandı?", "tr", (), "0e2b4af2ad24657c")


def made_by_hand(payload: bytes, version: bytes = b"\x01") -> str:
    """An id with a right checksum over any payload."""
    packed = zlib.compress(payload, 9, -15)
    data = version + hashlib.sha256(version + packed).digest()[:8] + packed
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def answer_of(question: str, **changes: object) -> Answer:
    known = {"id": "x", "question": question, "language": "tr", "status": "answered", "text": "…"}
    return Answer.model_validate({**known, "generation": "g1", **changes})


def refused(text: str) -> None:
    with pytest.raises(PermalinkError) as caught:
        decode(text)
    assert isinstance(caught.value, DipnotError)
    assert str(caught.value).endswith("copy the whole address and try again.")


@given(REFERENCES)
def test_what_was_asked_comes_back_whole(reference: Reference) -> None:
    text = encode(reference)
    assert set(text) <= set(BASE64URL)
    assert decode(text) == reference


@given(REFERENCES, st.data())
def test_a_changed_or_cut_character_never_gives_another_reference(
    reference: Reference, data: st.DataObject
) -> None:
    text = encode(reference)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([char for char in BASE64URL if char != text[at]]))
    refused(text[:at] + other + text[at + 1 :])
    refused(text[:at] + text[at + 1 :])
    refused(text[:at] + other + text[at:])
    refused(text[:at])


def test_every_single_changed_character_of_a_link_is_refused() -> None:
    text = encode(MONTREUX)
    for at, char in enumerate(text):
        for other in BASE64URL.replace(char, ""):
            refused(text[:at] + other + text[at + 1 :])


@given(st.text(max_size=80) | st.text(BASE64URL, max_size=80))
def test_what_is_no_link_is_refused(text: str) -> None:
    refused(text)


def test_the_id_is_what_the_page_says_it_is() -> None:
    payload = '["Montrö Sözleşmesi ne zaman imzalandı?","tr",[],"0e2b4af2ad24657c"]'
    assert encode(MONTREUX) == made_by_hand(payload.encode())
    assert encode(MONTREUX).startswith("A")
    assert len(encode(MONTREUX)) < 130


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"5",
        b'"soru"',
        b"{}",
        b'["q","tr",[]]',
        b'["q","tr",[],"g",1]',
        b'["q","de",[],"g"]',
        b'["q",["tr"],[],"g"]',
        b'[5,"tr",[],"g"]',
        b'["q","tr","history","g"]',
        b'["q","tr",null,"g"]',
        b'["q","tr",[1],"g"]',
        b'["q","tr",[],null]',
        b'["q", "tr", [], "g"]',
        b'["\\ud800","tr",[],"g"]',
        b'["\xff","tr",[],"g"]',
        b"[" * 50_000,
        json.dumps(["q", "tr", ["eski"] * 9, "g"], separators=(",", ":")).encode(),
    ],
)
def test_a_right_checksum_over_something_else_is_refused(payload: bytes) -> None:
    refused(made_by_hand(payload))


def test_another_version_is_refused() -> None:
    payload = b'["q","tr",[],"g"]'
    assert decode(made_by_hand(payload)) == Reference("q", "tr", (), "g")
    refused(made_by_hand(payload, b"\x02"))


def test_a_bomb_is_refused_before_it_bursts() -> None:
    bomb = made_by_hand(b'["' + b"a" * 5_000_000 + b'","tr",[],"g"]')
    assert len(bomb) < LONGEST_ID
    refused(bomb)


def test_bytes_behind_the_end_are_refused() -> None:
    packed = zlib.compress(b'["q","tr",[],"g"]', 9, -15) + b"more"
    data = b"\x01" + hashlib.sha256(b"\x01" + packed).digest()[:8] + packed
    refused(base64.urlsafe_b64encode(data).rstrip(b"=").decode())


def test_the_longest_that_can_be_asked_is_not_taken_for_a_bomb() -> None:
    reference = Reference("😀" * 2000, "tr", ("\x01" * 2000,) * 8, "g")
    assert decode(encode(reference)) == reference


def test_an_id_is_at_most_8000_characters() -> None:
    refused("A" * (LONGEST_ID + 1))
    random = "".join(chr(0x4E00 + hashlib.sha256(str(i).encode()).digest()[0] * 80) for i in range(18_000))
    with pytest.raises(PermalinkError, match="too long for a permanent link"):
        encode(
            Reference(
                random[:2000], "tr", tuple(random[i : i + 2000] for i in range(2000, 18_000, 2000)), "g"
            )
        )


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(PermalinkError, match="surrogate"):
        encode(Reference("\ud800", "tr", (), "g"))
    with pytest.raises(PermalinkError, match="too long"):
        encode(Reference("q", "tr", ("eski",) * 9, "g"))
    with pytest.raises(PermalinkError, match="too long"):
        encode(Reference("a" * 500_000, "tr", (), "g"))


def test_the_reference_of_an_answer_holds_what_the_assistant_reads() -> None:
    history = ["", *(f" soru  {i} " for i in range(9)), "a" * 3000]
    reference = reference_of(answer_of("Ya İstanbul?"), history)
    assert reference.history == (*(f"soru {i}" for i in range(2, 9)), "a" * 2000)
    assert (reference.question, reference.language, reference.generation) == ("Ya İstanbul?", "tr", "g1")


def test_the_address_of_an_answer_leads_back_to_its_reference() -> None:
    answer = answer_of("Ya 1922’de?")
    url = answer_url(answer, ["Moskova Antlaşması ne zaman imzalandı?"])
    assert url.startswith("/a/")
    assert decode(url.removeprefix("/a/")) == reference_of(answer, ["Moskova Antlaşması ne zaman imzalandı?"])
    assert url == answer_url(answer, ["Moskova Antlaşması ne zaman imzalandı?"])


def test_a_question_that_is_too_long_has_no_address() -> None:
    answer = answer_of("a" * 2000, status="declined", reason="too_long")
    assert answer_url(answer, []) == ""
    assert answer_url(answer_of("a" * 2000), []) != ""
