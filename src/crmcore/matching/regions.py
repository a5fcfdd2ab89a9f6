"""Administrative divisions as names tell them: 江苏省宜兴市, 宜兴市, 宜兴, 上海浦东新区.

A place is known by its codes (GB/T 2260): two digits for the province, two for the prefecture, two for the county. A
short name may mean several places; a chain of names means those that lie one within the other.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple

from crmcore.matching.tables import divisions

#: What it costs to read a word as a place: the less certain that it is meant as one, the more.
_FULL: Final = 0.0
_SHORT_PROVINCE: Final = 0.1
_SHORT_CITY: Final = 0.3
SHORT_COUNTY: Final = 0.9
_OTHER_ENDING: Final = 0.2
_ZONE: Final = 0.3
_TOWN_COST: Final = 0.6
#: What it costs to take for something else what reads as a place in full, or as a city or province in short.
_PASS_FULL: Final = 2.5
_PASS_CITY: Final = 1.2
#: What it costs to end a place before its own ending: 柳州 of 柳州市.
_CUT: Final = 1.5

_PEOPLES: Final = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔"
    "|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_ENDING: Final = re.compile(
    rf"(?:(?<![内西])(?:{_PEOPLES})族?)*(?:特别行政区|自治区|自治州|自治县|自治旗)|省|市|地区|盟|林区|特区|新区|矿区|区|县|旗"
)
_COUNTY_ENDINGS: Final = ("市", "县", "区")
_CITY_ENDINGS: Final = ("市", "地区", "盟", "州", "自治州")
_ZONES: Final = re.compile(
    r"(?:经济技术|经济|高新技术产业|高新技术|高新|国家高新技术|技术)?开发区|高新区|保税区|经开区|出口加工区|工业园区|工业园|新技术产业园区|郊区"
)
# A town, or a zone with a name of its own: they have no codes here.
_TOWN: Final = re.compile(rf"[^省市县区]{{2}}(?:镇|乡|街道|{_ZONES.pattern})")
#: What may end a region, the last first, with its cost.
_ENDS: Final = ((_TOWN, _TOWN_COST), (_ZONES, _ZONE))
_NATION: Final = "中国"
_NATION_CODE: Final = "000000"


#: What a word may mean as a place: codes, each with what that reading costs.
Meanings = tuple[tuple[str, float], ...]


class Region(NamedTuple):
    """The beginning of a text read as a region: where it ends, the codes it may mean, and what that costs."""

    end: int
    codes: tuple[str, ...]
    cost: float
    #: Whether nothing can follow, as after a zone.
    ended: bool = False


@cache
def _places() -> dict[str, Meanings]:
    """Every way to write a division, and what it may mean."""
    found: dict[str, dict[str, float]] = {_NATION: {_NATION_CODE: _FULL}}
    for code, name in divisions():
        for written, cost in _writings(code, name):
            found.setdefault(written, {}).setdefault(code, cost)
    return {written: tuple(costs.items()) for written, costs in found.items()}


@cache
def _longest() -> dict[str, int]:
    """The length of the longest writing of a division that begins with two characters."""
    found: dict[str, int] = {}
    for written in _places():
        found[written[:2]] = max(len(written), found.get(written[:2], 0))
    return found


def _writings(code: str, name: str) -> Iterator[tuple[str, float]]:
    """A division in full, without its ending, and with the ending that it may have had or got."""
    yield name, _FULL
    short = _short(name)
    if len(short) < 2 or short == name:  # noqa: PLR2004 — of 涉县 nothing would be left to know it by
        return
    county, province = not code.endswith("00"), code.endswith("0000")
    yield short, SHORT_COUNTY if county else _SHORT_PROVINCE if province else _SHORT_CITY
    for ending in _COUNTY_ENDINGS if county else _CITY_ENDINGS:
        yield short + ending, _OTHER_ENDING


def _short(name: str) -> str:
    """A division without its ending: 恩施 of 恩施土家族苗族自治州."""
    match = next((match for match in _ENDING.finditer(name, 1) if match.end() == len(name)), None)
    return name[: match.start()] if match else name


def regions_at_start(text: str) -> Iterator[Region]:
    """Every reading of the beginning of a text as a region, no region first.

    A reading is followed by those that go on from it: with a place that lies within it, or with a zone.
    """
    waiting = [Region(0, (), 0.0)]
    while waiting:
        so_far = waiting.pop()
        if so_far.ended:
            yield so_far
            continue
        further = list(_steps(text, so_far))
        passed_over = max([_passing_over(region.cost - so_far.cost) for region in further], default=0.0)
        yield so_far._replace(cost=so_far.cost + passed_over) if passed_over else so_far
        if so_far.codes and so_far.codes != (_NATION_CODE,):
            for pattern, cost in _ENDS:
                if part := pattern.match(text, so_far.end):
                    waiting.append(Region(part.end(), so_far.codes, so_far.cost + cost, ended=True))
        waiting += reversed(further)


def _steps(text: str, so_far: Region) -> Iterator[Region]:
    """The readings that are one place longer."""
    places, start = _places(), so_far.end
    full = -1
    for end in range(start + _longest().get(text[start : start + 2], 0), start + 1, -1):
        meanings = places.get(text[start:end]) if end <= len(text) else None
        if meanings is not None and (region := _within(so_far, end, meanings)):
            yield region._replace(cost=region.cost + _CUT) if end + 1 == full else region
            full = end


def _passing_over(cost: float) -> float:
    """What it costs to take a place, of that cost, for something else."""
    return _PASS_FULL if cost <= _OTHER_ENDING else _PASS_CITY if cost <= _SHORT_CITY else 0.0


def _within(so_far: Region, end: int, meanings: Meanings) -> Region | None:
    """The region with a further place, unless that lies elsewhere; of what it may mean, the likeliest."""
    if so_far.codes and so_far.codes != (_NATION_CODE,):
        meanings = tuple(item for item in meanings if any(lies_in(item[0], outer) for outer in so_far.codes))
        if not meanings:
            return None
    least = min(cost for _, cost in meanings)
    return Region(end, tuple(code for code, cost in meanings if cost == least), so_far.cost + least)


def lies_in(code: str, outer: str) -> bool:
    """Whether a division lies in another one, and is not that one itself."""
    if outer == _NATION_CODE:
        return False
    significant = 2 if outer.endswith("0000") else 4 if outer.endswith("00") else 6
    return code != outer and code[:significant] == outer[:significant]


def place_cost(text: str) -> float | None:
    """What it costs to read a whole text as a single place; None where it is none."""
    meanings = _places().get(text)
    return min(cost for _, cost in meanings) if meanings else None


def in_full(text: str) -> bool:
    """Whether a text is a region beyond doubt, made of full names and of short names of provinces."""
    return any(region.end == len(text) and region.cost < _SHORT_CITY for region in regions_at_start(text) if region.end)


@lru_cache(maxsize=8192)
def areas_of(text: str) -> tuple[str, ...]:
    """The codes (GB/T 2260) of the divisions that a region, as written, may mean; empty when it is unknown."""
    return min(
        (region for region in regions_at_start(text) if region.end == len(text)),
        key=lambda region: region.cost,
        default=Region(0, (), 0.0),
    ).codes
