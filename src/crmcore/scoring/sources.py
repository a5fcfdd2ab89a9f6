"""Features by name: what a policy may ask for, and what plugins add.

A source is a function of facts, a moment and named parameters; its signature says which parameters a policy gives::

    def visits(facts: Facts, as_of: AsOf, *, days: int) -> Feature: ...


    bound = bind(policy, {**SOURCES, "visits": visits})
    score = evaluate(policy, bound.features(facts, as_of=now), now)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from inspect import Parameter, signature
from typing import Any, Final, Literal, Protocol, get_args, get_origin

from attrs import evolve, field, frozen

from crmcore.errors import Fault, Invalid, PolicyInvalid
from crmcore.kernel.wire import describe, tame
from crmcore.scoring import features
from crmcore.scoring.decimals import Numeral, number
from crmcore.scoring.facts import AsOf, Facts
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.values import MISSING, NOT_APPLICABLE, Feature, Lack

#: What computes a feature: (facts, moment, parameters by name).
Compute = Callable[..., Feature]
_GIVEN = 2
_NO_TOTALS: Mapping[str, Numeral] = {}


def _bound(value: Numeral | None) -> Decimal | None:
    """Converter of the fields ``low`` and ``high``."""
    return None if value is None else number(value)


#: The least and the greatest number that can come; None where there is no bound.
Range = tuple[Decimal | None, Decimal | None]


@frozen
class Source:
    """A function that computes a feature, and what is known of its values; a bare function may give anything.

    ``low`` and ``high`` are the least and the greatest number it can give; where they depend on what it is told,
    ``ranges`` gives them. ``whole`` says that its numbers are whole ones, ``texts`` whether it can give texts or yes
    and no, ``numbers`` whether it can give numbers, and ``lacks`` in which ways there can be nothing to give.
    ``of_whole`` says that the numbers of all subjects add up to at most 1: so at most five can have 0.2 or more.
    ``lint`` uses all of these.

    ``ages`` says whether a value changes by time while it rests on the same facts, as days since something do and an
    amount does not; None where that is not known. ``events`` is whether it looks at what has happened, and so at no
    more of it than is on record; fields are as they stand.
    """

    compute: Compute
    low: Decimal | None = field(default=None, converter=_bound)
    high: Decimal | None = field(default=None, converter=_bound)
    of_whole: bool = False
    numbers: bool = True
    texts: bool = False
    whole: bool = False
    lacks: tuple[Lack, ...] = tuple(Lack)
    ranges: Callable[[Mapping[str, Any]], Range] | None = None
    ages: bool | None = None
    events: bool = True

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What a policy may, or must, tell it."""
        return dict(list(signature(self.compute).parameters.items())[_GIVEN:])

    def told(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """All it is told, what a policy leaves out by its default."""
        return {**{name: parameter.default for name, parameter in self.parameters.items()}, **params}

    def range(self, params: Mapping[str, Any]) -> Range:
        """The least and the greatest number it can give when it is told this."""
        return (self.low, self.high) if self.ranges is None else self.ranges(self.told(params))

    def look_back(self, params: Mapping[str, Any]) -> tuple[int, int]:
        """How many days, and how many months, before the moment it looks; (0, 0) is as far as facts go."""
        edges = self.edges(params)
        return edges[-1] if edges else (0, 0)

    def edges(self, params: Mapping[str, Any]) -> list[tuple[int, int]]:
        """How many days, and how many months, before the moment a fact begins to count otherwise, or no more."""
        told = self.told(params)
        days, months = told.get("days", 0), told.get("months", 0)
        if self.compute is features.trend:
            return [(0, months), (0, 2 * months)]
        return [(days, months)] if days or months else []


def _survey_range(told: Mapping[str, Any]) -> Range:
    low, high = _SURVEYS.get(told["method"], (None, None))
    return _bound(low), _bound(high)


def _trend_range(told: Mapping[str, Any]) -> Range:
    """Less than nothing any more cannot be counted; amounts may be negative."""
    return (Decimal(-1) if told["measure"] == "count" else None), None


_SURVEYS: Final[Mapping[Any, tuple[int, int]]] = {"nps": (-100, 100), "csat": (0, 1), "ces": (1, 7)}
_ALWAYS: Final[tuple[Lack, ...]] = ()
_UNLESS_UNKNOWN: Final = (MISSING,)
_UNLESS_NEVER: Final = (NOT_APPLICABLE,)

SOURCES: Final[Mapping[str, Source]] = {
    "field": Source(features.field_value, texts=True, events=False),
    "days-until": Source(features.days_until, whole=True, lacks=_UNLESS_UNKNOWN, ages=True, events=False),
    "days-since": Source(features.days_since, low=0, whole=True, lacks=_UNLESS_NEVER, ages=True),
    "months-since": Source(features.months_since, low=0, whole=True, lacks=_UNLESS_NEVER, ages=True),
    "tenure": Source(features.tenure, low=0, whole=True, lacks=_UNLESS_NEVER, ages=True),
    "count": Source(features.count, low=0, whole=True, lacks=_ALWAYS, ages=False),
    "sum": Source(features.total, lacks=_ALWAYS, ages=False),
    "mean": Source(features.mean, lacks=_UNLESS_NEVER, ages=False),
    "survey": Source(features.survey, lacks=_UNLESS_NEVER, ranges=_survey_range, ages=False),
    "share": Source(features.share, low=0, lacks=_UNLESS_NEVER, ages=False),
    "rate": Source(features.rate, lacks=_UNLESS_NEVER, ages=False),
    "share-of-total": Source(features.share_of_total, high=1, of_whole=True, lacks=_UNLESS_UNKNOWN, ages=False),
    "trend": Source(features.trend, lacks=_UNLESS_NEVER, ranges=_trend_range, ages=False),
}


def as_source(offered: Source | Compute) -> Source:
    """A source as plugins offer it: a bare function may give anything."""
    return offered if isinstance(offered, Source) else Source(offered, texts=True)


class Asked(Protocol):
    """What names a feature: a factor of a policy, or a candidate for one."""

    @property
    def key(self) -> str:
        """What the feature is called here."""
        ...

    @property
    def source(self) -> str:
        """The name of its source."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """What the source is told."""
        ...


class Bound:
    """Questions whose sources are found and whose parameters fit; ``bind`` makes it."""

    def __init__(self, computes: Mapping[str, tuple[Source, Mapping[str, Any]]], zone: tzinfo) -> None:
        self.computes = computes
        self.zone = zone

    def features(self, facts: Facts, as_of: datetime, totals: Mapping[str, Numeral] = _NO_TOTALS) -> dict[str, Feature]:
        """What is asked of these facts, at that moment; ``totals`` by kind of fact, for shares of the whole.

        :raises Invalid: ``as_of`` has no offset, or a source refused, or gave what is no value; every fault by the key
            of what was asked.
        """
        moment = AsOf(as_of, self.zone, totals)
        try:
            return {key: source.compute(facts, moment, **params) for key, (source, params) in self.computes.items()}
        except Invalid as invalid:  # from the first that failed, which does not know how it is called here
            raise Invalid(self._faults(facts, moment)) from invalid

    def _faults(self, facts: Facts, moment: AsOf) -> Iterator[Fault]:
        """What is wrong with each feature that cannot be computed."""
        for key, (source, params) in self.computes.items():
            try:
                source.compute(facts, moment, **params)
            except Invalid as invalid:
                for fault in invalid.faults:
                    yield evolve(fault, path=key if fault.path == "value" else f"{key}.{fault.path}")


def bind(policy: ScoringPolicy, sources: Mapping[str, Source | Compute] = SOURCES) -> Bound:
    """Find the source of each factor.

    :raises PolicyInvalid: a source is not known, or its parameters do not fit; every fault by its path.
    """
    return bind_all(policy.factors, policy.tzinfo, sources, "factors")


def bind_all(
    asked: Iterable[Asked], zone: tzinfo, sources: Mapping[str, Source | Compute] = SOURCES, path: str = "candidates"
) -> Bound:
    """Find the source of each question; ``path`` leads the paths of faults.

    :raises PolicyInvalid: as ``bind`` does.
    """
    faults: list[Fault] = []
    computes: dict[str, tuple[Source, Mapping[str, Any]]] = {}
    for place, one in enumerate(asked):
        offered = sources.get(one.source)
        if offered is None:
            faults.append(Fault(f"{path}[{place}].source", "not-allowed", "one of " + ", ".join(sorted(sources))))
            continue
        source = as_source(offered)
        faults += _param_faults(one, source, f"{path}[{place}].params")
        computes[one.key] = source, one.params
    if faults:
        raise PolicyInvalid(faults)
    return Bound(computes, zone)


def _param_faults(asked: Asked, source: Source, path: str) -> Iterator[Fault]:
    parameters = source.parameters
    for name, value in asked.params.items():
        if name not in parameters:
            yield Fault(f"{path}.{tame(name)}", "unknown-field", "one of " + ", ".join(parameters))
        elif fault := _misfit(value, parameters[name].annotation, _LONGEST_MONTHS if name == "months" else _LONGEST):
            yield Fault(f"{path}.{name}", *fault)
    for name, parameter in parameters.items():
        if parameter.default is Parameter.empty and name not in asked.params:
            yield Fault(f"{path}.{name}", "missing", describe(parameter.annotation))
    if asked.params.get("days") and asked.params.get("months"):
        yield Fault(f"{path}.months", "not-allowed", "days or months, not both")


def _misfit(value: object, annotation: Any, longest: int) -> tuple[str, str] | None:
    """What is wrong with a parameter's value, and what is expected; windows are at least a day or a month long."""
    if get_origin(annotation) is Literal:
        return None if value in get_args(annotation) else ("not-allowed", describe(annotation))
    if annotation in {str, int, bool} and type(value) is not annotation:
        return "wrong-type", describe(annotation)
    if annotation is int and isinstance(value, int) and not 1 <= value <= longest:
        return "out-of-range", f"a whole number from 1 to {longest:,}"
    return None


#: A hundred years: further back, time has no years to count by.
_LONGEST: Final = 36_500
_LONGEST_MONTHS: Final = 1_200
