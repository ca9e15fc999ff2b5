"""The English side: how it is made, one sentence after another, and how it is checked."""

from app.translate.check import Check, Problem, check
from app.translate.making import Made, make
from app.translate.translator import Translator, TranslatorFailed, configured

__all__ = ["Check", "Made", "Problem", "Translator", "TranslatorFailed", "check", "configured", "make"]
