"""Scoring: policies as data, evaluated, explained, linted, compared, judged by what became of cases, and fitted to it.

Pure: features are computed as of a moment that is given, and nothing here reads a clock, a storage or a file, but for
the policies that are shipped as part of the package.
"""

from crmcore.scoring.backtesting import Demands, Report, assess, backtest, probability
from crmcore.scoring.cases import Case, History, Observed, observe
from crmcore.scoring.combine import Dimension, FirstMatch, Gap, Level, Matrix, Rule, Sum
from crmcore.scoring.compare import Change, Comparison, Difference, diff, why_changed
from crmcore.scoring.compiling import Evaluator, evaluator
from crmcore.scoring.explaining import Explanation, Row, explain, shown
from crmcore.scoring.facts import AsOf, Fact, Facts, Field
from crmcore.scoring.findings import Finding
from crmcore.scoring.fitting import Candidate, Fit, Plan, fit
from crmcore.scoring.lint_segments import Vocabulary, lint_segment
from crmcore.scoring.linting import lint, sound
from crmcore.scoring.overrides import Override, Standing, standing
from crmcore.scoring.parts import Band, Categories, Category, Factor, Grade
from crmcore.scoring.policy import Provenance, ScoringPolicy, as_data, in_effect
from crmcore.scoring.presets import shipped, shipped_names, shipped_text
from crmcore.scoring.promises import Service
from crmcore.scoring.reading import from_json, from_toml, json_of, policy_from, toml_of
from crmcore.scoring.score import Score, evaluate, evaluate_many, score_data, score_from
from crmcore.scoring.segments import (
    Segment,
    explain_match,
    matches,
    members,
    segment_data,
    segment_from,
    segments_from_toml,
    segments_toml,
)
from crmcore.scoring.service import Person, Request, Served, Shortfall, shortfalls, underserved
from crmcore.scoring.sources import SOURCES, Bound, Source, bind, bind_all
from crmcore.scoring.values import MISSING, NOT_APPLICABLE, Evidence, Feature, Value

__all__ = [
    "MISSING",
    "NOT_APPLICABLE",
    "SOURCES",
    "AsOf",
    "Band",
    "Bound",
    "Candidate",
    "Case",
    "Categories",
    "Category",
    "Change",
    "Comparison",
    "Demands",
    "Difference",
    "Dimension",
    "Evaluator",
    "Evidence",
    "Explanation",
    "Fact",
    "Factor",
    "Facts",
    "Feature",
    "Field",
    "Finding",
    "FirstMatch",
    "Fit",
    "Gap",
    "Grade",
    "History",
    "Level",
    "Matrix",
    "Observed",
    "Override",
    "Person",
    "Plan",
    "Provenance",
    "Report",
    "Request",
    "Row",
    "Rule",
    "Score",
    "ScoringPolicy",
    "Segment",
    "Served",
    "Service",
    "Shortfall",
    "Source",
    "Standing",
    "Sum",
    "Value",
    "Vocabulary",
    "as_data",
    "assess",
    "backtest",
    "bind",
    "bind_all",
    "diff",
    "evaluate",
    "evaluate_many",
    "evaluator",
    "explain",
    "explain_match",
    "fit",
    "from_json",
    "from_toml",
    "in_effect",
    "json_of",
    "lint",
    "lint_segment",
    "matches",
    "members",
    "observe",
    "policy_from",
    "probability",
    "score_data",
    "score_from",
    "segment_data",
    "segment_from",
    "segments_from_toml",
    "segments_toml",
    "shipped",
    "shipped_names",
    "shipped_text",
    "shortfalls",
    "shown",
    "sound",
    "standing",
    "toml_of",
    "underserved",
    "why_changed",
]
