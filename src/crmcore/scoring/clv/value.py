"""Customer lifetime value: what the purchases still to expect are worth today, with everything it was computed from.

    value = Σ over periods k = 1, 2, …  of  purchases in period k × mean amount × margin ÷ (1 + discount)^k

The horizon is finite and stated: what a model says of the day after tomorrow is worth more than what it says of the
next decade. Costs of keeping the customer, and what was paid to win the customer, are not in it.
"""

from collections.abc import Callable, Iterable
from math import fsum
from typing import Generic, Protocol, TypeVar

from attrs import field, frozen

from crmcore.scoring.clv.gamma_gamma import GammaGamma
from crmcore.scoring.clv.purchases import Spend
from crmcore.scoring.clv.rows import (
    MOST_STEPS,
    SCALE,
    flaws_of_amount,
    flaws_of_count,
    flaws_of_rate,
    flaws_within,
    refuse,
)

History = TypeVar("History")
Seen_contra = TypeVar("Seen_contra", contravariant=True)


class Forecasts(Protocol[Seen_contra]):
    """A model of purchases: BG/NBD and MBG/NBD of ``Purchases``, BG/BB of ``Chances``, sBG of renewals so far."""

    def forecast(self, periods: int, step: float) -> Callable[[Seen_contra], tuple[float, ...]]:
        """A function that tells a customer's expected purchases in each of so many periods of that length."""
        ...


@frozen
class Terms:
    """How purchases are valued.

    ``periods`` of length ``step`` each, in the model's unit of time: 12 and 52 / 12 are a year by the month where the
    model was fitted to weeks. ``margin`` is the part of an amount that is earned, from 0 to 1. ``discount`` is that of
    one period.
    """

    periods: int
    margin: float
    discount: float = 0.0
    step: float = field(default=1.0, validator=SCALE)

    def __attrs_post_init__(self) -> None:
        """Raise ``Invalid`` unless the terms can be."""
        flaws = [*flaws_of_count("periods", self.periods, 1, MOST_STEPS), *flaws_of_rate("discount", self.discount)]
        flaws += flaws_of_rate("margin", self.margin, 1)
        refuse("", flaws)


@frozen
class Amount:
    """The mean amount of a purchase: a price that is known, or what a model expects of the amounts seen."""

    mean: float
    model: GammaGamma | None = None
    seen: Spend | None = None

    @classmethod
    def of(cls, model: GammaGamma, seen: Spend) -> "Amount":
        """What the model expects of a customer with these purchases.

        :raises Invalid: values that cannot be.
        """
        return cls(model.expected(seen), model, seen)


@frozen
class Flow:
    """What one period brings: expected purchases, by how much they are discounted, and their value today."""

    period: int
    purchases: float
    factor: float
    value: float


@frozen
class LifetimeValue(Generic[History]):
    """A customer's value, and all it follows from: the flows add up to it, and the rest gives the flows again.

    ``purchases`` is their undiscounted number; ``model`` holds the parameters, ``history`` what was seen of the
    customer.
    """

    value: float
    purchases: float
    flows: tuple[Flow, ...]
    amount: Amount
    terms: Terms
    model: Forecasts[History]
    history: History


def lifetime_value(model: Forecasts[History], history: History, amount: Amount, terms: Terms) -> LifetimeValue[History]:
    """What a customer's expected purchases are worth today, period by period.

    :param history: what was seen of the customer, of the kind that the model takes.
    :raises Invalid: values that cannot be; an infinite mean amount is one.
    """
    refuse("amount", flaws_of_amount("mean", amount.mean))
    purchases = model.forecast(terms.periods, terms.step)(history)
    flows = tuple(
        Flow(period, number, factor, terms.margin * amount.mean * number * factor)
        for period, (number, factor) in enumerate(zip(purchases, _factors(terms), strict=True), 1)
    )
    return LifetimeValue(fsum(flow.value for flow in flows), fsum(purchases), flows, amount, terms, model, history)


def lifetime_values(
    model: Forecasts[History], customers: Iterable[tuple[History, Amount]], terms: Terms
) -> list[float]:
    """The values of many customers, in their order and equal to ``lifetime_value`` to the last digit.

    :raises Invalid: as ``lifetime_value``.
    """
    forecast, factors = model.forecast(terms.periods, terms.step), _factors(terms)
    values = []
    for history, amount in customers:
        refuse("amount", flaws_of_amount("mean", amount.mean))
        worth = terms.margin * amount.mean
        purchases = forecast(history)
        values.append(fsum(worth * number * factor for number, factor in zip(purchases, factors, strict=True)))
    return values


def per_period(yearly: float, periods_a_year: float) -> float:
    """The discount of one period that comes to the yearly one: 15 % a year is .27 % a week, not 15 % / 52.

    :param periods_a_year: from 0.01 to 1,000,000.
    :raises Invalid: a rate or a number of periods beyond reason.
    """
    flaws = [*flaws_of_rate("yearly", yearly), *flaws_within("periods_a_year", periods_a_year, 0.01, 1e6)]
    refuse("", flaws)
    return float((1.0 + yearly) ** (1.0 / periods_a_year)) - 1.0


def _factors(terms: Terms) -> list[float]:
    """What a payment at the end of each period is worth today."""
    return [(1.0 + terms.discount) ** -period for period in range(1, terms.periods + 1)]
