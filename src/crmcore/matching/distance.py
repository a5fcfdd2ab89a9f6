"""How far two texts are apart: edits, where two neighbours swapped are one edit."""

try:
    from rapidfuzz.distance import OSA
except ImportError:  # pragma: no cover — the extra "fast" is not installed; the same distance in plain Python
    OSA = None  # type: ignore[assignment,misc]


def edits_in_python(one: str, other: str, most: int) -> int:
    """The optimal string alignment distance of two texts; ``most`` + 1 for all above ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            step = min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                step = min(step, last[j - 2] + 1)
            row.append(step)
    return min(row[-1], most + 1)


def edits(one: str, other: str, most: int) -> int:
    """The same, by rapidfuzz where it is installed."""
    if OSA is None:  # pragma: no cover — as above
        return edits_in_python(one, other, most)
    return OSA.distance(one, other, score_cutoff=most)


def common_length(one: str, other: str) -> int:
    """The length of the longest common subsequence of two short texts."""
    row = [0] * (len(other) + 1)
    for left in one:
        diagonal = 0
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], diagonal + 1 if left == right else max(row[j], row[j - 1])
    return row[-1]
