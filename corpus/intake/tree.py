"""Walking a tree of elements (HTML, JATS, TEI) into parts and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html.entities import html5
from typing import Any, Final

from lxml import etree

from corpus.article import Language
from corpus.errors import FileRefused
from corpus.intake.flow import Inline, Note, Part
from corpus.intake.understood import known_language
from corpus.outline import RegionKind

# lxml has no types of its own.
Element = Any
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_LANGUAGES: Final = (f"{_XML}lang", "lang")


@dataclass(frozen=True)
class Rules:
    """What the elements of a format mean, by their local names; what is not named is running text.

    ``heading`` returns the level of an element that is a heading, 0 for others. ``note_called`` returns the
    key of the note that an element calls, and "" for others; ``note_held`` the key and label of the note that
    an element holds, and None for others; ``is_call`` whether a note stands where its mark belongs.
    """

    blocks: frozenset[str]
    kinds: Mapping[str, RegionKind]
    omitted: Mapping[str, str]
    skipped: frozenset[str]
    ordered: Callable[[Element], bool]
    heading: Callable[[Element], int]
    note_called: Callable[[Element], str]
    note_held: Callable[[Element], tuple[str, str] | None]
    is_call: Callable[[Element], bool]
    items: frozenset[str]


@dataclass(frozen=True)
class _Context:
    kind: RegionKind
    language: Language | None = None
    level: int = 1
    prefix: str = ""


class Walker:
    """Gathers the parts, the notes and what is left out, in the order of the file."""

    def __init__(self, rules: Rules) -> None:
        self.parts: list[Part] = []
        self.notes: list[Note] = []
        self.left_out: Counter[str] = Counter()
        self._rules = rules
        self._inline = Inline()
        self._context = _Context("paragraph")
        self._is_in_note = False

    def walk(self, root: Element, kind: RegionKind = "paragraph") -> None:
        """Take in an element; raises FileRefused when it is nested too deeply to be an article."""
        self._context = _Context(kind, _language(root))
        try:
            self._visit(root)
        except RecursionError as error:
            raise FileRefused("its elements are nested too deeply") from error
        self._flush()

    def _visit(self, element: Element) -> None:
        if element.tag is etree.Entity:
            self._inline.add(html5.get(f"{element.name};", ""))
            return
        if not isinstance(element.tag, str):
            return
        rules, name = self._rules, local(element)
        if name in rules.skipped:
            return
        if name in rules.omitted:
            self.left_out[rules.omitted[name]] += 1
            return
        if key := rules.note_called(element):
            if not self._is_in_note:
                self._inline.mark(key)
            return
        if held := rules.note_held(element):
            self._note(element, *held)
            return
        if name in rules.blocks and not self._is_in_note:
            self._block(element, name)
            return
        if name in rules.blocks or name in ("br", "lb", "break"):
            self._inline.add(" ")
        self._children(element)

    def _children(self, element: Element) -> None:
        self._inline.add(element.text)
        for child in element:
            self._visit(child)
            self._inline.add(child.tail)

    def _block(self, element: Element, name: str) -> None:
        self._flush()
        before = self._context
        language = _language(element) or before.language
        level = self._rules.heading(element)
        if level:
            self._context = _Context("heading", language, level)
        elif name in self._rules.items:
            self._context = _Context("list", language, prefix=self._prefix(element))
        elif name in self._rules.kinds:
            self._context = _Context(self._rules.kinds[name], language)
        else:
            self._context = replace(before, language=language)
        self._children(element)
        self._flush()
        # A paragraph of a list item uses up its number.
        is_used = before.kind == "list" and self._context.kind == "paragraph" and not level
        self._context = self._context if is_used else before

    def _prefix(self, element: Element) -> str:
        parent = element.getparent()
        if parent is None or not self._rules.ordered(parent):
            return "- "
        place = 1 + sum(local(other) == local(element) for other in element.itersiblings(preceding=True))
        return f"{place}. "

    def _flush(self) -> None:
        text, marks = self._inline.finish()
        self._inline = Inline()
        if not text:
            return
        context = self._context
        shift = len(context.prefix)
        placed = tuple((key, at + shift) for key, at in marks)
        self.parts.append(Part(context.kind, context.prefix + text, context.language, context.level, placed))
        if context.kind == "list":
            self._context = _Context("paragraph", context.language)

    def _note(self, element: Element, key: str, label: str) -> None:
        if self._rules.is_call(element) and not self._is_in_note:
            self._inline.mark(key)
        before, was_in_note = self._inline, self._is_in_note
        self._inline, self._is_in_note = Inline(), True
        self._children(element)
        text, _ = self._inline.finish()
        self._inline, self._is_in_note = before, was_in_note
        if text:
            self.notes.append(Note(key, text, label))


def local(element: Element) -> str:
    """Return the name of an element without its namespace, "" for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def plain(element: Element | None) -> str:
    """Return all text below an element on one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _language(element: Element) -> Language | None:
    codes = (element.get(name) for name in _LANGUAGES)
    return next((known_language(code) for code in codes if code), None)
