"""A scoring policy: all that decides a score, as one frozen value with a version and a digest."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, Literal

from attrs import field, frozen

from crmcore.errors import Fault, Invalid, UnknownName
from crmcore.kernel.codec import canonical
from crmcore.kernel.refusals import Label
from crmcore.kernel.times import EPOCH, EXPECTED_TIME, as_instant, zone
from crmcore.kernel.validators import OneOf, Text, Whole
from crmcore.scoring.checks import faults_of
from crmcore.scoring.combine import Combine, Sum
from crmcore.scoring.decimals import Numeral, number
from crmcore.scoring.parts import Code, Factor, Grade
from crmcore.scoring.writing import dump

DIGEST_LENGTH: Final = 12
_COUNT = Whole(0, 1_000_000_000_000)


def known_zone(_instance: object, _attribute: object, value: str) -> None:
    """A validator: the name of a time zone."""
    try:
        zone(value)
    except UnknownName:
        raise Invalid([Fault("zone", "not-allowed", "the name of a time zone, such as Asia/Shanghai")]) from None


def _start_moment(value: datetime | None) -> datetime | None:
    """Converter of the field ``start``."""
    return _moment(value, "start")


def _end_moment(value: datetime | None) -> datetime | None:
    """Converter of the field ``end``."""
    return _moment(value, "end")


def _effective(value: datetime | None) -> datetime | None:
    """Converter of the field ``effective_from``."""
    return _moment(value, "effective_from")


def _moment(value: datetime | None, name: str) -> datetime | None:
    """A moment in UTC: a policy is the same one, however its times are written."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise Invalid([Fault(name, "wrong-type", EXPECTED_TIME)])
    return as_instant(value, name)


def _figure(value: Numeral | None) -> Decimal | None:
    """Converter of the figures of a provenance."""
    return None if value is None else number(value)


@frozen
class Provenance:
    """Where a policy's points come from: written by hand, or fitted to what became of ``n`` cases.

    ``start`` and ``end`` bound the cases used; ``positives`` of them had the outcome. ``auc`` and ``calibration_error``
    are cross-validated. The log-odds of the outcome are ``offset`` + raw score ÷ ``points_per_logit``.
    """

    kind: Literal["hand", "fitted"] = field(default="hand", validator=OneOf(("hand", "fitted")))
    note: str = field(default="", validator=Text(10_000))
    start: datetime | None = field(default=None, converter=_start_moment)
    end: datetime | None = field(default=None, converter=_end_moment)
    n: int | None = field(default=None, validator=_COUNT)
    positives: int | None = field(default=None, validator=_COUNT)
    auc: Decimal | None = field(default=None, converter=_figure)
    auc_low: Decimal | None = field(default=None, converter=_figure)
    auc_high: Decimal | None = field(default=None, converter=_figure)
    calibration_error: Decimal | None = field(default=None, converter=_figure)
    offset: Decimal | None = field(default=None, converter=_figure)
    points_per_logit: Decimal | None = field(default=None, converter=_figure)


def _caps(caps: Mapping[str, Numeral]) -> Mapping[str, Decimal]:
    """Converter of the field ``group_caps``."""
    return {group: number(cap, f"group_caps.{group}") for group, cap in caps.items()}


_BY_SUM: Final = Sum()
_NO_LABELS: Mapping[str, Label] = {}


@frozen
class ScoringPolicy:
    """What is scored, by which factors, and how that becomes a grade.

    ``grades`` stand from the worst to the best. ``group_caps`` bound from above what the factors of a group contribute
    together. A score of a moment before ``effective_from`` is not put on record. ``labels`` name things for people, by
    their paths: ``amount``, ``amount.high``, ``grade.A``; wording decides nothing, so the digest leaves it out.

    :raises Invalid: naming every path at fault.
    """

    id: str = field(validator=Code())
    version: str = field(validator=Code())
    subject: str = field(validator=Code())
    factors: tuple[Factor, ...]
    grades: tuple[Grade, ...]
    combine: Combine = _BY_SUM
    group_caps: Mapping[str, Decimal] = field(factory=dict, converter=_caps)
    zone: str = field(default="Asia/Shanghai", validator=known_zone)
    effective_from: datetime | None = field(default=None, converter=_effective)
    provenance: Provenance = Provenance()
    labels: Mapping[str, Label] = _NO_LABELS

    def __attrs_post_init__(self) -> None:
        """Refuse names that mean nothing here, and grades that no case could be given exactly one of."""
        if faults := list(faults_of(self)):
            raise Invalid(faults)

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that differ whenever the policy does, wording aside."""
        data = {key: value for key, value in dump(self).items() if key != "labels"}
        return sha256(canonical(data).encode()).hexdigest()[:DIGEST_LENGTH]

    @property
    def stamp(self) -> str:
        """What stands on each score this policy gives: id/version#digest."""
        return f"{self.id}/{self.version}#{self.digest}"

    @property
    def tzinfo(self) -> tzinfo:
        """The time zone whose calendar days and months count."""
        return zone(self.zone)

    def factor(self, key: str) -> Factor:
        """The factor with that key.

        :raises KeyError: there is none.
        """
        return {factor.key: factor for factor in self.factors}[key]

    def grade(self, code: str) -> Grade:
        """The grade with that code.

        :raises KeyError: there is none.
        """
        return {grade.code: grade for grade in self.grades}[code]

    def rank(self, code: str) -> int:
        """How high a grade stands, from 0 for the worst.

        :raises KeyError: there is no such grade.
        """
        return {grade.code: place for place, grade in enumerate(self.grades)}[code]

    def label(self, path: str) -> Label:
        """What people call what stands at that path; the last part of the path itself where nothing is said."""
        name = path.rpartition(".")[2]
        return self.labels.get(path) or Label(name, name)


def in_effect(policies: Iterable[ScoringPolicy], as_of: datetime) -> ScoringPolicy | None:
    """Of several versions of a policy the one that holds at that moment: the last to take effect; None before any.

    A version without ``effective_from`` has always been in effect; of those that began together the later one given.
    """
    moment = as_instant(as_of, "as_of")
    begun = [policy for policy in policies if policy.effective_from is None or policy.effective_from <= moment]
    found: ScoringPolicy | None = None
    for policy in begun:
        if found is None or _start(policy) >= _start(found):
            found = policy
    return found


def _start(policy: ScoringPolicy) -> datetime:
    return policy.effective_from or EPOCH


def as_data(policy: ScoringPolicy) -> dict[str, Any]:
    """The policy as plain data, defaults left out; ``policy_from`` gives the same policy back."""
    data: dict[str, Any] = dump(policy)
    return data
