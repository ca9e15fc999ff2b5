"""An answer that a language model writes from the evidence: a sentence at a time, each verified before it is
shown."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from app.answer import Answer, Citation, Claim, Drafted
from app.claims import Entailment
from app.compose import citation
from app.drafting import Sentence, drafted
from app.evidence import VALUES, Candidate
from app.form import form_fault
from app.generators.draft import GeneratorFailed, OutOfTime, Usage
from app.generators.generator import Generator, configured
from app.generators.prompt import NOTHING, Prompt
from app.question import Question
from app.value import find_value
from app.verify import Dropped, Verifier
from corpus.text import skeleton

if TYPE_CHECKING:
    from app.settings import Settings

_log = logging.getLogger(__name__)
# How many sentences a model is given: short contexts are read best, and on a CPU each costs time.
SOURCES: Final = 8
# More than these are not asked for; what follows is left unread.
_MOST_CLAIMS: Final = 4


@dataclass(frozen=True)
class Written:
    """What has been written and borne out so far; the citations are numbered in the order of their use."""

    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    usage: Usage | None = None
    failure: str = ""


@dataclass(frozen=True)
class Writing:
    """Who may write, how many tokens at most, for how many seconds; and who judges it beside the rules."""

    generator: Generator
    tokens: int = 400
    seconds: float = 30.0
    entailment: Entailment | None = None


def writing_of(settings: Settings) -> Writing | None:
    """Return who writes by the settings, None for nobody.

    Raises GeneratorFailed that says what to set, or ModelUnavailable for the model that judges.
    """
    generator = configured(settings)
    if generator is None:
        return None
    entailment = None
    if settings.entailment_model:
        from app.claims.entailment import NliModel

        entailment = NliModel.load(settings.entailment_model, allow_download=settings.allow_download)
    return Writing(generator, settings.generator_tokens, settings.generator_seconds, entailment)


class Writer:
    """Has a generator write, and lets through what the verifier bears out."""

    def __init__(
        self,
        writing: Writing,
        verifier: Verifier,
        detect: Callable[[str], str],
        score: Callable[[str, Sequence[Candidate]], float],
    ) -> None:
        """``detect`` tells the language of a sentence; ``score`` how near it is to its sources, 0 to 1."""
        self.name = writing.generator.name
        self._limits = writing
        self._verifier = verifier
        self._detect = detect
        self._score = score

    def write(self, question: Question, sources: Sequence[Candidate]) -> Iterator[Written]:
        """Yield what is borne out, anew with each further sentence, at last with what it took.

        A failure of the generator ends the draft, and so does the end of its time, whoever has taken it; what
        was borne out before stays.
        """
        prompt = Prompt.of(question, [source.shown(question.language) for source in sources[:SOURCES]])
        written = Written()
        limits = self._limits
        draft = limits.generator.write(
            prompt.messages, tokens=limits.tokens, seconds=limits.seconds, stop=(prompt.fence,)
        )
        try:
            with draft:
                for sentence in drafted(draft):
                    # Verifying takes time too, and a draft may hold any number of sentences.
                    if draft.usage.seconds > limits.seconds:
                        raise OutOfTime(f"{self.name} wrote more than was read within {limits.seconds:g} s.")
                    if skeleton(sentence.text).strip(" .") == skeleton(NOTHING[question.language]):
                        break
                    before = len(written.claims)
                    written = self._with(written, sentence, question, sources)
                    if len(written.claims) > before:
                        yield written
                    if len(written.claims) >= _MOST_CLAIMS:
                        break
        except GeneratorFailed as error:
            _log.warning("no more of a draft: %s", error)
            written = replace(written, failure=str(error))
        yield replace(written, usage=draft.usage)

    def told_of(self, written: Written) -> Drafted:
        """Return what an answer tells of the draft behind it."""
        usage = written.usage
        return Drafted(
            generator=self.name,
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
            is_counted=usage is not None and usage.is_counted,
            kept=len(written.claims),
            dropped=len(written.dropped),
            reasons=dict(Counter(dropped.reason for dropped in written.dropped)),
            has_failed=bool(written.failure),
        )

    def _with(
        self, written: Written, sentence: Sentence, question: Question, sources: Sequence[Candidate]
    ) -> Written:
        """What is written, with a further sentence if it is borne out."""
        if any(sentence.text == claim.text for claim in written.claims):
            return written
        named = {n: sources[n - 1] for n in sentence.numbers if 0 < n <= min(SOURCES, len(sources))}
        bare = Claim(text=sentence.text, citations=list(sentence.numbers), support="generated", score=0)
        footnotes = [citation(n, own.article, own.block, own.sentence) for n, own in named.items()]
        cited = [text for footnote in footnotes for text in (footnote.quote, footnote.translation) if text]
        fault = form_fault(sentence, question.language, cited, self._detect)
        if fault is not None:
            return replace(written, dropped=(*written.dropped, Dropped(bare, fault)))
        verified = self._verifier.verify([bare], footnotes, question.language)
        if not verified.claims:
            return replace(written, dropped=(*written.dropped, *verified.dropped))
        # The same sentence under the same number, a new one under the next.
        citations = list(written.citations)
        numbers = [_numbered(citations, footnote) for footnote in footnotes]
        score = round(min(1.0, max(0.0, self._score(sentence.text, list(named.values())))), 3)
        claim = bare.model_copy(update={"citations": numbers, "score": score})
        return replace(written, claims=(*written.claims, claim), citations=tuple(citations))


def followed_by(written: Written, more: Sequence[Claim], chosen: Answer) -> Written:
    """Return what is written, followed by some sentences of the chosen answer: what has been shown stays.

    It gets no longer than the chosen answer is, but for the first sentence that follows.
    """
    if not written.claims:
        return replace(written, claims=tuple(chosen.claims), citations=tuple(chosen.citations))
    claims, citations = list(written.claims), list(written.citations)
    most = _words_of(chosen.claims)
    for n, claim in enumerate(more):
        if n and _words_of([*claims, claim]) > most:
            break
        numbers = [_numbered(citations, cited) for cited in chosen.citations if cited.n in claim.citations]
        claims.append(claim.model_copy(update={"citations": numbers}))
    return replace(written, claims=tuple(claims), citations=tuple(citations))


def _words_of(claims: Sequence[Claim]) -> int:
    return sum(len(claim.text.split()) for claim in claims)


def left_out(question: Question, written: Written, chosen: Answer) -> list[Claim]:
    """Return the sentences of the chosen answer that what is written needs beside it.

    A draft that was told to its end, without a sentence that fell, may choose among the sources, as long as
    it rests on the best of them. Else what it does not cite follows. Where a value is asked for and none is
    written, the sentence that has it follows in any case.
    """
    used = {cited.url for cited in written.citations}
    sources = {cited.n: cited.url for cited in chosen.citations}
    uncited = [
        claim for claim in chosen.claims if not any(sources[number] in used for number in claim.citations)
    ]
    best = chosen.claims[0]
    is_whole = bool(written.claims) and not written.dropped and not written.failure and best not in uncited
    needed = [] if is_whole else uncited
    if question.type in VALUES and best not in needed:
        has_value = any(find_value(question, claim.text) is not None for claim in written.claims)
        if not has_value and find_value(question, best.text) is not None:
            needed = [best, *needed]
    return needed


def _numbered(citations: list[Citation], footnote: Citation) -> int:
    """The number of a footnote among the citations, which it joins where it is new."""
    same = next((known for known in citations if known.url == footnote.url), None)
    if same is None:
        same = footnote.model_copy(update={"n": len(citations) + 1})
        citations.append(same)
    return same.n
