"""What looks too good to be true: factors that may have been written after the outcome."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from crmcore.scoring.bins import FIRST_BINS, as_text
from crmcore.scoring.cases import FOLDS, Case, columns_of, folds
from crmcore.scoring.statistics import auc
from crmcore.scoring.values import Value

#: A single factor that tells outcomes apart better than this is suspected of knowing them.
SUSPICIOUS: Final = 0.9
#: Cases of average rate that each level is thought to hold besides its own.
_PRIOR: Final = 2.0


class Suspect(NamedTuple):
    """A factor that may know the outcome: it alone tells it (``auc``), or it rests on undated fields (``undated``)."""

    factor: str
    reason: Literal["auc", "undated"]
    auc: float | None


def single_auc(values: Sequence[Value], outcomes: Sequence[bool]) -> float | None:
    """How well one factor alone tells outcomes apart, in whatever way its values go with them; None with one class.

    Each value counts by the rate of the outcome among like values in the other folds, so that a column of unique ids
    tells nothing. Numbers are alike in groups of equal size, texts if they are equal; what is lacking is a level too.
    """
    levels = _levels(values)
    parted = folds(outcomes)
    guesses = [0.0] * len(levels)
    for fold in range(FOLDS):
        rates = _rates(levels, outcomes, [part != fold for part in parted])
        base = rates.pop(None)
        for place, part in enumerate(parted):
            if part == fold:
                guesses[place] = rates.get(levels[place], base)
    return auc(guesses, outcomes)


def _levels(values: Sequence[Value]) -> list[object]:
    numbers = sorted(value for value in values if isinstance(value, float))
    edges = sorted({numbers[len(numbers) * step // FIRST_BINS] for step in range(1, FIRST_BINS)}) if numbers else []
    return [bisect_right(edges, value) if isinstance(value, float) else as_text(value) for value in values]


def _rates(levels: Sequence[object], outcomes: Sequence[bool], used: Sequence[bool]) -> dict[object, float]:
    """The rate of the outcome in each level; None stands for all of them together."""
    counts: dict[object, list[int]] = {}
    for level, outcome, use in zip(levels, outcomes, used, strict=True):
        if use:
            count = counts.setdefault(level, [0, 0])
            count[0] += 1
            count[1] += outcome
    n = sum(count for count, _ in counts.values())
    base = sum(positives for _, positives in counts.values()) / n if n else 0.0
    rates: dict[object, float] = {
        level: (positives + _PRIOR * base) / (count + _PRIOR) for level, (count, positives) in counts.items()
    }
    return {**rates, None: base}


def suspects(cases: Sequence[Case], keys: Iterable[str], undated: Iterable[str] = ()) -> tuple[Suspect, ...]:
    """The factors that may know the outcome, with the reason; a factor may stand there for both."""
    outcomes = [case.outcome for case in cases]
    unknown = set(undated)
    found: list[Suspect] = []
    for key, values in columns_of(cases, keys).items():
        value = single_auc(values, outcomes)
        if value is not None and value > SUSPICIOUS:
            found.append(Suspect(key, "auc", value))
        if key in unknown:
            found.append(Suspect(key, "undated", value))
    return tuple(found)
