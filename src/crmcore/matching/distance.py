"""How far two texts are apart: edits, where two neighbours swapped are one edit, and what they have in common.

The extra ``fast`` (rapidfuzz) gives the same answers sooner; a test compares the two.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def edits_in_python(one: str, other: str, most: int) -> int:
    """The optimal string alignment distance of two texts; ``most`` + 1 for all above ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    last: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, row = row, [i]
        for j, right in enumerate(other, 1):
            step = min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                step = min(step, last[j - 2] + 1)
            row.append(step)
        last = before
    return min(row[-1], most + 1)


def common_length_in_python(one: str, other: str) -> int:
    """The length of the longest common subsequence of two texts."""
    row = [0] * (len(other) + 1)
    for left in one:
        diagonal = 0
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], diagonal + 1 if left == right else max(row[j], row[j - 1])
    return row[-1]


def choose(name: str) -> tuple[Callable[[str, str, int], int], Callable[[str, str], int]]:
    """The two functions by the module of a library, or in Python where it is not installed."""
    try:
        library: Any = import_module(name)
    except ImportError:
        return edits_in_python, common_length_in_python
    distance = library.OSA.distance
    return lambda one, other, most: distance(one, other, score_cutoff=most), library.LCSseq.similarity


_edits, _common_length = choose("rapidfuzz.distance")
edits: Callable[[str, str, int], int] = _edits
common_length: Callable[[str, str], int] = _common_length
