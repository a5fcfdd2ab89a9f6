"""The figures of matching and how they are told: recall, detection and times of a lookup, F1 of scored pairs."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter, process_time
from typing import NamedTuple

from tests.benchmarks.matching_sets import Query

FALSE_ALARMS = 0.01
TOLD = 10
Ranked = Callable[[str], Sequence[tuple[str, float]]]
Pair = frozenset[str]


class Absent(Exception):
    """What was to be measured beside crmcore is not on this machine; the text says what is missing."""


class Sample(NamedTuple):
    """Names written differently, and registered names of other companies."""

    asked: Sequence[Query]
    fresh: Sequence[str]

    def thinned(self, step: int) -> "Sample":
        """Every so many of both."""
        return Sample(self.asked[::step], self.fresh[::step])


@contextmanager
def told_if_absent() -> Iterator[None]:
    """What is absent is told of in a line, and the rest goes on."""
    try:
        yield
    except Absent as missing:
        print(f"  not measured: {missing}", flush=True)


def told(what: str, *figures: object) -> None:
    """One line of the answer."""
    texts = (f"{one:>10.4f}" if isinstance(one, float) else f"{one:>10}" for one in figures)
    print(f"{what:<46}", *texts, flush=True)


def share(answers: Sequence[bool]) -> float:
    """How many are true, of all."""
    return sum(answers) / len(answers)


def told_times(what: str, seconds: Sequence[float]) -> None:
    """The median and the 99th percentile."""
    times = sorted(seconds)
    told(what, times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3)


def found(ranked: Ranked, sample: Sample, *, server: bool = False, detailed: bool = False) -> None:
    """Recall, top-1 and detection at few false alarms, with times.

    The times are those of the processor, for a server those of the clock. In detail: both halves of the queries apart,
    and each of their kinds.
    """
    clock = perf_counter if server else process_time
    first, among, scores, times = [], [], [], []
    kinds: dict[str, list[bool]] = defaultdict(list)
    ranked(sample.asked[0].text)
    for query in sample.asked:
        started = clock()
        hits = ranked(query.text)
        times.append(clock() - started)
        among.append(query.target in [name for name, _ in hits])
        first.append(bool(hits) and hits[0][0] == query.target)
        scores.append(hits[0][1] if hits else 0.0)
        kinds[query.kind].append(first[-1])
    threshold = _threshold(ranked, sample.fresh)
    detected = [score > threshold for score in scores]
    halves = {"all": slice(None), "even": slice(0, None, 2), "odd": slice(1, None, 2)}
    for half, at in halves.items() if detailed else [("all", slice(None))]:
        told(f"  recall@10, top-1, detected; {half} queries", *(share(one[at]) for one in (among, first, detected)))
    told_times("  milliseconds a lookup, p50 and p99", times)
    for kind in sorted(kinds) if detailed else ():
        told(f"    top-1, {kind}", share(kinds[kind]))


def _threshold(ranked: Ranked, fresh: Sequence[str]) -> float:
    """The score that so few names of other companies surpass."""
    others = ([score for name, score in ranked(text) if name != text] for text in fresh)
    alarms = sorted((max(one, default=0.0) for one in others), reverse=True)
    return alarms[int(FALSE_ALARMS * len(alarms))]


def best_f1(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """The best F1 over all thresholds."""
    right = wrong = 0
    best, all_right = 0.0, sum(truth)
    ordered = sorted(zip(scores, truth, strict=True), reverse=True)
    for place, (score, good) in enumerate(ordered):
        right, wrong = right + good, wrong + (not good)
        if place + 1 == len(ordered) or ordered[place + 1][0] != score:
            best = max(best, 2 * right / (right + wrong + all_right))
    return best


def best_f1_of_pairs(scored: Mapping[Pair, float], links: set[Pair]) -> float:
    """The best F1 over all thresholds; links that no score was given come last."""
    lost = len(links - scored.keys())
    truth = [pair in links for pair in scored] + [True] * lost
    return best_f1([*scored.values()] + [float("-inf")] * lost, truth)
