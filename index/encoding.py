"""What is encoded of the articles, and what of it the index before holds already.

Each article is encoded by itself: a vector depends, in its seventh digit, on the texts that share its batch.
So an article that has not changed has the same vectors whatever stands beside it, bit for bit.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from corpus.article import LANGUAGES, Article, Language, Passage, Sentence
from corpus.errors import DipnotError, IndexDamaged
from index import generation as store
from index.shards import FOLDER, Shards, Unit
from index.vectors import Vectors

if TYPE_CHECKING:
    from index.encoder import Encoder

ARTICLES: Final = TypeAdapter(tuple[Article, ...])
LIBRARIES: Final = (
    "dipnot",
    "faiss-cpu",
    "bm25s",
    "sentence-transformers",
    "transformers",
    "torch",
    "numpy",
    "snowballstemmer",
)
# Another version of one of these may make other vectors, and another Dipnot may divide the batches otherwise.
_ENCODING: Final = ("dipnot", "sentence-transformers", "transformers", "torch", "numpy")

Array = NDArray[np.float32]
# All that is encoded of an article in one way, each wording once.
Wordings = tuple[str, ...]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Known:
    """Vectors by what they were made of: of all the texts of an article, and of all its questions.

    ``shards``: where those are kept that a build before has made and did not bring to an end.
    """

    texts: Mapping[Wordings, Array] = field(default_factory=dict)
    asked: Mapping[Wordings, Array] = field(default_factory=dict)
    shards: Shards | None = None

    def get(self, unit: Unit) -> Array | None:
        """Return the vectors of a unit, (wordings, dimension), None where there are none."""
        own = (self.asked if unit.is_asked else self.texts).get(unit.wordings)
        return self.shards.read(unit) if own is None and self.shards else own


def libraries() -> dict[str, str]:
    """Return the versions of what an index is made with."""
    return {name: version(name) for name in LIBRARIES}


def known_vectors(index: Path, inputs: store.Inputs) -> Known:
    """Return the vectors of the current generation, none where they were made in another way than now."""
    try:
        folder, manifest = store.verified(index)
        made_with = manifest.inputs
        if (made_with.model, made_with.encoding) != (inputs.model, inputs.encoding):
            return Known()
        if any(manifest.libraries.get(name) != version(name) for name in _ENCODING):
            return Known()
        articles = read_articles(folder)
        arrays = {
            file: np.load(folder / file, allow_pickle=False)
            for file in (*store.SENTENCES.values(), *store.QUESTIONS.values())
        }
        passages = {store.PASSAGES[language]: _exact(folder, language, manifest) for language in LANGUAGES}
    except (DipnotError, ValidationError, OSError):
        return Known()
    arrays |= passages
    return Known(_by_wordings(articles, texts_of, arrays), _by_wordings(articles, asked_of, arrays))


def shards_of(index: Path, inputs: store.Inputs) -> Shards:
    """Return the shards of an index that are made as they would be now; see ``known_vectors``."""
    # Another machine may know the same model by another name.
    model = inputs.model.model_dump(exclude={"name"})
    versions = {name: version(name) for name in _ENCODING}
    made_with = json.dumps([model, inputs.encoding, versions], sort_keys=True)
    return Shards(index / FOLDER, inputs.model.dimension, made_with)


def parts_of(article: Article) -> Iterator[tuple[dict[str, list[str]], Unit]]:
    """Give what is encoded of an article, as lists by file and as a unit: its texts, then its questions."""
    for lists, is_asked in ((texts_of(article), False), (asked_of(article), True)):
        yield lists, Unit(wordings_of(lists), is_asked)


def unknown(articles: Sequence[Article], known: Known) -> list[Unit]:
    """Return what has to be encoded still, in the order of the articles."""
    units = [unit for article in articles for _, unit in parts_of(article)]
    return [unit for unit in units if unit.wordings and known.get(unit) is None]


def encode(
    articles: Sequence[Article],
    known: Known,
    load: Callable[[], Encoder],
    dimension: int,
    progress: Progress | None = None,
) -> dict[str, Array]:
    """Return the vectors of every file of a generation, each (n, dimension), in the order of the articles.

    A text without a word, such as English that is missing, has a vector of zeros. ``load`` is called where
    there is something to encode; ``progress`` with the number of texts encoded and their total.
    """
    total = sum(len(unit.wordings) for unit in unknown(articles, known))
    before = 0

    def told(done: int) -> None:
        if progress:
            progress(before + done, total)

    sizes = Counter[str]()
    for article in articles:
        sizes.update({file: len(texts) for lists, _ in parts_of(article) for file, texts in lists.items()})
    # Filled in place: at a million passages there is no room for a second copy.
    vectors = {file: np.zeros((size, dimension), np.float32) for file, size in sizes.items()}
    filled = Counter[str]()
    encoder: Encoder | None = None
    for lists, unit in (part for article in articles for part in parts_of(article)):
        own = known.get(unit)
        if own is None and unit.wordings:
            encoder = encoder or load()
            encode = encoder.encode_questions if unit.is_asked else encoder.encode_document
            own = encode(list(unit.wordings), progress=told)
            before += len(unit.wordings)
        for file, texts in lists.items():
            if own is not None:
                _fill(vectors[file][filled[file] :], texts, unit.wordings, own)
            filled[file] += len(texts)
    return vectors


def texts_of(article: Article) -> dict[str, list[str]]:
    """Return the passages and sentences of an article as the encoder reads them, by file of their vectors."""
    return {
        store.PASSAGES["tr"]: [passage_input(article, passage) for passage in article.passages],
        store.PASSAGES["en"]: [passage_input_english(article, passage) for passage in article.passages],
        store.SENTENCES["tr"]: [sentence.text for sentence in article.sentences],
        store.SENTENCES["en"]: [article.english(sentence) for sentence in article.sentences],
    }


def asked_of(article: Article) -> dict[str, list[str]]:
    """Return the questions of an article's register, by the file of their vectors."""
    return {
        store.QUESTIONS[language]: [question.text(language) for question in article.questions]
        for language in LANGUAGES
    }


