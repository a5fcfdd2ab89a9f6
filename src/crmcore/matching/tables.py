"""The tables that come with the package (``data/``), each read when it is first needed, and once.

They are part of the package as its code is, and as unchanging; ``data/README.md`` names the source and the licence of
each.
"""

from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Final

#: Bits of a character that no brand of the table has.
UNSEEN: Final = 20


@cache
def _lines(name: str) -> tuple[str, ...]:
    text = files("crmcore.matching").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


@cache
def simplified() -> dict[int, int]:
    """The simplified character for each traditional one, by code points."""
    pairs = chain.from_iterable(line.split() for line in _lines("simplified"))
    return {ord(pair[0]): ord(pair[1]) for pair in pairs}


@cache
def divisions() -> tuple[tuple[str, str], ...]:
    """Code (GB/T 2260) and full name of each administrative division of China."""
    return tuple((line[:6], line[7:]) for line in _lines("divisions"))


@cache
def trades() -> frozenset[str]:
    """Words that tell an enterprise's trade."""
    return frozenset(chain.from_iterable(line.split() for line in _lines("trades")))


@cache
def bits() -> dict[str, int]:
    """How rare a character is in brands: the negative binary logarithm of its share."""
    rows = (line.split() for line in _lines("characters"))
    return {character: int(level) for level, characters in rows for character in characters}


@cache
def syllables() -> dict[str, str]:
    """How a character is read, in pinyin without tones; of several readings the commonest."""
    rows = (line.split() for line in _lines("homophones"))
    return {character: syllable for syllable, characters in rows for character in characters}
