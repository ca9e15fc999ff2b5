"""HTML: headings, quotations, lists and footnotes as they are marked; scripts and styles are no text."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree, html

from corpus.errors import FileRefused
from corpus.intake.flow import set_out
from corpus.intake.plaintext import decode
from corpus.intake.tree import Element, Rules, Walker, local, plain
from corpus.intake.understood import Metadata, Understood, year_of
from corpus.text import lower, skeleton

_BLOCKS: Final = frozenset(
    "p div section article main h1 h2 h3 h4 h5 h6 blockquote li ul ol dl dt dd pre address header footer hr "
    "figcaption caption aside details summary body center".split()
)
_OMITTED: Final = {
    "table": "tables",
    "img": "images",
    "svg": "images",
    "picture": "images",
    "canvas": "images",
    "video": "images",
    "audio": "images",
    "math": "formulas",
}
_SKIPPED: Final = frozenset(
    "script style template noscript nav head iframe object embed form button select input textarea".split()
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_MARK_TEXT: Final = re.compile(r"[\[(]?(?:\d{1,3}|\*|[a-z]{1,2})[\])]?")
_NOTE_PARENTS: Final = ("li", "aside", "p", "dd", "div", "td")
_BACK: Final = frozenset(["↩", "↩︎", "↑", "^"])


def read_html(data: bytes) -> Understood:
    """Read an HTML page; raises FileRefused when it is none or has no text."""
    text, remarks = decode(data)
    return from_html(text).remarking(*remarks)


def from_html(text: str, metadata: Metadata | None = None) -> Understood:
    """Read HTML that is decoded already; ``metadata`` goes before what its head says."""
    if not text.strip():
        raise FileRefused("the file is empty")
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise FileRefused(f"it is not readable as HTML: {error}") from error
    # The parser goes on without what lies too deep; part of an article is none.
    if any("depth" in entry.message for entry in parser.error_log):
        raise FileRefused("its elements are nested too deeply")
    calls = _calls(root)
    held = {note: key for key, note in calls.values()}
    back = {anchor for anchor in root.iter("a") if anchor not in calls and _leads_back(anchor, calls, root)}
    headings = list(root.iter("h1"))
    walker = Walker(
        Rules(
            blocks=_BLOCKS,
            kinds={"blockquote": "quotation"},
            omitted=_OMITTED,
            skipped=_SKIPPED,
            ordered=lambda element: local(element) == "ol",
            heading=lambda element: _HEADINGS.get(local(element), 0),
            note_called=lambda element: calls[element][0] if element in calls else "",
            note_held=lambda element: (held[element], "") if element in held else None,
            is_call=lambda element: False,
            items=frozenset(["li"]),
        )
    )
    for anchor in back:
        anchor.text = None
        for child in list(anchor):
            anchor.remove(child)
    title = plain(headings[0]) if len(headings) == 1 else ""
    # Where the front matter names another title, the one great heading is a heading.
    if metadata and metadata.title and skeleton(metadata.title) != skeleton(title):
        title = ""
    content = next(
        (found for name in ("article", "main", "body") if (found := root.find(f".//{name}")) is not None),
        root,
    )
    walker.walk(content)
    inside = set(content.iter())
    for note in held:
        if note not in inside:
            walker.walk(note)
    parts = [
        part
        if part.kind != "heading" or part.text != title
        else type(part)("title", part.text, part.language, 1, part.marks)
        for part in walker.parts
    ]
    own = _metadata(root, title)
    return set_out(parts, walker.notes, metadata.over(own) if metadata else own, walker.left_out)


def _calls(root: Element) -> dict[Element, tuple[str, Element]]:
    """The anchors that call a note, each with the key of the note and the element that holds it."""
    by_id = {each.get("id") or each.get("name"): each for each in root.iter() if isinstance(each.tag, str)}
    found: dict[Element, tuple[str, Element]] = {}
    callers: set[Element] = set()
    for anchor in root.iter("a"):
        key = (anchor.get("href") or "")[1:]
        target = by_id.get(key) if (anchor.get("href") or "").startswith("#") else None
        if target is None or not _MARK_TEXT.fullmatch(plain(anchor)):
            continue
        # A note's own number leads back to a place that called it.
        if target in callers or any(each in callers for each in target.iter()):
            continue
        holder = next(
            (each for each in (target, *target.iterancestors()) if local(each) in _NOTE_PARENTS), None
        )
        if holder is not None and anchor not in set(holder.iter()):
            found[anchor] = (key, holder)
            callers |= {anchor, *(each for each in anchor.iterancestors() if local(each) in ("sup", "span"))}
    return found


def _leads_back(anchor: Element, calls: dict[Element, tuple[str, Element]], root: Element) -> bool:
    holders = {note for _, note in calls.values()}
    is_in_note = any(each in holders for each in anchor.iterancestors())
    text = plain(anchor)
    return (
        is_in_note
        and (anchor.get("href") or "").startswith("#")
        and (text in _BACK or not text or bool(_MARK_TEXT.fullmatch(text)))
    )


def _metadata(root: Element, heading: str) -> Metadata:
    named: dict[str, list[str]] = {}
    for each in root.iter("meta"):
        name = lower(each.get("name") or each.get("property") or "", "en")
        if content := " ".join((each.get("content") or "").split()):
            named.setdefault(name, []).append(content)

    def first(*names: str) -> str:
        return next((named[name][0] for name in names if name in named), "")

    authors = next((named[name] for name in ("citation_author", "dc.creator", "author") if name in named), [])
    return Metadata(
        title=first("citation_title", "dc.title") or heading or plain(root.find(".//title")),
        authors=tuple(authors),
        year=year_of(first("citation_publication_date", "citation_date", "citation_year", "dc.date")),
        journal=first("citation_journal_title"),
        language=root.get("lang") or first("citation_language", "dc.language"),
    )
