"""Duplicate analysis measured on registered names, side by side with the packages and databases that do the same.

``python tests/benchmarks/matching.py [SIZE …] [million] [PART …]`` measures everything at 100,000 names; at other sizes
if told so, with ``million`` at all names there are; with the names of parts (parse, names, hard, latin, linkage), only
those. Lookups by keys in databases stand in ``lookups.py``. Latencies are seconds of the process, so that what else the
machine does counts little; where a server answers, they are those of the clock. Whatever of the others cannot be had is
told in a line.
"""

import gc
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore.matching import Identity, compare, find_fragment, keys, parse, rank
from crmcore.scoring.statistics import auc
from tests.benchmarks import matching_linkage as linkage
from tests.benchmarks import matching_peers as peers
from tests.benchmarks import matching_sets as sets
from tests.benchmarks.harness import scratch
from tests.benchmarks.matching_figures import (
    TOLD,
    Sample,
    best_f1,
    best_f1_of_pairs,
    found,
    share,
    told,
    told_if_absent,
    told_times,
)
from tests.benchmarks.matching_stores import FullText, trigrams
from tests.matching.gold import rows

HUNDRED_THOUSAND = 100_000
#: Among more names than that, the others are asked every tenth query.
PATIENCE, STEP = 100_000, 10
Fragment = Callable[[str, int], set[int]]


def main(asked: Sequence[str]) -> None:
    """Measure the parts asked for, or all of them."""
    words = [word.replace(",", "") for word in asked]
    sizes: list[int | None] = [int(word) for word in words if word.isdigit()]
    sizes += [None] * ("million" in words)
    parts: dict[str, Callable[[], None]] = {
        "parse": parsing,
        "names": lambda: names_of_all(sizes or [HUNDRED_THOUSAND]),
        "hard": lambda: hard(sizes[0] if sizes else HUNDRED_THOUSAND),
        "latin": latin,
        "linkage": linked,
    }
    chosen = [name for name in parts if name in words]
    for name in chosen or (["names"] if "million" in words else parts):
        parts[name]()


def parsing() -> None:
    """Whether brands are read rightly, and how long that takes."""
    told("parse", "crmcore", "companynameparser")
    gold = rows()
    right = sum(parse(name).brand == parts[1] for name, parts in gold) / len(gold)
    theirs = sum(peers.brand(name) == parts[1] for name, parts in gold) / len(gold)
    told(f"brand right, {len(gold)} made-up names", right, theirs)
    names = sets.chinese_names(2_000)
    told("microseconds a name", round(_each(parse, names), 1), round(_each(peers.brand, names[:500]), 1))
    same = sum(parse(name).brand == peers.brand(name) for name in names) / len(names)
    told("the two agree on the brand, registered names", same)


def _each(job: Callable[[str], object], names: Sequence[str]) -> float:
    """Microseconds a name."""
    job(names[0])
    started = process_time()
    for name in names:
        job(name)
    return (process_time() - started) / len(names) * 1e6


def names_of_all(counts: Sequence[int | None]) -> None:
    """The same for each size; ``None`` is all names there are."""
    for count in counts:
        names_of(count)


def names_of(count: int | None) -> None:
    """Recall, detection, fragments, latency and size with so many names on record."""
    everything = sets.chinese_names()
    names = everything[:count]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.disable()
    index = sets.index_of(names)
    gc.freeze()
    gc.enable()
    size = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    told(f"{len(names):,} names", "crmcore")
    told("megabytes in memory", round(size))
    some = names[:2_000]
    told("keys a customer", sum(len(keys(Identity(name))) for name in some) / len(some))
    known = set(names)
    sample = Sample([one for one in sets.queries() if one.target in known], sets.fresh(everything, 2_000))

    def mine(text: str) -> list[tuple[str, float]]:
        return [(names[int(hit.id)], hit.comparison.score) for hit in rank(Identity(text), index, limit=TOLD)]

    found(mine, sample, detailed=True)
    fragments(lambda text, limit: set(map(int, find_fragment(text, index, limit=limit))), names)
    step = 1 if len(names) <= PATIENCE else STEP
    if step > 1:
        told(f"the others are asked every {step}th query; crmcore the same")
        found(mine, sample.thinned(step))
    beside(names, sample.thinned(step), step)


