"""Figures against definitions worked out the long way, and published ones."""

import math
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.scoring.logistic import Logit, _descended, fit_logit, sigmoid, solved
from crmcore.scoring.statistics import (
    auc,
    auc_interval,
    calibration,
    calibration_error,
    lift,
    midranks,
    share_caught,
)

cases = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=12).filter(
    lambda drawn: len({outcome for _, outcome in drawn}) == 2
)


def apart(drawn):
    """Scores and outcomes."""
    return [float(score) for score, _ in drawn], [outcome for _, outcome in drawn]


class TestAuc:
    """The area under the curve."""

    @given(cases)
    def test_it_is_the_share_of_pairs_in_the_right_order(self, drawn):
        """Of all pairs with one of each outcome, those in order, ties counting half."""
        scores, outcomes = apart(drawn)
        good = [score for score, outcome in drawn if outcome]
        bad = [score for score, outcome in drawn if not outcome]
        pairs = [(one > other) + (one == other) / 2 for one, other in product(good, bad)]

        assert pytest.approx(sum(pairs) / len(pairs)) == auc(scores, outcomes)

    @pytest.mark.parametrize("outcomes", [[], [True], [False, False]])
    def test_it_needs_both_outcomes(self, outcomes):
        """With one class there is nothing to tell apart."""
        assert auc([1.0] * len(outcomes), outcomes) is None
        assert auc_interval([1.0] * len(outcomes), outcomes) is None

    def test_an_interval_needs_two_of_each(self):
        """One case has no variance."""
        assert auc_interval([1, 2, 3], [True, False, False]) is None

    def test_the_interval_is_delongs(self):
        """Against the variance worked out pair by pair."""
        rng = random.Random(7)
        outcomes = [rng.random() < 0.4 for _ in range(60)]
        scores = [round(rng.gauss(outcome, 1), 1) for outcome in outcomes]
        good = [score for score, outcome in zip(scores, outcomes, strict=True) if outcome]
        bad = [score for score, outcome in zip(scores, outcomes, strict=True) if not outcome]

        def beats(one, other):
            return (one > other) + (one == other) / 2

        def variance(parts):
            mean = sum(parts) / len(parts)
            return sum((part - mean) ** 2 for part in parts) / (len(parts) - 1) / len(parts)

        rows = [sum(beats(one, other) for other in bad) / len(bad) for one in good]
        columns = [sum(beats(one, other) for one in good) / len(good) for other in bad]
        reach = 1.959963984540054 * math.sqrt(variance(rows) + variance(columns))
        found = auc_interval(scores, outcomes)

        assert found is not None
        assert pytest.approx((found.value - reach, found.value + reach)) == (found.low, found.high)

    def test_a_perfect_score_has_an_interval_of_one_point(self):
        """The interval stays within 0 and 1."""
        assert (1.0, 1.0, 1.0) == auc_interval([1, 2, 3, 4], [False, False, True, True])

    def test_ties_share_their_ranks(self):
        """Two that tie for the first place are at one and a half."""
        assert [1.5, 4.0, 1.5, 3.0] == midranks([5, 9, 5, 7])


class TestCalibration:
    """Predictions against what came."""

    def test_bins_are_of_about_equal_size(self):
        """From the lowest prediction to the highest."""
        bins = calibration([place / 100 for place in range(100)], [place % 2 == 0 for place in range(100)], 4)

        assert [25, 25, 25, 25] == [one.n for one in bins]
        assert [0.12, 0.37, 0.62, 0.87] == [round(one.predicted, 9) for one in bins]

    def test_equal_predictions_stay_together(self):
        """However many there are."""
        bins = calibration([0.2] * 5 + [0.8] * 5, [True] + [False] * 4 + [True] * 4 + [False], 10)

        assert [(5, 0.2, 0.2), (5, 0.8, 0.8)] == [(n, round(guess, 9), seen) for n, guess, seen in bins]
        assert pytest.approx(0) == calibration_error(bins)

    def test_the_error_is_weighted_by_size(self):
        """Three quarters off by 0.2, a quarter by 0.4."""
        bins = calibration([0.2] * 6 + [0.9] * 2, [False] * 6 + [True, False], 2)

        assert pytest.approx(0.75 * 0.2 + 0.25 * 0.4) == calibration_error(bins)

    def test_nobody_is_predicted_without_error(self):
        """No cases, no error."""
        assert 0.0 == calibration_error(calibration([], []))


