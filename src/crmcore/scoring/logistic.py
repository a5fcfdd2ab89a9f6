"""Logistic regression with a ridge penalty, by Newton's method in plain Python.

Columns are lists of floats of equal length; the penalty makes the optimum unique and finite, whatever the data.
"""

from collections.abc import Sequence
from math import exp, fsum, log1p, sqrt
from operator import mul
from typing import Final, NamedTuple

Column = Sequence[float]
MOST_STEPS: Final = 60
SMALL: Final = 1e-10
_HALVINGS: Final = 40


class Logit(NamedTuple):
    """A model of log-odds: ``intercept`` + Σ ``slopes`` × columns."""

    intercept: float
    slopes: tuple[float, ...]

    def logits(self, columns: Sequence[Column], n: int) -> list[float]:
        """The log-odds of each of ``n`` cases."""
        totals = [self.intercept] * n
        for slope, column in zip(self.slopes, columns, strict=True):
            totals = [total + slope * value for total, value in zip(totals, column, strict=True)]
        return totals


def sigmoid(logit: float) -> float:
    """The probability that has these log-odds."""
    if logit >= 0:
        return 1 / (1 + exp(-logit))
    odds = exp(logit)
    return odds / (1 + odds)


def _loss_of_one(logit: float, outcome: bool) -> float:  # noqa: FBT001 — (logit, outcome) of one case
    signed = -logit if outcome else logit
    return signed + log1p(exp(-signed)) if signed > 0 else log1p(exp(signed))


def _loss(model: Logit, columns: Sequence[Column], outcomes: Sequence[bool], ridge: float) -> float:
    """Minus the log-likelihood, plus the penalty on the slopes."""
    logits = model.logits(columns, len(outcomes))
    fit = fsum(_loss_of_one(logit, outcome) for logit, outcome in zip(logits, outcomes, strict=True))
    return fit + ridge / 2 * fsum(slope * slope for slope in model.slopes)


def fit_logit(columns: Sequence[Column], outcomes: Sequence[bool], ridge: float = 1.0) -> Logit:
    """The model with the least loss; there must be outcomes of both kinds.

    :param ridge: the penalty on the square of each slope, on the scale of one case's log-likelihood; above 0.
    """
    model = Logit(0.0, (0.0,) * len(columns))
    loss = _loss(model, columns, outcomes, ridge)
    for _ in range(MOST_STEPS):
        step = _newton(model, columns, outcomes, ridge)
        model, reached = _descended(model, loss, step, columns, outcomes, ridge)
        if loss - reached <= SMALL * (1 + abs(loss)):
            break
        loss = reached
    return model


def _descended(
    model: Logit, loss: float, step: Column, columns: Sequence[Column], outcomes: Sequence[bool], ridge: float
) -> tuple[Logit, float]:
    """The model one step on with its loss; the step is halved until it does not climb."""
    for halvings in range(_HALVINGS):
        size = 0.5**halvings
        slopes = tuple(slope + size * change for slope, change in zip(model.slopes, step[1:], strict=True))
        tried = Logit(model.intercept + size * step[0], slopes)
        reached = _loss(tried, columns, outcomes, ridge)
        if reached <= loss:
            return tried, reached
    return model, loss


def _newton(model: Logit, columns: Sequence[Column], outcomes: Sequence[bool], ridge: float) -> list[float]:
    """The step to the minimum of the parabola that touches the loss: intercept first, then the slopes."""
    chances = [sigmoid(logit) for logit in model.logits(columns, len(outcomes))]
    errors = [outcome - chance for outcome, chance in zip(outcomes, chances, strict=True)]
    weights = [chance * (1 - chance) for chance in chances]
    gradient = [fsum(errors)]
    gradient += [_dot(errors, column) - ridge * slope for column, slope in zip(columns, model.slopes, strict=True)]
    rows = [[fsum(weights) + SMALL]]
    for place, column in enumerate(columns):
        weighted = list(map(mul, weights, column))
        row = [fsum(weighted), *(_dot(weighted, other) for other in columns[: place + 1])]
        row[-1] += ridge
        rows.append(row)
    return solved(rows, gradient)


def _dot(one: Column, other: Column) -> float:
    return sum(map(mul, one, other), start=0.0)


def solved(lower: Sequence[Sequence[float]], right: Column) -> list[float]:
    """The solution of a symmetric positive definite system, given by the lower triangle of its matrix (Cholesky)."""
    root: list[list[float]] = []
    for i, row in enumerate(lower):
        made: list[float] = []
        for j in range(i):
            made.append((row[j] - _dot(made, root[j])) / root[j][j])
        made.append(sqrt(row[i] - _dot(made, made)))
        root.append(made)
    forward: list[float] = []
    for i, row in enumerate(root):
        forward.append((right[i] - _dot(row[:i], forward)) / row[i])
    result = [0.0] * len(root)
    for i in reversed(range(len(root))):
        below = fsum(root[j][i] * result[j] for j in range(i + 1, len(root)))
        result[i] = (forward[i] - below) / root[i][i]
    return result
