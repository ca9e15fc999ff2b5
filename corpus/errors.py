"""The errors Dipnot raises on purpose; each message says what is wrong and what to do."""

from __future__ import annotations


class DipnotError(Exception):
    """The root of Dipnot's own errors."""


class CorpusError(DipnotError):
    """The articles, their catalogue, outlines or repairs cannot be used as they are."""


class FileRefused(CorpusError):
    """A file that cannot become an article; the message says why and what to do."""


class ModelUnavailable(DipnotError):
    """The embedding model is not on this machine, or is damaged."""


class IndexMissing(DipnotError):
    """There is no index where one was looked for."""


class IndexDamaged(DipnotError):
    """An index is there but its files are not what its manifest says."""


class QuestionError(DipnotError):
    """A question that cannot be read as text: empty, or with control characters in it."""
