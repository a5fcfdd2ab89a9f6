"""Numbers of policies: exact decimals that survive TOML, JSON and binary floats.

At most 15 significant digits: so many come back unchanged from a float of 64 bits, so a number may be written as
``0.4`` wherever numbers are written, and is still the decimal 0.4.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from crmcore.errors import Fault, Invalid
from crmcore.kernel.money import EXACT

DIGITS: Final = 15
#: The largest power of ten, and the smallest, that a number of a policy may hold.
LARGEST: Final = 15
SMALLEST: Final = -9
#: How deep data may be nested.
DEEPEST: Final = 200
EXPECTED: Final = f"a number of at most {DIGITS} digits, {-SMALLEST} of them after the point"


#: What is taken for a number; a float stands for the decimal it is written as.
Numeral = Decimal | int | float


def number(value: object, path: str = "") -> Decimal:
    """A number as the decimal it is written as, without trailing zeros: 0.40 is 0.4, 5e5 is 500000.

    :raises Invalid: no number, NaN, infinite, or with more digits than a policy may have.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Invalid([Fault(path, "wrong-type", EXPECTED)])
    try:
        exact = EXACT.create_decimal(repr(value) if isinstance(value, float) else value).normalize(EXACT)
    except InvalidOperation:
        raise Invalid([Fault(path, "out-of-range", EXPECTED)]) from None
    if not exact.is_finite():
        raise Invalid([Fault(path, "out-of-range", EXPECTED)])
    _, digits, exponent = exact.as_tuple()
    if len(digits) > DIGITS or int(exponent) < SMALLEST or exact.adjusted() >= LARGEST:
        raise Invalid([Fault(path, "out-of-range", EXPECTED)])
    return exact.quantize(Decimal(1), context=EXACT) if int(exponent) > 0 else EXACT.add(exact, Decimal(0))


def places(value: Decimal) -> int:
    """How many digits stand after the point."""
    return max(0, -int(value.as_tuple().exponent))


def plain_number(value: Decimal) -> int | float:
    """The number as JSON and TOML write it; ``number`` gives the same decimal back."""
    return int(value) if not places(value) else float(value)


def exact(data: Any, depth: int = 0) -> Any:
    """Plain data with each float as the decimal it is written as; NaN and infinities stay, to be refused by name.

    :raises Invalid: it is nested deeper than anything that is meant.
    """
    if depth > DEEPEST:
        raise Invalid([Fault("(all)", "out-of-range", f"data at most {DEEPEST} deep")])
    if isinstance(data, float):
        return Decimal(repr(data))
    if isinstance(data, Mapping):
        return {key: exact(value, depth + 1) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [exact(value, depth + 1) for value in data]
    return data