def wordings_of(lists: Mapping[str, Sequence[str]]) -> Wordings:
    """Return every wording of the lists once, in their order, but no empty one."""
    return tuple(dict.fromkeys(text for texts in lists.values() for text in texts if text))


def read_articles(folder: Path) -> tuple[Article, ...]:
    """Read the articles a generation was made from."""
    return ARTICLES.validate_json((folder / store.ARTICLES).read_bytes())


def passage_input(article: Article, passage: Passage) -> str:
    """Return a passage as the encoder reads it: a note follows the sentence that calls it.

    The titles of article and section are left out: every passage of an article has them in common,
    and with them the small encoder told passages apart less well (docs/adr/0004-search.md).
    """
    return "\n".join(part for part in (calling_sentences(article, passage), passage.text) if part)


def passage_input_english(article: Article, passage: Passage) -> str:
    """Return the English of a passage as the encoder reads it; "" where a sentence has none."""
    text = article.passage_english(passage)
    called = sentences_calling(article, passage)
    return "\n".join(part for part in (" ".join(map(article.english, called)), text) if part) if text else ""


def calling_sentences(article: Article, passage: Passage) -> str:
    """Return the sentences of the running text that bear the marks of a passage's notes."""
    return " ".join(sentence.text for sentence in sentences_calling(article, passage))


def sentences_calling(article: Article, passage: Passage) -> list[Sentence]:
    """Return the sentences that bear the marks of a passage's notes, none for a passage that is no note."""
    if passage.kind != "footnote":
        return []
    own = {article.block_by_id[article.sentence_by_id[name].block].note for name in passage.sentences}
    return [sentence for sentence in article.sentences if own.intersection(sentence.notes)]


def _exact(folder: Path, language: Language, manifest: store.Manifest) -> Array:
    """The vectors of passages as they were made: kept beside where the search index rounds them."""
    if (file := store.EXACT_PASSAGES[language]) in manifest.files:
        return np.asarray(np.load(folder / file, mmap_mode="r", allow_pickle=False), np.float32)
    vectors = Vectors.load(folder / store.PASSAGES[language]).exact()
    if vectors is None:
        raise IndexDamaged(f"The index at {folder} rounds its vectors and keeps no others.")
    return vectors


def _by_wordings(
    articles: Sequence[Article],
    lists_of: Callable[[Article], dict[str, list[str]]],
    arrays: Mapping[str, Array],
) -> dict[Wordings, Array]:
    """The vectors of each article, a row for each of its wordings."""
    found: dict[Wordings, Array] = {}
    starts: dict[str, int] = {}
    for article in articles:
        lists = lists_of(article)
        rows: dict[str, Array] = {}
        for file, texts in lists.items():
            start = starts.get(file, 0)
            rows |= dict(zip(texts, arrays[file][start : start + len(texts)], strict=True))
            starts[file] = start + len(texts)
        if wordings := wordings_of(lists):
            found[wordings] = np.stack([rows[text] for text in wordings])
    return found


def _fill(rows: Array, texts: Sequence[str], wordings: Wordings, vectors: Array) -> None:
    """Write the vector of each text into its row; an empty one keeps its zeros."""
    number = {text: i for i, text in enumerate(wordings)}
    worded = [i for i, text in enumerate(texts) if text]
    rows[worded] = vectors[[number[texts[i]] for i in worded]]
