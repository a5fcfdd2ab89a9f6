"""Same, similar, related or different, and what to do about it (M-03)."""

from typing import Literal

from attrs import frozen

from crmcore.matching.comparing import compare
from crmcore.matching.identity import Identity, parts_of
from crmcore.matching.keys import keys
from crmcore.matching.policy import DEFAULT_POLICY, MatchingPolicy
from crmcore.matching.ranking import Hit, Shared

Outcome = Literal["same", "similar", "related", "different"]
#: What the caller does: refuse the entry, ask for a reason, send it to a reviewer, show the record, open the record
#: for editing instead of a new one (L-02), or nothing.
Action = Literal["block", "warn", "review", "show", "open-existing", "pass"]


@frozen
class Verdict:
    """What a hit means under a policy; ``reasons`` are codes, the weightiest first."""

    outcome: Outcome
    action: Action
    reasons: tuple[str, ...] = ()


def judge(hit: Hit, policy: MatchingPolicy = DEFAULT_POLICY) -> Verdict:
    """Whether a hit is the same customer, a similar or related one, or another, and what is to be done."""
    indexes = {shared.by for shared in hit.shared}
    if "full" in indexes or "credit_code" in indexes:
        return Verdict("same", "block", tuple(sorted(indexes & {"full", "credit_code"})))
    if any(shared.by == "phone" and shared.records <= policy.switchboard for shared in hit.shared):
        return Verdict("similar", "open-existing", ("phone",))
    if hit.comparison.score >= policy.block:
        return Verdict("same", "block", ("score",))
    if hit.comparison.score >= policy.warn:
        return Verdict("similar", "warn", ("score",))
    if hit.comparison.score >= policy.show:
        return Verdict("similar", "show", ("score",))
    return Verdict("different", "pass", ())


def meet(one: Identity, other: Identity, policy: MatchingPolicy = DEFAULT_POLICY, id: str = "") -> Hit:
    """Two customers compared without an index, as when checking a whole database pair by pair."""
    both = set(keys(one, policy)) & set(keys(other, policy))
    shared = tuple(Shared(key.by, 2) for key in sorted(both))
    return Hit(id, compare(parts_of(one), parts_of(other)), shared)
