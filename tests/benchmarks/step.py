"""One step of the lifecycle, settle + decide + move, against the same rules written by hand and on two machines.

    python tests/benchmarks/step.py
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore.customers.facts import ABSENT  # noqa: E402 — the repository's root comes first
from crmcore.customers.history import evolve, settled  # noqa: E402
from crmcore.customers.lifecycle import LIFECYCLE  # noqa: E402
from crmcore.kernel.events import Envelope  # noqa: E402
from tests.benchmarks.by_hand import CustomerByHand  # noqa: E402
from tests.benchmarks.harness import Comparison, in_turn, report, timed  # noqa: E402
from tests.benchmarks.walk import STAMP, Life, rules, walk  # noqa: E402

STEPS = 200_000
ROUNDS = 9
IN_USE = rules()

#: What each step leads to: state, owner and deadline.
Seen = list[tuple[str, str | None, Any]]


def crmcore(lives: Sequence[Life], starts: Sequence[Any], seen: Seen | None = None) -> None:
    """The machine level: stages and events only, guards and settle included."""
    in_use, settle, decide = IN_USE, LIFECYCLE.settle, LIFECYCLE.decide
    for stage, life in zip(starts, lives, strict=True):
        for step in life:
            now = step.now
            fall = settle(stage, now, now)
            if fall is not None:
                stage = fall.move(stage)
            for event in decide(stage, step.command, step.facts, in_use, now):
                stage = event.move(stage)
            if seen is not None:
                seen.append((stage.name, stage.owner, getattr(stage, "deadline", None)))


def by_hand(lives: Sequence[Life], starts: Sequence[Any], seen: Seen | None = None) -> None:
    """The same commands to customers written by hand."""
    for customer, life in zip(starts, lives, strict=True):
        for step in life:
            customer.handle(step.command, step.facts.actor, step.now)
            if seen is not None:
                seen.append((customer.state, customer.owner, customer.deadline))
