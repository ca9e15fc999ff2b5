"""Packing sentences into passages: the unit of search."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from corpus.article import Block, BlockKind, Passage, Sentence, Span, merge_spans

PASSAGES_VERSION: Final = 2
TARGET_WORDS: Final = 110
CARRIED_WORDS: Final = 50
# A shorter remainder joins the passage before it.
SHORTEST_WORDS: Final = 35
# A note of at least so many words tells something and stands alone; shorter ones are references.
TELLING_NOTE_WORDS: Final = 25
_RUNNING_TEXT: Final = ("paragraph", "quotation", "list item")


def pack(article: str, blocks: Iterable[Block], sentences: Iterable[Sentence]) -> tuple[Passage, ...]:
    """Return the passages of an article in reading order, notes last.

    Sentences keep their order, no passage crosses a section, a language or a kind of text, and
    every sentence of a block that is not a heading lands in a passage. A passage begins with the
    last sentences of the one before it (up to CARRIED_WORDS), so that two sentences that answer a
    question together are not torn apart.
    """
    by_block: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_block.setdefault(sentence.block, []).append(sentence)
    blocks = list(blocks)
    body = [block for block in blocks if block.kind not in ("heading", "footnote")]
    notes = [block for block in blocks if block.kind == "footnote"]
    groups: list[tuple[list[Block], list[list[Sentence]]]] = []
    for _, run in groupby(body, key=lambda b: (b.section, b.language, _text_kind(b))):
        own = list(run)
        flow = [sentence for block in own for sentence in by_block.get(block.id, [])]
        groups.append((own, _fill(flow)))
    for _, run in groupby(notes, key=lambda b: b.section):
        own = list(run)
        groups.append((own, _fill_notes([by_block.get(block.id, []) for block in own])))
    passages: list[Passage] = []
    by_id = {block.id: block for block in blocks}
    for _, packed in groups:
        for chosen in packed:
            first = by_id[chosen[0].block]
            passages.append(
                Passage(
                    id=f"{article}-p{len(passages) + 1:03d}",
                    kind=_passage_kind([by_id[sentence.block] for sentence in chosen]),
                    language=first.language,
                    section=first.section,
                    sentences=tuple(sentence.id for sentence in chosen),
                    text=" ".join(sentence.text for sentence in chosen),
                    spans=_spans(chosen),
                )
            )
    return tuple(passages)


def word_count(text: str) -> int:
    """Return the number of white-space separated words."""
    return len(text.split())


def _text_kind(block: Block) -> str:
    return "running" if block.kind in _RUNNING_TEXT else block.kind


def _passage_kind(blocks: list[Block]) -> BlockKind:
    kinds = [block.kind for block in blocks]
    return "paragraph" if "paragraph" in kinds else kinds[0]


def _spans(chosen: list[Sentence]) -> tuple[Span, ...]:
    return merge_spans([span for sentence in chosen for span in sentence.spans])


def _fill(flow: list[Sentence]) -> list[list[Sentence]]:
    packed: list[list[Sentence]] = []
    fresh = 0
    for sentence in flow:
        words = word_count(sentence.text)
        introduces = bool(packed) and packed[-1][-1].text.endswith((":", ";"))
        if not packed or (_words(packed[-1]) + words / 2 > TARGET_WORDS and not introduces):
            packed.append([*(_carried(packed[-1]) if packed else []), sentence])
            fresh = words
        else:
            packed[-1].append(sentence)
            fresh += words
    if len(packed) > 1 and fresh < SHORTEST_WORDS:
        remainder = packed.pop()
        packed[-1] += [sentence for sentence in remainder if sentence not in packed[-1]]
    return packed


def _carried(passage: list[Sentence]) -> list[Sentence]:
    """The last sentences of a passage that the next one begins with; never the whole passage."""
    carried: list[Sentence] = []
    for sentence in reversed(passage[1:]):
        if _words([sentence, *carried]) > CARRIED_WORDS:
            break
        carried.insert(0, sentence)
    return carried


def _words(sentences: list[Sentence]) -> int:
    return sum(word_count(sentence.text) for sentence in sentences)


def _fill_notes(notes: list[list[Sentence]]) -> list[list[Sentence]]:
    packed: list[list[Sentence]] = []
    references: list[list[Sentence]] = []
    for note in notes:
        words = _words(note)
        if words >= TELLING_NOTE_WORDS:
            packed += _fill(note)
            continue
        room = references[-1] if references else []
        if note and room and _words(room) + words <= TARGET_WORDS:
            room += note
        elif note:
            references.append(list(note))
            packed.append(references[-1])
    return packed
