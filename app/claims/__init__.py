"""What is wrong with a sentence that a language model wrote, by the sentences that it cites.

``app.verify`` has looked at its dates, numbers and names before. What is looked at here: whether it denies
what they say, says more, exchanges who did what to whom, gives their words to somebody else, or means
something else. A false alarm costs a written sentence, for which a quoted one stands; so every check is
strict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from app.claims.attribution import has_another_speaker
from app.claims.fault import Fault
from app.claims.hedges import is_overstated
from app.claims.meaning import means_another
from app.claims.polarity import is_negated
from app.claims.reading import read
from app.claims.roles import are_swapped
from app.claims.values import has_another_name, has_another_value
from corpus.article import Language

if TYPE_CHECKING:
    from index.encoder import Encoder

__all__ = ["Entailment", "Fault", "WrittenClaims", "faults"]


class Entailment(Protocol):
    """A model that says whether a text bears a sentence out."""

    def __call__(self, premise: str, claim: str) -> bool:
        """Return whether the premise entails the claim."""


class WrittenClaims:
    """Looks at claims that a language model wrote; may be shared by threads."""

    def __init__(self, encoder: Encoder | None = None, entailment: Entailment | None = None) -> None:
        """``entailment``: one more judge, where one is configured."""
        self._encoder = encoder
        self._entailment = entailment

    def __call__(self, claim: str, cited: Sequence[tuple[str, Language]], language: Language) -> Fault | None:
        """Return the first thing wrong with a claim; ``cited``: the texts with their languages."""
        return faults(claim, cited, language, self._encoder, self._entailment)


def faults(
    claim: str,
    cited: Sequence[tuple[str, Language]],
    language: Language,
    encoder: Encoder | None,
    entailment: Entailment | None = None,
) -> Fault | None:
    """Return the first thing found wrong with a written claim, or None.

    ``cited``: the sentences it cites and their translations, each with its language; those in the claim's
    own language are compared word by word. What needs a model is asked last.
    """
    own = [read(text, spoken) for text, spoken in cited if spoken == language]
    if own:
        said = read(claim, language)
        every = [read(text, spoken) for text, spoken in cited]
        if has_another_value(said, own):
            return "another value"
        if has_another_name(said, every):
            return "another name"
        if is_negated(said, own):
            return "negated"
        if are_swapped(said, own):
            return "swapped roles"
        if has_another_speaker(said, own):
            return "another speaker"
        if is_overstated(said, own):
            return "overstated"
    if means_another(claim, cited, language, encoder):
        return "another meaning"
    if entailment and not entailment("\n".join(text for text, _ in cited), claim):
        return "not entailed"
    return None
