"""How alike two names are, 0–100, and which of their parts make them so."""

from typing import Literal

from attrs import frozen

from crmcore.errors import Language
from crmcore.kernel.refusals import Label
from crmcore.matching.parts import NameParts

Component = Literal["name", "brand", "trade", "region", "form", "branch"]


@frozen
class Comparison:
    """A score from 0 to 100, and its parts: (component, verdict, points), which add up to the score."""

    score: float
    parts: tuple[tuple[str, str, float], ...] = ()


def compare(one: NameParts, other: NameParts, rarity: float | None = None) -> Comparison:
    """How alike two names are; the same whichever is given first.

    :param rarity: how rare the brand is, from 0 (everywhere) to 1 (unique); estimated from its characters if None.
    """
    same = one.full == other.full and bool(one.full)
    return Comparison(100.0 if same else 0.0, (("name", "same" if same else "different", 100.0 if same else 0.0),))


def comparison_texts(comparison: Comparison, lang: Language = "en") -> tuple[str, ...]:
    """The comparison in words, a line for each part."""
    return tuple(f"{component}: {verdict} {points:+.1f}" for component, verdict, points in comparison.parts)


LABELS: dict[str, Label] = {}
