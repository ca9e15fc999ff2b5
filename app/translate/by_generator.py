"""Translation by the generator that may write answers, one sentence a draft."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.generators.draft import GeneratorFailed, OutOfTime
from app.generators.generator import Generator, Message, configured
from app.question import telling_words
from app.translate.translator import Refused, TranslatorFailed
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze

if TYPE_CHECKING:
    from app.settings import Settings

_PROMPT: Final = Path(__file__).with_name("prompt.md")
# English takes fewer tokens than the Turkish has letters; an answer that is longer does not end by itself.
_TOKENS_MORE: Final = 64
# Shorter ones are no words but what is left of abbreviations: "s.", "C.".
_LEAST_LETTERS: Final = 2
# A word of the Turkish alone may be one that both languages have, and "ve" joins the words of a title.
_LEAST_CARRIED: Final = 2
_LEAST_CARRIED_LETTERS: Final = 3
# Letters that no English word has, and few foreign ones in an English text.
_TURKISH_LETTERS: Final = "ğış"
# Fewer words may do without such as "the" and "of" in English.
_LEAST_TELLING: Final = 5


class ByGenerator:
    """A chat model, however it is reached; a sentence is given without its neighbours."""

    batch = 1

    def __init__(self, generator: Generator, seconds: float = 60.0, tokens: int = 0) -> None:
        """``seconds`` for one answer; ``tokens``: so many it may have, and more where a sentence is long."""
        self._generator = generator
        self._seconds = seconds
        self._tokens = tokens

    @classmethod
    def of(cls, settings: Settings) -> ByGenerator:
        """Take the generator of the settings, and load it; raises TranslatorFailed that says what to set."""
        try:
            generator = configured(settings)
            if generator is None:
                raise TranslatorFailed(
                    "The translator 'generator' needs one: set DIPNOT_GENERATOR to 'transformers:' and a "
                    "chat model, or to 'openai' with DIPNOT_GENERATOR_URL and DIPNOT_GENERATOR_MODEL."
                )
            generator.prepare()
        except GeneratorFailed as error:
            raise TranslatorFailed(str(error)) from error
        return cls(generator, settings.translator_timeout, settings.generator_tokens)

    def translate(self, sentences: Sequence[str]) -> list[str | Refused]:
        """Return the English of each sentence; raises TranslatorFailed where the generator fails."""
        return [self._english(sentence) for sentence in sentences]

    def _english(self, sentence: str) -> str | Refused:
        messages = [Message("system", self._prompt), Message("user", sentence)]
        tokens = max(self._tokens, len(sentence) + _TOKENS_MORE)
        draft = self._generator.write(messages, tokens=tokens, seconds=self._seconds)
        try:
            with draft:
                lines = "".join(draft).strip().splitlines()
        except OutOfTime as error:
            raise TranslatorFailed(f"{error} Try again, or set DIPNOT_TRANSLATOR_TIMEOUT.") from error
        except GeneratorFailed as error:
            raise TranslatorFailed(str(error)) from error
        if draft.is_cut:
            return Refused("the answer was cut off")
        if len(lines) != 1:
            return Refused(f"the answer has {len(lines)} lines instead of one")
        return lines[0] if is_english(lines[0], sentence) else Refused("the answer is not English")

    @cached_property
    def _prompt(self) -> str:
        return _PROMPT.read_text(encoding="utf-8")


def is_english(text: str, turkish: str) -> bool:
    """Return whether a text may be the English of a Turkish one.

    It is none where it has more small words of the Turkish than of its own, where its own words tell Turkish,
    or where it has none of those that every longer English text has. Names and the titles of books may stay
    as they are.
    """
    there = set(_folded(turkish))
    small = [
        text[start:end]
        for start, end in words(text)
        if text[start].islower() and end - start >= _LEAST_LETTERS
    ]
    own = [word for word in small if skeleton(cut_suffix(word)) not in there]
    carried = [skeleton(word) for word in small if word not in own and len(word) >= _LEAST_CARRIED_LETTERS]
    if len(carried) > len(own) and (len(carried) >= _LEAST_CARRIED or telling_words(carried)[1]):
        return False
    english_signs, turkish_signs = telling_words([word for word in _folded(text) if word not in there])
    turkish_signs += sum(any(letter in _TURKISH_LETTERS for letter in word) for word in own)
    if turkish_signs > english_signs:
        return False
    return len(own) < _LEAST_TELLING or any(not analyze(word, "en") for word in small)


def _folded(text: str) -> list[str]:
    """The folded words of a text, without a suffix behind an apostrophe."""
    return [skeleton(cut_suffix(text[start:end])) for start, end in words(text)]
