"""The parts of a Chinese name: region | brand | trade | form | branch.

Form and branch are told by tables. Of all readings of what is left, the cheapest is taken: a region costs the more the
less certain it is one, a brand by its length, and a trade by how badly known words cover it. All costs stand here.
"""

import re
from functools import cache
from itertools import pairwise
from math import log2
from typing import Final, NamedTuple

from crmcore.matching.forms import COMPANIES, split_chinese
from crmcore.matching.regions import SHORT_COUNTY, Region, areas_of, place_cost, regions_at_start
from crmcore.matching.tables import UNSEEN, bits, trades

#: What a brand of so many characters costs; each further one costs as much again as the last step.
_BRAND: Final = (2.8, 3.2, 0.0, 0.8, 1.2, 2.2, 3.2)
_EACH_MORE: Final = 1.0
#: What a brand costs besides that consists of words of the lexicon: 科技 is rarely one.
_LIKE_TRADE: Final = 3.0
#: What a brand costs besides that goes on after a word of the lexicon.
_OPENS_LIKE_TRADE: Final = 0.8
#: What a brand costs besides that is a county, city or province in full, or a city or province in short.
_LIKE_PLACE: Final = 5.0
#: What it costs to begin a brand with what ends a place: 市…, 县….
_LIKE_ENDING: Final = 2.0
_PLACE_ENDINGS: Final = frozenset("省市县区")
#: What it costs to end a brand within a word of the lexicon.
_CUT: Final = 1.8
#: What a trade of a single character costs besides.
_SINGLE: Final = 1.2
#: What a trade costs: each word, and a name without one.
_WORD: Final = 0.45
_NO_TRADE: Final = 1.4
#: What a character outside the words costs, between a typical one of trades and one that is never found there.
_LEAST_LOOSE: Final = 0.9
_MOST_LOOSE: Final = 2.6
_LOOSE: Final = 1.7
_PER_BIT: Final = 0.22
#: Characters that end a trade, whatever stands before them.
_ENDERS: Final = frozenset(
    "业品器机具材料厂店社所院站场部行馆坊城园庄楼室处校队库局线件车船药酒茶粮油鞋帽服装纸布钢铁板管"
)
_ENDER: Final = 0.8
_LONGEST_WORD: Final = 8
_LONGEST_BRAND: Final = 12

_BRACKETED: Final = re.compile(r"\(([^()]*)\)")
_GROUP: Final = re.compile(r"(?:企业)?集团|控股|股份|(?:有限|普通|特殊普通)合伙|个人独资|个体工商户")
_GROUP_END: Final = re.compile(r"(?<=.)(?:集团|控股集团|股份)$")
_NOT_LETTERS: Final = re.compile(r"[^\w+$]+")


class Read(NamedTuple):
    """A Chinese name taken apart; ``areas`` are the codes its region may mean."""

    region: str
    brand: str
    trade: str
    form: str
    branch: str
    areas: tuple[str, ...]


def read_chinese(text: str) -> Read:
    """The parts of a name that ``readable`` has prepared, its spaces removed."""
    split = split_chinese(text)
    form, rest, branch = split or ("", text, "")
    rest, region, kept = _without_brackets(rest)
    if group := _GROUP_END.search(rest) if form in COMPANIES else None:
        rest, form = rest[: group.start()], group[0] + form
    body = _NOT_LETTERS.sub("", rest)
    best = _cheapest(body)
    start, areas = best.region.end, best.region.codes
    if region and not areas:
        areas = areas_of(region)
    return Read(
        body[:start] or region,
        body[start : best.brand_end],
        body[best.brand_end :],
        kept + form,
        _NOT_LETTERS.sub("", branch),
        areas,
    )


def _without_brackets(text: str) -> tuple[str, str, str]:
    """A text without what stands in brackets, the region found there, and what of the form was found there."""
    region = kept = ""
    pieces: list[str] = []
    end = 0
    for match in _BRACKETED.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        if _GROUP.fullmatch(match[1]):
            kept += match[1]
        elif areas_of(match[1]) and pieces != [""]:
            region = region or match[1]
        else:
            pieces.append(match[1])
    return "".join((*pieces, text[end:])), region, kept


class _Reading(NamedTuple):
    cost: float
    region: Region
    brand_end: int


def _cheapest(body: str) -> _Reading:
    """The cheapest of all readings of a text as region, brand and trade."""
    trade = _trade_costs(body)
    within = _within_words(body)
    readings = (
        _Reading(region.cost + _brand_cost(body[region.end : end]) + _CUT * within[end] + trade[end], region, end)
        for region in regions_at_start(body)
        for end in range(region.end, min(len(body), region.end + _LONGEST_BRAND) + 1)
    )
    return min(readings, key=lambda reading: (reading.cost, -reading.region.end, reading.brand_end))


def _within_words(body: str) -> list[bool]:
    """For each place in a text, whether a word of the lexicon stands across it."""
    words = trades()
    across = [False] * (len(body) + 1)
    for start in range(len(body)):
        for end in range(start + 2, min(len(body), start + _LONGEST_WORD) + 1):
            if body[start:end] in words:
                across[start + 1 : end] = [True] * (end - start - 1)
    return across


def _brand_cost(brand: str) -> float:
    """What it costs to take a text for a brand."""
    more = len(brand) - len(_BRAND) + 1
    cost = _BRAND[-1] + _EACH_MORE * more if more > 0 else _BRAND[len(brand)]
    if not brand:
        return cost
    if brand[0] in _PLACE_ENDINGS:
        cost += _LIKE_ENDING
    if _covered(brand):
        cost += _LIKE_TRADE
    elif any(brand[:end] in trades() for end in range(2, len(brand))):
        cost += _OPENS_LIKE_TRADE
    place = place_cost(brand)
    return cost if place is None or place >= SHORT_COUNTY else cost + _LIKE_PLACE


def _covered(brand: str) -> bool:
    """Whether a brand is a word of the lexicon, or two."""
    words = trades()
    return brand in words or any(brand[:cut] in words and brand[cut:] in words for cut in range(2, len(brand) - 1))


def _trade_costs(body: str) -> list[float]:
    """For each place in a text, what it costs to take all from there on for the trade."""
    words = trades()
    costs = [0.0] * (len(body) + 1)
    for start in range(len(body) - 1, -1, -1):
        best = _loose(body[start]) + costs[start + 1]
        for end in range(start + 2, min(len(body), start + _LONGEST_WORD) + 1):
            if body[start:end] in words:
                best = min(best, _WORD + costs[end])
        costs[start] = best
    costs[-1] = _NO_TRADE
    if len(body) > 1:
        costs[-2] += _SINGLE
    return costs


@cache
def _in_trades() -> dict[str, float]:
    """How common a character is in the words of the lexicon: the binary logarithm of its share."""
    counts: dict[str, int] = {}
    for character in "".join(trades()):
        counts[character] = counts.get(character, 0) + 1
    total = sum(counts.values())
    return {character: log2(count / total) for character, count in counts.items()}


@cache
def _loose(character: str) -> float:
    """What a character of a trade costs that no word covers: the less, the commoner it is in trades and not in brands."""
    if character in _ENDERS:
        return _ENDER
    if (share := _in_trades().get(character)) is None:
        return _MOST_LOOSE
    odds = share + bits().get(character, UNSEEN)
    return min(_MOST_LOOSE, max(_LEAST_LOOSE, _LOOSE - _PER_BIT * odds))


def pairs(text: str) -> tuple[str, ...]:
    """Every two neighbouring characters of a text, each pair once."""
    return tuple(dict.fromkeys(one + other for one, other in pairwise(text)))
