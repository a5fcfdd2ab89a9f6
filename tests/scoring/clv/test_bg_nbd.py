"""BG/NBD and MBG/NBD against their papers, a referee, and what must hold of any fit."""

import math
from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.scoring.clv import BGNBD, MBGNBD, Purchases, Window
from tests.scoring.clv.samples import expected, purchases

EXPECTED = expected()
MODELS = [BGNBD, MBGNBD]
#: Fader, Hardie and Lee (2005), with one more digit.
PUBLISHED = BGNBD(0.2426, 4.4136, 0.7929, 2.4259)
MODIFIED = MBGNBD(0.525, 6.183, 0.891, 1.614)
NAN = float("nan")

TIMES = st.floats(0.0, 1000.0)


@st.composite
def customers(draw):
    """Draw what may have become of a customer."""
    age = draw(TIMES)
    frequency = draw(st.integers(0, 500))
    return Purchases(frequency, draw(st.floats(0.0, age)) if frequency else 0.0, age)


@pytest.mark.rule("G-04")
@pytest.mark.parametrize("model", MODELS)
def test_fit_is_the_referees(model):
    """On the sample the fit finds the parameters and the likelihood that another program found by another way."""
    fit = model.fit(purchases())
    found = EXPECTED[model.name]

    assert ("converged", (), 500, model.name) == (fit.status, fit.limits, fit.n, fit.model)
    assert pytest.approx(found["parameters"], rel=1e-4) == attrs.astuple(fit.parameters)
    assert pytest.approx(found["log_likelihood"], abs=1e-6) == fit.log_likelihood


@pytest.mark.rule("G-04")
@pytest.mark.parametrize("model", MODELS)
def test_expectations_are_the_referees(model):
    """Expected purchases are those of the papers' formulas at fifty digits, from hours to a century."""
    found = EXPECTED[model.name]
    fitted = model(*found["parameters"])

    for row, horizon, value in found["expected"]:
        assert pytest.approx(value, rel=1e-9) == fitted.expected(Purchases(*row), horizon)


@pytest.mark.rule("G-04")
def test_the_papers_customer():
    """The paper expects 1.226 purchases in 39 weeks of a customer with x = 2, t_x = 30.43 and T = 38.86."""
    assert pytest.approx(1.226, abs=0.001) == PUBLISHED.expected(Purchases(2, 30.43, 38.86), 39.0)


@pytest.mark.parametrize(
    ("weeks", "value"),
    [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)],
)
def test_new_customers_of_the_authors_spreadsheet(weeks, value):
    """The authors' spreadsheet expects so many repeat purchases of a new customer of the CDNOW data."""
    assert pytest.approx(value, abs=0.001) == PUBLISHED.expected_new(weeks)


def test_a_new_customer_is_one_just_seen():
    """What is expected of a new customer is what is expected of one whose clock has just started."""
    assert PUBLISHED.expected_new(52.0) == PUBLISHED.expected(Purchases(0, 0.0, 0.0), 52.0)
    assert pytest.approx(MODIFIED.expected_new(52.0), rel=1e-12) == MODIFIED.expected(Purchases(0, 0.0, 0.0), 52.0)


def test_nobody_leaves_at_the_first_purchase():
    """In BG/NBD a customer who bought once is active for certain, in MBG/NBD less so by the week."""
    silent = [Purchases(0, 0.0, age) for age in (1.0, 10.0, 500.0)]

    assert [1.0, 1.0, 1.0] == [PUBLISHED.p_alive(row) for row in silent]
    assert sorted((MODIFIED.p_alive(row) for row in silent), reverse=True) == [MODIFIED.p_alive(row) for row in silent]
    assert MODIFIED.p_alive(silent[-1]) < 0.2


def test_p_alive_by_hand():
    """The odds of having left are a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x), and a / (b + x) in MBG/NBD."""
    row = Purchases(2, 30.43, 38.86)
    left = 0.7929 / 3.4259 * ((4.4136 + 38.86) / (4.4136 + 30.43)) ** 2.2426
    left_modified = 0.891 / 3.614 * ((6.183 + 38.86) / (6.183 + 30.43)) ** 2.525

    assert pytest.approx(1 / (1 + left), rel=1e-12) == PUBLISHED.p_alive(row)
    assert pytest.approx(1 / (1 + left_modified), rel=1e-12) == MODIFIED.p_alive(row)


@pytest.mark.parametrize("model", [PUBLISHED, MODIFIED], ids=["bg-nbd", "mbg-nbd"])
def test_many_are_as_one(model):
    """Predictions for many customers are those for each, to the last digit."""
    rows = purchases()

    assert [model.expected(row, 26.0) for row in rows] == model.predict_many(rows, 26.0)


@pytest.mark.parametrize("model", [PUBLISHED, MODIFIED], ids=["bg-nbd", "mbg-nbd"])
@given(row=customers(), horizon=TIMES)
def test_predictions_stay_in_bounds(model, row, horizon):
    """A probability lies between 0 and 1, an expectation between 0 and that of a customer who never leaves."""
    expected_purchases = model.expected(row, horizon)

    assert 0.0 <= model.p_alive(row) <= 1.0
    assert 0.0 <= expected_purchases <= (model.r + row.frequency) * horizon / (model.alpha + row.age) * (1 + 1e-9)


@pytest.mark.parametrize("model", [PUBLISHED, MODIFIED], ids=["bg-nbd", "mbg-nbd"])
@given(row=customers(), periods=st.integers(1, 24), step=st.floats(0.1, 10.0))
def test_forecasts_add_up(model, row, periods, step):
    """The periods of a forecast add up to what is expected over all of them."""
    total = math.fsum(model.forecast(periods, step)(row))

    assert pytest.approx(model.expected(row, periods * step), rel=1e-9, abs=1e-12) == total


