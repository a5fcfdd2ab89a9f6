"""The packages that names are measured beside, each behind one function; the group ``bench`` brings them."""

from functools import cache
from typing import Any

import cleanco
import companynameparser
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from crmcore.matching import normalise
from tests.benchmarks.matching_figures import TOLD, Ranked


@cache
def _parser() -> Any:
    return companynameparser.Parser()


def brand(name: str) -> str:
    """The brand as companynameparser reads it."""
    return str(_parser().parse(name, pos_sensitive=False, enable_word_segment=False)["brand"])


def jaro_winkler(names: list[str]) -> Ranked:
    """The names most alike by Jaro-Winkler, every name compared; both sides normalised as crmcore does it."""
    bare = [normalise(name) for name in names]

    def ranked(text: str) -> list[tuple[str, float]]:
        found = process.extract(normalise(text), bare, scorer=JaroWinkler.normalized_similarity, limit=TOLD)
        return [(names[place], score) for _, score, place in found]

    return ranked


def jaro_winkler_of(one: str, other: str) -> float:
    """How alike two names are by Jaro-Winkler."""
    return JaroWinkler.normalized_similarity(normalise(one), normalise(other))


def cleaned_ratio(names: list[str]) -> Ranked:
    """The names most alike by WRatio once cleanco has stripped their forms."""
    bare = [cleanco.basename(name).casefold() for name in names]

    def ranked(text: str) -> list[tuple[str, float]]:
        query = cleanco.basename(text).casefold()
        return [
            (names[place], score) for _, score, place in process.extract(query, bare, scorer=fuzz.WRatio, limit=TOLD)
        ]

    return ranked
