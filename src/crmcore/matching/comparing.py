"""How alike two names are, 0–100, and which of their parts make them so. All points stand here."""

from typing import Final, NamedTuple

from attrs import frozen

from crmcore.matching import relations, words
from crmcore.matching.parts import NameParts
from crmcore.matching.rarity import rarity
from crmcore.matching.relations import MISSING, Relation

_BRAND: Final = 55.0
_TRADE: Final = 22.0
_REGION: Final = 18.0
_FORM: Final = 5.0
_WORDS: Final = 95.0
#: A branch is related to its company and to other branches, and is neither.
_BRANCH: Final = -25.0
_MOST: Final = 100.0

#: What a part is worth that one name lacks: at least so much of its points, and so much more the rarer the rest.
_ABSENT: Final = {"trade": (0.5, 0.4), "region": (0.5, 0.4), "form": (0.6, 0.2)}
#: Slips that hardly happen by chance count as rare, however common what is left.
_SLIP: Final = 0.7
#: What a missing region is worth where there is no brand either.
_UNKNOWN: Final = 0.6
_SLIPS: Final = frozenset({"homophone", "swapped"})


class Part(NamedTuple):
    """One component of a comparison: how the two names relate in it, and the points that gives or takes."""

    component: str
    verdict: str
    points: float


@frozen
class Comparison:
    """A score from 0 to 100, and its parts, whose points make it up: (component, verdict, points)."""

    score: float
    parts: tuple[Part, ...] = ()

    def verdict(self, component: str) -> str:
        """How the names relate in one component; empty where that was not compared."""
        return next((part.verdict for part in self.parts if part.component == component), "")


_NOTHING: Final = Comparison(0.0)
_SAME: Final = Comparison(_MOST, (Part("name", "equal", _MOST),))


def compare(one: NameParts, other: NameParts, rare: float | None = None) -> Comparison:
    """How alike two names are; the same whichever is given first.

    :param rare: how rare what they have in common is, from 0 (everywhere) to 1 (found nowhere else); an index knows it
        from its records, otherwise it is estimated from the characters of the brands.
    """
    if not one.full or not other.full:
        return _NOTHING
    if one.full == other.full:
        return _SAME
    if rare is None:
        rare = min(rarity(one.brand), rarity(other.brand))
    parts = _chinese(one, other, rare) if one.script == other.script == "chinese" else _words(one, other, rare)
    if one.branch != other.branch:
        parts.append(Part("branch", "different", _BRANCH))
    return Comparison(round(max(0.0, min(_MOST, sum([part.points for part in parts]))), 1), tuple(parts))


def _chinese(one: NameParts, other: NameParts, rare: float) -> list[Part]:
    brand, trade = relations.cores(one, other, rare)
    region = relations.regions(one, other)
    if brand is MISSING:  # without brands, region and trade are all there is
        place = _UNKNOWN if region is MISSING else max(0.0, region.share)
        brand = Relation("missing", trade.share * place)
    elif brand.verdict in _SLIPS:
        rare = max(rare, _SLIP)
    return [
        Part("brand", brand.verdict, _BRAND * brand.share),
        _part("trade", trade, _TRADE, rare),
        _part("region", region, _REGION, rare),
        _part("form", relations.forms(one.form, other.form), _FORM, rare),
    ]


def _words(one: NameParts, other: NameParts, rare: float) -> list[Part]:
    share = words.alike(one.brand, other.brand)
    verdict = "equal" if share == 1 else "alike" if share else "different"
    form = relations.forms(one.form, other.form)
    return [Part("name", verdict, _WORDS * share), _part("form", form, _FORM, rare)]


def _part(component: str, relation: Relation, points: float, rare: float) -> Part:
    """The points of a component; one that a name lacks counts by the rarity of the rest."""
    if relation is not MISSING:
        return Part(component, relation.verdict, points * relation.share)
    least, more = _ABSENT[component]
    return Part(component, relation.verdict, points * (least + more * rare))
