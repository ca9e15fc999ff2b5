"""No rule and no data of the system holds a gold question, its id or its reference answer.

A failure names the question by its id and the place alone: what is asked is nobody's to read here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from corpus.text import skeleton, words
from eval.gold import GOLD, read_gold

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "index", "corpus")
# A shorter answer is a name, a date or a place, which rules and questions about the same matter hold too.
LEAST_WORDS = 5


def folded(text: str) -> str:
    """The words of a text without case, diacritics and marks, each between spaces."""
    return f" {' '.join(skeleton(text[start:end]) for start, end in words(text))} "


def texts() -> dict[str, str]:
    """What the rules and the data hold, by place: a file, or one language of a line of a register."""
    files = [
        path for name in PACKAGES for kind in ("py", "toml") for path in (ROOT / name).rglob(f"*.{kind}")
    ]
    found = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
    for path in sorted((ROOT / "corpus" / "questions").glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"), 1):
            row = json.loads(line)
            found |= {f"questions/{path.name}:{number} {each}": row[each] for each in ("tr", "en")}
    return found


@pytest.fixture(scope="module")
def held() -> dict[str, str]:
    return {place: folded(text) for place, text in texts().items()}


def places_of(wording: str, held: dict[str, str]) -> list[str]:
    """Where all the words of a text stand together."""
    wanted = folded(wording)
    return [place for place, text in held.items() if wanted in text] if wanted.strip() else []


def test_rules_and_data_are_read(held):
    assert {"app/evidence.toml", "app/cues.py", "index/synonyms.toml", "corpus/repairs.toml"} <= set(held)
    assert sum(place.startswith("questions/") for place in held) > 2 * 2000


@pytest.mark.parametrize(
    ("wording", "is_held"),
    [
        ("Antlaşma nerede imzalandı?", True),
        ("ANTLASMA NEREDE IMZALANDI", True),
        ("nerede imzalandı", True),
        ("Antlaşma nerede imzalan", False),
        ("Antlaşma nerede ve ne zaman imzalandı?", False),
        ("?", False),
    ],
)
def test_words_are_found_however_they_are_written(wording, is_held):
    assert (
        bool(places_of(wording, {"x": folded("# Moskova'daki antlaşma, “nerede” imzalandı? Niçin?")}))
        is is_held
    )


def test_no_gold_question_is_held(held):
    # Compared by id, so that nothing of a question stands in the message.
    found = [(gold.id, place) for gold in read_gold(GOLD) for place in places_of(gold.question, held)]
    assert found == []


def test_no_reference_answer_is_held(held):
    found = [
        (gold.id, place)
        for gold in read_gold(GOLD)
        if len(words(gold.answer)) >= LEAST_WORDS
        for place in places_of(gold.answer, held)
    ]
    assert found == []


def test_no_gold_id_is_held():
    every = "|".join(re.escape(gold.id) for gold in read_gold(GOLD))
    an_id = re.compile(rf"(?<![\w-])(?:{every})(?![\w-])")
    assert an_id.search('["001-tr-01"]'), "an id is known when it is seen"
    raw = {place: text for place, text in texts().items() if not place.startswith("questions/")}
    raw |= {
        path.name: path.read_text(encoding="utf-8")
        for path in (ROOT / "corpus" / "questions").glob("*.jsonl")
    }
    assert [(place, hit[0]) for place, text in raw.items() if (hit := an_id.search(text))] == []
