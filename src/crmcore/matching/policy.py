"""When records are the same or similar, and what is done about it: policy, as data."""

from typing import Final, Literal

from attrs import frozen

#: What follows from a similar record: nothing (no analysis, no keys), a warning, a reason to be given, a conflict that
#: a manager decides, or a refusal.
Answer = Literal["off", "warn", "reason", "review", "refuse"]


@frozen
class MatchingPolicy:
    """What decides a verdict.

    From ``block`` on (0–100) a name is the same, from ``warn`` on it is similar, from ``show`` on it is shown. A phone
    number on more than ``switchboard`` records says little of who a customer is. The same record is always refused,
    unless ``similar`` is off. ``owner_shown_to`` are the roles and relations that are told whose a record is.
    """

    block: float = 94.0
    warn: float = 84.0
    show: float = 80.0
    similar: Answer = "warn"
    same_phone: Literal["warn", "refuse"] = "warn"
    owner_shown_to: tuple[str, ...] = ("anyone",)
    switchboard: int = 3
    phone_digits: int = 7
    indexes: tuple[str, ...] = (
        "full", "credit_code", "tax_id", "phone", "email", "domain", "core", "brand", "del", "bg"
    )  # fmt: skip
    per_key: int = 1000
    per_pair: int = 200
    scored: int = 160
    version: str = "standard"


DEFAULT_POLICY: Final = MatchingPolicy()
