"""What fitting a model gives back: the parameters, or why there are none, and where they come from."""

import math
from typing import Any, Generic, Literal, TypeVar

from attrs import evolve, field, frozen

from crmcore.scoring.clv.optimise import Limit, Optimum
from crmcore.scoring.clv.purchases import Window

Model = TypeVar("Model")

Status = Literal[
    "converged",  # the likelihood has its maximum inside, at these parameters
    "boundary",  # it is largest at a limit of the model, named in ``limits``; the parameters stand near it
    "no-churn",  # nothing in the data says that anybody leaves: it is hardly less likely if nobody does
    "infinite-mean",  # parameters were found, inside or at a limit, whose mean is infinite
    "not-converged",  # no maximum was found within the iterations allowed
    "too-little-data",  # nothing was tried: too few customers tell anything of the parameters
]

#: Customers who must tell something of the parameters, such as by having bought again, before anything is fitted.
LEAST = 10
#: Log-likelihood by which the two parameters of leaving must explain the data better than nobody leaving does: half of
#: the 95 % point of chi-square with two degrees of freedom.
NO_EVIDENCE = 3.0


@frozen
class Fit(Generic[Model]):
    """How fitting a model ended.

    ``parameters`` is the model itself, ready to predict; None after "not-converged" and "too-little-data".
    ``log_likelihood`` is that of all customers together, by the natural logarithm; None where nothing was fitted. ``n``
    counts the customers that were fitted to, ``iterations`` the steps from all starting points together. ``limits``
    names the limits of the model that are as likely as the parameters. ``window`` says where the data comes from, if
    the caller told.
    """

    model: str
    status: Status
    parameters: Model | None = None
    log_likelihood: float | None = None
    n: int = 0
    iterations: int = 0
    limits: tuple[Limit, ...] = ()
    window: Window | None = field(default=None, kw_only=True)

    def but(self, status: Status) -> "Fit[Model]":
        """The same with another status."""
        return evolve(self, status=status)


def too_little(model: str, n: int, window: Window | None) -> Fit[Any]:
    """The answer where the data cannot tell the parameters."""
    return Fit(model, "too-little-data", n=n, window=window)


def fitted(
    model: str, parameters: Model, optimum: Optimum, n: int, window: Window | None, churn: float = math.inf
) -> Fit[Model]:
    """The answer after a climb.

    :param churn: by how much the mean log-likelihood is higher than at best where nobody leaves.
    """
    limits = telling(optimum.limits)
    status: Status = "no-churn" if churn * n <= NO_EVIDENCE else _status(limits, optimum.level)
    return Fit(
        model,
        status,
        None if status == "not-converged" else parameters,
        optimum.value * n,
        n,
        optimum.iterations,
        limits,
        window=window,
    )


def telling(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """The limits less those that follow from another: where nobody leaves, customers do not differ in leaving."""
    idle: set[Limit] = set()
    if "no-churn" in limits or "all-churn" in limits:
        idle |= {"equal-churn", "extreme-churn"}
    if "always-buy" in limits:
        idle |= {"equal-rates", "extreme-rates"}
    return tuple(limit for limit in limits if limit not in idle)


def _status(limits: tuple[Limit, ...], level: bool) -> Status:  # noqa: FBT001
    if limits:
        return "boundary"
    return "converged" if level else "not-converged"
