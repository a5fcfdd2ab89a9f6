"""What a matching policy says that its author can hardly have meant."""

from collections.abc import Iterator

from crmcore.customers.lint import Finding
from crmcore.kernel.actors import right
from crmcore.matching import MatchingPolicy

_DEFAULT = MatchingPolicy()
_NAMES = ("core", "brand", "del", "bg")


def lint_matching(policy: MatchingPolicy) -> tuple[Finding, ...]:
    """Everything worth looking at in a matching policy; paths are those of policy fields, such as ``matching.warn``."""
    return tuple(Finding(f"matching.{path}", code, "warning") for path, code in _findings(policy))


def _findings(policy: MatchingPolicy) -> Iterator[tuple[str, str]]:
    if policy.similar == "off":
        if policy.same_phone != _DEFAULT.same_phone:
            yield "same_phone", "no-effect"
        return
    if policy.warn == policy.block and policy.similar != "warn":
        yield "similar", "no-effect"
    if not set(_NAMES) & set(policy.indexes):
        yield "indexes", "nothing-similar"
    if policy.same_phone == "open-existing" and "phone" not in policy.indexes:
        yield "same_phone", "no-effect"
    shown = right(*policy.owner_shown_to)
    if not (shown.anyone or shown.owner or shown.team or shown.roles):
        yield "owner_shown_to", "shown-to-nobody"
