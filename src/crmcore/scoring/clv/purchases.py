"""What a customer's purchases come to for the models: how often, how recently, over how long, and how much on average.

Defined as in Fader and Hardie's papers and their note "Creating an RFM summary using Excel" (2008), from purchases by
day:

* Several purchases of a customer on one day are one purchase; their amounts are added.
* The first purchase makes the customer and starts the customer's clock. It is not counted.
* ``frequency`` x: the number of repeat purchases, that is of further days with a purchase.
* ``recency`` t_x: the time from the first purchase to the last one, 0 if there is no other. Not the time since the
  last.
* ``age`` T: the time from the first purchase to the end of the window.
* ``spend``: the mean amount of the repeat purchases; the first is left out, since first purchases are often unlike
  others.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from math import fsum
from typing import NamedTuple

from attrs import frozen

from crmcore.errors import Fault, Invalid
from crmcore.scoring.clv.rows import (
    MOST_COUNT,
    MOST_TIME,
    Flaw,
    checked,
    flaws_of_amount,
    flaws_of_count,
    flaws_of_time,
)

_DAY = "a date such as 2026-03-01"
WEEK = timedelta(days=7)


class Transaction(NamedTuple):
    """One purchase: who, on which day of the host's calendar, and the amount in the one currency of all amounts.

    Refunds are no purchases: take them off the amounts before, or leave them out.
    """

    customer: str
    on: date
    amount: float | Decimal = 0.0


class Purchases(NamedTuple):
    """One customer's repeat purchases: how many, time from first to last, time from first to the end of the window.

    All times in one unit, the same for all customers; a model that is fitted to weeks speaks of weeks.
    """

    frequency: int
    recency: float
    age: float


class Spend(NamedTuple):
    """How many repeat purchases a customer made, and their mean amount."""

    frequency: int
    mean: float


@frozen
class Window:
    """Where figures come from: purchases of these days, both included, with times in units of ``period``."""

    begin: date
    end: date
    period: timedelta = WEEK


@frozen
class Summary:
    """One customer's purchases in the window, the mean amount of the repeat ones, and how many came after the window.

    ``spend`` is 0 where there is no repeat purchase. ``held_out`` counts days with a purchase after the window, up to
    the day that the summary is as of; it is 0 where the window ends on that day.
    """

    customer: str
    purchases: Purchases
    spend: float
    held_out: int


@frozen
class Summaries:
    """The summaries of all customers who bought within the window, ordered by customer, and the window itself."""

    window: Window
    rows: tuple[Summary, ...]

    @property
    def purchases(self) -> tuple[Purchases, ...]:
        """What the models of purchases are fitted to, in the order of the rows."""
        return tuple(row.purchases for row in self.rows)

    @property
    def spends(self) -> tuple[Spend, ...]:
        """What the model of spend is fitted to, in the order of the rows."""
        return tuple(Spend(row.purchases.frequency, row.spend) for row in self.rows)


def summaries(
    transactions: Iterable[Transaction],
    as_of: date,
    period: timedelta = WEEK,
    calibration_end: date | None = None,
) -> Summaries:
    """Each customer's purchases as they were known at the end of a day.

    :param as_of: the last day that is looked at; what is dated later is as if it were not there.
    :param period: the unit of all times. A day or a week, say; it rounds nothing.
    :param calibration_end: the last day of the window, where the days after it up to ``as_of`` are to judge a fit by.
    :raises Invalid: a transaction that cannot be read (``transactions[3].amount``), a period of no length, or a window
        that ends after ``as_of``.
    """
    end = as_of if calibration_end is None else calibration_end
    _check_window(as_of, period, end)
    days = _by_day(transactions, as_of)
    begin = min((min(amounts) for amounts in days.values()), default=end)
    known = {customer: amounts for customer, amounts in days.items() if min(amounts) <= end}
    rows = tuple(_summary(customer, known[customer], end, period) for customer in sorted(known))
    return Summaries(Window(min(begin, end), end, period), rows)


def _check_window(as_of: date, period: timedelta, end: date) -> None:
    days = (("as_of", as_of), ("calibration_end", end))
    faults = [Fault(path, "wrong-type", _DAY) for path, day in days if not _is_day(day)]
    if not faults and end > as_of:
        faults.append(Fault("calibration_end", "out-of-range", "a day not after as_of"))
    if period <= timedelta():
        faults.append(Fault("period", "out-of-range", "a time above 0"))
    if faults:
        raise Invalid(faults)


def _is_day(value: object) -> bool:
    """Whether a value is a date and no time: which day a time falls on is the host's to say."""
    return type(value) is date


def _by_day(transactions: Iterable[Transaction], as_of: date) -> Mapping[str, Mapping[date, list[float]]]:
    """The amounts of each day of each customer, in the order given."""
    days: dict[str, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    for customer, day, amount in checked(transactions, "transactions", _flaws_of):
        if day <= as_of:
            days[customer][day].append(float(amount))
    return days


def _flaws_of(customer: object, on: object, amount: object) -> Iterator[Flaw]:
    if not isinstance(customer, str):
        yield "customer", "wrong-type", "text"
    if not _is_day(on):
        yield "on", "wrong-type", _DAY
    yield from flaws_of_amount("amount", amount)


def _summary(customer: str, amounts: Mapping[date, list[float]], end: date, period: timedelta) -> Summary:
    days = sorted(day for day in amounts if day <= end)
    first, repeats = days[0], days[1:]
    spend = fsum(fsum(amounts[day]) for day in repeats) / len(repeats) if repeats else 0.0
    purchases = Purchases(len(repeats), (days[-1] - first) / period, (end - first) / period)
    return Summary(customer, purchases, spend, len(amounts) - len(days))


def checked_purchases(rows: Iterable[Purchases]) -> list[Purchases]:
    """The rows as a list, if each can be what became of a customer.

    :raises Invalid: with ``purchases[3].recency`` for each flaw: no number, below 0, the last purchase after the end of
        the window, or a last repeat purchase without any.
    """
    kept = list(rows)
    number = (int, float)
    for frequency, recency, age in kept:
        # What nearly all rows pass at once; the rest is looked at field by field.
        if not (type(frequency) is int and type(recency) in number and type(age) in number):
            break
        if not (0 <= recency <= age <= MOST_TIME and 0 <= frequency <= MOST_COUNT and (frequency or not recency)):
            break
    else:
        return kept
    return checked(kept, "purchases", flaws_of_purchases)


def flaws_of_purchases(frequency: object, recency: object, age: object) -> Iterator[Flaw]:
    """What keeps three values from being what became of a customer."""
    flaws = [*flaws_of_count("frequency", frequency), *flaws_of_time("recency", recency), *flaws_of_time("age", age)]
    if not flaws and recency > age:  # type: ignore[operator]
        flaws.append(("recency", "out-of-range", "a time not above age"))
    if not flaws and frequency == 0 and recency != 0:
        flaws.append(("recency", "out-of-range", "0 where frequency is 0"))
    yield from flaws
