"""BG/BB against its paper's figures, a referee, and what it does at its edges."""

import math

import attrs
import pytest

from crmcore.errors import Invalid
from crmcore.scoring.clv import BGBB, Chances
from tests.scoring.clv.samples import chances, expected, found

EXPECTED = expected()["bg-bb"]
MODEL = BGBB(*EXPECTED["parameters"])
#: Fader, Hardie and Shang (2010), on donations of six years.
PUBLISHED = BGBB(1.204, 0.750, 0.657, 2.783)


@pytest.mark.rule("G-04")
def test_fit_is_the_referees():
    """On the sample the fit finds the parameters and the likelihood that another program found by another way."""
    fit = BGBB.fit(chances())

    assert ("converged", (), 800) == (fit.status, fit.limits, fit.n)
    assert pytest.approx(EXPECTED["parameters"], rel=1e-4) == attrs.astuple(found(fit))
    assert pytest.approx(EXPECTED["log_likelihood"], abs=1e-6) == fit.log_likelihood


@pytest.mark.rule("G-04")
def test_expectations_are_the_referees():
    """What is expected of each customer is what the paper's formulas give at fifty digits, and all rows are asked."""
    assert len(chances()) == len(EXPECTED["expected"])
    for row, ahead, value in EXPECTED["expected"]:
        assert pytest.approx(value, rel=1e-9) == MODEL.expected(Chances(*row), ahead)
    for row, discount, value in EXPECTED["discounted"]:
        assert pytest.approx(value, rel=1e-9) == MODEL.discounted(Chances(*row), discount)


@pytest.mark.parametrize(("frequency", "recency", "value"), [(0, 0, 0.11), (2, 4, 0.59), (6, 6, 0.93)])
def test_published_probabilities(frequency, recency, value):
    """The paper's table 6 has these probabilities of being there for the next chance."""
    assert pytest.approx(value, abs=0.005) == PUBLISHED.p_alive(Chances(frequency, recency, 6))


def test_a_new_customer():
    """Of a new customer as many are expected as the chance to stay and to take each next chance adds up to."""
    stays, total = 1.0, 0.0
    for chance in range(4):
        stays *= (MODEL.delta + chance) / (MODEL.gamma + MODEL.delta + chance)
        total += stays * MODEL.alpha / (MODEL.alpha + MODEL.beta)

    assert pytest.approx(total, rel=1e-12) == MODEL.expected_new(4)


def test_forecasts_add_up():
    """Chance by chance, a forecast adds up to what is expected; many rows give what each gives."""
    rows = chances()

    assert [MODEL.expected(row, 5) for row in rows] == [math.fsum(MODEL.forecast(5)(row)) for row in rows]
    assert [MODEL.expected(row, 5) for row in [*rows, rows[0]]] == MODEL.predict_many([*rows, rows[0]], 5)
    assert 0.0 == MODEL.expected(rows[0], 0)


def test_a_long_horizon_is_the_discounted_sum():
    """The discounted sum over a thousand chances comes to the one over all."""
    row = Chances(3, 5, 6)
    summed = math.fsum(taken / 1.1**ahead for ahead, taken in enumerate(MODEL.forecast(1000)(row), 1))

    assert pytest.approx(summed, rel=1e-9) == MODEL.discounted(row, 0.1)


def test_order_and_grouping_make_no_difference():
    """Rows in another order, and rows of one customer each, give the same fit to the last digit."""
    rows = chances()
    singly = [row._replace(customers=1) for row in rows for _ in range(row.customers)]

    assert BGBB.fit(rows) == BGBB.fit(reversed(rows)) == BGBB.fit(singly)


def test_different_numbers_of_chances():
    """Customers who came later have had fewer chances; all tell of the same parameters."""
    later = [Chances(0, 0, 3, 50), Chances(1, 1, 3, 20), Chances(1, 2, 3, 5), Chances(3, 3, 3, 40), Chances(2, 3, 3, 9)]
    fit = BGBB.fit([*chances(), *later])

    assert ("converged", 924) == (fit.status, fit.n)


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (Chances(-1, 0, 6), "frequency", "out-of-range"),
        (Chances(1, 0, 6), "frequency", "out-of-range"),
        (Chances(0, 1, 6), "frequency", "out-of-range"),
        (Chances(3, 2, 6), "frequency", "out-of-range"),
        (Chances(2, 7, 6), "recency", "out-of-range"),
        (Chances(2, 2.5, 6), "recency", "wrong-type"),  # type: ignore[arg-type]
        (Chances(2, 2, 6, 0), "customers", "out-of-range"),
    ],
)
def test_rows_that_cannot_be(row, field, code):
    """A row at fault is named by index and field."""
    faults = []
    for call in (
        lambda: BGBB.fit([row]),
        lambda: MODEL.predict_many([row], 5),
        lambda: MODEL.p_alive(row),
        lambda: MODEL.expected(row, 5),
        lambda: MODEL.discounted(row, 0.1),
    ):
        with pytest.raises(Invalid) as refused:
            call()
        faults.append([(fault.path, fault.code) for fault in refused.value.faults])

    assert [[(f"chances[0].{field}", code)]] * 2 + [[(f"row.{field}", code)]] * 3 == faults


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda: MODEL.expected_new(-1), "periods"),
        (lambda: MODEL.forecast(3, 7.0), "step"),
        (lambda: MODEL.discounted(Chances(1, 1, 6), -0.1), "discount"),
    ],
)
def test_questions_that_cannot_be(call, path):
    """A question at fault is refused and names what is wrong."""
    with pytest.raises(Invalid) as refused:
        call()

    assert [path] == [fault.path for fault in refused.value.faults]
