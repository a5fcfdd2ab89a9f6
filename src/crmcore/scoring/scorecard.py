"""Scorecards: bins worth whole points, fitted so that points are log-odds on a scale of their own."""

from collections.abc import Mapping, Sequence
from math import fsum, log
from operator import add
from typing import Final, NamedTuple

from crmcore.scoring.bins import Binning, binning
from crmcore.scoring.cases import FOLDS, folds
from crmcore.scoring.logistic import fit_logit, sigmoid
from crmcore.scoring.values import Value

#: Points that double the odds.
DOUBLE: Final = 20
POINTS_PER_LOGIT: Final = DOUBLE / log(2)
RIDGE: Final = 1.0

Columns = Mapping[str, Sequence[Value]]


class Scorecard(NamedTuple):
    """Bins worth whole points for each factor, and the log-odds of a case without any points."""

    binnings: Mapping[str, Binning]
    offset: float

    def raw(self, columns: Columns, n: int) -> list[float]:
        """The sum of points of each of ``n`` cases."""
        totals = [0.0] * n
        for key, each in self.binnings.items():
            totals = list(map(add, totals, each.encoded(columns[key])))
        return totals


def scorecard(columns: Columns, outcomes: Sequence[bool], ridge: float = RIDGE) -> Scorecard:
    """Bin each column, weigh the bins by a ridge regression, and round to whole points.

    A factor that would count against its own evidence repeats what others say better; it is left out, one at a time.
    """
    found = {key: binning(values, outcomes) for key, values in columns.items()}
    binnings = {key: each for key, each in found.items() if each is not None}
    slopes: tuple[float, ...] = ()
    while binnings:
        columns_of = [each.encoded(columns[key]) for key, each in binnings.items()]
        slopes = fit_logit(columns_of, outcomes, ridge).slopes
        if min(slopes) > 0:
            break
        binnings = {key: each for (key, each), slope in zip(binnings.items(), slopes, strict=True) if slope > 0}
    weighed = {key: _scaled(each, slope) for (key, each), slope in zip(binnings.items(), slopes, strict=True)}
    refined = refine(weighed, columns, outcomes, ridge)
    pointed = {key: _pointed(each) for key, each in refined.items()}
    card = Scorecard({key: each for key, each in pointed.items() if any(each.all_worth)}, 0.0)
    return card._replace(offset=_offset(card.raw(columns, len(outcomes)), outcomes))


def _logit(outcomes: Sequence[bool]) -> float:
    positives = sum(outcomes)
    return log(positives / (len(outcomes) - positives))


def _scaled(binning: Binning, factor: float) -> Binning:
    return binning.with_worth([factor * worth for worth in binning.all_worth])


def _pointed(binning: Binning) -> Binning:
    """The bins with whole points in place of log-odds."""
    return binning.with_worth([float(round(POINTS_PER_LOGIT * worth)) for worth in binning.all_worth])


def refine(
    binnings: Mapping[str, Binning], columns: Columns, outcomes: Sequence[bool], ridge: float
) -> dict[str, Binning]:
    """Let each bin move away from its weight of evidence as far as the other factors leave it something to say.

    One Newton step after the other for each bin of each factor; the ridge pulls each bin back to where it started.
    """
    places = {key: each.placed(columns[key]) for key, each in binnings.items()}
    start = {key: each.all_worth for key, each in binnings.items()}
    worth = {key: list(each) for key, each in start.items()}
    logits = [0.0] * len(outcomes)
    for key, bins in places.items():
        logits = [logit + worth[key][place] for logit, place in zip(logits, bins, strict=True)]
    for _ in range(_SWEEPS):
        offset = _offset_of(logits, outcomes)
        for key, bins in places.items():
            steps = _steps(bins, [offset + logit for logit in logits], outcomes, worth[key], start[key], ridge)
            worth[key] = [now + step for now, step in zip(worth[key], steps, strict=True)]
            logits = [logit + steps[place] for logit, place in zip(logits, bins, strict=True)]
    return {key: each.with_worth(worth[key]) for key, each in binnings.items()}


_SWEEPS: Final = 10


def _steps(
    bins: Sequence[int],
    logits: Sequence[float],
    outcomes: Sequence[bool],
    worth: Sequence[float],
    start: Sequence[float],
    ridge: float,
) -> list[float]:
    """The Newton step of each bin of one factor."""
    pull = [ridge * (origin - now) for origin, now in zip(start, worth, strict=True)]
    curve = [ridge] * len(worth)
    for place, logit, outcome in zip(bins, logits, outcomes, strict=True):
        chance = sigmoid(logit)
        pull[place] += outcome - chance
        curve[place] += chance * (1 - chance)
    return [slope / bend for slope, bend in zip(pull, curve, strict=True)]


def _offset(raw: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The log-odds without points at which as many outcomes are expected as there were."""
    return _offset_of([score / POINTS_PER_LOGIT for score in raw], outcomes)


def _offset_of(logits: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The same for log-odds, by Newton's method."""
    offset = _logit(outcomes) - fsum(logits) / len(logits)
    for _ in range(_STEPS):
        chances = [sigmoid(offset + logit) for logit in logits]
        slope = fsum(chance * (1 - chance) for chance in chances)
        step = (sum(outcomes) - fsum(chances)) / slope if slope else 0.0
        offset += max(-1.0, min(1.0, step))
        if abs(step) < _EXACT:
            break
    return offset


_STEPS: Final = 50
_EXACT: Final = 1e-9


def cross_validated(columns: Columns, outcomes: Sequence[bool], ridge: float) -> list[float]:
    """Log-odds for each case by a scorecard that was fitted on the other folds: bins, weights and all."""
    parted = folds(outcomes)
    logits = [0.0] * len(outcomes)
    for fold in range(FOLDS):
        seen, held = ([place for place, part in enumerate(parted) if (part == fold) is out] for out in (False, True))
        card = scorecard(_taken(columns, seen), [outcomes[place] for place in seen], ridge)
        raw = card.raw(_taken(columns, held), len(held))
        for place, score in zip(held, raw, strict=True):
            logits[place] = card.offset + score / POINTS_PER_LOGIT
    return logits


def _taken(columns: Columns, places: Sequence[int]) -> Columns:
    return {key: [values[place] for place in places] for key, values in columns.items()}
