"""Speakers: a view must be given to the one who holds it in the source."""

from __future__ import annotations

import pytest

from app.claims.attribution import has_another_speaker
from app.claims.reading import read

TWO_TR = (
    "Avcı, köprünün selden sonra yıkıldığını iddia etse de, Demirci bu yıllarda yolun sayesinde kasabanın "
    "büyüdüğünü ve pazarın kurulduğunu tespit etmektedir."
)
TWO_EN = (
    "According to Marcus the bridge fell after the great flood, whereas Stephen claims that the town grew "
    "rich by its market and its road."
)


@pytest.mark.parametrize(
    ("language", "claim", "cited"),
    [
        ("tr", "Demirci'ye göre köprü selden sonra yıkılmıştı.", TWO_TR),
        ("en", "According to Stephen the bridge fell after the great flood.", TWO_EN),
        ("en", "In Marcus's view the town grew rich by its market and its road.", TWO_EN),
        # Named in a reference alone.
        ("en", "In Brook's words the flood was terrible.",
         "The river rose (Brook, 1945:39). According to Marcus the flood was terrible."),
        # Told as the article's own.
        ("en", "The author's own finding is that the bridge fell after the great flood.", TWO_EN),
    ],
)  # fmt: skip
def test_a_view_given_to_another_is_found(language, claim, cited):
    assert has_another_speaker(read(claim, language), [read(cited, language)])


@pytest.mark.parametrize(
    ("language", "claim", "cited"),
    [
        ("tr", "Avcı'ya göre köprü selden sonra yıkılmıştı.", TWO_TR),
        ("tr", "Demirci, kasabanın büyüdüğünü ve pazarın kurulduğunu belirtir.", TWO_TR),
        ("en", "In Marcus's view the bridge fell after the flood.", TWO_EN),
        ("en", "Stephen says that the town grew rich by its market.", TWO_EN),
        ("en", "Marcus was told by Stephen that the town grew.", "Stephen told Marcus that the town grew."),
    ],
)
def test_a_view_given_to_its_holder_is_left_alone(language, claim, cited):
    assert not has_another_speaker(read(claim, language), [read(cited, language)])
