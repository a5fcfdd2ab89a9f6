"""Customer lifetime value by published models, in plain Python: fit, predict, value. See docs/explanation/clv.md.

| customers … | model |
| --- | --- |
| may buy any time, and never say that they leave | ``BGNBD``, ``MBGNBD`` |
| may buy once at each of a row of chances, and never say that they leave | ``BGBB`` |
| renew a contract or end it | ``SBG`` |
| … and how much they spend on a purchase | ``GammaGamma`` |

Nothing here reads a clock, draws at random or writes. Fitting answers with a ``Fit``, which has a status; only input
that cannot be raises ``Invalid``.
"""

from crmcore.scoring.clv.bg_bb import BGBB
from crmcore.scoring.clv.bg_nbd import BGNBD, MBGNBD
from crmcore.scoring.clv.chances import Chances
from crmcore.scoring.clv.fits import Fit, Status
from crmcore.scoring.clv.gamma_gamma import GammaGamma, correlation
from crmcore.scoring.clv.optimise import Limit
from crmcore.scoring.clv.purchases import Purchases, Spend, Summaries, Summary, Transaction, Window, summaries
from crmcore.scoring.clv.sbg import SBG
from crmcore.scoring.clv.value import Amount, Flow, LifetimeValue, Terms, lifetime_value, lifetime_values, per_period

__all__ = [
    "BGBB",
    "BGNBD",
    "MBGNBD",
    "SBG",
    "Amount",
    "Chances",
    "Fit",
    "Flow",
    "GammaGamma",
    "LifetimeValue",
    "Limit",
    "Purchases",
    "Spend",
    "Status",
    "Summaries",
    "Summary",
    "Terms",
    "Transaction",
    "Window",
    "correlation",
    "lifetime_value",
    "lifetime_values",
    "per_period",
    "summaries",
]
