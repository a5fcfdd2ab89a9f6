"""What type checkers must make of tables and workers. Never run: mypy and pyright read it."""

from concurrent.futures import Executor
from datetime import datetime
from operator import neg
from typing import assert_type

import polars as pl

from crmcore.charts import backtest_html
from crmcore.columnar import features_frame, score_frame
from crmcore.parallel import Chunk, backtest_all, evaluate_all, run
from crmcore.scoring import History, Report, Score, ScoringPolicy


def a_table_stays_what_it_is(policy: ScoringPolicy, eager: pl.DataFrame, lazy: pl.LazyFrame, at: datetime) -> None:
    """A lazy table gives a lazy one, and an eager one an eager one."""
    assert_type(score_frame(policy, eager), pl.DataFrame)
    assert_type(score_frame(policy, lazy), pl.LazyFrame)
    assert_type(features_frame(policy, eager, at), pl.DataFrame)
    assert_type(features_frame(policy, lazy, at, lazy), pl.LazyFrame)


def results_are_of_the_chunks_kind(pool: Executor) -> None:
    """What is run tells what comes back; an executor or what makes one is taken."""
    assert_type(run([Chunk("a", "b", len, ("x",))], pool), list[int])
    run([Chunk("a", "b", neg, (1,))], lambda: pool)


def scores_and_reports(policy: ScoringPolicy, history: History, at: datetime, pool: Executor) -> None:
    """Workers give what one process gives; a report becomes a page."""
    assert_type(evaluate_all([policy], [{"x": 1}], at, pool), list[list[Score]])
    reports = backtest_all([policy], history, at, 30, pool)
    assert_type(reports, list[Report])
    assert_type(backtest_html(reports[0], lang="zh"), str)
