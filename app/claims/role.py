"""The part that a name plays in its clause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.claims.entities import Entity

# Who does it, to whom or whither, from whom or whence, who or what suffers it.
Role = Literal["agent", "goal", "source", "patient", "other"]


@dataclass(frozen=True)
class Part:
    """A name, its part, the clause where it plays it, and the place of its last word."""

    entity: Entity
    role: Role
    clause: int
    at: int


@dataclass(frozen=True)
class Deed:
    """A name and the folded verb, or the noun of one, of which it is the subject."""

    entity: Entity
    verb: str
