"""JATS and TEI: XML that says what its parts are.

No entity is expanded, no document type is loaded and nothing is fetched.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from corpus.errors import FileRefused
from corpus.intake.flow import set_out
from corpus.intake.tree import Element, Rules, Walker, local, plain
from corpus.intake.understood import Metadata, Understood, year_of

_JATS_OMITTED: Final = {
    "table-wrap": "tables",
    "table": "tables",
    "fig": "images",
    "graphic": "images",
    "inline-graphic": "images",
    "media": "images",
    "disp-formula": "formulas",
    "inline-formula": "formulas",
    "boxed-text": "text boxes",
    "supplementary-material": "supplements",
}
_TEI_OMITTED: Final = {"table": "tables", "figure": "images", "graphic": "images", "formula": "formulas"}
_XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"


def parse(data: bytes) -> Element:
    """Return the root of an XML document; raises FileRefused when it is broken or declares entities."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FileRefused(f"it is not well-formed XML: {error}") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise FileRefused("it declares entities of its own, which are not expanded; write them out")
    return root


def read_xml(data: bytes) -> Understood:
    """Read JATS or TEI; raises FileRefused for any other XML."""
    root = parse(data)
    name = local(root)
    if name == "article":
        return _jats(root)
    if name == "TEI":
        return _tei(root)
    raise FileRefused(f"its root is <{name}>; of XML only JATS (<article>) and TEI (<TEI>) are read")


def _find(root: Element, *path: str) -> list[Element]:
    """The elements at a path below ``root``, whatever their namespace."""
    steps = "//".join(f"*[local-name()='{step}']" for step in path)
    found: list[Element] = root.xpath(f".//{steps}")
    return found


def _first(root: Element, *path: str) -> Element | None:
    return next(iter(_find(root, *path)), None)


def _no(element: Element) -> bool:
    return False


def _jats(root: Element) -> Understood:
    by_id = {note.get("id", ""): note for note in _find(root, "fn")}

    def held(element: Element) -> tuple[str, str] | None:
        if local(element) != "fn":
            return None
        return element.get("id") or f"fn at line {element.sourceline}", _label(_first(element, "label"))

    walker = Walker(
        Rules(
            blocks=frozenset(
                "p sec title subtitle article-title trans-title disp-quote list list-item attrib verse-group "
                "verse-line def-list def-item term def ref-list ref ack app fn-group abstract trans-abstract "
                "kwd-group statement speech".split()
            ),
            kinds={"disp-quote": "quotation", "verse-group": "quotation", "attrib": "quotation"},
            omitted=_JATS_OMITTED,
            skipped=frozenset(["label", "fn-group-title", "object-id"]),
            ordered=lambda element: element.get("list-type") in ("order", "arabic"),
            heading=_jats_level,
            note_called=lambda element: (
                element.get("rid", "")
                if local(element) == "xref"
                and (element.get("ref-type") == "fn" or element.get("rid") in by_id)
                else ""
            ),
            note_held=held,
            is_call=lambda element: local(element.getparent()) not in ("fn-group", "author-notes", "notes"),
            items=frozenset(["list-item", "ref"]),
        )
    )
    meta = next((each for each in root if local(each) == "front"), root)
    for group in _find(meta, "title-group")[:1]:
        for title in group:
            if local(title) == "article-title":
                walker.walk(title, "title")
            elif local(title) == "trans-title-group":
                for other in _find(title, "trans-title"):
                    walker.walk(other, "title")
    own_title = walker.parts[0].text if walker.parts else ""
    for each in (*_find(meta, "abstract"), *_find(meta, "trans-abstract")):
        walker.walk(each, "abstract")
    for each in _find(meta, "kwd-group"):
        _keywords(each, walker)
    for place in ("body", "back"):
        for each in root:
            if local(each) == place:
                walker.walk(each)
    authors = tuple(
        " ".join(plain(_first(each, part)) for part in ("given-names", "surname")).strip()
        or plain(_first(each, "collab"))
        for each in _find(meta, "contrib")
        if each.get("contrib-type", "author") == "author"
    )
    language = root.get("{http://www.w3.org/XML/1998/namespace}lang", "")
    metadata = Metadata(
        title=own_title,
        authors=tuple(filter(None, authors)),
        year=year_of(plain(_first(meta, "pub-date", "year"))),
        journal=plain(_first(meta, "journal-title")),
        language=language,
    )
    return set_out(walker.parts, walker.notes, metadata, walker.left_out)


