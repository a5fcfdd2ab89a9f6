"""The sample in tests/scoring/data, which referee.py made, and what must be found in it."""

import csv
import json
from pathlib import Path
from typing import Any, TypeVar

from crmcore.scoring.clv import Chances, Fit, Purchases, Spend

Model = TypeVar("Model")

DATA = Path(__file__).parent.parent / "data"

#: Fader and Hardie (2007), years 0 to 7: customers of a firm with its regular and its high-end product.
REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241)
HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def purchases() -> list[Purchases]:
    """The purchases of 500 made-up customers over 26 to 39 weeks."""
    return [
        Purchases(int(row["frequency"]), float(row["recency"]), float(row["age"])) for row in _rows("purchases.csv")
    ]


def spends() -> list[Spend]:
    """The mean amounts of the same customers."""
    return [Spend(int(row["frequency"]), float(row["spend"])) for row in _rows("purchases.csv")]


def chances() -> list[Chances]:
    """What 800 made-up customers made of six chances."""
    return [Chances(*(int(value) for value in row.values())) for row in _rows("chances.csv")]


def found(fit: Fit[Model]) -> Model:
    """The parameters of a fit that must have some."""
    assert fit.parameters is not None
    return fit.parameters


def expected() -> dict[str, Any]:
    """What the referee found."""
    figures: dict[str, Any] = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    return figures
