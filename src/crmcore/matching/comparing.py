"""How alike two names are, 0–100, and which of their parts make them so. All points stand here."""

from math import inf
from typing import Final, NamedTuple

from attrs import frozen

from crmcore.kernel.quick import quick
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
#: A score is rounded: so far below a bound no score reaches it.
_ROUNDED: Final = 0.06

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


@quick
@frozen(weakref_slot=False)
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
    return compare_from(-inf, one, other, rare) or _NOTHING  # nothing is less than that


def compare_from(least: float, one: NameParts, other: NameParts, rare: float | None = None) -> Comparison | None:
    """What ``compare`` gives, or None as soon as it is certain that this is less than ``least``, branches left out.

    Most of many candidates lie elsewhere or have another brand; of these nothing is worked out that is not needed.
    """
    if not one.full or not other.full:
        return _NOTHING
    if one.full == other.full:
        return _SAME
    both_chinese = one.script == other.script == "chinese"
    parts = _chinese(least - _ROUNDED, one, other, rare) if both_chinese else _words(one, other, rare)
    if parts is None:
        return None
    if one.branch != other.branch:
        parts.append(Part("branch", "different", _BRANCH))
    return Comparison(round(max(0.0, min(_MOST, sum([part.points for part in parts]))), 1), tuple(parts))


def _chinese(least: float, one: NameParts, other: NameParts, rare: float | None) -> list[Part] | None:
    """The parts; None where their points stay below ``least``, asked from what is cheap to know to what is not."""
    region = relations.regions(one, other)
    most = _TRADE + _FORM + _points("region", region, _REGION, 1.0 if rare is None else max(rare, _SLIP))
    if _BRAND + most < least:
        return None
    rare = _estimated(one, other) if rare is None else rare
    brand, left, right = relations.cores(one, other, rare)
    if brand is not MISSING and _BRAND * brand.share + most < least:
        return None
    trade = relations.trades(left, right)
    if brand is MISSING:  # without brands, region and trade are all there is
        brand = Relation("missing", trade.share * (_UNKNOWN if region is MISSING else max(0.0, region.share)))
    elif brand.verdict in _SLIPS:
        rare = max(rare, _SLIP)
    form = relations.forms(one.form, other.form)
    return [
        Part("brand", brand.verdict, _BRAND * brand.share),
        Part("trade", trade.verdict, _points("trade", trade, _TRADE, rare)),
        Part("region", region.verdict, _points("region", region, _REGION, rare)),
        Part("form", form.verdict, _points("form", form, _FORM, rare)),
    ]


def _estimated(one: NameParts, other: NameParts) -> float:
    """How rare what two names have in common is, as far as the characters of their brands tell."""
    return min(rarity(one.brand), rarity(other.brand))


def _words(one: NameParts, other: NameParts, rare: float | None) -> list[Part]:
    rare = _estimated(one, other) if rare is None else rare
    share = words.alike(one.brand, other.brand)
    verdict = "equal" if share == 1 else "alike" if share else "different"
    form = relations.forms(one.form, other.form)
    return [Part("name", verdict, _WORDS * share), Part("form", form.verdict, _points("form", form, _FORM, rare))]


def _points(component: str, relation: Relation, points: float, rare: float) -> float:
    """The points of a component; one that a name lacks counts by the rarity of the rest."""
    if relation is not MISSING:
        return points * relation.share
    least, more = _ABSENT[component]
    return points * (least + more * rare)
