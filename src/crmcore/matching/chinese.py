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
from crmcore.matching.text import in_word

#: What a brand of so many characters costs; there are none longer.
_BRAND: Final = (2.8, 3.2, 0.0, 0.8, 1.2, 2.2, 3.2, 4.2, 5.2, 6.2, 7.2, 8.2, 9.2)
_LONGEST_BRAND: Final = len(_BRAND) - 1
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

_BRACKETED: Final = re.compile(r"\(([^()]*)\)")
_GROUP: Final = re.compile(r"(?:企业)?集团|控股|股份|(?:有限|普通|特殊普通)合伙|个人独资|个体工商户")
_GROUP_END: Final = re.compile(r"(?<=.)(?:集团|控股|控股集团|股份)$")


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
    body = _letters(rest)
    best = _cheapest(body)
    start, areas = best.region.end, best.region.codes
    if region and not areas:
        areas = areas_of(region)
    return Read(
        body[:start] or region,
        body[start : best.brand_end],
        body[best.brand_end :],
        kept + form,
        _letters(branch),
        areas,
    )


def _letters(text: str) -> str:
    """A text without marks; most have none."""
    if text.isalnum():
        return text
    return "".join([character for character in text if in_word(character) or character in "_+$"])


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
    """The cheapest of all readings of a text as region, brand and trade; of equals, the longer region."""
    words = _words_in(body)
    trade, across = _trade_costs(body, words), _across(body, words)
    best = _Reading(float("inf"), Region(0, (), 0.0), 0)
    for region in sorted(regions_at_start(body), key=lambda region: -region.end):
        start = region.end
        for end in range(start, min(len(body), start + _LONGEST_BRAND) + 1):
            cost = region.cost + _BRAND[end - start] + trade[end] + across[end]
            if cost < best.cost and (cost := cost + _brand_cost(body[start:end])) < best.cost:
                best = _Reading(cost, region, end)
    return best


def _words_in(body: str) -> list[list[int]]:
    """For each place in a text, where the words of the lexicon that begin there end."""
    words, longest = trades(), _longest()
    return [
        [end for end in range(start + 2, min(start + most, len(body)) + 1) if body[start:end] in words]
        if (most := longest.get(body[start : start + 2]))
        else []
        for start in range(len(body))
    ]


@cache
def _longest() -> dict[str, int]:
    """The length of the longest word of the lexicon that begins with two characters."""
    found: dict[str, int] = {}
    for word in trades():
        found[word[:2]] = max(len(word), found.get(word[:2], 0))
    return found


def _trade_costs(body: str, words: list[list[int]]) -> list[float]:
    """For each place in a text, what it costs to take all from there on for the trade."""
    costs = [0.0] * (len(body) + 1)
    for start in range(len(body) - 1, -1, -1):
        costs[start] = min([_loose(body[start]) + costs[start + 1], *(_WORD + costs[end] for end in words[start])])
    costs[-1] = _NO_TRADE
    if len(body) > 1:
        costs[-2] += _SINGLE
    return costs


def _across(body: str, words: list[list[int]]) -> list[float]:
    """For each place in a text, what it costs to end a brand there: something where a word stands across it."""
    costs = [0.0] * (len(body) + 1)
    for start, ends in enumerate(words):
        for place in range(start + 1, max(ends, default=0)):
            costs[place] = _CUT
    return costs


def _brand_cost(brand: str) -> float:
    """What it costs to take a text for a brand, its length aside."""
    if not brand:
        return 0.0
    cost = _LIKE_ENDING if brand[0] in _PLACE_ENDINGS else 0.0
    if _covered(brand):
        cost += _LIKE_TRADE
    elif brand[:2] in _longest() and any(brand[:end] in trades() for end in range(2, len(brand))):
        cost += _OPENS_LIKE_TRADE
    place = place_cost(brand)
    return cost if place is None or place >= SHORT_COUNTY else cost + _LIKE_PLACE


def _covered(brand: str) -> bool:
    """Whether a brand is a word of the lexicon, or two."""
    words = trades()
    return brand in words or any(brand[:cut] in words and brand[cut:] in words for cut in range(2, len(brand) - 1))


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
    """What a character of a trade costs that no word covers: the less, the more it is one of trades, not brands."""
    if character in _ENDERS:
        return _ENDER
    if (share := _in_trades().get(character)) is None:
        return _MOST_LOOSE
    odds = share + bits().get(character, UNSEEN)
    return min(_MOST_LOOSE, max(_LEAST_LOOSE, _LOOSE - _PER_BIT * odds))


def pairs(text: str) -> tuple[str, ...]:
    """Every two neighbouring characters of a text, each pair once."""
    return tuple(dict.fromkeys(one + other for one, other in pairwise(text)))
