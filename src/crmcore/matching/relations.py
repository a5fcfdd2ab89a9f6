"""How the parts of two Chinese names relate, and what each relation is worth. All shares stand here.

What was measured on registered names stands behind them: docs/explanation/matching.md.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from crmcore.matching.distance import common_length, edits
from crmcore.matching.parts import NameParts
from crmcore.matching.regions import areas_of, lies_in
from crmcore.matching.tables import syllables


class Relation(NamedTuple):
    """How two parts relate, and which share of a component's points that is worth; below 0 it counts against."""

    verdict: str
    share: float


EQUAL: Final = Relation("equal", 1.0)
DIFFERENT: Final = Relation("different", 0.0)
#: One name lacks the part: its worth depends on how rare the rest is.
MISSING: Final = Relation("missing", 0.0)

# Brands
HOMOPHONE: Final = Relation("homophone", 0.86)
SWAPPED: Final = Relation("swapped", 0.84)
#: One edit: at least so much, and so much more the rarer what is left; in brands of three and more, and shorter ones.
_ONE_EDIT: Final = (0.72, 0.12)
_ONE_EDIT_SHORT: Final = (0.62, 0.16)
_LONG: Final = 3
_NUMERALS: Final = frozenset("0123456789零一二三四五六七八九十百千甲乙丙丁")

# Trades
_ALIKE: Final = Relation("alike", 0.85)
_LEAST_CONTAINED: Final = 0.7
_MORE_CONTAINED: Final = 0.25
_OVERLAPPING: Final = 0.8
_LEAST_OVERLAP: Final = 0.4
# Trades in general: who names one of them often writes another.
_GENERAL: Final = frozenset(
    "贸易 商贸 经贸 工贸 科贸 物贸 商业 实业 百货 贸易发展 商贸发展 经济贸易 国际贸易 进出口 进出口贸易".split()
)
# Words that say how, not in what, a company works; they come and go.
_MANNERS: Final = (
    "发展 开发 经营 销售 服务 管理 工程 设备 制品 产品 制造 加工 用品 器材 材料 "
    "技术 科技 工业 实业 生产 贸易 商贸 建设 安装 咨询 厂 业"
).split()

# Regions
_WRITTEN: Final = Relation("contained", 0.95)
_INSIDE: Final = Relation("inside", 0.5)
_SAME_PROVINCE: Final = Relation("same-province", -0.3)
_CONFLICT: Final = Relation("conflict", -0.6)

# Forms
_COMPANY: Final = Relation("alike", 0.7)
_COMPANIES: Final = ("公司", "集团")


class Cores(NamedTuple):
    """How the brands of two names relate, and what is left to be compared as their trades."""

    brand: Relation
    left: str
    right: str


_ALL_EQUAL: Final = Cores(EQUAL, "", "")


def cores(one: NameParts, other: NameParts, rare: float) -> Cores:
    """How brands relate; where the two names were split differently, the same text in the same order is equal."""
    if one.brand == other.brand:
        return Cores(EQUAL if one.brand else MISSING, one.trade, other.trade)
    left, right = one.core, other.core
    whole_left, whole_right = one.region + left, other.region + right
    if left == right or _tail(whole_left, whole_right):
        return _ALL_EQUAL
    if one.brand and other.brand:
        brand = max(one.brand, other.brand, key=len)
        if left.startswith(brand) and right.startswith(brand):
            start = min(len(one.brand), len(other.brand))
            return Cores(EQUAL, left[start:], right[start:])
        if (relation := brands(one.brand, other.brand, rare)) is not DIFFERENT:
            return Cores(relation, one.trade, other.trade)
    if whole := _across(left, right, whole_left, whole_right, rare):
        return Cores(whole, "", "")
    return Cores(DIFFERENT, one.trade, other.trade)


def _tail(one: str, other: str) -> bool:
    """Whether a name is the other but for a region before it, which may have been read as something else."""
    bare, full = (one, other) if len(one) <= len(other) else (other, one)
    return len(bare) > 1 and full.endswith(bare) and bool(areas_of(full[: -len(bare)]))


