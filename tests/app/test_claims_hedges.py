"""Degrees: a claim may not be wider or surer than what it cites."""

from __future__ import annotations

import pytest

from app.claims.hedges import is_overstated
from app.claims.reading import read

TOO_MUCH = [
    ("tr", "Köylülerin tamamı yeni yolu istiyordu.", "Köylülerin bir kısmı yeni yolu istiyordu."),
    ("tr", "Bütün köylüler yeni yolu istedi.", "Köylülerden bazıları yeni yolu istedi."),
    ("tr", "Yolun açılacağı kesindi.", "Yolun açılması muhtemeldi."),
    ("tr", "Köprüyü yaktılar.", "Köprüyü yakmaya çalıştılar."),
    ("en", "All of the villagers wanted the new road.", "Some of the villagers wanted the new road."),
    ("en", "It is certain that the road was opened in May.", "The road was probably opened in May."),
    ("en", "The road was opened in May.", "The road was probably opened in May."),
    ("en", "They burned the bridge.", "They tried to burn the bridge."),
    ("en", "The army received at most 40 guns.", "The army received at least 40 guns."),
]
RIGHT = [
    ("tr", "Köylülerin bazıları yolu istedi.", "Köylülerin bir kısmı yolu istedi."),
    ("tr", "Köprüyü yakmayı denediler, yakmaya çalıştılar.", "Köprüyü yakmaya çalıştılar."),
    ("en", "They wanted to burn the bridge.", "They tried to burn the bridge."),
    ("en", "The road may have been opened in May.", "The road was probably opened in May."),
    ("en", "All the villagers wanted some rest.", "All the villagers wanted some rest and bread."),
]


@pytest.mark.parametrize(("language", "claim", "cited"), TOO_MUCH)
def test_what_says_more_is_found(language, claim, cited):
    assert is_overstated(read(claim, language), [read(cited, language)])


@pytest.mark.parametrize(("language", "claim", "cited"), RIGHT)
def test_what_says_no_more_is_left_alone(language, claim, cited):
    assert not is_overstated(read(claim, language), [read(cited, language)])
