"""The search index: from passages to vectors and words, and from a question to ranked hits."""
