"""Purchases from dated transactions: every definition of the module's docstring."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Fault, Invalid
from crmcore.scoring.clv import Purchases, Spend, Summary, Transaction, Window, summaries

DAY = timedelta(days=1)


def bought(customer: str, *days: str, amount: float | Decimal = 10.0) -> list[Transaction]:
    """A customer's purchases on days of 2026."""
    return [Transaction(customer, date.fromisoformat(f"2026-{day}"), amount) for day in days]


def on(day: str) -> date:
    """A day of 2026."""
    return date.fromisoformat(f"2026-{day}")


@pytest.mark.rule("G-04")
def test_the_first_purchase_starts_the_clock():
    """Repeat purchases are counted; recency is from the first to the last, age from the first to the end, in weeks."""
    (row,) = summaries(bought("c1", "01-01", "01-08", "01-22"), on("01-29")).rows

    assert Purchases(2, 3.0, 4.0) == row.purchases


def test_one_purchase_has_no_recency():
    """A customer who bought once has neither repeat purchases nor recency nor a mean amount."""
    (row,) = summaries(bought("c1", "01-01"), on("01-15")).rows

    assert Summary("c1", Purchases(0, 0.0, 2.0), 0.0, 0) == row


def test_one_day_is_one_purchase():
    """Purchases of one day count as one, and their amounts are added."""
    days = [*bought("c1", "01-01"), *bought("c1", "01-08", "01-08", amount=20.0), *bought("c1", "01-15", amount=50.0)]
    (row,) = summaries(days, on("01-15")).rows

    assert 2 == row.purchases.frequency
    assert 45.0 == row.spend


def test_the_first_amount_is_left_out():
    """The mean amount is that of the repeat purchases."""
    (row,) = summaries(
        [*bought("c1", "01-01", amount=999.0), *bought("c1", "01-08", amount=Decimal("12.50"))], on("02-01")
    ).rows

    assert 12.5 == row.spend


def test_what_came_later_was_not_known():
    """Purchases after the day of the summary change nothing, and those who came later are not there."""
    known = bought("c1", "01-01", "01-08")
    later = [*known, *bought("c1", "02-01"), *bought("c2", "02-01")]

    assert summaries(known, on("01-31")) == summaries(later, on("01-31"))


def test_days_held_out():
    """Days with a purchase after the window are counted for each customer of it, up to the day of the summary."""
    transactions = [*bought("c1", "01-01", "02-03", "02-03", "02-04", "03-01"), *bought("c2", "02-05")]
    found = summaries(transactions, on("02-28"), calibration_end=on("01-31"))

    assert [("c1", 2)] == [(row.customer, row.held_out) for row in found.rows]
    assert Window(on("01-01"), on("01-31"), timedelta(days=7)) == found.window


def test_any_period():
    """Times are in units of the period, without rounding."""
    (row,) = summaries(bought("c1", "01-01", "01-04"), on("01-08"), period=DAY).rows

    assert Purchases(1, 3.0, 7.0) == row.purchases


def test_rows_for_the_models():
    """Purchases and mean amounts come in the order of the rows, which is that of the customers."""
    found = summaries([*bought("c2", "01-01", "01-08"), *bought("c1", "01-08")], on("01-15"))

    assert (Purchases(0, 0.0, 1.0), Purchases(1, 1.0, 2.0)) == found.purchases
    assert (Spend(0, 0.0), Spend(1, 10.0)) == found.spends


def test_no_transactions():
    """Without transactions there are no rows, and the window is the last day."""
    found = summaries([], on("01-15"))

    assert () == found.rows
    assert Window(on("01-15"), on("01-15"), timedelta(days=7)) == found.window


@given(
    st.permutations([*bought("c1", "01-01", "01-08", "01-09", amount=0.1), *bought("c2", "01-02", "01-09", amount=0.7)])
)
def test_the_order_of_transactions_makes_no_difference(transactions):
    """Same purchases, same summaries."""
    assert summaries(sorted(transactions), on("01-31")) == summaries(transactions, on("01-31"))


@pytest.mark.parametrize(
    ("transaction", "path", "code"),
    [
        (Transaction(7, date(2026, 1, 1), 1.0), "customer", "wrong-type"),  # type: ignore[arg-type]
        (Transaction("c1", datetime(2026, 1, 1, tzinfo=None), 1.0), "on", "wrong-type"),  # noqa: DTZ001
        (Transaction("c1", "2026-01-01", 1.0), "on", "wrong-type"),  # type: ignore[arg-type]
        (Transaction("c1", date(2026, 1, 1), -0.01), "amount", "out-of-range"),
        (Transaction("c1", date(2026, 1, 1), float("nan")), "amount", "out-of-range"),
        (Transaction("c1", date(2026, 1, 1), Decimal("Infinity")), "amount", "out-of-range"),
        (Transaction("c1", date(2026, 1, 1), "1.00"), "amount", "wrong-type"),  # type: ignore[arg-type]
        (Transaction("c1", date(2026, 1, 1), True), "amount", "wrong-type"),
    ],
)
def test_transactions_that_cannot_be(transaction, path, code):
    """A transaction at fault is named by index and field."""
    with pytest.raises(Invalid) as refused:
        summaries([*bought("c1", "01-01"), transaction], on("01-31"))

    assert [(f"transactions[1].{path}", code)] == [(fault.path, fault.code) for fault in refused.value.faults]


def test_faults_do_not_tell_values():
    """No message repeats what stood in a row."""
    with pytest.raises(Invalid) as refused:
        summaries([Transaction("Li Wei", "secret", -123.45)], on("01-31"))  # type: ignore[arg-type]

    assert not any(text in str(refused.value) for text in ("Li Wei", "secret", "123"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"as_of": datetime(2026, 1, 1)}, [("as_of", "wrong-type"), ("calibration_end", "wrong-type")]),  # noqa: DTZ001
        ({"calibration_end": "2026-01-01"}, [("calibration_end", "wrong-type")]),
        ({"calibration_end": date(2026, 2, 1)}, [("calibration_end", "out-of-range")]),
        ({"period": timedelta()}, [("period", "out-of-range")]),
        ({"period": timedelta(days=-1)}, [("period", "out-of-range")]),
    ],
)
def test_windows_that_cannot_be(arguments, expected):
    """A window at fault is refused before any transaction is read."""
    with pytest.raises(Invalid) as refused:
        summaries([], **{"as_of": date(2026, 1, 31), **arguments})

    assert expected == [(fault.path, fault.code) for fault in refused.value.faults]


def test_at_most_a_hundred_or_so_faults_are_told():
    """A file that is wrong throughout is not repeated in full."""
    with pytest.raises(Invalid) as refused:
        summaries([Transaction("c1", date(2026, 1, 1), -1.0)] * 5000, on("01-31"))

    assert 100 == len(refused.value.faults)
    assert (
        Fault("transactions[99].amount", "out-of-range", "a number from 0 to 1,000,000,000,000")
        == refused.value.faults[-1]
    )
