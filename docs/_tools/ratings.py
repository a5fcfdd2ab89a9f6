"""Writes the reference page on ratings: what may happen, the commands, the events and the refusals, from the code."""

from crmcore.kernel.diagrams import grid
from crmcore.kernel.machine import Row
from crmcore.kernel.refusals import Reason
from crmcore.ratings import RATING_EVENTS, RATINGS, reasons
from crmcore.ratings.base import OfRating
from crmcore.ratings.events import RatingEvent
from docs._tools.fields import CATALOGUE, about, code, fields_table, reasons_of, table, who

#: The refusals of commands about ratings, in the order in which they stand in the code.
OWN: tuple[Reason, ...] = tuple(value for value in vars(reasons).values() if isinstance(value, Reason))

HEAD = """\
# Ratings

<!-- Written by docs/_tools/ratings.py from the code: change that instead. -->

Scores on record: what may happen to them, how it is asked for, and what happens then. How to use them is told in
[scoring](../how-to/scoring.md#put-scores-on-record). The commands are classes of `crmcore.ratings`; policies grant
rights to them by the names here, as to [any other](policy.md#rights). Each may also be refused with A-01 not-permitted, D-01
not-on-record, and D-13 out-of-order, when its time lies before what happened last to the rating.

"""


def ratings_page() -> str:
    """The table of the lifecycle, then commands, events and refusals."""
    commands = [_command(command) for command in RATINGS.commands]
    events = [_event(event) for event in RATING_EVENTS]
    rows = [[reason.rule, code(reason.code), f"{reason.en}<br>{reason.zh}"] for reason in sorted(OWN, key=_place)]
    refusals = f"## Refusals\n\n{table(['rule', 'code', 'text'], rows)}"
    return HEAD + "\n".join([grid(RATINGS), "## Commands\n", *commands, "## Events\n", *events, refusals])


def _place(reason: Reason) -> tuple[str, str]:
    return reason.rule, reason.code


def _command(command: type[OfRating]) -> str:
    lines = [line for line in RATINGS.lines if line.command is command and isinstance(line, Row)]
    refused = {reason: None for line in lines for reason in reasons_of(line, (*OWN, *CATALOGUE))}
    by = ", ".join(dict.fromkeys(who(line.by) for line in lines))
    names = ", ".join(f"{reason.rule} {reason.code}" for reason in refused)
    return (
        f"### {command.do}\n\n`{command.__name__}` · {command.label.zh}. {about(command)}\n\n"
        f"{fields_table(command)}\nWho: {by}. May be refused with: {names}.\n"
    )


def _event(event: type[RatingEvent]) -> str:
    return f"### {event.type}\n\n{about(event)} Schema {event.schema}.\n\n{fields_table(event)}"