class TestLift:
    """How much of the outcome is at the top."""

    def test_the_top_holds_more_than_its_share(self):
        """The best tenth of ten cases is one; it has the outcome that one in five has."""
        scores = [float(place) for place in range(10)]
        outcomes = [False] * 8 + [True, True]

        assert pytest.approx(0.5) == share_caught(scores, outcomes, 0.1)
        assert pytest.approx(5) == lift(scores, outcomes, 0.1)
        assert pytest.approx(1) == lift(scores, outcomes, 1)

    def test_ties_at_the_border_count_in_part(self):
        """All equal: the top half holds half."""
        assert pytest.approx(0.5) == share_caught([1.0] * 4, [True, False, True, False], 0.5)

    def test_without_outcomes_nothing_is_caught(self):
        """There is nothing to catch."""
        assert 0.0 == share_caught([1.0, 2.0], [False, False], 0.5)


def fit_logit_freely() -> float:
    """The slope of the same model with all the steps it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crmcore.scoring.logistic.MOST_STEPS", 60)
        return fit_logit([[float(place) for place in range(10)]], [place > 4 for place in range(10)]).slopes[0]


class TestLogistic:
    """The regression against what is known of its optimum."""

    def test_at_the_optimum_nothing_pulls(self):
        """Residuals are orthogonal to the columns, but for the pull of the ridge."""
        rng = random.Random(3)
        columns = [[rng.gauss(0, 1) for _ in range(300)] for _ in range(4)]
        outcomes = [rng.random() < sigmoid(0.3 + columns[0][place] - 2 * columns[1][place]) for place in range(300)]
        model = fit_logit(columns, outcomes, 0.7)

        errors = [outcome - sigmoid(logit) for outcome, logit in zip(outcomes, model.logits(columns, 300), strict=True)]

        assert pytest.approx(0, abs=1e-6) == sum(errors)
        for slope, column in zip(model.slopes, columns, strict=True):
            pull = sum(error * value for error, value in zip(errors, column, strict=True))
            assert pytest.approx(0.7 * slope, abs=1e-5) == pull

    @pytest.mark.parametrize(
        "column", [[0.0] * 10, [float(place) for place in range(10)], [1e6 * (place > 4) for place in range(10)]]
    )
    def test_it_ends_on_hard_data(self, column):
        """Without spread, with outcomes that are told apart perfectly, on a wild scale: a finite model."""
        outcomes = [place > 4 for place in range(10)]
        model = fit_logit([column, column], outcomes)

        assert all(map(math.isfinite, (model.intercept, *model.slopes)))
        assert pytest.approx(model.slopes[0]) == model.slopes[1]

    def test_it_takes_a_bounded_number_of_steps(self, monkeypatch):
        """After the last step allowed it gives what it has."""
        monkeypatch.setattr("crmcore.scoring.logistic.MOST_STEPS", 1)
        model = fit_logit([[float(place) for place in range(10)]], [place > 4 for place in range(10)])

        assert 0 < model.slopes[0] < fit_logit_freely()

    def test_it_never_climbs(self):
        """A step that leads up, however short, is not taken."""
        columns, outcomes = [[1e12, -1e12]], [True, False]
        start = Logit(0.0, (1.0,))
        kept, loss = _descended(start, 0.5, [0.0, 1.0], columns, outcomes, 1.0)

        assert (start, 0.5) == (kept, loss)

    def test_without_columns_it_is_the_base_rate(self):
        """The intercept alone."""
        assert pytest.approx(math.log(3)) == fit_logit([], [True, True, True, False]).intercept

    @pytest.mark.parametrize("logit", [-800.0, -1.0, 0.0, 1.0, 800.0])
    def test_probabilities_never_overflow(self, logit):
        """Far out they are 0 and 1."""
        assert pytest.approx(1) == sigmoid(logit) + sigmoid(-logit)

    def test_a_model_gives_logits(self):
        """Intercept and slopes times columns."""
        assert [3.0, 5.0] == Logit(1.0, (2.0,)).logits([[1.0, 2.0]], 2)

    def test_systems_are_solved(self):
        """Two unknowns, given by the lower triangle."""
        assert pytest.approx([1.0, 2.0]) == solved([[4.0], [1.0, 3.0]], [6.0, 7.0])
