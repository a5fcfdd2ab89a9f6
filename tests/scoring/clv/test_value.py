"""The value of a customer: explained, adding up, and the same for one as for many."""

import math

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.scoring.clv import (
    BGBB,
    BGNBD,
    MBGNBD,
    SBG,
    Amount,
    Chances,
    GammaGamma,
    Purchases,
    Spend,
    Terms,
    lifetime_value,
    lifetime_values,
    per_period,
)
from tests.scoring.clv.samples import purchases, spends

MODEL = BGNBD(0.243, 4.414, 0.793, 2.426)
SPEND = GammaGamma(6.25, 3.74, 15.44)
SEEN = Purchases(2, 30.43, 38.86)
AMOUNT = Amount.of(SPEND, Spend(2, 22.35))
YEAR = Terms(periods=12, margin=0.3, discount=0.01, step=52 / 12)


@pytest.mark.rule("G-04", "G-05")
def test_a_value_says_what_it_follows_from():
    """A value holds its parameters, inputs, horizon, margin and discount, and its flows add up to it."""
    found = lifetime_value(MODEL, SEEN, AMOUNT, YEAR)

    assert (MODEL, SEEN, AMOUNT, YEAR) == (found.model, found.history, found.amount, found.terms)
    assert (SPEND, Spend(2, 22.35)) == (found.amount.model, found.amount.seen)
    assert math.fsum(flow.value for flow in found.flows) == found.value
    assert list(range(1, 13)) == [flow.period for flow in found.flows]


@pytest.mark.rule("G-04")
def test_a_value_by_hand():
    """Each flow is purchases × mean amount × margin × 1.01^-k, with the purchases between one horizon and the next."""
    found = lifetime_value(MODEL, SEEN, AMOUNT, YEAR)
    totals = [MODEL.expected(SEEN, 52 / 12 * k) for k in range(13)]
    flows = [(totals[k] - totals[k - 1]) * AMOUNT.mean * 0.3 / 1.01**k for k in range(1, 13)]

    assert pytest.approx(flows, rel=1e-9) == [flow.value for flow in found.flows]
    assert pytest.approx(MODEL.expected(SEEN, 52.0), rel=1e-12) == found.purchases


@pytest.mark.parametrize("model", [MODEL, MBGNBD(0.525, 6.183, 0.891, 1.614)], ids=["bg-nbd", "mbg-nbd"])
def test_many_are_as_one(model):
    """Values of many customers are those of each, to the last digit."""
    customers = [(row, Amount.of(SPEND, spend)) for row, spend in zip(purchases(), spends(), strict=True)]

    assert [lifetime_value(model, *pair, YEAR).value for pair in customers] == lifetime_values(model, customers, YEAR)


@given(margin=st.floats(0.0, 1.0), discount=st.floats(0.0, 2.0), periods=st.integers(1, 36))
def test_what_makes_a_customer_worth_less(margin, discount, periods):
    """A value is never below 0, grows with the horizon, and shrinks with the discount."""
    terms = Terms(periods, margin, discount, step=4.0)
    value, longer, undiscounted = (
        lifetime_value(MODEL, SEEN, AMOUNT, other).value
        for other in (terms, attrs.evolve(terms, periods=periods + 1), attrs.evolve(terms, discount=0.0))
    )

    assert 0.0 <= value <= longer * (1 + 1e-12)
    assert value <= undiscounted * (1 + 1e-12)


def test_a_contract():
    """Under contract the price is known, and renewals are the purchases: over a long horizon, the residual lifetime."""
    model = SBG(0.668, 3.806)
    found = lifetime_value(model, 2, Amount(100.0), Terms(2000, 0.5, 0.1))

    assert pytest.approx(50.0 * model.residual(2, 0.1) / 1.1, rel=1e-9) == found.value
    assert (2, Amount(100.0, None, None)) == (found.history, found.amount)


def test_chances():
    """Where customers have chances to buy, each is a period."""
    model, row = BGBB(1.204, 0.750, 0.657, 2.783), Chances(6, 6, 6)
    found = lifetime_value(model, row, Amount(50.0), Terms(5, 1.0))

    assert pytest.approx(model.expected(row, 5) * 50.0, rel=1e-12) == found.value


def test_per_period():
    """A year's discount is that of its periods compounded."""
    weekly = per_period(0.15, 52)

    assert pytest.approx(0.15, rel=1e-12) == (1 + weekly) ** 52 - 1
    assert pytest.approx(0.0027, abs=0.0001) == weekly


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"periods": 0}, "periods"),
        ({"periods": 1.5}, "periods"),
        ({"periods": 10_001}, "periods"),
        ({"margin": 1.1}, "margin"),
        ({"margin": -0.1}, "margin"),
        ({"discount": -0.01}, "discount"),
        ({"discount": math.nan}, "discount"),
        ({"step": 0.0}, "step"),
    ],
)
def test_terms_that_cannot_be(arguments, path):
    """Terms at fault are refused and name what is wrong."""
    with pytest.raises(Invalid) as refused:
        Terms(**{"periods": 12, "margin": 0.3, **arguments})

    assert [path] == [fault.path for fault in refused.value.faults]


@pytest.mark.parametrize("amount", [Amount(math.inf), Amount(-1.0), Amount(math.nan)])
def test_amounts_that_cannot_be(amount):
    """An infinite mean amount makes no value, and says so."""
    for call in (
        lambda: lifetime_value(MODEL, SEEN, amount, YEAR),
        lambda: lifetime_values(MODEL, [(SEEN, amount)], YEAR),
    ):
        with pytest.raises(Invalid) as refused:
            call()

        assert ["amount.mean"] == [fault.path for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("yearly", "periods", "path"), [(-0.1, 12, "yearly"), (1e9, 12, "yearly"), (0.1, 0, "periods_a_year")]
)
def test_rates_that_cannot_be(yearly, periods, path):
    """A rate at fault is refused and names what is wrong."""
    with pytest.raises(Invalid) as refused:
        per_period(yearly, periods)

    assert [path] == [fault.path for fault in refused.value.faults]
