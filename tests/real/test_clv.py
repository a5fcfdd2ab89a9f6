"""Customer lifetime value on real customers: the published figures, and what may be said of who buys again."""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import attrs
import pytest

from crmcore.scoring.clv import (
    BGBB,
    BGNBD,
    MBGNBD,
    Chances,
    GammaGamma,
    Purchases,
    Spend,
    Summaries,
    Transaction,
    correlation,
    summaries,
)
from tests.scoring.clv.samples import found

pytestmark = pytest.mark.rule("G-04")

RealData = Callable[[str], Path]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by the names in its head."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def calibration(real_data: RealData) -> list[Purchases]:
    """Give the published table of the CDNOW sample: 2,357 customers over 39 weeks."""
    rows = read(real_data("cdnow_rfm_39w.csv"))
    return [Purchases(int(row["frequency"]), float(row["recency"]), float(row["T"])) for row in rows]


@pytest.fixture(scope="module")
def both_halves(real_data: RealData) -> Summaries:
    """Give the same customers from their transactions, with what they bought in the 39 weeks after."""
    rows = read(real_data("cdnow_sample.csv"))
    transactions = [
        Transaction(row["customer_id"], date.fromisoformat(row["date"]), float(row["amount"])) for row in rows
    ]
    return summaries(transactions, date(1998, 6, 30), calibration_end=date(1997, 9, 30))


@pytest.fixture(scope="module")
def donations(real_data: RealData) -> list[Chances]:
    """Give the published table of donations: 11,104 donors with six chances each."""
    columns = ("frequency", "recency", "periods", "weights")
    return [Chances(*(int(row[column]) for column in columns)) for row in read(real_data("bgbb_donations.csv"))]


def test_bg_nbd(calibration):
    """BG/NBD on CDNOW: the parameters and the likelihood of Fader, Hardie and Lee (2005), and their customer."""
    fit = BGNBD.fit(calibration)

    assert ("converged", (), 2357) == (fit.status, fit.limits, fit.n)
    assert pytest.approx((0.243, 4.414, 0.793, 2.426), abs=0.001) == attrs.astuple(found(fit))
    assert pytest.approx(-9582.4, abs=0.1) == fit.log_likelihood
    assert pytest.approx(1.226, abs=0.001) == found(fit).expected(Purchases(2, 30.43, 38.86), 39.0)


def test_mbg_nbd(calibration):
    """MBG/NBD on CDNOW: the published parameters."""
    fit = MBGNBD.fit(calibration)

    assert ("converged", ()) == (fit.status, fit.limits)
    assert pytest.approx((0.525, 6.183, 0.891, 1.614), abs=0.001) == attrs.astuple(found(fit))


def test_gamma_gamma(real_data):
    """Gamma-Gamma on the 946 repeat customers of CDNOW: the published parameters, and spend apart from frequency."""
    spends = [Spend(int(row["x"]), float(row["zbar"])) for row in read(real_data("cdnow_rfm_value_39w.csv"))]
    fit = GammaGamma.fit(spends)

    assert ("converged", (), 946) == (fit.status, fit.limits, fit.n)
    assert pytest.approx((6.25, 3.74, 15.44), abs=0.01) == attrs.astuple(found(fit))
    assert pytest.approx(0.11, abs=0.01) == correlation(spends)


def test_bg_bb(donations):
    """BG/BB on the donations: the parameters and the likelihood of Fader, Hardie and Shang (2010)."""
    fit = BGBB.fit(donations)

    assert ("converged", (), 11104) == (fit.status, fit.limits, fit.n)
    assert pytest.approx((1.204, 0.750, 0.657, 2.783), abs=0.001) == attrs.astuple(found(fit))
    assert pytest.approx(-33225.6, abs=0.1) == fit.log_likelihood


def test_bg_bb_expectations(donations):
    """The authors' spreadsheet expects 12,884.2 donations in five years; their table 6 has .11, .59 and .93 to stay."""
    model = found(BGBB.fit(donations))
    expected = model.predict_many(donations, 5)
    total = sum(row.customers * value for row, value in zip(donations, expected, strict=True))

    assert 22 == len(donations)
    assert pytest.approx(12884.2, abs=0.1) == total
    assert pytest.approx([0.11, 0.59, 0.93], abs=0.005) == [
        model.p_alive(Chances(frequency, recency, 6)) for frequency, recency in ((0, 0), (2, 4), (6, 6))
    ]


def test_summaries_are_the_published_table(both_halves, real_data):
    """From the transactions come the published frequency, recency, age and mean amount of all 2,357 customers."""
    table = read(real_data("cdnow_rfm_value_39w.csv"))
    published = [(int(row["x"]), float(row["t_x"]), float(row["T"])) for row in table]

    assert published == [(x, round(recency, 2), round(age, 2)) for x, recency, age in both_halves.purchases]
    assert pytest.approx([float(row["zbar"]) for row in table], abs=0.006) == [row.spend for row in both_halves.rows]


def test_the_second_half_is_forecast(both_halves):
    """Over all customers BG/NBD expects 1,653 purchases in the second half; there were 1,882."""
    model = found(BGNBD.fit(both_halves.purchases, window=both_halves.window))
    expected = sum(model.predict_many(both_halves.purchases, 39.0))

    assert 1882 == sum(row.held_out for row in both_halves.rows)
    assert pytest.approx(1653.4, abs=0.1) == expected


def test_p_alive_is_no_churn_risk(both_halves):
    """Who buys again: BG/NBD's P(alive) is worse than a coin, its expectation is good, and plain RFM is as good."""
    model = found(BGNBD.fit(both_halves.purchases))
    again = [row.held_out > 0 for row in both_halves.rows]
    alive = auc([model.p_alive(row) for row in both_halves.purchases], again)
    expected = auc(model.predict_many(both_halves.purchases, 39.0), again)

    assert pytest.approx(0.32, abs=0.005) == alive
    assert pytest.approx(0.77, abs=0.005) == expected
    assert pytest.approx(0.775, abs=0.005) == auc(rfm(both_halves), again)


def rfm(customers: Summaries) -> list[float]:
    """The sum of the fifths, from 1 to 5, in which a customer stands by silence, frequency and mean amount."""
    silence = fifths([row.purchases.recency - row.purchases.age for row in customers.rows])
    frequency = fifths([row.purchases.frequency for row in customers.rows])
    spend = fifths([row.spend for row in customers.rows])
    return [float(sum(places)) for places in zip(silence, frequency, spend, strict=True)]


def fifths(values: Sequence[float]) -> list[int]:
    """For each value, which fifth of all it stands in; equal values stand in one."""
    ordered = sorted(values)
    return [bisect_left(ordered, value) * 5 // len(ordered) + 1 for value in values]


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """How likely a customer with the label scores higher than one without; a tie counts half."""
    without = sorted(score for score, label in zip(scores, labels, strict=True) if not label)
    with_label = [score for score, label in zip(scores, labels, strict=True) if label]
    won = sum(bisect_left(without, score) + bisect_right(without, score) for score in with_label)
    return won / (2 * len(with_label) * len(without))
