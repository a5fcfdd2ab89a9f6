"""When records are the same or similar, and what is done about it: policy, as data (M-03)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from attrs import field, frozen

from crmcore.errors import Fault, Invalid, PolicyInvalid
from crmcore.kernel.validators import OneOf, Text, Whole
from crmcore.kernel.wire import read

#: The indexes there are, the surest first.
INDEXES: Final = (
    "full",
    "credit_code",
    "tax_id",
    "phone",
    "email",
    "domain",
    "core",
    "brand",
    "py",
    "del",
    "near",
    "bg",
)

#: What follows from a similar record: nothing (no analysis, no keys), a warning, a reason to be given, a conflict that
#: a manager decides, or a refusal.
Answer = Literal["off", "warn", "reason", "review", "refuse"]
_MOST_SCORE: Final = 100


def _score(_instance: Any, attribute: Any, value: float) -> None:
    """A validator: a score."""
    if type(value) not in {int, float}:
        raise Invalid([Fault(attribute.name, "wrong-type", "a number")])
    if not 0 <= value <= _MOST_SCORE:
        raise Invalid([Fault(attribute.name, "out-of-range", "a number from 0 to 100")])


@frozen
class MatchingPolicy:
    """What decides a verdict.

    From ``block`` on (0–100) a name is the same, from ``warn`` on it is similar, from ``show`` on it is shown. The same
    record is always refused, unless ``similar`` is off; strictly by the rulebook, ``similar`` is "refuse", too. Who
    has a phone number that is on record comes up for editing where ``same_phone`` says so (L-02), unless more than
    ``switchboard`` records have it, which is less than ``per_key``; numbers of fewer than ``phone_digits`` digits do
    not count. ``owner_shown_to`` are the roles and relations that are told whose a record is, here
    and wherever a customer is shown; the owner always is.

    ``indexes`` are those that keys are made for. Of each key at most ``per_key`` records are looked at, of pairs of
    characters ``per_pair``, and the ``scored`` likeliest of all are compared: first who shares a code or a contact.

    :raises Invalid: naming every path at fault.
    """

    block: float = field(default=94.0, validator=_score)
    warn: float = field(default=84.0, validator=_score)
    show: float = field(default=80.0, validator=_score)
    similar: Answer = field(default="warn", validator=OneOf(("off", "warn", "reason", "review", "refuse")))
    same_phone: Literal["open-existing", "warn"] = field(default="warn", validator=OneOf(("open-existing", "warn")))
    owner_shown_to: tuple[str, ...] = ("anyone",)
    switchboard: int = field(default=3, validator=Whole(1, 1_000))
    phone_digits: int = field(default=7, validator=Whole(5, 15))
    indexes: tuple[str, ...] = INDEXES
    per_key: int = field(default=500, validator=Whole(10, 10_000))
    per_pair: int = field(default=200, validator=Whole(10, 10_000))
    scored: int = field(default=160, validator=Whole(10, 1_000))
    version: str = field(default="standard", validator=Text())

    def __attrs_post_init__(self) -> None:
        """Refuse thresholds that contradict each other, and indexes that there are not."""
        if faults := list(self._faults()):
            raise Invalid(faults)

    def _faults(self) -> Iterator[Fault]:
        if not self.show <= self.warn <= self.block:
            yield Fault("warn", "out-of-range", f"a number from {self.show:g} to {self.block:g}")
        if self.switchboard >= self.per_key:  # so many records with a key are never told apart from more
            yield Fault("switchboard", "out-of-range", f"a number below per_key, which is {self.per_key}")
        if unknown := set(self.indexes) - set(INDEXES):
            yield Fault("indexes", "not-allowed", f"one of {', '.join(INDEXES)}")
        elif not unknown and "full" not in self.indexes:
            yield Fault("indexes", "missing", "full, which tells the same name")


DEFAULT_POLICY: Final = MatchingPolicy()


def policy_from(data: Mapping[str, Any]) -> MatchingPolicy:
    """A policy from plain data, such as a table of a TOML file.

    :raises PolicyInvalid: with every fault: its path, what is wrong, what is allowed.
    """
    try:
        return read(MatchingPolicy, dict(data))
    except Invalid as invalid:
        raise PolicyInvalid(invalid.faults) from None