def _across(left: str, right: str, whole_left: str, whole_right: str, rare: float) -> Relation | None:
    """The relation of two cores, or of regions and cores, as wholes: a slip may have moved where a part ends."""
    for one, other in ((left, right), (whole_left, whole_right)):
        if min(len(one), len(other)) > _LONG and (relation := brands(one, other, rare)) is not DIFFERENT:
            return relation
    return None


def brands(one: str, other: str, rare: float) -> Relation:
    """How two brands relate."""
    if one == other:
        return EQUAL
    if abs(len(one) - len(other)) > 1:
        return DIFFERENT
    if len(one) == len(other) and (relation := _of_one_length(one, other)):
        return relation
    if edits(one, other, 1) > 1:
        return DIFFERENT
    least, more = _ONE_EDIT if min(len(one), len(other)) >= _LONG else _ONE_EDIT_SHORT
    return Relation("one-edit", least + more * rare)


def _of_one_length(one: str, other: str) -> Relation | None:
    """How two brands of one length relate, unless by one character that is neither read alike nor a numeral."""
    apart = [(left, right) for left, right in zip(one, other, strict=True) if left != right]
    if all(map(_read_alike, apart)):
        return HOMOPHONE
    if len(apart) > 1:
        return SWAPPED if len(apart) == 2 and edits(one, other, 1) == 1 else DIFFERENT  # noqa: PLR2004 — two of them
    return DIFFERENT if set(apart[0]) <= _NUMERALS else None  # 第一 and 第二 are no slip of the pen


def _read_alike(characters: tuple[str, str]) -> bool:
    """Whether two characters are read alike."""
    sound = syllables().get(characters[0])
    return sound is not None and sound == syllables().get(characters[1])


@lru_cache(maxsize=8192)
def trades(one: str, other: str) -> Relation:
    """How two trades relate."""
    if one == other:
        return EQUAL
    if not one or not other:
        return MISSING
    if one in _GENERAL and other in _GENERAL:
        return _ALIKE
    short, long = sorted((one, other), key=len)
    if long.startswith(short) or long.endswith(short):
        return Relation("contained", _LEAST_CONTAINED + _MORE_CONTAINED * len(short) / len(long))
    if (matter := _matter(one)) and matter == _matter(other):
        return _ALIKE
    share = 2 * common_length(one, other) / (len(one) + len(other))
    return Relation("overlapping", _OVERLAPPING * share) if share >= _LEAST_OVERLAP else DIFFERENT


def _matter(trade: str) -> str:
    """A trade without the words that say how it is done."""
    for word in _MANNERS:
        trade = trade.removesuffix(word)
    return trade


def regions(one: NameParts, other: NameParts) -> Relation:
    """How two regions relate."""
    if one.region and one.region == other.region:
        return EQUAL
    if not one.areas or not other.areas:
        return MISSING
    if len(one.areas) == len(other.areas) == 1:
        return _area(one.areas[0], other.areas[0])
    return _areas(one.areas, other.areas)


@lru_cache(maxsize=8192)
def _areas(one: tuple[str, ...], other: tuple[str, ...]) -> Relation:
    """How two regions relate by all that they may mean: as closely as possible."""
    return max((_area(left, right) for left in one for right in other), key=lambda relation: relation.share)


def _area(one: str, other: str) -> Relation:
    if one == other:
        return _WRITTEN
    if one[:2] != other[:2]:
        return _CONFLICT
    return _INSIDE if lies_in(one, other) or lies_in(other, one) else _SAME_PROVINCE


def forms(one: str, other: str) -> Relation:
    """How two forms relate: companies of whatever kind are alike."""
    if one == other:
        return EQUAL
    if not one or not other:
        return MISSING
    return _COMPANY if one.endswith(_COMPANIES) and other.endswith(_COMPANIES) else DIFFERENT
