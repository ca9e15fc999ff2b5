"""Reading an article: from the file as received to blocks, sentences and passages."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from corpus.article import Article, Block, Mark, Sentence, Span
from corpus.catalogue import PACKAGED, Entry, read_catalogue, read_raw
from corpus.layout import Draft, Layout, lay_out
from corpus.outline import Outline, read_outline
from corpus.passages import pack
from corpus.questions import read_register, register_file, registered
from corpus.repair import Repair, find_marks, mend, read_repairs
from corpus.sentences import split_sentences
from corpus.translations import Translation, english, read_translations, translations_file


def read_corpus(folder: Path = PACKAGED) -> tuple[Article, ...]:
    """Read every article of the catalogue in ``folder``; raises CorpusError."""
    return tuple(read_article(folder, entry) for entry in read_catalogue(folder))


def read_article(folder: Path, entry: Entry) -> Article:
    """Read one article; raises CorpusError when its file, outline or repairs do not fit."""
    raw = read_raw(folder, entry)
    outline = read_outline(folder / "outlines" / f"{entry.id}.toml")
    repairs = read_repairs(folder / "repairs.toml", entry.id, raw)
    layout = lay_out(raw, outline, f"{entry.id}.toml")
    translations = read_translations(translations_file(folder, entry.id))
    blocks = _translated(_blocks(entry.id, raw, outline, layout, repairs), translations)
    sentences = tuple(sentence for block in blocks for sentence in _sentences(block, translations))
    return Article(
        id=entry.id,
        file=entry.file,
        sha256=entry.sha256,
        title=entry.title,
        title_is_supplied=entry.title_is_supplied,
        title_language=entry.title_language,
        authors=entry.authors,
        year=entry.year,
        journal=entry.journal,
        raw=raw,
        pages=layout.pages,
        blocks=blocks,
        sentences=sentences,
        passages=pack(entry.id, blocks, sentences),
        residue=layout.residue,
        questions=registered(read_register(register_file(folder, entry.id)), sentences),
    )


def _blocks(
    article: str, raw: str, outline: Outline, layout: Layout, repairs: tuple[Repair, ...]
) -> tuple[Block, ...]:
    marks = _marks(raw, outline, layout)
    blocks: list[Block] = []
    section = ""
    for draft in layout.drafts:
        own = [mark for mark in marks if any(s <= mark[1][0] < e for s, e in draft.spans)]
        pieces, placed = mend(
            raw,
            draft.spans,
            tuple(r for r in repairs if any(s <= r.start < e for s, e in draft.spans)),
            marks=own if draft.kind != "footnote" else [],
            is_note=draft.kind == "footnote",
            is_item=draft.kind == "list item",
            soft_hyphens=outline.soft_hyphens,
            ocr=outline.ocr,
        )
        block = Block(
            id=f"{article}-b{len(blocks) + 1:03d}",
            kind=draft.kind,
            language=draft.language,
            section=section,
            level=draft.level if draft.kind == "heading" else 0,
            pieces=pieces,
            marks=placed,
            note=draft.note,
        )
        if draft.kind == "heading":
            section = block.text
            block = Block(block.id, block.kind, block.language, section, block.level, pieces, placed)
        blocks.append(block)
    return tuple(blocks)


def _translated(blocks: tuple[Block, ...], translations: Mapping[str, Translation]) -> tuple[Block, ...]:
    """The blocks with the English of their headings."""
    return tuple(
        replace(block, translation=english(block.text, translations))
        if (block.kind, block.language) == ("heading", "tr")
        else block
        for block in blocks
    )


def _marks(raw: str, outline: Outline, layout: Layout) -> list[tuple[str, Span]]:
    """Find the marks of the declared notes (and of lost ones) in the running text."""
    starts = [0, *(i + 1 for i, char in enumerate(raw) if char == "\n")]
    if outline.marks:
        places = [(note, starts[line - 1] + at) for note, line, at in outline.marks]
        return [(note, (at, at + len(f"[{note}]"))) for note, at in places]
    running = [
        (span, page)
        for draft in sorted(layout.drafts, key=lambda d: d.spans[0][0])
        if draft.kind not in ("footnote", "title", "heading", "keywords")
        for span, page in _by_page(draft, layout.pages)
    ]
    running.sort(key=lambda part: part[0][0])
    notes = [(note, _page(layout.pages, starts[line - 1])) for note, line in outline.notes]
    if outline.marks_without_note:
        at = next((i for i, (note, _) in enumerate(notes) if note.endswith("?")), len(notes))
        page = notes[at][1] if at < len(notes) else notes[-1][1]
        notes = [n for n in notes if not n[0].endswith("?")]
        notes[at:at] = [(mark, page) for mark in outline.marks_without_note]
    return find_marks(raw, running, notes)


def _by_page(draft: Draft, pages: tuple[int, ...]) -> list[tuple[Span, int]]:
    parts = []
    for start, end in draft.spans:
        cuts = [start, *(page for page in pages if start < page < end), end]
        parts += [((a, b), _page(pages, a)) for a, b in itertools.pairwise(cuts)]
    return parts


def _page(pages: tuple[int, ...], offset: int) -> int:
    return sum(page <= offset for page in pages)


def _sentences(block: Block, translations: Mapping[str, Translation]) -> list[Sentence]:
    if block.kind == "heading":
        return []
    text = block.text
    whole = block.kind in ("title", "keywords")
    spans = [(0, len(text))] if whole else split_sentences(text)
    return [
        Sentence(
            id=f"{block.id}-s{number:02d}",
            block=block.id,
            start=start,
            end=end,
            text=text[start:end],
            spans=block.raw_spans(start, end),
            notes=_notes_in(block.marks, start, end, len(text)),
            translation=english(text[start:end], translations) if block.language == "tr" else "",
        )
        for number, (start, end) in enumerate(spans, 1)
    ]


def _notes_in(marks: tuple[Mark, ...], start: int, end: int, length: int) -> tuple[str, ...]:
    """The notes called in a sentence; a mark right behind its end still belongs to it."""
    return tuple(mark.note for mark in marks if start < mark.at <= end or (mark.at == 0 == start))
