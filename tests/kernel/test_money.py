"""Money."""

import operator
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.kernel.money import Money, minor_unit

CURRENCIES = ("CNY", "JPY", "KWD", "CLF")

amounts = st.decimals(-(10**17), 10**17, allow_nan=False, allow_infinity=False, places=6)
currencies = st.sampled_from(CURRENCIES)
weights = st.one_of(st.integers(0, 1000), st.decimals(0, 100, places=3))


def cny(amount: str) -> Money:
    """Make an amount in yuan."""
    return Money(Decimal(amount), "CNY")


def codes(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    """Give path and code of each fault."""
    return [(fault.path, fault.code) for fault in error.value.faults]


@given(amounts, amounts, currencies)
def test_sums_are_exact(first, second, currency):
    """Adding and subtracting agree with exact fractions, and undo each other."""
    one, other = Money(first, currency), Money(second, currency)

    assert Fraction(first) + Fraction(second) == Fraction((one + other).amount)
    assert Fraction(first) - Fraction(second) == Fraction((one - other).amount)
    assert one == (one + other) - other == one + (other - other)
    assert Fraction(-first) == Fraction((-one).amount)


@given(amounts, st.one_of(st.integers(-100, 100), st.decimals(-2, 2, places=8)))
def test_products_are_exact(amount, factor):
    """A product agrees with exact fractions, whichever side the factor stands on."""
    money = Money(amount, "CNY")

    assert Fraction(amount) * Fraction(factor) == Fraction((money * factor).amount)
    assert money * factor == factor * money


def test_sums_do_not_depend_on_the_precision_of_the_context():
    """More digits than the decimal module's default context keeps are kept."""
    assert cny("10000000000000000000.0000000000000000001") == cny("10000000000000000000") + cny("0.0000000000000000001")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (1.5, "wrong-type"),
        ("1.5", "wrong-type"),
        (True, "wrong-type"),
        (None, "wrong-type"),
        (Decimal("NaN"), "not-allowed"),
        (Decimal("sNaN"), "not-allowed"),
        (Decimal("-Infinity"), "not-allowed"),
        (Decimal("1e20"), "out-of-range"),
        (Decimal("1e999999"), "out-of-range"),
        (Decimal("1e-21"), "out-of-range"),
        (10**20, "out-of-range"),
    ],
)
def test_inexact_and_endless_amounts_are_refused(amount, code):
    """Floats, texts, truth values, endless and huge numbers are no amounts of money."""
    with pytest.raises(Invalid) as error:
        Money(amount, "CNY")

    assert [("amount", code)] == codes(error)


@pytest.mark.parametrize("currency", ["cny", "CN", "CNYX", "", "C1Y", "\uff23\uff2e\uff39", "XAU", "XXX", "CNY\n"])
def test_unknown_currencies_are_refused(currency):
    """A currency is three capital letters, and one that has a minor unit."""
    with pytest.raises(Invalid) as error:
        Money(Decimal(1), currency)

    assert [("currency", "not-allowed")] == codes(error)


@pytest.mark.parametrize("factor", [0.5, True, "2", Decimal("NaN"), Decimal("1e20")])
def test_inexact_factors_are_refused(factor):
    """Money is multiplied by whole numbers and Decimals only."""
    with pytest.raises(Invalid) as error:
        cny("1") * factor

    assert ["factor"] == [path for path, _ in codes(error)]


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.lt, operator.ge])
def test_currencies_do_not_mix(operation):
    """Amounts of different currencies are not added, subtracted or ordered."""
    with pytest.raises(Invalid, match="expected an amount in CNY") as error:
        operation(cny("1"), Money(Decimal(1), "JPY"))

    assert [("currency", "not-allowed")] == codes(error)


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.lt])
def test_money_does_not_mix_with_numbers(operation):
    """A bare number is no money, not even zero."""
    with pytest.raises(Invalid) as error:
        operation(cny("1"), 0)

    assert [("amount", "wrong-type")] == codes(error)


