"""sBG against its paper's figures, a referee, and what it does at its edges."""

import math

import attrs
import pytest

from crmcore.errors import Invalid
from crmcore.scoring.clv import SBG
from tests.scoring.clv.samples import HIGH_END, REGULAR, expected, found

EXPECTED = expected()["sbg"]
MODEL = SBG(*EXPECTED["parameters"])


@pytest.mark.rule("G-04")
@pytest.mark.parametrize(
    ("cohort", "alpha", "beta"), [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)], ids=["regular", "high-end"]
)
def test_published_parameters(cohort, alpha, beta):
    """The fit finds the parameters that Fader and Hardie (2007) report."""
    fit = SBG.fit([cohort])

    assert ("converged", (), 1000) == (fit.status, fit.limits, fit.n)
    assert pytest.approx((alpha, beta), abs=0.001) == attrs.astuple(found(fit))


def test_likelihood_is_the_referees():
    """Parameters and likelihood are those that another program found by another way."""
    fit = SBG.fit([HIGH_END])

    assert pytest.approx(EXPECTED["parameters"], rel=1e-4) == attrs.astuple(found(fit))
    assert pytest.approx(EXPECTED["log_likelihood"], abs=1e-6) == fit.log_likelihood


@pytest.mark.parametrize(("renewals", "discount", "value"), EXPECTED["residual"])
def test_residual_lifetime_is_the_referees(renewals, discount, value):
    """The discounted residual lifetime is that of Fader and Hardie's (2010) formula at fifty digits."""
    assert pytest.approx(value, rel=1e-9) == MODEL.residual(renewals, discount)


def test_the_papers_projection():
    """From seven years the model projects the twelfth within two points of what was seen, 17.3 % and 39.4 %."""
    regular, high_end = (found(SBG.fit([cohort])) for cohort in (REGULAR, HIGH_END))

    assert pytest.approx(0.173, abs=0.02) == regular.survival(12)
    assert pytest.approx(0.394, abs=0.02) == high_end.survival(12)


def test_retention_rises():
    """The retention rate rises from renewal to renewal, though no customer changes."""
    rates = [MODEL.retention(renewal) for renewal in range(1, 13)]

    assert pytest.approx(MODEL.beta / (MODEL.alpha + MODEL.beta)) == rates[0]
    assert sorted(rates) == rates


def test_the_curve_is_survival():
    """The curve starts at 1 and is the survival at each renewal."""
    curve = MODEL.curve(12)

    assert 1.0 == curve[0]
    assert pytest.approx([MODEL.survival(renewals) for renewals in range(13)], rel=1e-12) == list(curve)


def test_a_lifetime_is_the_first_period_and_what_is_left():
    """A new customer stays for the first period, and then for what is left to one who is asked for the first time."""
    assert pytest.approx(1.0 + MODEL.residual(0, 0.1) / 1.1, rel=1e-12) == MODEL.lifetime(0.1)


def test_mean_tenure():
    """Undiscounted, a lifetime is (alpha + beta - 1) / (alpha - 1) periods, infinite where alpha is 1 or below."""
    assert 3.5 == SBG(3.0, 5.0).lifetime()
    assert math.inf == MODEL.lifetime()
    assert math.inf == MODEL.residual(3)


def test_two_cohorts_are_one():
    """Two cohorts alike tell as much as one twice as large; one that began later tells of its early renewals."""
    twice = SBG.fit([tuple(2 * count for count in HIGH_END)])

    assert twice == SBG.fit([HIGH_END, HIGH_END])
    assert 3000 == SBG.fit([HIGH_END, HIGH_END, HIGH_END[:3]]).n


def test_forecasts_are_survival_from_now():
    """The chances of the next renewals are the survival over those so far."""
    ahead = MODEL.forecast(5)(3)

    assert pytest.approx([MODEL.survival(3 + k) / MODEL.survival(3) for k in range(1, 6)], rel=1e-12) == list(ahead)


@pytest.mark.parametrize(
    ("cohorts", "faults"),
    [
        ([(10, 11)], [("cohorts[0][1]", "out-of-range")]),
        ([(10, 9), (10, -1, 0)], [("cohorts[1][1]", "out-of-range")]),
        ([(10, 9.5)], [("cohorts[0][1]", "wrong-type")]),
        ([(10, None, 3)], [("cohorts[0][1]", "wrong-type")]),
    ],
)
def test_cohorts_that_cannot_be(cohorts, faults):
    """A cohort at fault is named by index and period."""
    with pytest.raises(Invalid) as refused:
        SBG.fit(cohorts)

    assert faults == [(fault.path, fault.code) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda: MODEL.retention(0), "renewal"),
        (lambda: MODEL.survival(-1), "renewals"),
        (lambda: MODEL.curve(-2), "renewals"),
        (lambda: MODEL.lifetime(-0.1), "discount"),
        (lambda: MODEL.residual(1, math.nan), "discount"),
        (lambda: MODEL.forecast(-1), "periods"),
        (lambda: MODEL.forecast(3, 0.5), "step"),
    ],
)
def test_questions_that_cannot_be(call, path):
    """A question at fault is refused and names what is wrong."""
    with pytest.raises(Invalid) as refused:
        call()

    assert [path] == [fault.path for fault in refused.value.faults]
