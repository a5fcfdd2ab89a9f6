"""Checking numbers before any arithmetic: a fault names the row's index and the field, never a value."""

import math
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, TypeVar

import attrs

from crmcore.errors import Fault, Invalid

Row = TypeVar("Row", bound=tuple[Any, ...])

#: Field, code and what is expected.
Flaw = tuple[str, str, str]

#: Beyond these, sums and products of rows might leave what a float can hold.
MOST_COUNT: Final = 1_000_000_000
MOST_TIME: Final = 1_000_000_000
MOST_AMOUNT: Final = 1_000_000_000_000
MOST_RATE: Final = 1_000
#: Periods and chances are gone through one by one.
MOST_STEPS: Final = 10_000

#: More faults than this are not told: the first ones show what is wrong.
MOST_FAULTS: Final = 100


def checked(rows: Iterable[Row], path: str, flaws_of: Callable[..., Iterable[Flaw]]) -> list[Row]:
    """The rows as a list, if none has a flaw.

    :param flaws_of: what is wrong with a row, given its fields one by one.
    :raises Invalid: with ``path[index].field`` for each flaw, the first hundred or so.
    """
    kept: list[Row] = []
    faults: list[Fault] = []
    for index, row in enumerate(rows):
        kept.append(row)
        for field, code, expected in flaws_of(*row):
            faults.append(Fault(f"{path}[{index}].{field}", code, expected))
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise Invalid(faults)
    return kept


def refuse(path: str, flaws: Iterable[Flaw]) -> None:
    """Raise ``Invalid`` if there is a flaw; ``path`` leads to what the fields are of, and may be empty."""
    faults = [Fault(f"{path}.{field}" if path else field, code, expected) for field, code, expected in flaws]
    if faults:
        raise Invalid(faults)


def flaws_of_count(field: str, value: object, least: int = 0, most: int = MOST_COUNT) -> Iterator[Flaw]:
    """What keeps a value from being a whole number between two bounds, both included."""
    expected = f"a whole number from {least} to {most:,}"
    if not isinstance(value, int) or isinstance(value, bool):
        yield field, "wrong-type", expected
    elif not least <= value <= most:
        yield field, "out-of-range", expected


def flaws_of_time(field: str, value: object) -> Iterator[Flaw]:
    """What keeps a value from being a stretch of time."""
    return flaws_within(field, value, 0, MOST_TIME)


def flaws_of_amount(field: str, value: object) -> Iterator[Flaw]:
    """What keeps a value from being an amount; a decimal number is as good as a float."""
    if isinstance(value, Decimal):
        value = float(value) if value.is_finite() else math.nan
    return flaws_within(field, value, 0, MOST_AMOUNT)


def flaws_of_rate(field: str, value: object, most: float = MOST_RATE) -> Iterator[Flaw]:
    """What keeps a value from being a rate, of discount for example: 0.1 is ten percent."""
    return flaws_within(field, value, 0, most)


def flaws_of_one(field: str, value: object) -> Iterator[Flaw]:
    """What keeps a value from being 1, where a model has periods of its own."""
    if value != 1:
        yield field, "out-of-range", "1"


def flaws_within(field: str, value: object, least: float, most: float) -> Iterator[Flaw]:
    """What keeps a value from being a number between two bounds, both included."""
    expected = (
        f"a number from {least:,} to {most:,}" if isinstance(most, int) else f"a number from {least:g} to {most:g}"
    )
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield field, "wrong-type", expected
    elif not least <= value <= most:
        yield field, "out-of-range", expected


@attrs.frozen
class Within:
    """A validator: a number between two bounds above 0, beyond which sums of the models leave what a float can hold."""

    least: float
    most: float

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is such a number."""
        refuse("", flaws_within(attribute.name, value, self.least, self.most))


#: Shapes of distributions; and scales, which go with the unit of time or money.
SHAPE: Final = Within(1e-15, 1e9)
SCALE: Final = Within(1e-30, 1e30)
