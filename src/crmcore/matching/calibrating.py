"""Thresholds from the user's own data: false alarms grow with the number of records, and only the user has them."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

from attrs import evolve, frozen

from crmcore.errors import Fault, Invalid
from crmcore.matching.identity import Identity
from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy
from crmcore.matching.ranking import Candidates, rank

#: Blocking is worth fewer false alarms than a warning, showing more.
_BLOCK_SHARE: Final = 0.1
_SHOW_SHARE: Final = 3.0
_STEP: Final = 0.1
_MOST: Final = 100.0


@frozen
class Calibration:
    """A policy with thresholds that fit, and what they rest on.

    ``false_alarms`` of the ``sample`` records would be warned of, though each stands alone.
    """

    policy: MatchingPolicy
    sample: int
    false_alarms: int


def calibrate(
    scores: Sequence[float], target_false_alarm: float = 0.01, policy: MatchingPolicy = DEFAULT_POLICY
) -> Calibration:
    """The policy with thresholds at which so few records would be taken for another.

    ``warn`` keeps false alarms to the target, ``block`` to a tenth of it, ``show`` to three times it. Duplicates among
    the records count as false alarms here and raise the thresholds: merge what a whole-database check finds first.

    :param scores: for each record of a sample, the best score among all other records: ``leave_one_out`` gives them.
    :raises Invalid: the target is no share, or the sample too small to tell.
    """
    if not 0 < target_false_alarm < 1:
        raise Invalid([Fault("target_false_alarm", "out-of-range", "a number from 0 to 1")])
    least = ceil(1 / target_false_alarm)
    if len(scores) < least:
        raise Invalid([Fault("scores", "too-short", f"the scores of at least {least:,} records")])
    ordered = sorted(scores, reverse=True)
    warn = _least_for(ordered, target_false_alarm)
    block = max(warn, _least_for(ordered, target_false_alarm * _BLOCK_SHARE))
    show = min(warn, _least_for(ordered, min(1.0, target_false_alarm * _SHOW_SHARE)))
    fitted = evolve(policy, block=block, warn=warn, show=show)
    return Calibration(fitted, len(ordered), sum(score >= warn for score in ordered))


def _least_for(ordered: Sequence[float], share: float) -> float:
    """The least threshold that at most a share of scores, which fall, reaches; 100 is always reached."""
    allowed = int(share * len(ordered))
    above = ordered[allowed] if allowed < len(ordered) else -_STEP
    return min(_MOST, round(above + _STEP, 1))


def leave_one_out(
    sample: Iterable[tuple[str, Identity]], candidates: Candidates, policy: MatchingPolicy = DEFAULT_POLICY
) -> list[float]:
    """For each record of a sample of those on record, by id and identity, the best score among all others."""
    return [
        max((hit.comparison.score for hit in rank(identity, candidates, policy) if hit.id != id), default=0.0)
        for id, identity in sample
    ]
