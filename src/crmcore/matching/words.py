"""How alike the words of two names are, in Latin and other alphabets."""

from functools import lru_cache
from typing import Final

from crmcore.matching.distance import edits

#: Words that many companies have in their names weigh little.
_COMMON: Final = frozenset(
    "international global world group holdings holding services service trading trade traders consulting "
    "consultants consultancy management investments investment investors properties property developments "
    "development estates enterprises enterprise industries industrial industry engineering engineers technology "
    "technologies tech systems solutions software media design marketing communications finance financial capital "
    "partners partnership associates ventures resources energy products supplies supply stores shop construction "
    "builders building logistics transport shipping marine aviation leasing travel insurance trust trustees "
    "nominees secretaries fund funds asset assets limited company corporation north south east west new first uk "
    "isle man islands europe european asia china american british english overseas offshore general national".split()
)
_LIGHT: Final = 0.4
_HEAVY: Final = 1.0
_SHORT_WORD: Final = 0.7
_SHORT: Final = 3
_LEAST_FOR_EDIT: Final = 4
_LEAST_FOR_TWO: Final = 9
_ONE_EDIT: Final = 0.85
_TWO_EDITS: Final = 0.7
_BEGINNING: Final = 0.8
_TOGETHER: Final = 0.97


def alike(one: str, other: str) -> float:
    """How alike two names are by their words, from 0 to 1; the order of words counts little."""
    if one == other:
        return 1.0
    left, right = one.split(), other.split()
    if not left or not right:
        return 0.0
    if "".join(left) == "".join(right) or sorted(left) == sorted(right):
        return _TOGETHER
    total = sum(map(_weight, left)) + sum(map(_weight, right))
    return max(_found(left, right) / total, _TOGETHER * _run_together(one, other))


def _found(left: list[str], right: list[str]) -> float:
    """The weight of the words that are found on the other side, closest pairs first, each word once."""
    pairs = sorted(
        ((close, i, j) for i, a in enumerate(left) for j, b in enumerate(right) if (close := _close(a, b))),
        key=lambda pair: (-pair[0], pair[1] + pair[2], pair[1], pair[2]),
    )
    used_left: set[int] = set()
    used_right: set[int] = set()
    weight = 0.0
    for close, i, j in pairs:
        if i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            weight += close * (_weight(left[i]) + _weight(right[j]))
    return weight


def _run_together(one: str, other: str) -> float:
    """How alike two names are as one word each: spaces are slips, too."""
    return _close(one.replace(" ", ""), other.replace(" ", ""))


@lru_cache(maxsize=8192)
def _close(one: str, other: str) -> float:
    """How alike two words are, from 0 to 1."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) >= _LEAST_FOR_EDIT:
        distance = edits(short, long, 2)
        if distance == 1:
            return _ONE_EDIT
        if distance == 2 and len(short) >= _LEAST_FOR_TWO:  # noqa: PLR2004 — two edits are two
            return _TWO_EDITS
    return _BEGINNING * len(short) / len(long) if len(short) >= _SHORT and long.startswith(short) else 0.0


def _weight(word: str) -> float:
    """How much a word says of who a company is."""
    if word in _COMMON:
        return _LIGHT
    return _SHORT_WORD if len(word) <= _SHORT else _HEAVY
