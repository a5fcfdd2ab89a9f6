"""When two texts are the same text."""

import re
from typing import Final
from unicodedata import category, normalize

# Letters and marks that are never to be seen: fillers and variation selectors.
_FILLERS: Final = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]+"
)


def normalise(name: str) -> str:
    """What is left of a name without width, case, traditional characters, spaces, marks and invisible characters.

    Equal results are the same name (P-02). The result normalised again is itself.
    """
    key = _fold(name)
    while key != (name := _fold(key)):  # dropping a character can bring together what only then combines
        key = name
    return key


def _fold(text: str) -> str:
    folded = _FILLERS.sub("", normalize("NFKC", normalize("NFKC", text).casefold()))
    return "".join(character for character in folded if category(character)[0] not in "CZP")