def _jats_level(element: Element) -> int:
    if local(element) != "title" or local(element.getparent()) not in (
        "sec",
        "ref-list",
        "app",
        "ack",
        "abstract",
    ):
        return 0
    return max(1, sum(local(each) == "sec" for each in element.iterancestors()))


def _keywords(group: Element, walker: Walker) -> None:
    """One block of a group of keywords: its title, if it has one, and the words."""
    words = ", ".join(plain(each) for each in _find(group, "kwd"))
    title = plain(_first(group, "title"))
    element = etree.Element("kwd-group", group.attrib)
    element.text = f"{title.rstrip(':')}: {words}" if title else words
    walker.walk(element, "keywords")


def _label(element: Element | None) -> str:
    return plain(element).strip("[]().")


def _tei(root: Element) -> Understood:
    notes = {note.get(_XML_ID, ""): note for note in _find(root, "note")}

    def called(element: Element) -> str:
        target = str(element.get("target", "")).removeprefix("#")
        return target if local(element) in ("ref", "ptr") and target in notes else ""

    def held(element: Element) -> tuple[str, str] | None:
        if local(element) != "note":
            return None
        key = element.get(_XML_ID) or f"note {id(element)}"
        return key, element.get("n", "").strip("[]().")

    targets = {
        str(element.get("target", "")).removeprefix("#")
        for element in [*_find(root, "ref"), *_find(root, "ptr")]
    }
    walker = Walker(
        Rules(
            blocks=frozenset(
                "p div div1 div2 div3 head ab quote cit list item lg l epigraph opener closer salute signed "
                "docTitle titlePart argument trailer sp listBibl bibl biblStruct".split()
            ),
            kinds={"cit": "quotation", "lg": "quotation", "epigraph": "quotation"},
            omitted=_TEI_OMITTED,
            skipped=frozenset("fw corr expan reg pb cb milestone byline".split()),
            ordered=lambda element: (
                element.get("rend") in ("numbered", "ordered") or element.get("type") == "ordered"
            ),
            heading=lambda element: (
                max(1, sum(local(each).startswith("div") for each in element.iterancestors()))
                if local(element) == "head"
                else 0
            ),
            note_called=called,
            note_held=held,
            is_call=lambda element: element.get(_XML_ID) not in targets,
            items=frozenset(["item"]),
        )
    )
    header = _first(root, "teiHeader")
    text = next((each for each in root if local(each) == "text"), None)
    if text is None:
        raise FileRefused("it is TEI without a <text>")
    _set_quotations(text)
    walker.walk(text)
    head = header if header is not None else root
    dates = [plain(each) if not each.get("when") else each.get("when") for each in _find(head, "date")]
    people = _find(head, "titleStmt", "author") or _find(head, "analytic", "author")
    journals = [each for each in _find(head, "monogr", "title") if each.get("level") == "j"]
    language = text.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get(
        "{http://www.w3.org/XML/1998/namespace}lang", ""
    )
    metadata = Metadata(
        title=plain(_first(head, "titleStmt", "title")),
        authors=tuple(filter(None, map(plain, people))),
        year=next((year for year in map(year_of, dates) if year), None),
        journal=plain(journals[0]) if journals else "",
        language=language,
    )
    return set_out(walker.parts, walker.notes, metadata, walker.left_out)


def _set_quotations(text: Element) -> None:
    """Let a <quote> in running text be running text; only one that stands by itself is a quotation."""
    for quote in _find(text, "quote"):
        is_inside = any(local(each) in ("p", "head", "item", "note", "l") for each in quote.iterancestors())
        quote.tag = "q" if is_inside else "cit"
