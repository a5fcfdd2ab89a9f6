"""Real leads graded by points written by hand, by fitted points, and by scikit-learn's logistic regression.

To be run as ``python tests/benchmarks/leads.py``; it needs scikit-learn and the public files that tests/README.md
tells of. All are judged on the same cases, and what is fitted on the same folds.
"""

import sys
from datetime import UTC
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore.scoring import Case, Plan, Report, assess, backtest, bind_all, fit, observe
from crmcore.scoring.logistic import sigmoid
from crmcore.scoring.statistics import auc_interval, calibration, calibration_error
from tests.benchmarks.harness import report
from tests.conftest import data_folder
from tests.real import maven, pipeline, xeducation
from tests.real.regression import regression

Line = tuple[str, ...]


def main() -> None:
    """Judge and print."""
    rows = xeducation.leads(data_folder() / xeducation.FILE)
    history = xeducation.history(rows)
    candidates = xeducation.candidates(xeducation.columns(rows))
    cases = observe(history, bind_all(candidates, UTC), xeducation.CUTOFF, xeducation.HORIZON_DAYS).cases
    by_hand = backtest(xeducation.hand_written(), history, xeducation.CUTOFF, xeducation.HORIZON_DAYS)
    fitted = fit(cases, candidates, Plan("fitted-leads", "1", "lead"))
    assert fitted.policy is not None
    assert fitted.auc is not None
    head = ("what", "AUC", "from … to", "calibration error", "factors")
    lines = [
        _line(
            "points by hand, in a matrix",
            by_hand.auc,
            by_hand.calibration_error,
            len(xeducation.hand_written().factors),
        ),
        _line(
            "fitted, whole points, cross-validated", fitted.auc, fitted.calibration_error, len(fitted.policy.factors)
        ),
        _referee(cases, [one.key for one in candidates]),
    ]
    report(f"{len(cases):,} leads of an online school, {sum(case.outcome for case in cases):,} converted", head, lines)
    graded = [("by hand", by_hand), ("fitted", assess(fitted.policy, cases))]
    report("Conversion by grade", ("points", "grade", "leads", "converted", "÷ base"), _grades(graded))
    leaky = backtest(xeducation.leaky(), history, xeducation.CUTOFF, xeducation.HORIZON_DAYS)
    found = [(one.factor, one.reason, "" if one.auc is None else f"{one.auc:.2f}") for one in leaky.suspects]
    report("Columns that sales people fill in, put in", ("factor", "suspected for", "AUC alone"), found)
    _deals()


def _line(name: str, area: tuple[float, float, float] | None, error: float | None, factors: int) -> Line:
    value, low, high = area or (0.0, 0.0, 0.0)
    return name, f"{value:.3f}", f"{low:.3f} to {high:.3f}", f"{error:.3f}", str(factors)


def _referee(cases: tuple[Case, ...], names: list[str]) -> Line:
    scores, outcomes = regression(cases, names), [case.outcome for case in cases]
    error = calibration_error(calibration([sigmoid(score) for score in scores], outcomes))
    return _line("scikit-learn, one-hot, cross-validated", auc_interval(scores, outcomes), error, len(names))


def _grades(graded: list[tuple[str, Report]]) -> list[Line]:
    return [
        (name, str(row.grade), f"{row.n:,}", f"{row.rate or 0:.1%}", f"{row.lift or 0:.2f}")
        for name, judged in graded
        for row in reversed(judged.grades)
    ]


def _deals() -> None:
    """A pipeline of which nothing on record tells who is won."""
    deals = pipeline.cases(data_folder() / maven.FILE, data_folder() / pipeline.ACCOUNTS)
    fitted = fit(deals, pipeline.CANDIDATES, Plan("deals", "1", "opportunity"))
    by_hand = backtest(pipeline.promising(), pipeline.history(deals), pipeline.CUTOFF, 30)
    names = [one.key for one in pipeline.CANDIDATES]
    lines = [
        ("points by hand", *_line("", by_hand.auc, by_hand.calibration_error, 2)[1:3], by_hand.status),
        ("fitted, cross-validated", *_line("", fitted.auc, fitted.calibration_error, 0)[1:3], fitted.status),
        ("scikit-learn, cross-validated", *_referee(deals, names)[1:3], ""),
    ]
    report(f"{len(deals):,} closed deals of a sales pipeline", ("what", "AUC", "from … to", "verdict"), lines)


if __name__ == "__main__":
    main()
