"""Same, similar, related or different, and what to do about it (M-03)."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from attrs import frozen

from crmcore.matching.comparing import compare
from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.keys import keys
from crmcore.matching.policy import DEFAULT_POLICY, Answer, MatchingPolicy
from crmcore.matching.ranking import Hit, Shared

Outcome = Literal["same", "similar", "related", "different"]
#: What the caller does: refuse the entry, open the record for editing instead of making another (L-02), have a manager
#: decide, warn or ask for a reason, show the record, or nothing.
Action = Literal["block", "open-existing", "review", "warn", "show", "pass"]

_ACTIONS: Final[dict[Answer, Action]] = {
    "refuse": "block",
    "review": "review",
    "reason": "warn",
    "warn": "warn",
    "off": "pass",
}
_WEIGHTIEST_FIRST: Final[tuple[Action, ...]] = ("block", "open-existing", "review", "warn", "show", "pass")
_WEIGHT: Final = {action: weight for weight, action in enumerate(_WEIGHTIEST_FIRST)}
_SUREST_FIRST: Final[tuple[Outcome, ...]] = ("same", "similar", "related", "different")
_SURENESS: Final = {outcome: place for place, outcome in enumerate(_SUREST_FIRST)}
#: The keys that say the same customer, whatever the names, and the code of that reason.
_SURE: Final = {"full": "same-name", "credit_code": "same-credit-code", "tax_id": "same-tax-id"}


@frozen
class Verdict:
    """What a hit means under a policy; ``reasons`` are codes, the weightiest first."""

    outcome: Outcome
    action: Action
    reasons: tuple[str, ...] = ()


class _Ground(NamedTuple):
    """One reason by itself: what it would mean if there were no other."""

    reason: str
    outcome: Outcome
    action: Action


_DIFFERENT: Final = Verdict("different", "pass")


def judge(hit: Hit, policy: MatchingPolicy = DEFAULT_POLICY) -> Verdict:
    """Whether a hit is the same customer, a similar or related one, or another, and what is to be done.

    Of all reasons the weightiest decides, of equals the surest; an entry is never refused for names that have no brand
    to tell them apart.
    """
    grounds = sorted((*_by_keys(hit, policy), *_by_name(hit, policy)), key=_order)
    if not grounds:
        return _DIFFERENT
    return Verdict(grounds[0].outcome, grounds[0].action, tuple(ground.reason for ground in grounds))


def judge_all(hits: Iterable[Hit], policy: MatchingPolicy = DEFAULT_POLICY) -> tuple[tuple[Hit, Verdict], ...]:
    """The hits that are not simply different, each with its verdict.

    Those with the weightiest action come first, of these the surest, otherwise as they came.
    """
    judged = ((hit, judge(hit, policy)) for hit in hits)
    return tuple(sorted((one for one in judged if one[1].reasons), key=lambda one: _order(one[1])))


def _order(found: _Ground | Verdict) -> tuple[int, int]:
    """The weightiest action first, of these the surest outcome."""
    return _WEIGHT[found.action], _SURENESS[found.outcome]


def _by_keys(hit: Hit, policy: MatchingPolicy) -> Iterator[_Ground]:
    """What the shared keys of contacts and registrations say."""
    for shared in dict.fromkeys(hit.shared):
        if reason := _SURE.get(shared.by):
            yield _Ground(reason, "same", "block")
        elif shared.by == "phone" and shared.records > policy.switchboard:
            yield _Ground("switchboard", "related", "show")
        elif shared.by == "phone":
            yield _Ground("same-phone", "similar", policy.same_phone)
        elif shared.by == "email":
            yield _Ground("same-email", "similar", "warn")
        elif shared.by == "domain":
            yield _Ground("same-domain", "related", "show")


def _by_name(hit: Hit, policy: MatchingPolicy) -> Iterator[_Ground]:
    """What the comparison of the names says."""
    comparison = hit.comparison
    apart = next((part.points for part in comparison.parts if part.component == "branch"), 0.0)
    if apart:
        if comparison.score - apart >= policy.warn:
            yield _Ground("branch", "related", "show")
    elif comparison.score >= policy.warn and comparison.verdict("brand") == "missing":
        yield _Ground("no-brand", "similar", "review" if policy.similar == "review" else "warn")
    elif comparison.score >= policy.block:
        yield _Ground("name-score", "same", "block")
    elif comparison.score >= policy.warn:
        yield _Ground("name-score", "similar", _ACTIONS[policy.similar])
    elif comparison.score >= policy.show:
        yield _Ground("name-score", "similar", "show")


def meet(one: Identity, other: Identity, policy: MatchingPolicy = DEFAULT_POLICY, id: str = "") -> Hit:
    """Two customers compared without an index; ``id`` is that of the other.

    No more than two records are known to hold a key, so that no phone number counts as a switchboard's.
    """
    left, right = parts_of(one), parts_of(other)
    both = set(keys(other, policy, right))
    shared = tuple(Shared(key.by, 1) for key in keys(one, policy, left) if key in both)
    return Hit(id, compare(left, right), shared)
