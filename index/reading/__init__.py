"""Machine reading: which words of a text answer a question, and whether any do."""

from index.reading.window import Reader, Reading, Window

__all__ = ["Reader", "Reading", "Window"]
