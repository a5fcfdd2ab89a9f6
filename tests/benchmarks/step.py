"""One step of the lifecycle, settle + decide + move, against the same rules by hand and on two machine packages.

To be run as ``python tests/benchmarks/step.py``.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attrs import frozen

from crmcore.customers.history import evolve, settled
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.kernel.events import Envelope
from tests.benchmarks.by_hand import CustomerByHand
from tests.benchmarks.by_machines import OnStatemachine, OnTransitions
from tests.benchmarks.harness import Comparison, report, settle_memory, timed
from tests.benchmarks.walk import STAMP, Life, Step, rules, walk

STEPS = 200_000
#: Lives in one round: some milliseconds, so that what disturbs the computer disturbs both sides.
LIVES_A_ROUND = 50
#: Lives for who is slow; the walk is of the same kind all along.
LIVES_FOR_TRANSITIONS = 2_000
LIVES_FOR_STATEMACHINE = 250
IN_USE = rules()

#: What each step leads to: state, owner and deadline.
Seen = list[tuple[str, str | None, Any]]


@frozen
class Contestant:
    """What makes a customer ready to begin a life, and what takes such customers through their lives."""

    name: str
    begin: Callable[[Life], Any]
    run: Callable[[Sequence[Any], Sequence[Life], Seen | None], None]


def run_crmcore(starts: Sequence[Any], lives: Sequence[Life], seen: Seen | None) -> None:
    """The machine level: stages and events only, guards and settle included."""
    in_use, settle, decide = IN_USE, LIFECYCLE.settle, LIFECYCLE.decide
    for start, life in zip(starts, lives, strict=True):
        stage = start
        for step in life:
            now = step.now
            fall = settle(stage, now, now)
            if fall is not None:
                stage = fall.move(stage)
            events: Any = decide(stage, step.command, step.facts, in_use, now)
            for event in events:
                stage = event.move(stage)
            if seen is not None:
                seen.append((stage.name, stage.owner, getattr(stage, "deadline", None)))


def run_whole(starts: Sequence[Any], lives: Sequence[Life], seen: Seen | None) -> None:
    """The whole customer instead of its stage alone: events in envelopes, as the app layer folds them."""
    in_use, decide = IN_USE, LIFECYCLE.decide
    for start, life in zip(starts, lives, strict=True):
        customer = start
        for step in life:
            now, facts = step.now, step.facts
            customer = settled(customer, now)[0] if customer is not None else None
            for event in decide(facts.stage, step.command, facts, in_use, now):
                number = 1 if customer is None else customer.version + 1
                customer = evolve(customer, Envelope(facts.number, number, facts.actor.id, STAMP, event))
            if seen is not None and customer is not None:
                seen.append((customer.stage.name, customer.owner, customer.deadline))


def run_by_hand(starts: Sequence[Any], lives: Sequence[Life], seen: Seen | None) -> None:
    """The same commands to customers written by hand."""
    for customer, life in zip(starts, lives, strict=True):
        for step in life:
            customer.handle(step.command, step.facts.actor, step.now)
            if seen is not None:
                seen.append((customer.state, customer.owner, customer.deadline))


def on_machine(name: str, machine: OnTransitions | OnStatemachine, *, made_before: bool = True) -> Contestant:
    """The same commands to models on a machine package, which are made before the clock runs, or while it does."""
    handle, make = machine.handle, machine.begin

    def run(starts: Sequence[Any], lives: Sequence[Life], seen: Seen | None) -> None:
        for start, life in zip(starts, lives, strict=True):
            model = start if made_before else make(start)
            for step in life:
                handle(model, step.command, step.facts.actor, step.now)
                if seen is not None:
                    customer = getattr(model, "model", model)
                    seen.append((customer.state, customer.owner, customer.deadline))

    if not made_before:
        return Contestant(name, customer_by_hand, run)
    return Contestant(name, lambda life: make(customer_by_hand(life)), run)


def stage_before(life: Life) -> Any:
    """The stage in which a life begins."""
    return life[0].facts.stage


def customer_by_hand(life: Life) -> CustomerByHand:
    """The customer written by hand at the point where a life begins: new, or registered."""
    customer = CustomerByHand()
    if life[0].registration is not None:
        handled(customer, life[0].registration)
    return customer


def handled(customer: CustomerByHand, step: Step) -> None:
    """Take the customer one step further; the walk knows only commands that pass."""
    refused = customer.handle(step.command, step.facts.actor, step.now)
    assert refused is None, refused


CRMCORE = Contestant("crmcore", stage_before, run_crmcore)
WHOLE = Contestant("crmcore, the whole customer", lambda life: life[0].facts.customer, run_whole)
BY_HAND = Contestant("by hand", customer_by_hand, run_by_hand)


def compare(mine: Contestant, other: Contestant, lives: Sequence[Life]) -> Comparison:
    """Two contestants over the same lives, some at a time, in turn."""
    rounds = [lives[first : first + LIVES_A_ROUND] for first in range(0, len(lives), LIVES_A_ROUND)]
    seconds = [(measured(mine, part), measured(other, part)) for part in (rounds[0], *rounds)]
    mines, others = zip(*seconds[1:], strict=True)
    return Comparison(mines, others)


def measured(contestant: Contestant, lives: Sequence[Life]) -> float:
    """The seconds a contestant takes; its customers are made ready before."""
    starts = [contestant.begin(life) for life in lives]
    return timed(partial(contestant.run, starts, lives, None), process_time)


def check(lives: Sequence[Life], *contestants: Contestant) -> None:
    """Every contestant takes every customer the same way, step by step."""
    results: list[Seen] = []
    for contestant in contestants:
        seen: Seen = []
        contestant.run([contestant.begin(life) for life in lives], lives, seen)
        results.append(seen)
    assert all(seen == results[0] for seen in results), "the contestants do not agree"


def main() -> None:
    """Measure and print."""
    lives = walk(STEPS)
    later = [life[1:] for life in lives]
    on_transitions = on_machine("transitions", OnTransitions())
    with_models = on_machine("transitions, a model for each customer", OnTransitions(), made_before=False)
    on_statemachine = on_machine("python-statemachine", OnStatemachine())
    settle_memory()
    check(lives, CRMCORE, BY_HAND, WHOLE)
    check(later[:LIVES_FOR_STATEMACHINE], CRMCORE, BY_HAND, on_transitions, on_statemachine)
    few, fewer = later[:LIVES_FOR_TRANSITIONS], later[:LIVES_FOR_STATEMACHINE]
    rows = [
        row("registered customers", CRMCORE, BY_HAND, later, "≤ 10, aim 8"),
        row("with the registration", CRMCORE, BY_HAND, lives, "≤ 10, aim 8"),
        row("registered customers", WHOLE, BY_HAND, later, "none"),
        row("registered customers", on_transitions, CRMCORE, few, "≥ 5"),
        row("registered customers", with_models, CRMCORE, few, "≥ 5"),
        row("registered customers", on_statemachine, CRMCORE, fewer, "none"),
        row("registered customers", on_transitions, BY_HAND, few, "none"),
        row("registered customers", on_statemachine, BY_HAND, fewer, "none"),
    ]
    head = ("walk", "steps", "A", "B", "A, µs a step", "B, µs a step", "A ÷ B", "from … to", "target")
    report("One step: settle + decide + move", head, rows)


def row(walked: str, mine: Contestant, other: Contestant, lives: Sequence[Life], target: str) -> tuple[str, ...]:
    """A line of the table."""
    found = compare(mine, other, lives)
    steps = sum(map(len, lives))
    a, b = (f"{sum(seconds) / steps * 1e6:.2f}" for seconds in (found.mine, found.other))
    return walked, f"{steps:,}", mine.name, other.name, a, b, f"{found.ratio:.2f}", found.spread, target


if __name__ == "__main__":
    main()
