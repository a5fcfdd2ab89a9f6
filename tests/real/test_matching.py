"""Duplicate analysis on registered names: what is found, what is taken for another, how brands are read."""

import gzip
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from crmcore.matching import Identity, MemoryIndex, find_fragment, judge, parse, rank

RealData = Callable[[str], Path]
COUNT = 12_000
ASKED = 150


@pytest.fixture(scope="module")
def names(real_data: RealData) -> list[str]:
    """The first registered names."""
    with gzip.open(real_data("cn_company_names.txt.gz"), "rt", encoding="utf-8") as lines:
        return [line.strip() for line in islice(lines, COUNT + ASKED)]


@pytest.fixture(scope="module")
def index(names: list[str]) -> MemoryIndex:
    """An index of all but the last of them; their places are their ids."""
    made = MemoryIndex()
    for place, name in enumerate(names[:COUNT]):
        made.add(str(place), Identity(name))
    return made


@pytest.mark.rule("M-02", "M-04")
def test_names_written_differently_find_their_record(real_data, names, index):
    """Of sixteen kinds of queries nearly all find the name that is meant among the first ten, most at the top."""
    rows = real_data("cn_name_queries_dev.tsv").read_text(encoding="utf-8").splitlines()[1:]
    places = {name: str(place) for place, name in enumerate(names[:COUNT])}
    asked = [(text, places[target]) for _, text, target in (row.split("\t") for row in rows) if target in places]
    answers = [([hit.id for hit in rank(Identity(text), index)], id) for text, id in asked[:ASKED]]

    assert sum(id in hits for hits, id in answers) / len(answers) >= 0.98
    assert sum(hits[:1] == [id] for hits, id in answers) / len(answers) >= 0.96


@pytest.mark.rule("M-03")
def test_other_companies_are_rarely_taken_for_the_same(names, index):
    """Companies that are not on record pass, but for a few: none of them are refused by name alone as a rule."""
    verdicts = [[judge(hit).action for hit in rank(Identity(name), index)] for name in names[COUNT:]]

    assert sum("block" in actions for actions in verdicts) <= 2
    assert sum("warn" in actions or "block" in actions for actions in verdicts) / len(verdicts) <= 0.04


@pytest.mark.rule("M-01")
def test_a_brand_finds_its_name(names, index):
    """Who types the brand of a name finds it."""
    brands = [(str(place), parse(name).brand) for place, name in enumerate(names[:ASKED])]
    asked = [(id, brand) for id, brand in brands if len(brand) > 1]

    assert sum(id in find_fragment(brand, index, limit=1_000) for id, brand in asked) / len(asked) >= 0.99
