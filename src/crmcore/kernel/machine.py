"""Lifecycles as one literal table.

A ``Machine`` is made of rows. From them, and from nothing else, come the decision, every reason against it, what
would pass now, the diagram and the docs' tables. Guards and ``then`` are pure functions of
``(stage, command, facts, rules, now)``. A guard gives a refusal or None; ``then`` gives the events.

What the table cannot say: what an event does to a stage stands on the event itself, as ``move``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import attrs

from crmcore.kernel.actors import Right, right
from crmcore.kernel.refusals import Reason, Refusal, Refusals, ordered

Guard = Callable[[Any, Any, Any, Any, datetime], Refusal | None]
Then = Callable[[Any, Any, Any, Any, datetime], tuple[Any, ...]]


@attrs.frozen
class When:
    """Guards asked only where they can matter: ``applies`` gets (command, facts). It keeps the usual case short."""

    applies: Callable[[Any, Any], bool]
    guards: tuple[Guard, ...]


class STAY:
    """Stands in a row's ``to`` for the stage the command was given in."""


def _sources(value: type[Any] | Iterable[type[Any]]) -> tuple[type[Any], ...]:
    return (value,) if isinstance(value, type) else tuple(value)


@attrs.frozen
class Row:
    """In these stages this command, given by one of ``by``, leads to one of the stages ``to`` unless a guard refuses.

    ``by`` is a right, or rights by the command's ``variant`` where one command has several forms. ``guards`` judge
    whether the command may be given at all now, without looking at it; ``says`` judge what it says. ``STAY`` in
    ``to`` is the stage itself.
    """

    source: tuple[type[Any], ...] = attrs.field(converter=_sources)
    command: type[Any]
    by: Right | Mapping[str, Right]
    then: Then
    to: tuple[type[Any], ...] = (STAY,)
    guards: tuple[Guard | When, ...] = ()
    says: tuple[Guard | When, ...] = ()


@attrs.frozen
class Never:
    """In these stages this command is always refused; ``by`` still says who might give it at all.

    ``because`` is the reason; ``tell`` adds to it what (stage, facts, rules) tell of the case, or gives another one
    where the case is not to be told.
    """

    source: tuple[type[Any], ...] = attrs.field(converter=_sources)
    command: type[Any]
    because: Reason
    by: Right | Mapping[str, Right] = attrs.field(default=right("anyone"))
    tell: Callable[[Reason, Any, Any, Any], Refusal] | None = None


@attrs.frozen
class Lapse:
    """What time alone does: from the instant ``when`` gives, the stage is over and ``then`` gives what happened."""

    source: type[Any]
    when: Callable[[Any], datetime | None]
    then: Callable[[Any, datetime], Any]
    to: tuple[type[Any], ...]


@attrs.frozen
class _Cell:
    """One cell of the grid: all its guards, the first refusal of those that do not look at what the command says.

    ``decide`` gives the events, or None when a guard refuses; a pair that never passes has guards that always do.
    """

    guards: tuple[Guard | When, ...]
    for_now: Guard
    decide: Callable[[Any, Any, Any, Any, datetime], tuple[Any, ...] | None]
    line: Row | Never


def _always(line: Never) -> Guard:
    """The guard of a pair that never passes."""
    reason, tell = line.because, line.tell
    if tell is None:
        refusal = Refusal(reason)
        return lambda _stage, _command, _facts, _rules, _now: refusal
    return lambda stage, _command, facts, rules, _now: tell(reason, stage, facts, rules)


_ASKED = "(stage, command, facts, rules, now)"


def _straight(guards: Iterable[Guard | When], names: dict[str, Any]) -> str:
    """Python for the first refusal of these guards, or what is false; what it calls is put among ``names``.

    A loop over guards, or a function around each block, takes as long as the guards themselves.
    """
    calls = []
    for guard in guards:
        name = f"call_{len(names)}"
        if isinstance(guard, When):
            names[name] = guard.applies
            calls.append(f"({name}(command, facts) and ({_straight(guard.guards, names)}))")
        else:
            names[name] = guard
            calls.append(f"{name}{_ASKED}")
    return " or ".join(calls) or "None"


def _first_refusal(guards: Iterable[Guard | When]) -> Guard:
    """One guard that gives the first refusal of many: enough to know that the command does not pass."""
    names: dict[str, Any] = {}
    made: Guard = eval(f"lambda stage, command, facts, rules, now: {_straight(guards, names)} or None", names)  # noqa: S307
    return made


def _decided(guards: Iterable[Guard | When], then: Then | None) -> Callable[..., tuple[Any, ...] | None]:
    """What a cell decides: the events, or None as soon as a guard refuses."""
    names: dict[str, Any] = {"then": then}
    text = f"lambda stage, command, facts, rules, now: None if {_straight(guards, names)} else then{_ASKED}"
    made: Callable[..., tuple[Any, ...] | None] = eval(text, names)  # noqa: S307 — made of nothing but the above
    return made


