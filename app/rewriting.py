"""A question that leans on earlier ones, put into words of its own by a generator where that is wanted.

The rules (``app.conversation``) have a text for it already. What is written takes its place only where it
says the same as far as can be told: it is searched for, so whatever it adds would be searched for too.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.address import kind_of, without_instructions
from app.claims.polarity import is_negated
from app.claims.reading import read
from app.conversation import Conversation, Resolved
from app.counters import Rewritten
from app.generators import Draft, Generator, GeneratorFailed, Message
from app.generators.prompt import Prompt
from app.generators.special_tokens import without_special_tokens
from app.leaning import Reading
from app.parts import Part
from app.question import LONGEST, clean, is_askable, type_of
from app.unsaid import unsaid
from app.verify import value_fault
from app.visible import visible
from app.writing import Writing
from corpus.article import LANGUAGES, Language
from corpus.errors import QuestionError
from corpus.sentences import split_sentences
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze
from index.synonyms import expand

if TYPE_CHECKING:
    from app.settings import Settings

_log = logging.getLogger(__name__)
# Of the time that a generator has, so much is for the question at most; the rest is for the answer.
SHARE: Final = 0.2
# A question of the longest kind, and room for what a model puts around it.
_TOKENS: Final = 80
# Of an earlier question more is no question; short prompts are read best.
_LONGEST_EARLIER: Final = 300
# What has no form of a question is one all the same where it is no longer than this (in words).
_LONGEST_PHRASE: Final = 12
# So many plain words that nobody has said may join a question ("which statesman").
_MOST_NEW: Final = 1
_TEMPLATES: Final = Path(__file__).parent / "generators" / "prompts"
_FENCE_LETTERS: Final = 12
# What parts the rules from the question in a template.
_RULE: Final = "\n---\n"
_EMPHASIS: Final = re.compile(r"\*\*|__|`")
_BULLET: Final = re.compile(r"^[-*•>]\s+")
_QUOTED: Final = re.compile(r"[\"“«](?P<own>[^\"“”«»]+)[\"”»]")
# The signs of ``app.cues`` by which a question points at earlier ones.
_POINTING: Final = ("pointer", "person", "possessive", "moment", "relative", "ordinal_alone", "first", "last")


@dataclass(frozen=True)
class Rewriting:
    """Who rewrites questions, and for how many seconds at most."""

    generator: Generator
    seconds: float


def parted(settings: Settings, writing: Writing | None) -> tuple[Writing | None, Rewriting | None]:
    """Return writing and rewriting by the settings; together they take no longer than writing alone.

    Raises GeneratorFailed where questions are to be rewritten and there is no generator.
    """
    if not settings.generator_rewrites:
        return writing, None
    if writing is None:
        raise GeneratorFailed(
            "DIPNOT_GENERATOR_REWRITES is set, and there is no generator to rewrite questions: set "
            "DIPNOT_GENERATOR, or leave the other out."
        )
    seconds = writing.seconds * SHARE
    return replace(writing, seconds=writing.seconds - seconds), Rewriting(writing.generator, seconds)


class Rewriter:
    """Has a generator rewrite questions, and takes what says the same."""

    def __init__(
        self,
        rewriting: Rewriting,
        conversation: Conversation,
        detect: Callable[[str], Language],
        count: Callable[[Rewritten], None],
    ) -> None:
        """``detect`` tells the language of a question; ``count`` is told how each rewriting ended."""
        self._limits = rewriting
        self._conversation = conversation
        self._vocabulary = conversation.vocabulary
        self._detect = detect
        self._count = count

    def rewritten(
        self, resolved: Resolved, question: str, language: Language, earlier: Sequence[str]
    ) -> Resolved:
        """Return a question as the generator words it, or as the rules do (``resolved``) where that fails.

        ``earlier``: the questions that it leans on, oldest first. What it asks for is what the rules say.
        """
        asked_before = [own for each in earlier if (own := without_instructions(each)[:_LONGEST_EARLIER])]
        if not asked_before:
            return resolved
        try:
            written = self._written(question, language, asked_before)
        except GeneratorFailed as error:
            _log.warning("a question is not rewritten: %s", error)
            self._count("failed")
            return resolved
        fault = self._fault(written, question, language, resolved, asked_before)
        if fault:
            # Nothing of the words: questions do not stand in the log.
            _log.info("a rewritten question is not used: %s", fault)
            self._count("refused")
            return resolved
        self._count("kept")
        return replace(resolved, text=written)

    def _written(self, question: str, language: Language, earlier: Sequence[str]) -> str:
        """What the generator makes of a question, "" where that is no text; raises GeneratorFailed."""
        prompt = _prompt(question, language, earlier)
        limits = self._limits
        draft = limits.generator.write(
            prompt.messages, tokens=_TOKENS, seconds=limits.seconds, stop=(prompt.fence,)
        )
        with draft:
            line = _BULLET.sub("", _EMPHASIS.sub("", _first_line(draft)).strip())
        label = prompt.messages[-1].content.splitlines()[-1]
        bare = line.removeprefix(label).strip()
        quoted = _QUOTED.fullmatch(bare)
        try:
            return clean(quoted["own"] if quoted else bare)
        except QuestionError:
            return ""

    def _fault(
        self, written: str, question: str, language: Language, resolved: Resolved, earlier: Sequence[str]
    ) -> str | None:
        """What is wrong with a rewritten question."""
        if not is_askable(written) or len(written) > LONGEST or len(split_sentences(written)) != 1:
            return "not one sentence"
        reading = Reading(written, language, self._vocabulary)
        is_short = len(written.split()) <= _LONGEST_PHRASE
        if kind_of(written) or not (written.endswith("?") or reading.asks or is_short):
            return "not a question"
        if self._detect(written) != language:
            return "another language"
        kind = type_of(resolved.asks)
        if kind not in ("other", type_of(written)):
            return "another kind of question"
        asked = Reading(question, language, self._vocabulary)
        if _lost(asked, written):
            return "a word is lost"
        if _order(asked, reading) != _order(reading, asked):
            return "names have changed places"
        # The rules reckon the year of "two years later".
        if self._invents(reading, [resolved.text, question, *earlier]):
            return "something that nobody has said"
        # The words that the rules take over may part what is denied from what denies it.
        denied = (
            is_negated(read(written, language), [read(each, language)]) for each in (question, resolved.text)
        )
        if all(denied):
            return "negated"
        if self._conversation.in_context(written, language, earlier).leans:
            return "it leans on the earlier questions still"
        return None

    def _invents(self, reading: Reading, said: Sequence[str]) -> bool:
        """Whether a question holds a name, a date or a number that is nowhere among what was said, or more
        than a plain word beside."""
        text, language = reading.text, reading.language
        if unsaid(text, language, " ; ".join(said), self._vocabulary):
            return True
        if value_fault(text, language, [(each, own) for each in said for own in LANGUAGES]):
            return True
        # A month may have an ending without an apostrophe ("martta"), a name no capital.
        new = _unmet([part for part in reading.parts if part.kind != "name"], language, said)
        is_plain = all(
            part.kind not in ("time", "ordinal") and self._vocabulary.knows(part.text, language)
            for part in new
        )
        return len(new) > _MOST_NEW or not is_plain


def _lost(question: Reading, written: str) -> list[Part]:
    """The words that say what a question is about and are missing in another one, but for those that only
    point back."""
    pointing = [match.span() for name in _POINTING for match in question.matches(name)]
    if years := question.years_on():
        pointing.append(years.span())
    nouns = [question.behind(match) for match in question.matches("demonstrative")]
    spans = words(question.text)
    own = [
        part
        for part in question.parts
        if part not in nouns and not any(start <= spans[part.at][0] < end for start, end in pointing)
    ]
    return _unmet(own, question.language, [written])


def _order(reading: Reading, other: Reading) -> list[str]:
    """The names that two questions share, in the order of one: who did what to whom hangs on it."""
    own, there = (
        [term for part in each.names for term in analyze(part.text, each.language)]
        for each in (reading, other)
    )
    return list(dict.fromkeys(term for term in own if term in there))


def _prompt(question: str, language: Language, earlier: Sequence[str]) -> Prompt:
    """Ask for a question that stands alone; the fence follows from what it encloses."""
    rules, asked = _template(language)
    *before, last = (visible(without_special_tokens(each)) for each in (*earlier, question))
    lines = "\n".join(f"- {each}" for each in before)
    enclosed = hashlib.sha256(f"{lines}\n{last}".encode()).hexdigest()
    fence = f"=== {enclosed[:_FENCE_LETTERS]} ==="
    filled = asked.format(fence=fence, earlier=lines, question=last)
    return Prompt((Message("system", rules), Message("user", filled)), fence)


@cache
def _template(language: Language) -> tuple[str, str]:
    whole = (_TEMPLATES / f"rewrite.{language}.md").read_text(encoding="utf-8").strip()
    rules, _, asked = whole.partition(_RULE)
    return rules, asked


def _first_line(draft: Draft) -> str:
    """The first line of a draft that is not empty, "" where it was cut off; no more of it is waited for."""
    held = ""
    for piece in draft:
        held = (held + piece).lstrip()
        line, end, _ = held.partition("\n")
        if end or len(line) > LONGEST:
            return line
    return "" if draft.is_cut else held


def _unmet(parts: Sequence[Part], language: Language, texts: Sequence[str]) -> list[Part]:
    """The parts of which neither the word nor an equivalent stands in the texts, in whichever language."""
    there = {term for text in texts for own in LANGUAGES for term in (*analyze(text, own), *_folded(text))}
    unmet = []
    for part in parts:
        # An ordinal may be among the words that are not searched for.
        own = analyze(part.text, language) or _folded(part.text)
        if not {*own, *expand(own, language)} & there:
            unmet.append(part)
    return unmet


def _folded(text: str) -> list[str]:
    return [skeleton(cut_suffix(text[start:end])) for start, end in words(text)]
