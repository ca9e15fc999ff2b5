"""Answering: from a question to an answer with footnotes, on the page, the command line and over HTTP."""

import os

# Gradio tells its makers of every page that is started, unless this is set before it is imported; and any
# module of this package may be the first to import it.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
