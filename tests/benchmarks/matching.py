"""Duplicate analysis measured on registered names, side by side with the packages that do the same.

``python tests/benchmarks/matching.py`` measures everything at 100,000 names; with ``million`` at all of them; with the
name of a part, such as ``parse`` or ``latin``, only that. Lookups in databases stand in ``lookups.py``. Latencies are
seconds of the process, so that what else the machine does counts little.
"""

import gc
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore.matching import Identity, MemoryIndex, compare, find_fragment, keys, parse, rank
from crmcore.scoring.statistics import auc
from tests.benchmarks import matching_peers as peers
from tests.benchmarks import matching_sets as sets
from tests.matching.gold import rows

HUNDRED_THOUSAND = 100_000
FALSE_ALARMS = 0.01
TOLD = 10
Ranked = Callable[[str], Sequence[tuple[str, float]]]


def main(asked: Sequence[str]) -> None:
    """Measure the parts asked for, or all of them."""
    parts: dict[str, Callable[[], None]] = {
        "parse": parsing,
        "names": lambda: names_of(HUNDRED_THOUSAND),
        "hard": hard,
        "latin": latin,
        "febrl": febrl,
    }
    if "million" in asked:
        names_of(None)
    for name, part in parts.items():
        if not asked or name in asked:
            part()


def told(what: str, *figures: object) -> None:
    """One line of the answer."""
    print(f"{what:<46}", *(f"{one:>10.4f}" if isinstance(one, float) else f"{one:>10}" for one in figures))


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
    told("keys a customer", sum(len(keys(Identity(name))) for name in names[:2_000]) / 2_000)
    asked = sets.queries()
    fresh = sets.fresh(everything, 2_000)

    def mine(text: str) -> list[tuple[str, float]]:
        return [(names[int(hit.id)], hit.comparison.score) for hit in rank(Identity(text), index, limit=TOLD)]

    found(mine, asked, fresh, by_kind=True)
    fragments(index, names)
    if count is not None:
        told("Jaro-Winkler by brute force (rapidfuzz)", "every 10th query")
        found(peers.jaro_winkler(names), asked[::10], fresh[::10])


def found(ranked: Ranked, asked: Sequence[sets.Query], fresh: Sequence[str], *, by_kind: bool = False) -> None:
    """Recall, top-1 and detection at few false alarms, with times; both halves of the queries apart."""
    first, among, scores, times = [], [], [], []
    kinds: dict[str, list[bool]] = defaultdict(list)
    for query in asked:
        started = process_time()
        hits = ranked(query.text)
        times.append(process_time() - started)
        among.append(query.target in [name for name, _ in hits])
        first.append(bool(hits) and hits[0][0] == query.target)
        scores.append(hits[0][1] if hits else 0.0)
        kinds[query.kind].append(first[-1])
    others = ([score for name, score in ranked(text) if name != text] for text in fresh)
    alarms = sorted((max(one, default=0.0) for one in others), reverse=True)
    threshold = alarms[int(FALSE_ALARMS * len(alarms))]
    detected = [score > threshold for score in scores]
    for half, at in (("all", slice(None)), ("even", slice(0, None, 2)), ("odd", slice(1, None, 2))):
        told(f"  recall@10, top-1, detected; {half} queries", *(_share(one[at]) for one in (among, first, detected)))
    times.sort()
    told("  milliseconds a lookup, p50 and p99", times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3)
    for kind in sorted(kinds) if by_kind else ():
        told(f"    top-1, {kind}", _share(kinds[kind]))


def _share(answers: Sequence[bool]) -> float:
    return sum(answers) / len(answers)


def fragments(index: MemoryIndex, names: Sequence[str]) -> None:
    """Whether the brand of a name finds it."""
    brands = [(str(place), parse(name).brand) for place, name in enumerate(names[:2_000])]
    asked = [(id, brand) for id, brand in brands if len(brand) > 1]
    hits = [id in find_fragment(brand, index, limit=10_000) for id, brand in asked]
    told(f"  a brand finds its name, {len(asked)} of them", _share(hits))


def hard() -> None:
    """Whether the same company is told from others of one brand, or of brands one character apart."""
    names = sets.chinese_names(HUNDRED_THOUSAND)
    same = [(query.text, query.target) for query in sets.queries()]
    different = list(sets.hard_pairs(names, len(same)))
    told("hard pairs", "best F1", "AUC")
    mine = [_score(one, other) for one, other in (*same, *different)]
    theirs = [peers.jaro_winkler_of(one, other) for one, other in (*same, *different)]
    truth = [True] * len(same) + [False] * len(different)
    for name, scores in (("crmcore", mine), ("Jaro-Winkler", theirs)):
        told(f"  {name}", _best_f1(scores, truth), auc(scores, truth) or 0.0)


def _score(one: str, other: str) -> float:
    return compare(parse(one), parse(other)).score


def _best_f1(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """The best F1 over all thresholds."""
    right = wrong = 0
    best, all_right = 0.0, sum(truth)
    ordered = sorted(zip(scores, truth, strict=True), reverse=True)
    for place, (score, good) in enumerate(ordered):
        right, wrong = right + good, wrong + (not good)
        if place + 1 == len(ordered) or ordered[place + 1][0] != score:
            best = max(best, 2 * right / (right + wrong + all_right))
    return best


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
            _share([query.target in hits for query, hits in pairs]),
            _share([hits[:1] == [query.target] for query, hits in pairs]),
        )


def febrl() -> None:
    """FEBRL 3: five thousand made-up persons with slips. Fodors-Zagats is in no package known to us: not measured."""
    people, links = peers.febrl3()
    index = sets.index_of(list(people.values()))
    ids = list(people)
    scored = {}
    for place, text in enumerate(people.values()):
        for hit in rank(Identity(text), index, limit=20):
            if int(hit.id) != place:
                scored[frozenset((ids[place], ids[int(hit.id)]))] = hit.comparison.score
    pairs = list(scored.items())
    lost = len(links - set(scored))
    truth = [pair in links for pair, _ in pairs] + [True] * lost
    told("FEBRL 3, all fields as one text", "best F1")
    told("  crmcore", _best_f1([score for _, score in pairs] + [-1.0] * lost, truth))


if __name__ == "__main__":
    main(sys.argv[1:])
