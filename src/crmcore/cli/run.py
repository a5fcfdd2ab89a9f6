"""``crmcore run``: one command a line in, one outcome a line out."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import IO, TYPE_CHECKING

import click
from attrs import frozen

from crmcore.app.answering import answers
from crmcore.cli.options import Setup, storing
from crmcore.cli.terminal import BAD_NEWS, STORAGE, Terminal, json_line, progress
from crmcore.errors import CrmError, Fault, Invalid, OutcomeUnknown, StorageError
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.app.crm import CRM
    from crmcore.app.outcome import Denied, Outcome, Request

#: Commands in one transaction: many from a file; one from a pipe, so that whoever writes to it is answered at once.
FILE_BATCH, PIPE_BATCH = 500, 1
#: Bytes of one line. What is longer is no command, and is not kept in memory.
LONGEST_LINE = 32_000_000

STOPPED = Label(
    "stopped at line {line}: what stands before it is stored; from there on, nothing is",
    "停在第 {line} 行：此前各行已保存，自该行起均未保存",
)
UNSURE = Label(
    "stopped at line {line}: what stands before it is stored; lines {line} to {last} may be stored or not",
    "停在第 {line} 行：此前各行已保存；第 {line} 至 {last} 行是否已保存不明",
)


@frozen
class Line:
    """A line of the input: its number, and the request it holds, or what is wrong with it."""

    number: int
    content: "Request | Invalid"


@click.command()
@click.argument("commands", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="COMMANDS.jsonl")
@click.option(
    "--batch",
    type=click.IntRange(1, 100_000),
    help=f"Commands in one transaction.  [default: {FILE_BATCH}; {PIPE_BATCH} when reading from a pipe]",
)
@storing
def run(setup: Setup, commands: str, batch: int | None) -> None:
    """Give the commands in a JSON lines file.

    Without --storage they are tried in memory, and nothing is kept. One command a line; "-" reads standard input:

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
    kept = setup if setup.storage else setup.in_memory()
    with kept.open() as crm, click.open_file(commands, "rb") as stream, progress("lines") as told:
        size = batch or (FILE_BATCH if stream.seekable() and not stream.isatty() else PIPE_BATCH)
        status = run_lines(setup.terminal, crm, stream, size, told)
    raise SystemExit(status)


def run_lines(terminal: Terminal, crm: "CRM", stream: IO[bytes], size: int, told: Callable[[int], None]) -> int:
    """Answer batch after batch, each printed once it is stored; the exit status."""
    status, lines = 0, read_lines(stream)
    while batch := list(islice(lines, size)):
        outcomes: list[str] = []
        try:
            for outcome in outcomes_of(crm, batch):
                outcomes.append(told_outcome(terminal, crm, batch[len(outcomes)], outcome))
                status = BAD_NEWS if isinstance(outcome, CrmError) else status
        except StorageError as error:
            terminal.write("".join(outcomes))
            return stopped(terminal, batch[len(outcomes) :], error)
        terminal.write("".join(outcomes))
        told(batch[-1].number)
    return status


def read_lines(stream: IO[bytes]) -> Iterator[Line]:
    """The lines of a stream that hold anything, with their numbers; blank ones count but say nothing."""
    from crmcore.app.requests import WHOLE, read_request

    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            _skip_rest(stream, raw)
            yield Line(number, Invalid([Fault(WHOLE, "too-long", f"at most {LONGEST_LINE:,} bytes")]))
            continue
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if not raw.strip():
            continue
        try:
            yield Line(number, read_request(raw))
        except Invalid as invalid:
            yield Line(number, invalid)


def _skip_rest(stream: IO[bytes], raw: bytes) -> None:
    """Read on to the end of the line, without keeping it."""
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(LONGEST_LINE)


def outcomes_of(crm: "CRM", batch: Sequence[Line]) -> "Iterator[Outcome | Denied | CrmError]":
    """What each line led to, in their order."""
    answered = answers(crm, [line.content for line in batch if not isinstance(line.content, Invalid)])
    for line in batch:
        yield line.content if isinstance(line.content, Invalid) else next(answered)


def told_outcome(terminal: Terminal, crm: "CRM", line: Line, outcome: "Outcome | Denied | CrmError") -> str:
    """An outcome as a line of JSON."""
    from crmcore.app.output import answer_view, error_view

    if isinstance(outcome, CrmError):
        return json_line({"ok": False, "line": line.number, "error": error_view(outcome, terminal.lang)})
    return json_line(answer_view(outcome, terminal.lang, crm.rules.zone))


def stopped(terminal: Terminal, left: Sequence[Line], error: StorageError) -> int:
    """Say on standard error where the storage failed, and what that means for the lines; the exit status."""
    text = UNSURE if isinstance(error, OutcomeUnknown) else STOPPED
    where = terminal.text(text).format(line=left[0].number, last=left[-1].number)
    click.echo(f"crmcore: {error.message(terminal.lang)}; {where}", err=True)
    return STORAGE
