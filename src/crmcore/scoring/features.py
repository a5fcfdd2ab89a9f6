"""The usual features: how long ago, how often, how much, what share, which way it is going.

Each is a function of facts, a moment and parameters that a policy gives. A window of N days or months reaches from so
long before the moment, exclusive, up to the moment itself. Where there is nothing to count, a count is 0; where there
is nothing to divide by, or nothing has ever happened, the feature is not applicable.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from fractions import Fraction
from typing import Final, Literal

from crmcore.errors import Fault, Invalid
from crmcore.scoring.facts import AsOf, Fact, Facts
from crmcore.scoring.spans import before, days_between, months_between
from crmcore.scoring.values import MISSING, NOT_APPLICABLE, Evidence, Feature

Measure = Literal["sum", "count"]
Method = Literal["nps", "csat", "ces"]


def field_value(facts: Facts, as_of: AsOf, *, name: str) -> Feature:
    """The value of a field; missing where there is none, or an empty text."""
    found = facts.field(name, as_of.at)
    if found is None or found.value is None or found.value == "":
        return Feature(MISSING)
    value = found.value.isoformat() if isinstance(found.value, date) else found.value
    return Feature(value, (Evidence("field", name, found.known, found.known is None),))


def days_until(facts: Facts, as_of: AsOf, *, name: str) -> Feature:
    """Days from now to the date in a field, negative once it has passed; missing where there is no date."""
    found = facts.field(name, as_of.at)
    if found is None or not isinstance(found.value, date):
        return Feature(MISSING)
    day = found.value
    moment = day if isinstance(day, datetime) else datetime.combine(day, time(), as_of.zone)
    evidence = Evidence("date", name, moment, found.known is None)
    return Feature(days_between(as_of.at, moment, as_of.zone), (evidence,))


def days_since(facts: Facts, as_of: AsOf, *, of: str) -> Feature:
    """Days since it last happened; not applicable if it never did."""
    last = facts.of(of, as_of.at)[-1:]
    return Feature(days_between(last[0].at, as_of.at, as_of.zone), _evidence(last)) if last else _NEVER


def months_since(facts: Facts, as_of: AsOf, *, of: str) -> Feature:
    """Whole months since it last happened; not applicable if it never did."""
    last = facts.of(of, as_of.at)[-1:]
    return Feature(months_between(last[0].at, as_of.at, as_of.zone), _evidence(last)) if last else _NEVER


def tenure(facts: Facts, as_of: AsOf, *, of: str) -> Feature:
    """Whole months since it first happened; not applicable if it never did."""
    first = facts.of(of, as_of.at)[:1]
    return Feature(months_between(first[0].at, as_of.at, as_of.zone), _evidence(first)) if first else _NEVER


def count(facts: Facts, as_of: AsOf, *, of: str, days: int = 0, months: int = 0) -> Feature:
    """How often it happened in the window; without one, ever."""
    found = _window(facts, as_of, of, days, months)
    return Feature(len(found), _evidence(found))


def total(facts: Facts, as_of: AsOf, *, of: str, days: int = 0, months: int = 0) -> Feature:
    """What it amounts to in the window, exact until it becomes a float; facts without an amount add nothing."""
    found = _window(facts, as_of, of, days, months)
    return Feature(_sum(found), _evidence(found))


def mean(facts: Facts, as_of: AsOf, *, of: str, days: int = 0, months: int = 0) -> Feature:
    """The mean amount in the window; not applicable without an amount."""
    found = [fact for fact in _window(facts, as_of, of, days, months) if fact.amount is not None]
    return Feature(_sum(found) / len(found), _evidence(found)) if found else _NEVER


def survey(facts: Facts, as_of: AsOf, *, of: str, method: Method, days: int = 0, months: int = 0) -> Feature:
    """What the answers to a survey come to, by its method; not applicable without any.

    ``nps``: of answers from 0 to 10, the per cent of 9 and 10 less the per cent of 0 to 6. ``csat``: of answers from 1
    to 5, the share of 4 and 5. ``ces``: the mean of answers from 1 to 7.

    :raises Invalid: an answer is not on the method's scale.
    """
    found = [fact for fact in _window(facts, as_of, of, days, months) if fact.amount is not None]
    answers = [fact.amount for fact in found if fact.amount is not None]
    low, high = _SCALES[method]
    if any(not low <= answer <= high for answer in answers):
        raise Invalid([Fault(of, "out-of-range", f"answers from {low} to {high}")])
    return Feature(_METHODS[method](answers), _evidence(found)) if found else _NEVER


#: Who recommends, who advises against it, who is satisfied: the answers that count so begin, or end, here.
_PROMOTER, _DETRACTOR, _SATISFIED = 9, 6, 4


def _nps(answers: Sequence[Fraction]) -> Fraction:
    net = sum(answer >= _PROMOTER for answer in answers) - sum(answer <= _DETRACTOR for answer in answers)
    return Fraction(100 * net, len(answers))


def _csat(answers: Sequence[Fraction]) -> Fraction:
    return Fraction(sum(answer >= _SATISFIED for answer in answers), len(answers))


def _ces(answers: Sequence[Fraction]) -> Fraction:
    return sum(answers, start=Fraction(0)) / len(answers)


#: The scales are those of the published methods.
_SCALES: Final[Mapping[Method, tuple[int, int]]] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
_METHODS: Final[Mapping[Method, Callable[[Sequence[Fraction]], Fraction]]] = {"nps": _nps, "csat": _csat, "ces": _ces}


def share(facts: Facts, as_of: AsOf, *, of: str, among: str, days: int = 0, months: int = 0) -> Feature:
    """How often it happened for each time that ``among`` did: complaints an order; not applicable without any."""
    whole = _window(facts, as_of, among, days, months)
    part = _window(facts, as_of, of, days, months)
    return Feature(Fraction(len(part), len(whole)), _evidence((*part, *whole))) if whole else _NEVER


def rate(facts: Facts, as_of: AsOf, *, of: str, to: str, days: int = 0, months: int = 0) -> Feature:
    """One amount in parts of another: profit to sales, a margin; not applicable where the other is not positive."""
    whole = _window(facts, as_of, to, days, months)
    part = _window(facts, as_of, of, days, months)
    below = _sum(whole)
    return Feature(_sum(part) / below, _evidence((*part, *whole))) if below > 0 else _NEVER


def share_of_total(facts: Facts, as_of: AsOf, *, of: str, days: int = 0, months: int = 0) -> Feature:
    """The subject's part of what all subjects together amount to; missing where no positive total is given."""
    whole = as_of.totals.get(of, Fraction(0))
    found = _window(facts, as_of, of, days, months)
    return Feature(_sum(found) / whole, _evidence(found)) if whole > 0 else Feature(MISSING)


