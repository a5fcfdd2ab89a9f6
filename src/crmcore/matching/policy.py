"""When records are the same or similar, and what is done about it: policy, as data."""

from typing import Final, Literal

from attrs import frozen

#: The indexes there are, the surest first.
INDEXES: Final = ("full", "credit_code", "tax_id", "phone", "email", "domain", "core", "brand", "del", "bg", "py")

#: What is done about a registration: refuse it, let it pass with a warning, or send it to a reviewer.
Answer = Literal["refuse", "warn", "review"]


@frozen
class MatchingPolicy:
    """What decides a verdict.

    From ``block`` on (0–100) a name is the same, from ``warn`` on it is similar, from ``show`` on it is shown. A phone
    number on more than ``switchboard`` records says little of who a customer is.
    """

    block: float = 94
    warn: float = 84
    show: float = 80
    same: Answer = "refuse"
    similar: Answer = "warn"
    switchboard: int = 3
    phone_digits: int = 7
    indexes: tuple[str, ...] = INDEXES[:-1]
    per_key: int = 500
    scored: int = 120
    version: str = "standard"


DEFAULT_POLICY: Final = MatchingPolicy()
