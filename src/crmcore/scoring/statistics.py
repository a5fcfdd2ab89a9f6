"""How well a score tells those with an outcome from those without: the usual figures, in plain Python.

Outcomes are booleans, scores any numbers; a higher score is to mean that the outcome is likelier.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import fsum, sqrt
from typing import Final, NamedTuple

#: Standard errors to each side of an estimate that make an interval of 95 %.
NORMAL_95: Final = 1.959963984540054
#: Groups of equal size in which predictions and outcomes are compared.
CALIBRATION_BINS: Final = 10
#: A variance needs two values at least.
_FEWEST: Final = 2


class Interval(NamedTuple):
    """An estimate with its interval of 95 %."""

    value: float
    low: float
    high: float


def midranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1; those that are equal share the mean of their ranks."""
    ranks = [0.0] * len(values)
    start = 0
    for _, tied in groupby(sorted(range(len(values)), key=values.__getitem__), key=values.__getitem__):
        places = list(tied)
        for place in places:
            ranks[place] = start + (len(places) + 1) / 2
        start += len(places)
    return ranks


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """The chance that one with the outcome scores higher than one without, a tie counting half; None with one class."""
    positives = sum(outcomes)
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return None
    ranked = fsum(rank for rank, outcome in zip(midranks(scores), outcomes, strict=True) if outcome)
    return (ranked - positives * (positives + 1) / 2) / (positives * negatives)


def auc_interval(scores: Sequence[float], outcomes: Sequence[bool]) -> Interval | None:
    """The AUC with its interval by DeLong's variance; None with fewer than two of a class."""
    with_it, without = (
        [score for score, outcome in zip(scores, outcomes, strict=True) if bool(outcome) is wanted]
        for wanted in (True, False)
    )
    value = auc(scores, outcomes)
    if value is None or min(len(with_it), len(without)) < _FEWEST:
        return None
    ranks = midranks([*with_it, *without])
    above = _shares(ranks[: len(with_it)], midranks(with_it), len(without))
    below = _shares(ranks[len(with_it) :], midranks(without), len(with_it))
    reach = NORMAL_95 * sqrt(_variance(above) / len(above) + _variance(below) / len(below))
    return Interval(value, max(0.0, value - reach), min(1.0, value + reach))


def _shares(among_all: Sequence[float], among_own: Sequence[float], others: int) -> list[float]:
    """For each of a class, the share of the other class that it scores higher than."""
    return [(overall - own) / others for overall, own in zip(among_all, among_own, strict=True)]


def _variance(values: Sequence[float]) -> float:
    mean = fsum(values) / len(values)
    return fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


class CalibrationBin(NamedTuple):
    """Cases of about the same prediction: how many, what was predicted on average, and what share had the outcome."""

    n: int
    predicted: float
    observed: float


def calibration(
    predicted: Sequence[float], outcomes: Sequence[bool], bins: int = CALIBRATION_BINS
) -> tuple[CalibrationBin, ...]:
    """Predictions against outcomes, in groups of about equal size from the lowest prediction to the highest.

    Equal predictions are never parted, so there may be fewer groups than asked for.
    """
    pairs = sorted(zip(predicted, outcomes, strict=True))
    groups: list[list[tuple[float, bool]]] = []
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        if not groups or len(groups[-1]) * bins >= len(pairs):
            groups.append([])
        groups[-1].extend(tied)
    return tuple(_bin(group) for group in groups)


def _bin(group: Sequence[tuple[float, bool]]) -> CalibrationBin:
    n = len(group)
    return CalibrationBin(n, fsum(guess for guess, _ in group) / n, sum(outcome for _, outcome in group) / n)


def calibration_error(bins: Iterable[CalibrationBin]) -> float:
    """How far predictions are off on average, each group weighted by its size."""
    found = list(bins)
    n = sum(one.n for one in found)
    return fsum(one.n * abs(one.predicted - one.observed) for one in found) / n if n else 0.0


def share_caught(scores: Sequence[float], outcomes: Sequence[bool], share: float) -> float:
    """How many of those with the outcome are in the top ``share`` of the scores, as a part of all of them.

    Of those that tie at the border, as many are counted as there is room for, each as the mean of them.
    """
    room, caught = share * len(scores), 0.0
    pairs = sorted(zip(scores, outcomes, strict=True), key=lambda pair: -pair[0])
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        group = [outcome for _, outcome in tied]
        part = min(1.0, room / len(group))
        if part <= 0:
            break
        caught += part * sum(group)
        room -= len(group)
    return caught / (sum(outcomes) or 1)


def lift(scores: Sequence[float], outcomes: Sequence[bool], share: float) -> float:
    """How many times as common the outcome is in the top ``share`` of the scores as it is in all."""
    return share_caught(scores, outcomes, share) / share