def trend(facts: Facts, as_of: AsOf, *, of: str, months: int = 6, measure: Measure = "sum") -> Feature:
    """The change of the last months against as many months before: 0.25 is a quarter more; -1 is nothing any more.

    Not applicable where there was nothing before.
    """
    middle = before(as_of.at, as_of.zone, months=months)
    start = before(as_of.at, as_of.zone, months=2 * months)
    found = [fact for fact in facts.of(of, as_of.at) if fact.at > start]
    earlier, later = ([fact for fact in found if (fact.at > middle) is after] for after in (False, True))
    then, now = (_sum(part) if measure == "sum" else Fraction(len(part)) for part in (earlier, later))
    return Feature((now - then) / then, _evidence(found)) if then > 0 else _NEVER


_NEVER = Feature(NOT_APPLICABLE)


def _window(facts: Facts, as_of: AsOf, of: str, days: int, months: int) -> list[Fact]:
    found = facts.of(of, as_of.at)
    if not days and not months:
        return found
    start = before(as_of.at, as_of.zone, days, months)
    return [fact for fact in found if fact.at > start]


def _sum(found: Iterable[Fact]) -> Fraction:
    return sum((fact.amount for fact in found if fact.amount is not None), start=Fraction(0))


def _evidence(found: Sequence[Fact]) -> tuple[Evidence, ...]:
    return tuple(fact.evidence for fact in found)
