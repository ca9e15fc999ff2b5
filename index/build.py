"""Building an index: read the articles, encode and analyse, write one generation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import LANGUAGES, Article, Language, Passage, Sentence
from corpus.errors import DipnotError
from corpus.passages import PASSAGES_VERSION
from corpus.reading import read_corpus
from corpus.text import FOLDING_VERSION
from index import generation as store
from index.analyzer import ANALYZER_VERSION, analyze
from index.bulk import encode_shards
from index.encoding import (
    ARTICLES,
    Known,
    Progress,
    calling_sentences,
    encode,
    known_vectors,
    libraries,
    sentences_calling,
    shards_of,
    unknown,
)
from index.lexical import Lexical
from index.lock import building
from index.model import Model
from index.shards import clear
from index.stores import Engine, Local
from index.tuning import BESIDE, choose
from index.vectors import Vectors

if TYPE_CHECKING:
    from index.encoder import Encoder

# How passages and sentences are worded for the encoder; see `passage_input`.
ENCODING_VERSION: Final = 2
# Up to so many sentences a question is compared with each, in two milliseconds; beyond, they are indexed.
COMPARED_UP_TO: Final = 20_000


@dataclass(frozen=True)
class Built:
    """What ``build`` did: the generation now current, whether it had to be written, and copied to a store."""

    id: str
    written: bool
    why: tuple[str, ...]
    counts: dict[str, int]
    published: bool = False


@dataclass(frozen=True)
class Part:
    """One of ``of`` parts of what is to be encoded, counted from 1; a machine encodes one."""

    number: int
    of: int


@dataclass(frozen=True)
class PartEncoded:
    """What ``encode_part`` did: how many shards the part has, and how many of them were not there yet."""

    shards: int
    encoded: int


def build(
    corpus: Path,
    index: Path,
    model: Model,
    *,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
    engine: Engine | None = None,
    publishing: Progress | None = None,
) -> Built:
    """Make the current generation follow from ``corpus`` and ``model``; unchanged inputs write nothing.

    ``workers``: see ``build_articles``. ``progress`` is called with the number of texts encoded and their
    total, ``say`` with a sentence where another builder has to be waited for or a worker is replaced. Raises
    CorpusError, ModelUnavailable or DipnotError; the current index is untouched then.
    """
    return build_articles(
        read_corpus(corpus),
        index,
        model,
        force=force,
        workers=workers,
        progress=progress,
        say=say,
        engine=engine,
        publishing=publishing,
    )


def build_articles(
    articles: Sequence[Article],
    index: Path,
    model: Model,
    *,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    encoder: Encoder | None = None,
    say: Callable[[str], None] | None = None,
    engine: Engine | None = None,
    publishing: Progress | None = None,
) -> Built:
    """Make the current generation follow from ``articles`` and ``model``, as ``build`` does.

    ``encoder``: the model where it is in memory already; otherwise it is loaded when it is needed. ``force``
    encodes every text anew; else what the current generation holds of an article is taken over, and what
    builds before this one have left in shards. ``workers``: so many processes encode, each with the model in
    memory, and keep what they have as shards until the index is made; without it this process encodes, and
    keeps nothing before the end, because what most libraries have is encoded in minutes. ``engine``: the
    database into which a generation is copied before it is made current; ``publishing`` is called with how
    much of it is copied.
    Raises ModelUnavailable or DipnotError; the current index is untouched then.
    """
    payload = ARTICLES.dump_json(tuple(articles))
    inputs = inputs_of(payload, model)
    engine = engine or Local()
    if not force and not reasons_to_build(index, inputs):
        return _unchanged(index, inputs, engine, publishing)
    if not any(article.passages for article in articles):
        raise DipnotError("The articles hold no passage to index.")
    with building(index, say):
        # Another builder may have done it while this one waited.
        why = ["--force was given"] if force else reasons_to_build(index, inputs)
        if not why:
            return _unchanged(index, inputs, engine, publishing)
        if force:
            clear(index)
        shards = shards_of(index, inputs)
        known = replace(Known() if force else known_vectors(index, inputs), shards=shards)
        if workers:
            encode_shards(unknown(articles, known), shards, model, workers, progress, say)
        vectors = encode(articles, known, lambda: encoder or _loaded(model), model.dimension, progress)
        manifest = _write(articles, payload, vectors, index, inputs)
        published = engine.publish(store.folder_of(index, manifest.id), manifest, publishing)
        store.make_current(index, manifest.id)
        engine.prune(frozenset(store.kept(index)))
        clear(index)
    return Built(manifest.id, True, tuple(why), manifest.counts, published)


def publish_current(index: Path, engine: Engine, publishing: Progress | None = None) -> bool:
    """Copy the current generation into a database where it is not there; whether it was not.

    Raises IndexMissing, IndexDamaged or StoreUnavailable.
    """
    return engine.publish(*store.verified(index), publishing)


def encode_part(
    corpus: Path,
    index: Path,
    model: Model,
    part: Part,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> PartEncoded:
    """Encode what falls to one of several parts of ``corpus`` and keep it as shards; nothing is built.

    Machines that share the folder ``index`` encode a part each, and hold no lock meanwhile; then one of them
    builds. What the current generation holds is in no part. Raises what ``build`` raises.
    """
    articles = read_corpus(corpus)
    inputs = inputs_of(ARTICLES.dump_json(articles), model)
    shards = shards_of(index, inputs)
    units = unknown(articles, known_vectors(index, inputs))
    own = [unit for unit in dict.fromkeys(units) if shards.part_of(unit, part.of) == part.number]
    return PartEncoded(len(own), encode_shards(own, shards, model, workers, progress, say))


def _unchanged(index: Path, inputs: store.Inputs, engine: Engine, publishing: Progress | None) -> Built:
    name = store.identify(inputs)
    folder = store.folder_of(index, name)
    # Its files were verified just now, to see whether anything had changed.
    manifest = store.read_manifest(folder)
    return Built(name, False, (), manifest.counts, engine.publish(folder, manifest, publishing))


def _loaded(model: Model) -> Encoder:
    from index.encoder import Encoder

    return Encoder(model)


def _write(
    articles: Sequence[Article],
    payload: bytes,
    vectors: dict[str, NDArray[np.float32]],
    index: Path,
    inputs: store.Inputs,
) -> store.Manifest:
    """Write a generation whole, and put it in its place."""
    passages = [(article, passage) for article in articles for passage in article.passages]
    sentences = [(article, sentence) for article in articles for sentence in article.sentences]
    name = store.identify(inputs)
    with store.writing(index, name) as folder:
        (folder / store.ARTICLES).write_bytes(payload)
        for language in LANGUAGES:
            file = store.PASSAGES[language]
            built = Vectors.build(vectors[file], vectors[store.QUESTIONS[language]])
            built.save(folder / file)
            if built.exact() is None:
                np.save(folder / store.EXACT_PASSAGES[language], vectors[file], allow_pickle=False)
            file = store.SENTENCES[language]
            if len(vectors[file]) > COMPARED_UP_TO:
                nearest = choose(vectors[file], vectors[store.QUESTIONS[language]], names=BESIDE).vectors
                nearest.save(folder / store.NEAREST_SENTENCES[language])
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
            asked = [question.text(language) for article in articles for question in article.questions]
            Lexical.build([analyze(text, language) for text in asked] or [[]]).save(
                folder / store.QUESTION_TERMS[language]
            )
        manifest = store.Manifest(
            format=store.FORMAT,
            id=name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            inputs=inputs,
            counts={
                "articles": len(articles),
                "passages": len(passages),
                "sentences": len(sentences),
                "in English": sum(bool(article.english(sentence)) for article, sentence in sentences),
                "questions": sum(len(article.questions) for article in articles),
            },
            libraries=libraries(),
            files=store.describe(folder),
        )
        (folder / store.MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest


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
    return differences(manifest.inputs, inputs_of(ARTICLES.dump_json(read_corpus(corpus)), model))


def passage_terms(article: Article, passage: Passage, language: Language) -> Sequence[str]:
    """Return the index terms of a passage: its section's title, its text, and for notes the sentences
    that call them; as they stand ("tr"), or of their English ("en")."""
    if language == "tr":
        return analyze(
            f"{passage.section} {calling_sentences(article, passage)} {passage.text}", passage.language
        )
    section = article.section_english.get(passage.section, passage.section)
    called = " ".join(map(article.english, sentences_calling(article, passage)))
    return analyze(f"{section} {called} {article.passage_english(passage)}", "en")


def sentence_terms(article: Article, sentence: Sentence, language: Language) -> Sequence[str]:
    """Return the index terms of a sentence as it stands ("tr"), or of its English ("en")."""
    if language == "tr":
        return analyze(sentence.text, article.block_by_id[sentence.block].language)
    return analyze(article.english(sentence), "en")
