"""Lifecycles as one literal table, shown on a lamp."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from crmcore.kernel.actors import right
from crmcore.kernel.machine import STAY, Lapse, Machine, Never, Row, When
from crmcore.kernel.refusals import Reason, Refusal, Refusals

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
DARK = Reason("L-02", "dark", "it is dark", "太暗")
FORBIDDEN = Reason("A-01", "forbidden", "not you", "无权")
BURNT = Reason("L-03", "burnt", "it is burnt out", "已烧毁")
WORN = Reason("L-01", "worn", "it is worn", "已磨损")


@attrs.frozen
class Off:
    """The lamp is off."""


@attrs.frozen
class On:
    """The lamp is on, and goes off by itself."""

    until: datetime | None = NOW


class Press:
    """Switch the lamp."""


class Look:
    """Look at it."""


def always(reason: Reason) -> Any:
    """A guard that always refuses."""
    return lambda _stage, _command, _facts, _rules, _now: Refusal(reason)


def never(_stage: Any, _command: Any, _facts: Any, _rules: Any, _now: datetime) -> None:
    """A guard that never refuses."""


def done(*words: str) -> Any:
    """A decision that says what was done."""
    return lambda _stage, _command, _facts, _rules, _now: words


def machine(*lines: Row | Never | Lapse, permitted: Any = never, first: tuple[Any, ...] = ()) -> Machine:
    """A machine in which everybody may do everything."""
    return Machine(*lines, permitted=lambda _line: permitted, first=first)


def row(source: Any, command: type[Any], **more: Any) -> Row:
    """A row that anyone may use."""
    return Row(source, command, by=right("anyone"), **{"then": done("done"), **more})


def asked(lamp: Machine, stage: Any, command: Any, facts: Any = None) -> Any:
    """The decision at NOW."""
    return lamp.decide(stage, command, facts, None, NOW)


def test_a_command_that_passes_gives_what_happened():
    """The events of the row."""
    lamp = machine(row((Off, On), Press, guards=(never,), says=(never,), then=done("pressed", "lit")))

    assert ("pressed", "lit") == asked(lamp, Off(), Press())
    assert () == lamp.why_not(Off(), Press(), None, None, NOW)


def test_a_pair_is_declared_once():
    """A second line for the same stage and command is a mistake in the table."""
    with pytest.raises(ValueError, match="declared twice: Off × Press"):
        machine(row(Off, Press), Never((On, Off), Press, because=DARK))


def test_every_pair_is_declared():
    """A pair that no line speaks of is a mistake in the table; all of them are named."""
    with pytest.raises(ValueError, match="not declared: Off × Look, On × Press"):
        machine(row(Off, Press), row(On, Look))


def test_every_reason_is_given_in_order():
    """First guards, rights, guards and what is said: ordered by rule and code, not by where they stand."""
    says = (always(WORN), never)
    lamp = machine(
        row(Off, Press, guards=(always(BURNT),), says=says), permitted=always(FORBIDDEN), first=(always(DARK),)
    )
    answer = asked(lamp, Off(), Press())

    assert isinstance(answer, Refusals)
    assert ["A-01", "L-01", "L-02", "L-03"] == [refusal.rule for refusal in answer]


def test_a_pair_that_never_passes_gives_its_reason():
    """With who might give the command at all."""
    lamp = machine(Never(Off, Press, because=DARK), permitted=always(FORBIDDEN))

    assert [FORBIDDEN, DARK] == [refusal.reason for refusal in asked(lamp, Off(), Press())]


def test_a_reason_may_tell_of_the_case():
    """From the stage and the facts."""

    def tell(reason: Reason, stage: Any, facts: Any, _rules: Any) -> Refusal:
        return Refusal(reason, {"who": facts}, stage.until)

    lamp = machine(Never(On, Press, because=DARK, tell=tell))

    assert (Refusal(DARK, {"who": "li"}, NOW),) == asked(lamp, On(), Press(), "li")


class TestWhen:
    """Blocks of guards that are asked only where they can matter."""

    def lamp(self) -> Machine:
        """A lamp with a block for those whose facts say so."""
        block = When(lambda _command, facts: facts == "asked", (never, always(WORN), always(DARK)))
        return machine(row(Off, Press, guards=(block,)), row(Off, Look, says=(block,)))

    def test_where_it_applies_each_of_its_guards_is_asked(self):
        """Every refusal is given, not just the block's first."""
        assert [WORN, DARK] == [refusal.reason for refusal in asked(self.lamp(), Off(), Press(), "asked")]

    def test_elsewhere_none_is(self):
        """The command passes."""
        assert ("done",) == asked(self.lamp(), Off(), Press(), "no")

    def test_a_block_that_does_not_refuse_lets_pass(self):
        """None of its guards has a word to say."""
        lamp = machine(row(Off, Press, guards=(When(lambda _command, _facts: True, (never,)),)))

        assert ("done",) == asked(lamp, Off(), Press())

    def test_it_counts_for_what_one_can_do(self):
        """As far as it does not depend on what is said."""
        lamp = self.lamp()

        assert [False, True, True] == [
            lamp.can(Off(), Press, "asked", None, NOW),
            lamp.can(Off(), Press, "no", None, NOW),
            lamp.can(Off(), Look, "asked", None, NOW),
        ]


def test_what_one_can_do_leaves_out_what_is_said():
    """Guards on the command itself are not asked: there is none yet."""
    lamp = machine(row(Off, Press, says=(always(DARK),)), row(Off, Look, guards=(always(DARK),)))

    assert [True, False] == [lamp.can(Off(), command, None, None, NOW) for command in (Press, Look)]


class TestLapse:
    """What time alone does."""

    LAMP = machine(
        row((Off, On), Press), Lapse(On, when=lambda lamp: lamp.until, then=lambda _lamp, at: ("off", at), to=(Off,))
    )

    @pytest.mark.parametrize(("late", "over"), [(-1, False), (0, True), (1, True)])
    def test_a_stage_is_over_at_its_moment(self, late, over):
        """Not a microsecond before; what happened is dated at that moment."""
        now = NOW + timedelta(microseconds=late)

        assert (("off", NOW) if over else None) == self.LAMP.settle(On(), now, NOW - timedelta(days=1))

    def test_nothing_is_dated_before_the_last_event(self):
        """What came to be late is dated at what made it so."""
        last = NOW + timedelta(hours=1)

        assert ("off", last) == self.LAMP.settle(On(), last, last)

    def test_a_stage_may_have_no_moment(self):
        """By itself, or because this one does not end."""
        assert self.LAMP.settle(Off(), NOW, NOW) is None
        assert self.LAMP.settle(On(None), NOW, NOW) is None

    def test_the_moment_can_be_asked_for(self):
        """By whoever reminds, sweeps, or indexes."""
        assert [NOW, None, None] == [self.LAMP.due(stage) for stage in (On(), On(None), Off())]


def test_the_table_can_be_read():
    """Stages, commands, lines and moves come from it, in its order."""
    first, second = row((Off, On), Press, to=(STAY, On)), Never((On, Off), Look, because=DARK)
    lamp = machine(first, second, Lapse(On, when=lambda _stage: NOW, then=done(), to=(Off,)))

    assert ((Off, On), (Press, Look)) == (lamp.stages, lamp.commands)
    assert (first, second) == (lamp.line(On, Press), lamp.line(Off, Look))
    assert ((Off, Off, Press), (Off, On, Press), (On, On, Press), (On, On, Press), (On, Off, "time")) == lamp.arrows()
