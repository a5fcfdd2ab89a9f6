"""Money: an exact amount in one currency.

Arithmetic never rounds; only ``quantised`` does, half to even, as banks do. Amounts of different currencies are
unequal, and cannot be added, subtracted or compared: exchange rates are the host's knowledge.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import total_ordering

import attrs

from crmcore.errors import Fault, Invalid

#: Digits an amount or a factor may have before and after the point; sums and products of such are exact in EXACT.
MAX_DIGITS = 20
EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)

#: Minor units that are not 2, from ISO 4217.
MINOR_UNITS: dict[str, int] = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
#: ISO 4217 codes without a minor unit: metals, bond units, drawing rights, tests.
WITHOUT_MINOR_UNIT = frozenset("XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX".split())

_CODE = re.compile(r"[A-Z]{3}")


def minor_unit(currency: str) -> int:
    """How many decimal places a currency has: 2 for CNY, 0 for JPY, 3 for KWD.

    :raises Invalid: the code is not three capital letters, or has no minor unit (gold, test codes).
    """
    if not _CODE.fullmatch(currency) or currency in WITHOUT_MINOR_UNIT:
        raise Invalid([Fault("currency", "not-allowed", "an ISO 4217 code such as CNY")])
    return MINOR_UNITS.get(currency, 2)


def _exact(value: object, path: str) -> Decimal:
    """A whole number or a finite Decimal of bounded size as a Decimal without negative zero."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Invalid([Fault(path, "wrong-type", "a Decimal or a whole number, no float")])
    number = Decimal(value)
    if not number.is_finite():
        raise Invalid([Fault(path, "not-allowed", "a finite number")])
    if number.adjusted() >= MAX_DIGITS or int(number.as_tuple().exponent) < -MAX_DIGITS:
        raise Invalid([Fault(path, "out-of-range", f"at most {MAX_DIGITS} digits before and after the point")])
    return EXACT.plus(number)


def _amount(value: Decimal | int) -> Decimal:
    """Converter of the field ``amount``."""
    return _exact(value, "amount")


@total_ordering
@attrs.frozen(order=False)
class Money:
    """An amount, positive or negative, and its currency (ISO 4217, three capital letters). Equal by value: 1.5 is 1.50.

    :raises Invalid: the amount is a float, not finite, or has more than 20 digits on one side of the point; the
        currency is not one with a minor unit.
    """

    amount: Decimal = attrs.field(converter=_amount)
    currency: str

    def __attrs_post_init__(self) -> None:
        """Refuse a code that is no currency."""
        minor_unit(self.currency)

    def __add__(self, other: "Money") -> "Money":
        """The exact sum; both of one currency."""
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The exact difference; both of one currency."""
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> "Money":
        """The amount with the other sign."""
        return Money(EXACT.minus(self.amount), self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        """The exact product with a whole number or a Decimal (a share, a rate)."""
        return Money(EXACT.multiply(self.amount, _exact(factor, "factor")), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        """Whether this is less; both of one currency."""
        return self.amount < self._same(other)

    def __bool__(self) -> bool:
        """Whether it is any money at all."""
        return bool(self.amount)

    def __str__(self) -> str:
        """The amount with at least the currency's decimal places, then the code: "1200.50 CNY"."""
        places = max(minor_unit(self.currency), self._places())
        return f"{self.amount:.{places}f} {self.currency}"

    def quantised(self) -> "Money":
        """Rounded to the currency's minor unit, half to even: 0.125 CNY is 0.12, 0.135 is 0.14."""
        unit = Decimal(1).scaleb(-minor_unit(self.currency))
        return Money(self.amount.quantize(unit, context=EXACT), self.currency)

    def allocate(self, weights: Sequence[int | Decimal]) -> tuple["Money", ...]:
        """Split in proportion to the weights so that the parts add up to the whole, to the last cent.

        Parts are whole minor units (or whole units of the amount's own last place, where that is finer). What
        proportion leaves over goes, a unit each, to the parts that lost most by rounding down, earlier ones first.

        :raises Invalid: no weights, a negative one, or none above zero.
        """
        shares = _weights(weights)
        places = max(minor_unit(self.currency), self._places())
        units = int(abs(self.amount).scaleb(places, context=EXACT))
        total = sum(shares)
        exact = [units * share / total for share in shares]
        parts = [int(part) for part in exact]
        by_loss = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
        for i in by_loss[: units - sum(parts)]:
            parts[i] += 1
        unit = Decimal(1).scaleb(-places).copy_sign(self.amount)
        return tuple(Money(EXACT.multiply(unit, Decimal(part)), self.currency) for part in parts)

    def _places(self) -> int:
        """How many decimal places the amount is written with."""
        return max(0, -int(self.amount.as_tuple().exponent))

    def _same(self, other: object) -> Decimal:
        """The other amount, if it is one in this currency."""
        if not isinstance(other, Money):
            raise Invalid([Fault("amount", "wrong-type", "an amount of money")])
        if other.currency != self.currency:
            raise Invalid([Fault("currency", "not-allowed", f"an amount in {self.currency}")])
        return other.amount


def _weights(weights: Sequence[int | Decimal]) -> list[Fraction]:
    """Weights as exact fractions."""
    shares = [Fraction(_exact(weight, "weights")) for weight in weights]
    if any(share < 0 for share in shares) or not any(shares):
        raise Invalid([Fault("weights", "out-of-range", "weights of 0 or more, at least one above 0")])
    return shares
