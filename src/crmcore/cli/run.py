"""``crmcore run``: one command a line in, one outcome a line out."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING

import click
from attrs import frozen

from crmcore.cli.answering import answers
from crmcore.cli.options import Setup, storing
from crmcore.cli.terminal import BAD_NEWS, json_line, progress
from crmcore.errors import CrmError, Fault, Invalid, Label, Language, OutcomeUnknown, StorageError

if TYPE_CHECKING:
    from crmcore.app.crm import CRM
    from crmcore.app.outcome import Request

#: Commands in one transaction: many from a file; one from a pipe, so that whoever writes to it is answered at once.
FILE_BATCH, PIPE_BATCH = 500, 1
#: Bytes of one line. What is longer is no command, and is not kept in memory.
LONGEST_LINE = 32_000_000

STOPPED: dict[Language, str] = {
    "en": "stopped at line {line}: what stands before it is stored, from it on nothing is",
    "zh": "停在第 {line} 行:此前各行已保存,自该行起均未保存",
}
STOPPED_UNSURE: dict[Language, str] = {
    "en": "stopped at line {line}: what stands before it is stored; whether lines {line} to {last} are is not known",
    "zh": "停在第 {line} 行:此前各行已保存;第 {line} 至 {last} 行是否已保存不明",
}


@frozen
class Line:
    """A line of the input: its number, and the request it holds or what is wrong with it."""

    number: int
    content: "Request | CrmError"


@click.command()
@click.argument("commands", type=click.File("rb"), metavar="COMMANDS.jsonl")
@click.option(
    "--batch",
    type=click.IntRange(1, 100_000),
    help=f"Commands in one transaction.  [default: {FILE_BATCH}; {PIPE_BATCH} when reading from a pipe]",
)
@storing
def run(setup: Setup, commands: IO[bytes], batch: int | None) -> None:
    """Give the commands in a file, one JSON object a line; "-" reads standard input.

    \b
    {"at": "2026-03-01T09:00:00+08:00", "actor": {"id": "li", "roles": ["pre-sales"]},
     "do": "protect", "customer": "C1"}          (on one line; without "at" it is now)

    One outcome a line is printed, in the order of the input, once it is stored:

    \b
    {"ok": true, "events": [...], "customer": {...}}       it passed
    {"ok": false, "customer": {...}, "refused": [...]}     the rules refuse it: every reason
    {"ok": false, "line": 3, "error": {...}}               the line was not understood

    Status 1 when a line was not understood, 3 when the storage failed.
    """  # noqa: D301 — click's mark for text that is not wrapped
    size = batch or (PIPE_BATCH if commands.name == "<stdin>" else FILE_BATCH)
    with setup.open() as crm, progress("commands") as told:
        raise SystemExit(_run(setup, crm, commands, size, told))


def _run(setup: Setup, crm: "CRM", commands: IO[bytes], size: int, told: object) -> int:
    """Answer batch after batch; the exit status."""
    understood, incoming = True, read_lines(commands)
    while batch := list(islice(incoming, size)):
        try:
            outcomes = list(outcomes_of(setup, crm, batch))
        except StorageError as error:
            return _stopped(setup, batch, error)
        understood = understood and not any(isinstance(line.content, CrmError) for line in batch)
        setup.terminal.write("".join(outcomes))
    return 0 if understood else BAD_NEWS