@given(amounts, amounts)
def test_order_is_that_of_the_amounts(first, second):
    """In one currency, money compares as its amounts do."""
    one, other = Money(first, "CNY"), Money(second, "CNY")

    for operation in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert operation(first, second) == operation(one, other)


def test_equality_is_by_value():
    """Trailing zeros and the sign of zero do not matter; the currency does, even for nothing."""
    assert cny("1.5") == cny("1.50")
    assert hash(cny("1.5")) == hash(cny("1.50"))
    assert str(cny("-0.00")) == "0.00 CNY"
    assert cny("0") != Money(Decimal(0), "JPY")
    assert cny("3") == Money(3, "CNY")


def test_nothing_is_false():
    """Money is true if there is any of it, owed or had."""
    assert not cny("0.00")
    assert cny("-0.01")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.125", "CNY", "0.12"),
        ("0.135", "CNY", "0.14"),
        ("-0.125", "CNY", "-0.12"),
        ("1", "CNY", "1.00"),
        ("2.5", "JPY", "2"),
        ("3.5", "JPY", "4"),
        ("1.0005", "KWD", "1.000"),
        ("99999999999999999999.99", "CNY", "99999999999999999999.99"),
    ],
)
def test_rounding_is_half_to_even(amount, currency, expected):
    """Quantised money has the currency's decimal places, a half going to the even neighbour."""
    assert expected == str(Money(Decimal(amount), currency).quantised().amount)


@pytest.mark.parametrize(("currency", "places"), [("CNY", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_minor_units(currency, places):
    """Decimal places are those of ISO 4217."""
    assert places == minor_unit(currency)


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (Money(Decimal("1200.5"), "CNY"), "1200.50 CNY"),
        (Money(Decimal("0.12345"), "CNY"), "0.12345 CNY"),
        (Money(Decimal("1E+3"), "JPY"), "1000 JPY"),
        (Money(Decimal(-7), "KWD"), "-7.000 KWD"),
    ],
)
def test_text_is_plain(money, expected):
    """Money reads as a plain number with at least the currency's decimal places, and the code."""
    assert expected == str(money)


@given(amounts, currencies, st.lists(weights, min_size=1, max_size=12).filter(any))
def test_allocation_loses_nothing(amount, currency, shares):
    """The parts add up to the whole, each within one unit of its exact share, and nothing goes to a weight of zero."""
    money = Money(amount, currency)
    parts = money.allocate(shares)
    unit = Fraction(Decimal(1).scaleb(-max(6, minor_unit(currency))))
    total = sum(map(Fraction, shares))

    assert money == sum(parts, Money(0, currency))
    for part, share in zip(parts, shares, strict=True):
        exact = Fraction(amount) * Fraction(share) / total
        assert abs(Fraction(part.amount) - exact) < unit
        assert share or not part


@pytest.mark.parametrize(
    ("amount", "shares", "expected"),
    [
        ("100", [1, 1, 1], ["33.34", "33.33", "33.33"]),
        ("0.05", [1, 1], ["0.03", "0.02"]),
        ("-0.05", [1, 1], ["-0.03", "-0.02"]),
        ("0.01", [1, 3], ["0", "0.01"]),
        ("0.005", [1, 1], ["0.003", "0.002"]),
        ("10", [Decimal("0.3"), 0, Decimal("0.7")], ["3", "0", "7"]),
    ],
)
def test_allocation(amount, shares, expected):
    """What is left over goes to who lost most, the earlier one first."""
    assert [cny(part) for part in expected] == list(cny(amount).allocate(shares))


@pytest.mark.parametrize(
    ("shares", "code"),
    [([], "out-of-range"), ([0, 0], "out-of-range"), ([1, -1], "out-of-range"), ([0.5], "wrong-type")],
)
def test_impossible_weights_are_refused(shares, code):
    """An allocation needs weights of zero or more, one of them above zero."""
    with pytest.raises(Invalid) as error:
        cny("1").allocate(shares)

    assert [("weights", code)] == codes(error)


def test_money_survives_pickling():
    """Money can be sent to another process."""
    assert cny("1.50") == pickle.loads(pickle.dumps(cny("1.50")))  # noqa: S301
