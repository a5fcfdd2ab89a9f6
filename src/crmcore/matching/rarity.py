"""How rare a brand is: two companies called 华宇 may well differ, two called 鹓雏 hardly."""

from functools import lru_cache
from typing import Final

from crmcore.matching.tables import UNSEEN, bits

# Bits of a brand that is found everywhere, and of one that hardly anybody else has.
_COMMON: Final = 15.0
_RARE: Final = 27.0


@lru_cache(maxsize=4096)
def rarity(brand: str) -> float:
    """How rare a brand is by its characters, from 0 (everywhere) to 1 (nearly unique)."""
    known = bits()
    total = sum(known.get(character, UNSEEN) for character in brand)
    return min(1.0, max(0.0, (total - _COMMON) / (_RARE - _COMMON)))
