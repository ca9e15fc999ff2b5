"""Answering: from a question to an answer with footnotes, on the page, the command line and over HTTP."""
