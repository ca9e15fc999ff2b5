"""A corpus of one article, 004, whose last sentences have no English."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from corpus.catalogue import PACKAGED
from corpus.translations import lines, read_translations, translations_file


def lacking_corpus(root: Path, missing: int) -> Path:
    """Make the corpus in a folder, without the last ``missing`` translations, and return the folder."""
    for name in ("articles", "outlines", "translations"):
        (root / name).mkdir(parents=True)
    table = (PACKAGED / "catalogue.toml").read_text(encoding="utf-8")
    (entry,) = [part for part in table.split("[[article]]") if re.match(r'\s*id = "004"', part)]
    (root / "catalogue.toml").write_text(f"[[article]]{entry}", encoding="utf-8")
    shutil.copy(PACKAGED / "repairs.toml", root)
    shutil.copy(PACKAGED / "outlines" / "004.toml", root / "outlines")
    shutil.copy(next((PACKAGED / "articles").glob("004_*")), root / "articles")
    kept = list(read_translations(translations_file(PACKAGED, "004")).values())
    translations_file(root, "004").write_text(lines(kept[:-missing]), encoding="utf-8")
    return root
