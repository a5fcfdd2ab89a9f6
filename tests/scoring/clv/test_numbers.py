"""The special functions against values computed at fifty digits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.scoring.clv.numbers import digamma, discounted_stay, logistic, purchases_until_dropout, rising
from tests.scoring.clv.samples import expected

EXPECTED = expected()
ABOVE = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(("shape", "odds", "a", "b", "value"), EXPECTED["until_dropout"])
def test_purchases_until_dropout(shape, odds, a, b, value):
    """Expected purchases are those of the papers' hypergeometric formula, whichever way they are summed."""
    assert pytest.approx(value, rel=1e-10) == purchases_until_dropout(shape, odds, a, b)


@pytest.mark.parametrize(("factor", "a", "b", "value"), EXPECTED["stay"])
def test_discounted_stay(factor, a, b, value):
    """The discounted stay is the hypergeometric function of the papers, for factors up to next to 1."""
    assert pytest.approx(value, rel=1e-10) == discounted_stay(factor, a, b)


@pytest.mark.parametrize(("x", "value"), EXPECTED["digamma"])
def test_digamma(x, value):
    """The derivative of the logarithm of the Gamma function is right for small and large arguments."""
    assert pytest.approx(value, rel=1e-13) == digamma(x)


def test_nothing_comes_in_no_time():
    """Over no time no purchase is expected."""
    assert 0.0 == purchases_until_dropout(0.5, 0.0, 0.8, 2.4)


@pytest.mark.parametrize(("a", "b", "mean"), [(3.0, 5.0, 3.5), (1.0, 5.0, math.inf), (0.5, 5.0, math.inf)])
def test_undiscounted_stay(a, b, mean):
    """Without a discount the stay is its mean, which is infinite where too many hardly ever leave."""
    assert mean == discounted_stay(1.0, a, b)


@given(shape=ABOVE, odds=st.floats(0.0, 1e4), a=ABOVE, b=ABOVE)
def test_expectations_stay_in_bounds(shape, odds, a, b):
    """A customer who may leave is expected to buy no more often than one who never does, and not below zero."""
    value = purchases_until_dropout(shape, odds, a, b)

    assert 0.0 <= value <= shape * odds * (1.0 + 1e-9)


def test_the_two_ways_meet(monkeypatch: pytest.MonkeyPatch):
    """The sum and the mean by the trapezoidal rule give the same value where both can."""
    cases = [(0.7, 3.0, 0.8, 2.4), (30.0, 0.5, 1.0, 9.0), (2.0, 8.0, 0.01, 0.5)]
    summed = [purchases_until_dropout(*case) for case in cases]
    monkeypatch.setattr("crmcore.scoring.clv.numbers.MOST_TERMS", 0)

    assert pytest.approx(summed, rel=1e-11) == [purchases_until_dropout(*case) for case in cases]


def test_rising_factorials():
    """Logarithms and slopes are those of the product, over short and long gaps between counts."""
    logs, slopes = rising(2.5, (0, 3, 100))

    assert [0.0, 0.0] == [logs[0], slopes[0]]
    assert pytest.approx(math.log(2.5 * 3.5 * 4.5), rel=1e-14) == logs[1]
    assert pytest.approx(1 / 2.5 + 1 / 3.5 + 1 / 4.5, rel=1e-14) == slopes[1]
    assert pytest.approx(math.lgamma(102.5) - math.lgamma(2.5), rel=1e-13) == logs[2]
    assert pytest.approx(sum(1 / (2.5 + k) for k in range(100)), rel=1e-13) == slopes[2]


@pytest.mark.parametrize(("x", "value"), [(0.0, 0.5), (1000.0, 1.0), (-1000.0, 0.0)])
def test_logistic_never_overflows(x, value):
    """The logistic function takes any number."""
    assert value == logistic(x)
