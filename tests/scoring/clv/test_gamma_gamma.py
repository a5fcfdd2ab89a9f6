"""Gamma-Gamma against a referee, and what it does at its edges."""

import math
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.scoring.clv import GammaGamma, Spend, correlation
from tests.scoring.clv.samples import expected, found, spends

#: Fader and Hardie (2013), on the CDNOW data.
PUBLISHED = GammaGamma(6.25, 3.74, 15.44)
AMOUNTS = st.floats(0.01, 1e6)


@pytest.mark.rule("G-04")
def test_fit_is_the_referees():
    """On the sample the fit finds the parameters and the likelihood that another program found by another way."""
    fit = GammaGamma.fit(spends())
    figures = expected()["gamma-gamma"]

    assert ("converged", ()) == (fit.status, fit.limits)
    assert pytest.approx(figures["parameters"], rel=1e-4) == attrs.astuple(found(fit))
    assert pytest.approx(figures["log_likelihood"], abs=1e-6) == fit.log_likelihood


def test_who_tells_nothing_of_amounts():
    """Customers without repeat purchases, and purchases that cost nothing, are left out of fit and count."""
    rows = spends()
    told = [row for row in rows if row.frequency]

    assert len(told) == GammaGamma.fit(rows).n
    assert GammaGamma.fit(told) == GammaGamma.fit([*rows, Spend(3, 0.0)])


def test_the_mean_of_all():
    """The mean amount over all customers is p gamma / (q - 1)."""
    assert pytest.approx(6.25 * 15.44 / 2.74) == PUBLISHED.mean
    assert PUBLISHED.mean == PUBLISHED.expected(Spend(0, 0.0))


def test_one_customers_mean_by_hand():
    """A customer's mean is a weighted one of what was seen and the mean of all, the weights p x and q - 1."""
    seen = Spend(2, 22.35)
    weight = 6.25 * 2 / (6.25 * 2 + 2.74)

    assert pytest.approx(weight * 22.35 + (1 - weight) * PUBLISHED.mean) == PUBLISHED.expected(seen)


@given(frequency=st.integers(1, 1000), mean=AMOUNTS)
def test_between_what_was_seen_and_the_mean_of_all(frequency, mean):
    """What is expected of a customer lies between what was seen and the mean of all, nearer with more purchases."""
    low, high = sorted((mean, PUBLISHED.mean))
    nearer = PUBLISHED.expected(Spend(frequency + 1, mean))
    value = PUBLISHED.expected(Spend(frequency, mean))

    assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9)
    assert abs(nearer - mean) <= abs(value - mean) * (1 + 1e-9) + 1e-9


def test_unit_of_money_makes_no_difference():
    """In cents, gamma is a hundred times that in whole units, and the shapes are the same."""
    rows = spends()
    whole, cents = (found(GammaGamma.fit([Spend(x, z * unit) for x, z in rows])) for unit in (1.0, 100.0))

    assert pytest.approx((whole.p, whole.q, 100 * whole.gamma), rel=1e-4) == attrs.astuple(cents)


def test_a_mean_that_is_infinite():
    """Where q is 1 or below, the mean of all is infinite, and so is that of a customer with p x + q ≤ 1."""
    heavy = GammaGamma(0.2, 0.7, 10.0)

    assert math.inf == heavy.mean
    assert math.inf == heavy.expected(Spend(1, 5.0))
    assert pytest.approx(0.2 * (10.0 + 10.0) / 0.1) == heavy.expected(Spend(2, 5.0))


def test_correlation_by_hand():
    """Mean amounts that rise evenly with frequency go with it fully; one-time buyers do not count."""
    rising = [Spend(0, 0.0), Spend(1, 10.0), Spend(2, 20.0), Spend(3, 30.0)]

    assert pytest.approx(1.0) == correlation(rising)
    assert pytest.approx(-1.0) == correlation([Spend(4 - x, z) for x, z in rising[1:]])


@pytest.mark.parametrize("rows", [[], [Spend(0, 0.0)], [Spend(2, 5.0)] * 3], ids=["none", "once", "equal"])
def test_correlation_of_what_does_not_vary(rows):
    """Without variation there is no correlation."""
    assert correlation(rows) is None


def test_decimal_amounts():
    """An exact amount is as good as a float."""
    assert PUBLISHED.expected(Spend(2, 22.5)) == PUBLISHED.expected(Spend(2, Decimal("22.5")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "path", "code"),
    [
        (Spend(-1, 5.0), "frequency", "out-of-range"),
        (Spend(1, -5.0), "mean", "out-of-range"),
        (Spend(1, math.nan), "mean", "out-of-range"),
        (Spend(1, None), "mean", "wrong-type"),  # type: ignore[arg-type]
    ],
)
def test_rows_that_cannot_be(row, path, code):
    """A row at fault is named by index and field."""
    faults = []
    for call in (
        lambda: GammaGamma.fit([row]),
        lambda: correlation([row]),
        lambda: PUBLISHED.expected(row),
    ):
        with pytest.raises(Invalid) as refused:
            call()
        faults.append([(fault.path, fault.code) for fault in refused.value.faults])

    assert [[(f"spends[0].{path}", code)]] * 2 + [[(f"spend.{path}", code)]] == faults
