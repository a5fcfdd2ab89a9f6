"""Thresholds from the user's own data."""

from collections.abc import Sequence

from attrs import evolve, frozen

from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy


@frozen
class Calibration:
    """Thresholds and what they rest on: how many records were looked up, and how many false alarms they would raise."""

    policy: MatchingPolicy
    sample: int
    false_alarms: int


def calibrate(
    scores: Sequence[float], target_false_alarm: float = 0.01, policy: MatchingPolicy = DEFAULT_POLICY
) -> Calibration:
    """The policy with ``warn`` so high that at most that share of records would be taken for another.

    :param scores: for each record of a sample, the best score among all other records (leave-one-out).
    """
    ordered = sorted(scores, reverse=True)
    allowed = int(target_false_alarm * len(ordered))
    warn = ordered[allowed] if allowed < len(ordered) else policy.warn
    return Calibration(evolve(policy, warn=warn), len(ordered), sum(score > warn for score in ordered))