@pytest.mark.parametrize("model", MODELS)
def test_order_and_unit_of_time_make_no_difference(model):
    """Customers in another order give the same fit to the last digit; days instead of weeks, alpha times seven."""
    rows = purchases()
    fit = model.fit(rows)
    by_day = model.fit([Purchases(x, recency * 7, age * 7) for x, recency, age in rows]).parameters

    assert fit == model.fit(sorted(rows))
    assert pytest.approx(attrs.astuple(attrs.evolve(fit.parameters, alpha=fit.parameters.alpha * 7)), rel=1e-4) == (
        attrs.astuple(by_day)
    )


def test_the_fit_keeps_the_window():
    """Where the data comes from stands beside what was found in it."""
    window = Window(date(2026, 1, 1), date(2026, 9, 30))

    assert window == BGNBD.fit(purchases(), window=window).window
    assert window == BGNBD.fit([], window=window).window


def test_too_few_who_bought_again():
    """With fewer repeat buyers than asked for nothing is fitted."""
    rows = [Purchases(1, 3.0, 9.0)] * 9 + [Purchases(0, 0.0, 9.0)] * 50
    fit = BGNBD.fit(rows)

    assert ("too-little-data", None, None, 59) == (fit.status, fit.parameters, fit.log_likelihood, fit.n)
    assert "too-little-data" != BGNBD.fit(rows, least=9).status


FAULTS = [
    (Purchases(-1, 0.0, 5.0), "frequency", "out-of-range"),
    (Purchases(1.0, 1.0, 5.0), "frequency", "wrong-type"),  # type: ignore[arg-type]
    (Purchases(True, 1.0, 5.0), "frequency", "wrong-type"),
    (Purchases(10**400, 1.0, 5.0), "frequency", "out-of-range"),
    (Purchases(1, -0.1, 5.0), "recency", "out-of-range"),
    (Purchases(1, NAN, 5.0), "recency", "out-of-range"),
    (Purchases(1, "1", 5.0), "recency", "wrong-type"),  # type: ignore[arg-type]
    (Purchases(1, 5.1, 5.0), "recency", "out-of-range"),
    (Purchases(0, 1.0, 5.0), "recency", "out-of-range"),
    (Purchases(1, 1.0, NAN), "age", "out-of-range"),
    (Purchases(1, 1.0, math.inf), "age", "out-of-range"),
    (Purchases(1, 1.0, None), "age", "wrong-type"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("row", "field", "code"), FAULTS)
def test_rows_that_cannot_be(row, field, code):
    """A row at fault is named by index and field, by fits and predictions alike."""
    rows = [Purchases(1, 1.0, 5.0), row]
    faults = []
    for call in (
        lambda: BGNBD.fit(rows),
        lambda: PUBLISHED.predict_many(rows, 1.0),
        lambda: PUBLISHED.p_alive(row),
        lambda: PUBLISHED.expected(row, 1.0),
        lambda: PUBLISHED.forecast(3, 1.0)(row),
    ):
        with pytest.raises(Invalid) as refused:
            call()
        faults.append([(fault.path, fault.code) for fault in refused.value.faults])

    assert [[(f"purchases[1].{field}", code)]] * 2 + [[(f"purchases.{field}", code)]] * 3 == faults


@pytest.mark.parametrize("horizon", [-1.0, NAN, math.inf, "1"])
def test_horizons_that_cannot_be(horizon):
    """A horizon is a time from 0."""
    for call in (
        lambda: PUBLISHED.predict_many([], horizon),
        lambda: PUBLISHED.expected_new(horizon),
        lambda: PUBLISHED.expected(Purchases(0, 0.0, 1.0), horizon),
    ):
        with pytest.raises(Invalid) as refused:
            call()

        assert ["horizon"] == [fault.path for fault in refused.value.faults]


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-31, 1e31, NAN, math.inf, "1", True])
def test_parameters_that_cannot_be(value):
    """Parameters are numbers above 0 that sums can be made with."""
    with pytest.raises(Invalid) as refused:
        BGNBD(0.2, value, 0.8, 2.4)

    assert ["alpha"] == [fault.path for fault in refused.value.faults]


@given(
    shapes=st.tuples(*3 * [st.sampled_from([1e-15, 1e-3, 1.0, 1e4, 1e9])]),
    alpha=st.sampled_from([1e-30, 1e-3, 1.0, 1e30]),
    frequency=st.sampled_from([0, 1, 1000, 1_000_000_000]),
    horizon=st.sampled_from([0.0, 1e-9, 1.0, 1e9]),
)
def test_no_parameters_are_too_far_out(shapes, alpha, frequency, horizon):
    """Whatever parameters are allowed, predictions are numbers from 0."""
    model = MBGNBD(shapes[0], alpha, *shapes[1:])
    rows = [Purchases(frequency, 0.0, age) for age in (0.0, 1.0, 1e9)]

    assert all(0.0 <= value < math.inf for value in model.predict_many(rows, horizon))
    assert all(0.0 <= model.p_alive(row) <= 1.0 for row in rows)


def test_hardly_anybody_is_left():
    """Odds beyond what a float can hold mean that nothing is expected, not an overflow."""
    row = Purchases(100_000, 1.0, 1000.0)

    assert [0.0] == PUBLISHED.predict_many([row], 10.0)
    assert pytest.approx(0.0, abs=1e-300) == PUBLISHED.p_alive(row)
