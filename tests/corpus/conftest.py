from __future__ import annotations

import pytest

from corpus import Article, read_corpus


@pytest.fixture(scope="session")
def articles() -> tuple[Article, ...]:
    """The five articles, read once."""
    return read_corpus()


@pytest.fixture(scope="session")
def by_id(articles: tuple[Article, ...]) -> dict[str, Article]:
    return {article.id: article for article in articles}
