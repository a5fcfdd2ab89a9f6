"""BG/BB: how many chances to buy a customer will take who buys at most once at each, such as a yearly gift.

P. Fader, B. Hardie, J. Shang, "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", Marketing Science 29
(2010).
"""

import math
from collections.abc import Callable, Iterable
from itertools import accumulate
from operator import mul
from typing import ClassVar, Self

from attrs import field, frozen

from crmcore.scoring.clv.chances import Chances, Tables, Taken, flaws_of_chances, log_sum, parameters_at
from crmcore.scoring.clv.coordinates import BUYING_ODDS, BUYING_SIZE, CHURN_ODDS, CHURN_SIZE
from crmcore.scoring.clv.fits import LEAST, Fit, fitted, too_little
from crmcore.scoring.clv.numbers import discounted_stay
from crmcore.scoring.clv.optimise import Point, gain, maximise
from crmcore.scoring.clv.purchases import Window
from crmcore.scoring.clv.rows import (
    MOST_STEPS,
    SHAPE,
    checked,
    flaws_of_count,
    flaws_of_one,
    flaws_of_rate,
    refuse,
)

#: Where the climbs start: size and odds of the chance to buy, size and odds of the chance to leave.
STARTS: tuple[Point, ...] = (
    (0.7, 0.0, 1.0, -1.5),
    (0.0, -1.0, 0.0, -1.0),
    (2.0, -0.5, 3.0, -2.5),
)
#: Fewer chances than this leave fewer outcomes than parameters.
FEWEST_CHANCES = 3


@frozen
class BGBB:
    """While active, a customer takes each chance with a probability that is Beta(alpha, beta) over customers.

    Before each chance the customer may leave for good, with a probability that is Beta(gamma, delta).
    """

    name: ClassVar[str] = "bg-bb"

    alpha: float = field(validator=SHAPE)
    beta: float = field(validator=SHAPE)
    gamma: float = field(validator=SHAPE)
    delta: float = field(validator=SHAPE)

    @classmethod
    def fit(cls, rows: Iterable[Chances], *, window: Window | None = None, least: int = LEAST) -> Fit[Self]:
        """The parameters under which these customers are most likely.

        Where nobody has had three chances, the outcomes are too few to tell four parameters: too little data.

        :param least: fewer customers who took a chance than this are too little data.
        :raises Invalid: rows that cannot be, each named by index and field.
        """
        kept = [Chances(*row) for row in checked(rows, "chances", flaws_of_chances)]
        data = Taken(kept)
        takers = sum(row.customers for row in kept if row.frequency)
        if takers < max(least, 1) or data.most < FEWEST_CHANCES:
            return too_little(cls.name, data.n, window)
        axes = (BUYING_SIZE, BUYING_ODDS, CHURN_SIZE, CHURN_ODDS)
        optimum = maximise(data.slope, axes, STARTS, data.n)
        churn = gain(data.slope, axes, optimum, axes.index(CHURN_ODDS))
        return fitted(cls.name, cls(*parameters_at(optimum.point)), optimum, data.n, window, churn)

    def p_alive(self, row: Chances) -> float:
        """How likely the customer is still there for the chance after the last one; never a churn risk.

        See ``BGNBD.p_alive``: it says nothing of whether the customer will buy. Use ``expected``.

        :raises Invalid: values that cannot be.
        """
        refuse("row", flaws_of_chances(*row))
        frequency, recency, chances = row[:3]
        tables = Tables(self.alpha, self.beta, self.gamma, self.delta, chances)
        staying = log_likelihood = tables.staying(frequency, chances)
        for last in range(recency, chances):
            log_likelihood = log_sum(log_likelihood, tables.leaving(frequency, last))
        still = (self.delta + chances) / (self.gamma + self.delta + chances)
        return math.exp(staying - log_likelihood) * still

    def expected(self, row: Chances, ahead: int) -> float:
        """How many of the next chances to expect this customer to take.

        :param ahead: how many chances.
        :raises Invalid: values that cannot be.
        """
        return math.fsum(self.forecast(ahead)(row))

    def expected_new(self, ahead: int) -> float:
        """How many of so many chances to expect a new customer to take.

        :raises Invalid: no whole number from 0.
        """
        return self.expected(Chances(0, 0, 0), ahead)

    def discounted(self, row: Chances, discount: float) -> float:
        """How many chances to expect this customer ever to take, each discounted (DERT), the next one once.

        Without a discount the sum is infinite where gamma ≤ 1.

        :param discount: from one chance to the next.
        :raises Invalid: values that cannot be.
        """
        refuse("", flaws_of_rate("discount", discount))
        factor = 1.0 / (1.0 + discount)
        stay = discounted_stay(factor, self.gamma, self.delta + row[2] + 1)
        return self.p_alive(row) * self._takes(row) * factor * stay

    def predict_many(self, rows: Iterable[Chances], ahead: int) -> list[float]:
        """``expected`` for many rows, in their order and equal to the last digit; ``customers`` makes no difference.

        :raises Invalid: rows that cannot be, each named by index and field.
        """
        known: dict[tuple[int, int, int], float] = {}
        forecast = self.forecast(ahead)
        answers = []
        for row in checked(rows, "chances", flaws_of_chances):
            key = row[:3]
            if key not in known:
                known[key] = math.fsum(forecast(row))
            answers.append(known[key])
        return answers

    def forecast(self, periods: int, step: float = 1.0) -> Callable[[Chances], tuple[float, ...]]:
        """A function that tells how likely a customer takes each of the next chances.

        :param step: 1: the model knows no time but the chances.
        :raises Invalid: here or in the function: values that cannot be.
        """
        refuse("", [*flaws_of_count("periods", periods, 0, MOST_STEPS), *flaws_of_one("step", step)])

        def expected(row: Chances) -> tuple[float, ...]:
            takes = self.p_alive(row) * self._takes(row)
            chances = range(row[2] + 1, row[2] + periods)
            stays = ((self.delta + chance) / (self.gamma + self.delta + chance) for chance in chances)
            return tuple(accumulate(stays, mul, initial=takes)) if periods else ()

        return expected

    def _takes(self, row: Chances) -> float:
        """How likely the customer is to take a chance while there."""
        return (self.alpha + row[0]) / (self.alpha + self.beta + row[2])