def _each(guards: Iterable[Guard | When], command: Any, facts: Any) -> Iterator[Guard]:
    """Every single guard that applies."""
    for guard in guards:
        if not isinstance(guard, When):
            yield guard
        elif guard.applies(command, facts):
            yield from guard.guards


class Machine:
    """A lifecycle: ``stages`` × commands, every pair declared exactly once, and what time does to each stage."""

    def __init__(
        self,
        *lines: Row | Never | Lapse,
        permitted: Callable[[Row | Never], Guard],
        first: Sequence[Guard] = (),
    ) -> None:
        """Build the grid.

        :param permitted: makes the guard that asks who may give a row's command.
        :param first: guards asked before any row's own.
        :raises ValueError: a pair of stage and command is declared twice, or not at all.
        """
        self.lines: tuple[Row | Never, ...] = tuple(line for line in lines if not isinstance(line, Lapse))
        self.lapses: tuple[Lapse, ...] = tuple(line for line in lines if isinstance(line, Lapse))
        self._grid: dict[type[Any], dict[type[Any], _Cell]] = {}
        self._lapses = {lapse.source: lapse for lapse in self.lapses}
        for line in self.lines:
            self._declare(line, permitted, tuple(first))
        self._check_total()

    def _declare(self, line: Row | Never, permitted: Callable[[Row | Never], Guard], first: tuple[Guard, ...]) -> None:
        own = line.guards if isinstance(line, Row) else (_always(line),)
        says = line.says if isinstance(line, Row) else ()
        then = line.then if isinstance(line, Row) else None
        for_now = (*first, permitted(line), *own)
        guards = (*for_now, *says)
        cell = _Cell(guards, _first_refusal(for_now), _decided(guards, then), line)
        for source in line.source:
            cells = self._grid.setdefault(source, {})
            if line.command in cells:
                msg = f"declared twice: {source.__name__} × {line.command.__name__}"
                raise ValueError(msg)
            cells[line.command] = cell

    def _check_total(self) -> None:
        missing = [
            f"{stage.__name__} × {command.__name__}"
            for stage in self.stages
            for command in self.commands
            if command not in self._grid[stage]
        ]
        if missing:
            raise ValueError("not declared: " + ", ".join(missing))

    @property
    def stages(self) -> tuple[type[Any], ...]:
        """The stages, in the order of the table."""
        return tuple(self._grid)

    @property
    def commands(self) -> tuple[type[Any], ...]:
        """The commands, in the order of the table."""
        return tuple(dict.fromkeys(line.command for line in self.lines))

    def line(self, stage: type[Any], command: type[Any]) -> Row | Never:
        """The line of the table that speaks of this pair."""
        return self._grid[stage][command].line

    def settle(self, stage: Any, now: datetime, last: datetime) -> Any | None:
        """The event that time alone has brought about by ``now``, dated at its moment, never before ``last``."""
        lapse = self._lapses.get(type(stage))
        if lapse is None:
            return None
        moment = lapse.when(stage)
        if moment is None or now < moment:
            return None
        return lapse.then(stage, moment if moment > last else last)

    def due(self, stage: Any) -> datetime | None:
        """The instant at which time alone ends this stage, if it does."""
        lapse = self._lapses.get(type(stage))
        return None if lapse is None else lapse.when(stage)

    def decide(self, stage: Any, command: Any, facts: Any, rules: Any, now: datetime) -> tuple[Any, ...] | Refusals:
        """The events this command brings about, or every reason against it; the stage must be settled at ``now``."""
        events = self._grid[type(stage)][type(command)].decide(stage, command, facts, rules, now)
        return events if events is not None else self.why_not(stage, command, facts, rules, now)

    def why_not(self, stage: Any, command: Any, facts: Any, rules: Any, now: datetime) -> Refusals:
        """Every reason that refuses, ordered by rule id; empty when the command would pass."""
        guards = _each(self._grid[type(stage)][type(command)].guards, command, facts)
        answers = (guard(stage, command, facts, rules, now) for guard in guards)
        return ordered(answer for answer in answers if answer is not None)

    def can(self, stage: Any, command: type[Any], facts: Any, rules: Any, now: datetime) -> bool:
        """Whether some command of this kind would pass now, if what it says is right."""
        return self._grid[type(stage)][command].for_now(stage, None, facts, rules, now) is None

    def arrows(self) -> tuple[tuple[type[Any], type[Any], type[Any] | Literal["time"]], ...]:
        """Every declared move as (from, to, command or "time"), in the order of the table."""
        rows = [(line.source, line.to, line.command) for line in self.lines if isinstance(line, Row)]
        moves = [
            (source, source if to is STAY else to, command)
            for sources, tos, command in rows
            for source in sources
            for to in tos
        ]
        return (*moves, *((lapse.source, to, "time") for lapse in self.lapses for to in lapse.to))
