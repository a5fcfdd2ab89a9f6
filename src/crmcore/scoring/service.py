"""Who does not get the service that the grade promises (G-07), from facts of service, as of a moment."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from attrs import Attribute, field, frozen

from crmcore.kernel.calendar import Calendar, Weekdays, working_days_after
from crmcore.kernel.refusals import Label
from crmcore.kernel.times import Instant, as_instant
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.promises import Hours, Service
from crmcore.scoring.spans import before
from crmcore.wording import Language

TEXTS: Final[Mapping[str, Label]] = {
    "nobody-serves": Label("nobody of the role {promised} serves", "没有 {promised} 角色的人员服务"),
    "no-own-person": Label("no {promised} of its own", "没有专属的 {promised}"),
    "too-few-contacts": Label(
        "{actual} contacts in {days} days instead of {promised}", "{days} 天内联系 {actual} 次，应为 {promised} 次"
    ),
    "late-answer": Label("{actual} answers later than promised", "{actual} 次答复超过承诺时限"),
    "no-answer": Label("{actual} requests without the answer that is due", "{actual} 次请求到期未答复"),
    "not-reachable": Label("reachable {actual} instead of {promised}", "服务时间为 {actual}，应为 {promised}"),
}
_HOURS: Final[Mapping[Hours, Label]] = {
    "7x24": Label("7×24", "7×24"),
    "working": Label("in working hours", "工作时间"),
}
_ROLES: Final[Mapping[str, Label]] = {
    "pre-sales": Label("pre-sales", "售前"),
    "after-sales": Label("after-sales", "售后"),
    "customer-success": Label("customer success", "客户成功"),
}


_MINUTE: Final = timedelta(minutes=1)


def _instants(_instance: object, attribute: "Attribute[Any]", value: tuple[datetime, ...]) -> None:
    """A validator: times with an offset."""
    for place, at in enumerate(value):
        as_instant(at, f"{attribute.name}[{place}]")


@frozen
class Person:
    """Somebody who serves: an id, a role, and whether named for this customer alone."""

    id: str
    role: str
    own: bool = False


@frozen
class Request:
    """Something the customer asked for, and when it was answered, if it was."""

    asked: datetime = field(validator=Instant())
    answered: datetime | None = field(default=None, validator=Instant())


@frozen
class Served:
    """Facts of service: the grade and since when it is held, who serves, contacts, requests, and the hours."""

    subject: str
    grade: str
    since: datetime = field(validator=Instant())
    by: tuple[Person, ...] = ()
    contacts: tuple[datetime, ...] = field(default=(), validator=_instants)
    requests: tuple[Request, ...] = ()
    hours: Hours = "working"


@frozen
class Shortfall:
    """A promise that is not kept: a code, what was promised and what is, and since when, if that is known."""

    code: str
    promised: int | str = ""
    actual: int | str = ""
    days: int = 0
    since: datetime | None = None

    def message(self, lang: Language = "en") -> str:
        """The shortfall in words."""
        words = {"promised": _word(self.promised, lang), "actual": _word(self.actual, lang), "days": self.days}
        return TEXTS[self.code].text(lang).format_map(words)


def _word(value: int | str, lang: Language) -> int | str:
    label = _HOURS.get(value) or _ROLES.get(value) if isinstance(value, str) else None  # type: ignore[call-overload]
    return label.text(lang) if label else value


def shortfalls(
    policy: ScoringPolicy, served: Served, as_of: datetime, calendar: Calendar | None = None
) -> tuple[Shortfall, ...]:
    """What one customer is promised and does not get; empty where nothing is promised, or all of it is kept.

    The cadence is judged once the grade has been held for a whole period of it; an answer is late at its deadline.

    :param calendar: the working days; Monday to Friday unless given.
    :raises KeyError: the policy has no such grade.
    """
    promise = policy.grade(served.grade).service
    if promise is None:
        return ()
    moment, zone = as_instant(as_of, "as_of"), policy.tzinfo
    return (
        *_people(promise, served),
        *_cadence(promise, served, moment, zone),
        *_answers(served, moment, _deadline(promise, zone, calendar or Weekdays())),
        *_hours(promise, served),
    )


def underserved(
    policy: ScoringPolicy, many: Iterable[Served], as_of: datetime, calendar: Calendar | None = None
) -> Iterator[tuple[Served, tuple[Shortfall, ...]]]:
    """Those who do not get what their grade promises, in the order given, each with what is lacking."""
    for served in many:
        if lacking := shortfalls(policy, served, as_of, calendar):
            yield served, lacking


def _people(promise: Service, served: Served) -> Iterator[Shortfall]:
    if promise.served_by is None:
        return
    serving = [person for person in served.by if person.role == promise.served_by]
    if not serving:
        yield Shortfall("nobody-serves", promise.served_by)
    elif promise.own and not any(person.own for person in serving):
        yield Shortfall("no-own-person", promise.served_by)


def _cadence(promise: Service, served: Served, as_of: datetime, zone: tzinfo) -> Iterator[Shortfall]:
    if not promise.contacts:
        return
    start = before(as_of, zone, days=promise.days)
    if served.since > start:
        return
    past = sorted(at for at in served.contacts if at <= as_of)
    recent = [at for at in past if at > start]
    if len(recent) < promise.contacts:
        # Enough of them lay within a period until the last one but so many was a whole period ago.
        counted = past[-promise.contacts] if len(past) >= promise.contacts else served.since
        since = before(max(counted, served.since), zone, days=-promise.days)
        yield Shortfall("too-few-contacts", promise.contacts, len(recent), promise.days, since)


def _deadline(promise: Service, zone: tzinfo, calendar: Calendar) -> Callable[[datetime], datetime] | None:
    """When an answer is due, by the moment of the request."""
    minutes, days = promise.response_minutes, promise.response_working_days
    if minutes:
        return lambda asked: asked + minutes * _MINUTE
    if days:
        return lambda asked: working_days_after(asked, days, calendar, zone).at
    return None


def _answers(served: Served, as_of: datetime, deadline: Callable[[datetime], datetime] | None) -> Iterator[Shortfall]:
    if deadline is None:
        return
    due = [(one, deadline(one.asked)) for one in served.requests if served.since <= one.asked <= as_of]
    late = [by for one, by in due if one.answered is not None and by <= one.answered <= as_of]
    never = [by for one, by in due if by <= as_of and (one.answered is None or one.answered > as_of)]
    for code, found in (("late-answer", late), ("no-answer", never)):
        if found:
            yield Shortfall(code, actual=len(found), since=min(found))


def _hours(promise: Service, served: Served) -> Iterator[Shortfall]:
    if promise.hours == "7x24" and served.hours != "7x24":
        yield Shortfall("not-reachable", promise.hours, served.hours)
