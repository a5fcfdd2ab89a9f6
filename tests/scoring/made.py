"""Small policies and facts that the tests of scoring share; all made up."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from crmcore.scoring import Band, Categories, Category, Factor, Grade, ScoringPolicy

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)

UNKNOWN = Band(None, 0, "unknown")
NONE = Band(None, 0, "none")


def banded(key: str, *bands: tuple[Any, int, str], **fields: Any) -> Factor:
    """A factor of bands; it asks the field of its own name unless told otherwise."""
    common = {"source": "field", "params": {"name": key}, "missing": UNKNOWN, "not_applicable": NONE}
    return Factor(key=key, bands=tuple(Band(*band) for band in bands), **{**common, **fields})


def worded(key: str, **fields: Any) -> Factor:
    """A factor that takes any text: ten points for ``good``, none for another."""
    words = Categories((Category(("good",), 10, "good"),), Band(None, 0, "other"))
    given = {"source": "field", "params": {"name": key}, "missing": UNKNOWN, "not_applicable": NONE}
    return Factor(key=key, categories=words, **{**given, **fields})


def low_high(key: str, at: Any = 10, points: int = 10, **fields: Any) -> Factor:
    """A factor with two bands, ``low`` without points and ``high``."""
    return banded(key, (None, 0, "low"), (at, points, "high"), **fields)


def policy(*factors: Factor, grades: tuple[Grade, ...] | None = None, **fields: Any) -> ScoringPolicy:
    """A policy; by the sum, A from 10 points on, unless told otherwise."""
    named: Mapping[str, Any] = {"id": "made", "version": "1", "subject": "customer", **fields}
    return ScoringPolicy(factors=factors, grades=grades or (Grade("B"), Grade("A", 10)), **named)
