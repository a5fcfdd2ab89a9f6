"""What scikit-learn's logistic regression makes of cases, fold by fold: the referee of what is fitted."""

from collections.abc import Sequence
from typing import Any

import pytest

from crmcore.scoring import Case
from crmcore.scoring.cases import FOLDS, folds
from crmcore.scoring.values import Value

_FEWEST = 30
_DECILES = 10


def regression(cases: Sequence[Case], names: Sequence[str]) -> list[float]:
    """The log-odds of each case by a regression that has not seen its fold: texts one-hot, numbers in deciles."""
    numpy = pytest.importorskip("numpy")
    linear = pytest.importorskip("sklearn.linear_model")
    matrix = numpy.column_stack(
        [dummy for name in names for dummy in _dummies([case.inputs[name].value for case in cases], numpy)]
    )
    outcomes = [case.outcome for case in cases]
    parted, wanted = numpy.array(folds(outcomes)), numpy.array(outcomes)
    scores = numpy.zeros(len(cases))
    for fold in range(FOLDS):
        seen = parted != fold
        model = linear.LogisticRegression(max_iter=2000).fit(matrix[seen], wanted[seen])
        scores[~seen] = model.decision_function(matrix[~seen])
    found: list[float] = scores.tolist()
    return found


def _dummies(values: Sequence[Value], numpy: Any) -> list[Any]:
    """A column of zeros and ones for each level that enough cases have."""
    numbers = sorted(value for value in values if isinstance(value, float))
    edges = sorted({numbers[len(numbers) * step // _DECILES] for step in range(1, _DECILES)}) if numbers else []
    levels = [f"{sum(edge <= value for edge in edges)}" if isinstance(value, float) else str(value) for value in values]
    found = (numpy.array([one == level for one in levels], dtype=float) for level in sorted(set(levels)))
    return [column for column in found if column.sum() >= _FEWEST]
