"""What answers rest on: ``GET /v1/articles``, and ``GET /v1/search`` for its passages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.batch import HitRow
from app.question import LONGEST

if TYPE_CHECKING:
    from app.service import Service
    from corpus.article import Article


class ArticleRow(BaseModel):
    """One article, as far as its own text says what it is."""

    id: str
    title: str
    title_is_supplied: bool = Field(description="Whether the title is ours, because the text carries none.")
    authors: list[str]
    year: int | None
    journal: str | None
    file: str
    sha256: str = Field(description="Of the file as received.")
    passages: int
    url: str = Field(description="The article to read.")


class Articles(BaseModel):
    """The articles, and the generation of the index that answers rest on."""

    generation: str
    articles: list[ArticleRow]


class Passages(BaseModel):
    """The passages found for a query, best first."""

    query: str
    hits: list[HitRow]


def router(service: Service) -> APIRouter:
    """Return the routes that show what there is."""
    routes = APIRouter(tags=["Sources"])

    @routes.get("/articles", summary="List the articles")
    async def articles() -> Articles:
        """List the articles that answers rest on."""
        assistant = service.assistant
        rows = [_row(article) for article in assistant.articles.values()]
        return Articles(generation=assistant.generation, articles=rows)

    @routes.get("/search", summary="Find passages")
    async def search(
        q: Annotated[str, Query(min_length=1, max_length=LONGEST, description="What to look for.")],
        k: Annotated[int, Query(ge=1, le=100, description="How many passages.")] = 10,
        language: Annotated[Literal["auto", "tr", "en"], Query(description="Of the query.")] = "auto",
    ) -> Passages:
        """Find the passages that are nearest to a question, without an answer made of them."""
        return Passages(query=q, hits=(await service.search(q, k, language)).hits)

    return routes


def _row(article: Article) -> ArticleRow:
    return ArticleRow(
        id=article.id,
        title=article.shown_title,
        title_is_supplied=article.title_is_supplied,
        authors=list(article.authors),
        year=article.year,
        journal=article.journal,
        file=article.file,
        sha256=article.sha256,
        passages=len(article.passages),
        url=f"/articles/{article.id}",
    )
