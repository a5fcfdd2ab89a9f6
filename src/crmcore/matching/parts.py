"""The parts of an enterprise's name."""

import re
from functools import lru_cache
from typing import Final, Literal

from attrs import field, frozen

from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import maker, quick
from crmcore.matching.chinese import read_chinese
from crmcore.matching.latin import read_latin
from crmcore.matching.text import normalise, readable

Script = Literal["chinese", "latin", "other"]

_BETWEEN: Final = "\x1f"
_BETWEEN_AREAS: Final = ","


@quick
@frozen(weakref_slot=False)
class NameParts:
    """A name taken apart; what it does not have is empty. All texts are normalised.

    ``areas`` are the codes (GB/T 2260) of the divisions that the region may mean, the likeliest first. The words of a
    ``brand`` in Latin script are separated by single spaces.
    """

    full: str = field(repr=False, metadata=PERSONAL)
    region: str = ""
    brand: str = field(default="", repr=False, metadata=PERSONAL)
    trade: str = field(default="", repr=False, metadata=PERSONAL)
    form: str = ""
    branch: str = field(default="", repr=False, metadata=PERSONAL)
    script: Script = "other"
    areas: tuple[str, ...] = ()

    @property
    def core(self) -> str:
        """Brand and trade: what a name is without its region, form and branch."""
        return self.brand + self.trade

    @property
    def packed(self) -> str:
        """All parts as one text, to be stored beside the record's keys; ``unpacked`` reads it."""
        return _BETWEEN.join(
            (self.full, self.region, self.brand, self.trade, self.form, self.branch, self.script,
             _BETWEEN_AREAS.join(self.areas))
        )  # fmt: skip

    @staticmethod
    def unpacked(text: str) -> "NameParts":
        """The parts that ``packed`` wrote."""
        full, region, brand, trade, form, branch, script, areas = text.split(_BETWEEN)
        codes = tuple(areas.split(_BETWEEN_AREAS)) if areas else ()
        return _made(full, region, brand, trade, form, branch, script, codes)  # type: ignore[arg-type]


_made: Final = maker(NameParts)
_LATIN: Final = re.compile(r"[a-z]")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
#: The parts of no name at all.
NOBODY: Final = NameParts("")


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _CHINESE.search(text) is not None


@lru_cache(maxsize=16)
def parse(name: str) -> NameParts:
    """The parts of an enterprise's name, in whatever script.

    The last few are remembered, for who registers a name looks it up first.
    """
    text, full = readable(name), normalise(name)
    if is_chinese(full):
        region, brand, trade, form, branch, areas = read_chinese("".join(text.split()))
        return NameParts(full, region, brand, trade, form, branch, "chinese", areas)
    words, form = read_latin(text)
    return NameParts(full, "", words, "", form, "", "latin" if _LATIN.search(full) else "other")
