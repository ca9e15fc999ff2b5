"""An outline as the text of its file, and an entry as that of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable

from corpus.catalogue import Entry
from corpus.outline import Outline, Region


def outline_toml(outline: Outline, opening: str) -> str:
    """Return an outline as TOML that ``read_outline`` reads back as it is."""
    rows = [f"# {line}" for line in opening.splitlines()]
    if outline.spacing != "single":
        rows.append(f"spacing = {quoted(outline.spacing)}")
    if outline.language != "tr":
        rows.append(f"language = {quoted(outline.language)}")
    if outline.soft_hyphens:
        rows.append("soft_hyphens = true")
    rows.append(f"first_lines_of_pages = {list(outline.pages)}")
    if outline.regions:
        rows += ["regions = [", *(f"  {_region(region)}," for region in outline.regions), "]"]
    if outline.notes:
        rows.append(f"notes = {{ {', '.join(f'{quoted(note)} = {line}' for note, line in outline.notes)} }}")
    if outline.marks:
        rows += ["marks = [", *(f"  [{quoted(n)}, {line}, {at}]," for n, line, at in outline.marks), "]"]
    if outline.breaks:
        rows.append(f"breaks = {list(outline.breaks)}")
    return "\n".join(rows) + "\n"


def entry_toml(entry: Entry) -> str:
    """Return an entry as it stands in ``catalogue.toml``."""
    title = f"[{entry.title}]" if entry.title_is_supplied else entry.title
    rows = [
        "[[article]]",
        f"id = {quoted(entry.id)}",
        f"file = {quoted(entry.file)}",
        f"sha256 = {quoted(entry.sha256)}",
        f"title = {quoted(title)}",
        f"title_language = {quoted(entry.title_language)}",
    ]
    if entry.authors:
        rows.append(f"authors = {_row(entry.authors)}")
    if entry.year is not None:
        rows.append(f"year = {entry.year}")
    if entry.journal:
        rows.append(f"journal = {quoted(entry.journal)}")
    rows.append(f"languages = {_row(entry.languages)}")
    if entry.original:
        rows.append(
            f"original = {{ file = {quoted(entry.original.file)}, sha256 = {quoted(entry.original.sha256)} }}"
        )
    return "\n".join(rows) + "\n"


def quoted(text: str) -> str:
    """Return text as a string of TOML: as JSON has it, whose escapes are among TOML's; and the one more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _row(values: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, values))}]"


def _region(region: Region) -> str:
    pairs = [f"kind = {quoted(region.kind)}"]
    if region.language != "tr":
        pairs.append(f"language = {quoted(region.language)}")
    if region.level != 1:
        pairs.append(f"level = {region.level}")
    pairs.append(f"lines = [{region.first}, {region.last}]")
    if region.reason:
        pairs.append(f"reason = {quoted(region.reason)}")
    return f"{{ {', '.join(pairs)} }}"
