"""How alike two names are, 0–100, and which of their parts make them so. All points stand here."""

from functools import lru_cache
from typing import Final, NamedTuple

from attrs import frozen

from crmcore.matching.distance import common_length, edits
from crmcore.matching.forms import COMPANIES
from crmcore.matching.parts import NameParts
from crmcore.matching.rarity import rarity
from crmcore.matching.regions import areas_of, lies_in
from crmcore.matching.tables import syllables

_BRAND: Final = 55.0
_TRADE: Final = 22.0
_REGION: Final = 18.0
_FORM: Final = 5.0
_BRANCH: Final = -25.0


class Part(NamedTuple):
    """One component of a comparison: how the two names relate in it, and the points that gives or takes."""

    component: str
    verdict: str
    points: float


class Relation(NamedTuple):
    """How two parts relate, and how much of the component's points that is worth, from 0 to 1."""

    verdict: str
    share: float


@frozen
class Comparison:
    """A score from 0 to 100, and its parts, which add up to the score."""

    score: float
    parts: tuple[Part, ...] = ()

    def verdict(self, component: str) -> str:
        """How the names relate in one component; empty where that was not compared."""
        return next((part.verdict for part in self.parts if part.component == component), "")


EQUAL: Final = Relation("equal", 1.0)
_HOMOPHONE: Final = Relation("homophone", 0.86)
_SWAPPED: Final = Relation("swapped", 0.84)
_DIFFERENT: Final = Relation("different", 0.0)
_NONE: Final = Relation("missing", 0.0)
#: One edit: at least so much, and so much more the rarer what is left; in brands of three and more, and shorter ones.
_ONE_EDIT: Final = (0.72, 0.12)
_ONE_EDIT_SHORT: Final = (0.62, 0.16)
#: Slips that hardly happen by chance count as rare, however common what is left.
_SLIP: Final = 0.7
#: What a missing region is worth where there is no brand either.
_UNKNOWN: Final = 0.6
_LONG: Final = 3
_NUMERALS: Final = frozenset("0123456789零一二三四五六七八九十百千甲乙丙丁")
_SAME_CONTENT: Final = 100.0


def compare(one: NameParts, other: NameParts, rare: float | None = None) -> Comparison:
    """How alike two names are; the same whichever is given first.

    :param rare: how rare the brand is, from 0 (everywhere) to 1 (unique); estimated from its characters if None.
    """
    if not one.full or not other.full:
        return Comparison(0.0)
    if one.full == other.full:
        return Comparison(100.0, (Part("name", "equal", 100.0),))
    if (one.full, one.region) > (other.full, other.region):  # one order, so that the answer is the same both ways
        one, other = other, one
    if rare is None:
        rare = min(rarity(one.brand), rarity(other.brand))
    if one.script == "chinese" and other.script == "chinese":
        return _sum(_chinese(one, other, rare))
    return _sum(_words(one, other))


def _sum(parts: list[Part]) -> Comparison:
    return Comparison(round(max(0.0, min(100.0, sum(part.points for part in parts))), 1), tuple(parts))


def _chinese(one: NameParts, other: NameParts, rare: float) -> list[Part]:
    brand, trade = _cores(one, other, rare)
    region = _regions(one, other)
    if brand is _NONE:  # without brands, region and trade are all there is
        brand = Relation("missing", trade.share * max(0.0, region.share if region is not _NONE else _UNKNOWN))
    elif brand in {_HOMOPHONE, _SWAPPED}:
        rare = max(rare, _SLIP)
    parts = [
        Part("brand", brand.verdict, _BRAND * brand.share),
        _part("trade", trade, _TRADE, rare),
        _part("region", region, _REGION, rare),
        _part("form", _forms(one.form, other.form), _FORM, rare),
    ]
    if one.branch != other.branch:
        parts.append(Part("branch", "different", _BRANCH))
    return parts


#: What an absent part is worth: at least so much, and so much more the rarer the brand.
_ABSENT: Final = {"trade": (0.5, 0.4), "region": (0.5, 0.4), "form": (0.6, 0.2)}


def _part(component: str, relation: Relation, points: float, rare: float) -> Part:
    """The points of a component; one that a name lacks counts by the rarity of the brand."""
    share = relation.share
    if relation.verdict == "missing":
        least, more = _ABSENT[component]
        share = least + more * rare
    return Part(component, relation.verdict, points * share)


def _cores(one: NameParts, other: NameParts, rare: float) -> tuple[Relation, Relation]:
    """How brands and trades relate; where the two were split differently, the same text in the same order is equal."""
    if one.brand != other.brand and (whole := _whole(one, other)):
        return whole
    if not one.brand and not other.brand:
        return _NONE, _trades(one.trade, other.trade)
    brand = _brands(one.brand, other.brand, rare) if one.brand and other.brand else _DIFFERENT
    if brand is _DIFFERENT:  # a slip may have moved the end of the brand
        for left, right in ((one.core, other.core), (one.region + one.core, other.region + other.core)):
            if min(len(left), len(right)) > _LONG and (slip := _brands(left, right, rare)) is not _DIFFERENT:
                return slip, EQUAL
    return brand, _trades(one.trade, other.trade)


