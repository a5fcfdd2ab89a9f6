"""Work in chunks on any ``concurrent.futures.Executor``, resumable; and scoring of many policies and cases by it.

Order is kept, and results are those of one process: what is run is pure, and every chunk stands by itself.
"""

from crmcore.parallel.chunks import Chunk, Store, Workers, run
from crmcore.parallel.scoring import Fitting, backtest_all, evaluate_all, fit_all

__all__ = ["Chunk", "Fitting", "Store", "Workers", "backtest_all", "evaluate_all", "fit_all", "run"]
