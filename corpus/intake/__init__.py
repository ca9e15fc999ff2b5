"""Taking articles of one's own into a corpus folder, and out of it."""

from corpus.intake.folder import add, begin_with_bundled, remove
from corpus.intake.reading import FORMATS, Metadata
from corpus.intake.report import Added

__all__ = ["FORMATS", "Added", "Metadata", "add", "begin_with_bundled", "remove"]