def _whole(one: NameParts, other: NameParts) -> tuple[Relation, Relation] | None:
    """The relation of brand and trade taken together, where one name's runs through the other's boundaries."""
    core, longer = sorted((one.core, other.core), key=len)
    if core == longer:
        return EQUAL, EQUAL
    brand = max(one.brand, other.brand, key=len)
    if one.brand and other.brand and len(core) > 1 and longer.startswith(brand) and core.startswith(brand):
        shortest = min(len(one.brand), len(other.brand))
        return EQUAL, _trades(one.core[shortest:], other.core[shortest:])
    bare, full = sorted((one.region + one.core, other.region + other.core), key=len)
    if len(core) > 1 and bare != full and full.endswith(bare) and areas_of(full[: -len(bare)]):
        return EQUAL, EQUAL
    return None


def _brands(one: str, other: str, rare: float) -> Relation:
    """How two brands relate."""
    if one == other:
        return EQUAL
    if abs(len(one) - len(other)) > 1:
        return _DIFFERENT
    if len(one) == len(other):
        if _read_alike(one, other):
            return _HOMOPHONE
        if sorted(one) == sorted(other) and edits(one, other, 2) <= 2:
            return _SWAPPED
    if edits(one, other, 1) > 1 or _numbered_apart(one, other):
        return _DIFFERENT
    least, more = _ONE_EDIT if min(len(one), len(other)) >= _LONG else _ONE_EDIT_SHORT
    return Relation("one-edit", least + more * rare)


def _numbered_apart(one: str, other: str) -> bool:
    """Whether two texts of one length differ in numerals only: 第一 and 第二 are no slip of the pen."""
    return len(one) == len(other) and all(
        left == right or {left, right} <= _NUMERALS for left, right in zip(one, other, strict=True)
    )


def _read_alike(one: str, other: str) -> bool:
    """Whether two texts are read alike, character by character."""
    sounds = syllables()
    return all(
        left == right or ((sound := sounds.get(left)) is not None and sound == sounds.get(right))
        for left, right in zip(one, other, strict=True)
    )


# Trades in general: those who name one of them often write another.
_GENERAL: Final = frozenset(
    "贸易 商贸 经贸 工贸 科贸 物贸 商业 实业 百货 贸易发展 商贸发展 经济贸易 国际贸易 进出口 进出口贸易".split()
)
# Words that say how, not in what, a company works; they come and go.
_MANNERS: Final = (
    "有限 发展 开发 经营 销售 服务 管理 工程 设备 制品 产品 制造 加工 用品 器材 材料 技术 科技 工业 实业 生产 贸易 商贸 建设 安装 咨询 厂 业"
).split()


@lru_cache(maxsize=8192)
def _trades(one: str, other: str) -> Relation:
    """How two trades relate."""
    if one == other:
        return EQUAL
    if not one or not other:
        return _NONE
    if one in _GENERAL and other in _GENERAL:
        return Relation("alike", 0.85)
    short, long = sorted((one, other), key=len)
    if long.startswith(short) or long.endswith(short):
        return Relation("contained", 0.7 + 0.25 * len(short) / len(long))
    if (matter := _matter(one)) and matter == _matter(other):
        return Relation("alike", 0.85)
    share = 2 * common_length(one, other) / (len(one) + len(other))
    return Relation("overlapping", 0.8 * share) if share >= 0.4 else _DIFFERENT


def _matter(trade: str) -> str:
    """A trade without the words that say how it is done."""
    for word in _MANNERS:
        trade = trade.removesuffix(word)
    return trade


_WRITTEN: Final = Relation("contained", 0.95)
_INSIDE: Final = Relation("inside", 0.5)
_SAME_PROVINCE: Final = Relation("same-province", -0.3)
_CONFLICT: Final = Relation("conflict", -0.6)


def _regions(one: NameParts, other: NameParts) -> Relation:
    """How two regions relate."""
    if not one.areas or not other.areas:
        return EQUAL if one.region and one.region == other.region else _NONE
    if one.areas == other.areas:
        return EQUAL if one.region == other.region else _WRITTEN
    return max((_areas(left, right) for left in one.areas for right in other.areas), key=lambda found: found.share)


def _areas(one: str, other: str) -> Relation:
    if one == other:
        return _WRITTEN
    if lies_in(one, other) or lies_in(other, one):
        return _INSIDE
    return _SAME_PROVINCE if one[:2] == other[:2] else _CONFLICT


def _forms(one: str, other: str) -> Relation:
    """How two forms relate: companies of whatever kind are alike."""
    if one == other:
        return EQUAL
    if not one or not other:
        return _NONE
    return Relation("alike", 0.7) if one in COMPANIES and other in COMPANIES else _DIFFERENT


def _words(one: NameParts, other: NameParts) -> list[Part]:
    return [Part("name", "different", 0.0)]


def comparison_texts(comparison: Comparison, lang: str = "en") -> tuple[str, ...]:
    """The comparison in words, a line for each part."""
    return tuple(f"{component}: {verdict} {points:+.1f}" for component, verdict, points in comparison.parts)