def beside(names: list[str], sample: Sample, step: int) -> None:
    """The same queries, answered by others."""
    told("Jaro-Winkler by brute force (rapidfuzz)")
    found(peers.jaro_winkler(names), sample)
    told("SQLite FTS5, trigrams, bm25")
    with told_if_absent(), scratch() as folder:
        texts = FullText(names, folder / "names.db")
        found(texts.ranked, sample)
        fragments(texts.fragment, names, step=step)
        texts.close()
    told("PostgreSQL pg_trgm, GiST, nearest first")
    with told_if_absent(), trigrams(names) as table:
        table.indexed("gist")
        found(table.ranked, sample, server=True)
        told("PostgreSQL pg_trgm, GIN, similarity above .3")
        table.indexed("gin")
        found(table.ranked, sample, server=True)
        fragments(table.fragment, names, step=step, server=True)


def fragments(fragment: Fragment, names: Sequence[str], *, step: int = 1, server: bool = False) -> None:
    """Whether the brand of a name finds it, and how long that takes."""
    clock = perf_counter if server else process_time
    brands = [(place, parse(name).brand) for place, name in enumerate(names[:2_000])][::step]
    hits, short, times = [], [], []
    for place, brand in brands:
        if len(brand) > 1:
            started = clock()
            hits.append(place in fragment(brand, 10_000))
            times.append(clock() - started)
            short += hits[-1:] * (len(brand) == 2)
    told(f"  a brand finds its name, {len(hits)}; {len(short)} of 2 signs", share(hits), share(short))
    told_times("  milliseconds a brand, p50 and p99", times)


def hard(count: int | None) -> None:
    """Whether the same company is told from others of one brand, or of brands one character apart."""
    names = sets.chinese_names(count)
    same = [(query.text, query.target) for query in sets.queries()]
    different = list(sets.hard_pairs(names, len(same)))
    told("hard pairs", "best F1", "AUC")
    mine = [_score(one, other) for one, other in (*same, *different)]
    theirs = [peers.jaro_winkler_of(one, other) for one, other in (*same, *different)]
    truth = [True] * len(same) + [False] * len(different)
    for name, scores in (("crmcore", mine), ("Jaro-Winkler", theirs)):
        told(f"  {name}", best_f1(scores, truth), auc(scores, truth) or 0.0)


def _score(one: str, other: str) -> float:
    return compare(parse(one), parse(other)).score


def latin() -> None:
    """Names in Latin script, against forms stripped by cleanco and compared by WRatio."""
    names = sets.latin_names()
    asked = sets.latin_queries(names, 200)
    index = sets.index_of(names)
    told(f"{len(names):,} names in Latin script, {len(asked)} queries", "recall@10", "top-1")
    for name, ranked in (
        ("crmcore", lambda text: [(names[int(hit.id)], 0) for hit in rank(Identity(text), index)]),
        ("cleanco + WRatio", peers.cleaned_ratio(names)),
    ):
        answers = [[found for found, _ in ranked(query.text)] for query in asked]
        pairs = list(zip(asked, answers, strict=True))
        told(
            f"  {name}",
            share([query.target in hits for query, hits in pairs]),
            share([hits[:1] == [query.target] for query, hits in pairs]),
        )


def linked() -> None:
    """Five thousand made-up persons with slips, FEBRL 3, and the restaurants of two guides."""
    people, links = linkage.febrl3()
    told(f"FEBRL 3, {len(people):,} persons", "best F1")
    told("  crmcore, all fields as one text", best_f1_of_pairs(linkage.as_one_text(people, people, 20), links))
    with told_if_absent():
        for kind, plain in (("a plain model", True), ("the best model we made", False)):
            told(f"  Splink, {kind}", best_f1_of_pairs(linkage.splink_febrl3(people, plain=plain), links))
    told("Fodors-Zagats", "best F1")
    with told_if_absent():
        fodors, zagats, same = linkage.fodors_zagats()
        told("  crmcore, all fields as one text", best_f1_of_pairs(linkage.as_one_text(fodors, zagats, 10), same))
        told("  Splink", best_f1_of_pairs(linkage.splink_restaurants(fodors, zagats), same))


if __name__ == "__main__":
    main(sys.argv[1:])
