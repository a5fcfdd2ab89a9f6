"""What the benchmark of matching measures with: registered names, queries for them, pairs and slips made of them."""

import gzip
import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from crmcore.matching import Identity, MemoryIndex, parse
from tests.conftest import data_folder

FRESH_FROM = 500_000


class Query(NamedTuple):
    """A name written differently: how, and the registered name that is meant."""

    kind: str
    text: str
    target: str


def chinese_names(count: int | None = None) -> list[str]:
    """The first registered names, or all of them."""
    with gzip.open(data_folder() / "cn_company_names.txt.gz", "rt", encoding="utf-8") as lines:
        return [line.strip() for line in islice(lines, count)]


def latin_names() -> list[str]:
    """The registered names in Latin script."""
    return (data_folder() / "latin_company_names.txt").read_text(encoding="utf-8").splitlines()


def queries() -> list[Query]:
    """The development sample: sixteen kinds of queries for names among the first 50,000."""
    text = (data_folder() / "cn_name_queries_dev.tsv").read_text(encoding="utf-8")
    return [Query(*line.split("\t")) for line in text.splitlines()[1:]]


def fresh(names: list[str], count: int) -> list[str]:
    """Registered names that are not among the first: each is another company."""
    return random.Random(7).sample(names[FRESH_FROM:], count)


def index_of(names: list[str]) -> MemoryIndex:
    """An index of names; their places are their ids."""
    index = MemoryIndex()
    for place, name in enumerate(names):
        index.add(str(place), Identity(name))
    return index


def hard_pairs(names: list[str], count: int) -> Iterator[tuple[str, str]]:
    """Pairs of different companies: of one brand, and of one region and trade with brands one character apart."""
    by_brand: dict[str, list[str]] = defaultdict(list)
    by_rest: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name in names:
        parts = parse(name)
        if len(parts.brand) > 1 and not parts.branch:
            by_brand[parts.brand].append(name)
            by_rest[parts.region, parts.trade, parts.brand[:-1]].append(name)
    draw = random.Random(11)
    for groups in (by_brand, by_rest):
        several = [group for group in groups.values() if len(group) > 1]
        for group in draw.sample(several, min(count // 2, len(several))):
            yield tuple(draw.sample(group, 2))  # type: ignore[misc]


def latin_queries(names: list[str], count: int) -> list[Query]:
    """Names in Latin script written differently: forms, case, marks, slips, words left out."""
    draw = random.Random(13)
    kinds = (_other_form, _shouted, _slip, _swapped, _without_form, _one_word_less)
    made = ((kind.__name__.strip("_"), kind(name, draw), name) for name in draw.sample(names, count) for kind in kinds)
    return [Query(*query) for query in made if query[1] and query[1] != query[2]]


def _other_form(name: str, _draw: random.Random) -> str:
    return name.replace(" LIMITED", " Ltd.").replace(" Limited", " Ltd.")


def _shouted(name: str, _draw: random.Random) -> str:
    return name.swapcase().replace(" ", "  ") + "."


def _slip(name: str, draw: random.Random) -> str:
    word = max(name.split(), key=len)
    place = draw.randrange(len(word))
    return name.replace(word, word[:place] + draw.choice("abcdefghijklmnopqrstuvwxyz") + word[place + 1 :], 1)


def _swapped(name: str, draw: random.Random) -> str:
    word = max(name.split(), key=len)
    place = draw.randrange(max(1, len(word) - 1))
    return name.replace(word, word[:place] + word[place : place + 2][::-1] + word[place + 2 :], 1)


def _without_form(name: str, _draw: random.Random) -> str:
    return " ".join(name.split()[:-1])


def _one_word_less(name: str, draw: random.Random) -> str:
    words = name.split()
    if len(words) < 4:
        return ""
    gone = draw.randrange(1, len(words) - 1)
    return " ".join(word for place, word in enumerate(words) if place != gone)
