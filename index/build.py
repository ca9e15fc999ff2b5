"""Building an index: read the articles, encode and analyse, write one generation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from corpus.article import LANGUAGES, Article, Language, Passage, Sentence
from corpus.errors import DipnotError
from corpus.passages import PASSAGES_VERSION
from corpus.reading import read_corpus
from corpus.text import FOLDING_VERSION
from index import generation as store
from index.analyzer import ANALYZER_VERSION, analyze
from index.lexical import Lexical
from index.model import Model
from index.vectors import Vectors

if TYPE_CHECKING:
    from index.encoder import Encoder

# How passages and sentences are worded for the encoder; see `passage_input`.
ENCODING_VERSION: Final = 2
_ARTICLES: Final = TypeAdapter(tuple[Article, ...])
_LIBRARIES: Final = (
    "faiss-cpu",
    "bm25s",
    "sentence-transformers",
    "transformers",
    "torch",
    "numpy",
    "snowballstemmer",
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Built:
    """What ``build`` did: the generation now current, and whether it had to be written."""

    id: str
    written: bool
    why: tuple[str, ...]
    counts: dict[str, int]


def build(
    corpus: Path, index: Path, model: Model, *, force: bool = False, progress: Progress | None = None
) -> Built:
    """Make the current generation follow from ``corpus`` and ``model``; unchanged inputs write nothing.

    ``progress`` is called with the number of texts encoded and their total. Raises CorpusError,
    ModelUnavailable or DipnotError; the current index is untouched then.
    """
    return build_articles(read_corpus(corpus), index, model, force=force, progress=progress)


def build_articles(
    articles: Sequence[Article],
    index: Path,
    model: Model,
    *,
    force: bool = False,
    progress: Progress | None = None,
    encoder: Encoder | None = None,
) -> Built:
    """Make the current generation follow from ``articles`` and ``model``, as ``build`` does.

    ``encoder``: the model where it is in memory already; otherwise it is loaded when it is needed.
    Raises ModelUnavailable or DipnotError; the current index is untouched then.
    """
    payload = _ARTICLES.dump_json(tuple(articles))
    inputs = inputs_of(payload, model)
    why = ["--force was given"] if force else reasons_to_build(index, inputs)
    name = store.identify(inputs)
    if not why:
        return Built(name, False, (), store.read_manifest(store.folder_of(index, name)).counts)
    passages = [(article, passage) for article in articles for passage in article.passages]
    sentences = [(article, sentence) for article in articles for sentence in article.sentences]
    if not passages:
        raise DipnotError("The articles hold no passage to index.")
    if encoder is None:
        from index.encoder import Encoder

        encoder = Encoder(model)
    texts = {
        store.PASSAGES["tr"]: [passage_input(article, passage) for article, passage in passages],
        store.PASSAGES["en"]: [passage_input_english(article, passage) for article, passage in passages],
        store.SENTENCES["tr"]: [sentence.text for _, sentence in sentences],
        store.SENTENCES["en"]: [article.english(sentence) for article, sentence in sentences],
    }
    asked = {
        store.QUESTIONS[language]: [q.text(language) for article in articles for q in article.questions]
        for language in LANGUAGES
    }
    vectors = _encode(encoder, texts, asked, progress)
    counts = {
        "articles": len(articles),
        "passages": len(passages),
        "sentences": len(sentences),
        "in English": sum(bool(text) for text in texts[store.SENTENCES["en"]]),
        "questions": sum(len(article.questions) for article in articles),
    }
    with store.writing(index, name) as folder:
        (folder / store.ARTICLES).write_bytes(payload)
        for file in store.PASSAGES.values():
            Vectors.build(vectors[file]).save(folder / file)
        for file in (*store.SENTENCES.values(), *store.QUESTIONS.values()):
            np.save(folder / file, vectors[file], allow_pickle=False)
        for language in LANGUAGES:
            Lexical.build([passage_terms(article, passage, language) for article, passage in passages]).save(
                folder / store.PASSAGE_TERMS[language]
            )
            Lexical.build(
                [sentence_terms(article, sentence, language) for article, sentence in sentences]
            ).save(folder / store.SENTENCE_TERMS[language])
            # An index cannot be empty: without a register it holds one question without a word.
            terms = [analyze(text, language) for text in asked[store.QUESTIONS[language]]] or [[]]
            Lexical.build(terms).save(folder / store.QUESTION_TERMS[language])
        manifest = store.Manifest(
            format=store.FORMAT,
            id=name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            inputs=inputs,
            counts=counts,
            libraries={library: version(library) for library in _LIBRARIES},
            files=store.describe(folder),
        )
        (folder / store.MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    store.make_current(index, name)
    return Built(name, True, tuple(why), counts)


def _encode(
    encoder: Encoder, texts: dict[str, list[str]], asked: dict[str, list[str]], progress: Progress | None
) -> dict[str, NDArray[np.float32]]:
    """Encode lists of texts and of questions, each wording once; an empty text (no English) is a zero
    vector."""
    numbers = [
        {text: i for i, text in enumerate(dict.fromkeys(t for own in lists.values() for t in own if t))}
        for lists in (texts, asked)
    ]
    total = sum(map(len, numbers))
    vectors: dict[str, NDArray[np.float32]] = {}
    before = 0

    def told(done: int) -> None:
        if progress:
            progress(before + done, total)

    for lists, number, encode in zip(
        (texts, asked), numbers, (encoder.encode_document, encoder.encode_questions), strict=True
    ):
        encoded = encode(list(number), progress=told)
        encoded = np.vstack([encoded, np.zeros((1, encoded.shape[1]), np.float32)])
        vectors |= {
            name: encoded[[number.get(text, len(number)) for text in own]] for name, own in lists.items()
        }
        before += len(number)
    return vectors


def reasons_to_build(index: Path, inputs: store.Inputs) -> list[str]:
    """Return why the index at ``index`` has to be built anew; nothing where it is up to date."""
    try:
        _, manifest = store.verified(index)
    except DipnotError as error:
        return [
            str(error)
            .removesuffix(" Rebuild with: dipnot index")
            .removesuffix(" Build it with: dipnot index")
        ]
    return differences(manifest.inputs, inputs)


def differences(old: store.Inputs, new: store.Inputs) -> list[str]:
    """Name, one sentence each, what an index was made from and what has changed since."""
    names = {
        "corpus": "the articles or what is kept beside them have changed",
        "analyzer": "the lexical analyser has changed",
        "passages": "the division into passages has changed",
        "folding": "the folding of text has changed",
        "encoding": "the wording for the encoder has changed",
    }
    found = [text for key, text in names.items() if getattr(old, key) != getattr(new, key)]
    if old.model != new.model:
        was, now = (f"{model.name} {model.sha256[:8]}" for model in (old.model, new.model))
        found.append(f"the embedding model has changed ({was} → {now})")
    return found


def inputs_of(payload: bytes, model: Model) -> store.Inputs:
    """Return what an index over the serialised articles ``payload`` follows from."""
    return store.Inputs(
        corpus=hashlib.sha256(payload).hexdigest(),
        analyzer=ANALYZER_VERSION,
        passages=PASSAGES_VERSION,
        folding=FOLDING_VERSION,
        encoding=ENCODING_VERSION,
        model=store.ModelInfo(
            name=model.name,
            sha256=model.sha256,
            dimension=model.dimension,
            query_prompt=model.query_prompt,
            passage_prompt=model.passage_prompt,
        ),
    )


def staleness(corpus: Path, manifest: store.Manifest, model: Model) -> list[str]:
    """Return why a generation no longer follows from ``corpus`` and ``model``; raises CorpusError."""
    return differences(manifest.inputs, inputs_of(_ARTICLES.dump_json(read_corpus(corpus)), model))


def read_articles(folder: Path) -> tuple[Article, ...]:
    """Read the articles a generation was made from."""
    return _ARTICLES.validate_json((folder / store.ARTICLES).read_bytes())


def passage_input(article: Article, passage: Passage) -> str:
    """Return a passage as the encoder reads it: a note follows the sentence that calls it.

    The titles of article and section are left out: every passage of an article has them in common,
    and with them the small encoder told passages apart less well (docs/adr/0004-search.md).
    """
    return "\n".join(part for part in (calling_sentences(article, passage), passage.text) if part)


def passage_input_english(article: Article, passage: Passage) -> str:
    """Return the English of a passage as the encoder reads it; "" where a sentence has none."""
    text = article.passage_english(passage)
    called = _calling(article, passage)
    return "\n".join(part for part in (" ".join(map(article.english, called)), text) if part) if text else ""


def passage_terms(article: Article, passage: Passage, language: Language) -> Sequence[str]:
    """Return the index terms of a passage: its section's title, its text, and for notes the sentences
    that call them; as they stand ("tr"), or of their English ("en")."""
    if language == "tr":
        return analyze(
            f"{passage.section} {calling_sentences(article, passage)} {passage.text}", passage.language
        )
    section = article.section_english.get(passage.section, passage.section)
    called = " ".join(map(article.english, _calling(article, passage)))
    return analyze(f"{section} {called} {article.passage_english(passage)}", "en")


def sentence_terms(article: Article, sentence: Sentence, language: Language) -> Sequence[str]:
    """Return the index terms of a sentence as it stands ("tr"), or of its English ("en")."""
    if language == "tr":
        return analyze(sentence.text, article.block_by_id[sentence.block].language)
    return analyze(article.english(sentence), "en")


def calling_sentences(article: Article, passage: Passage) -> str:
    """Return the sentences of the running text that bear the marks of a passage's notes."""
    return " ".join(sentence.text for sentence in _calling(article, passage))


def _calling(article: Article, passage: Passage) -> list[Sentence]:
    if passage.kind != "footnote":
        return []
    own = {article.block_by_id[article.sentence_by_id[name].block].note for name in passage.sentences}
    return [sentence for sentence in article.sentences if own.intersection(sentence.notes)]
