"""``crmcore import``: customers from a CSV file, each row stored whole or not at all, and to be run again at will."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from crmcore.cli.answering import answers
from crmcore.cli.columns import Column, columns_of, register_data
from crmcore.cli.csv_file import Row, rows
from crmcore.cli.options import Setup, actor_of, actor_options, at_option, moment, storing
from crmcore.cli.row_errors import RowError, Shown, error_file, of_error, of_refusals
from crmcore.cli.terminal import BAD_NEWS, STORAGE, Terminal, progress
from crmcore.errors import CrmError, Fault, Invalid, StorageError
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.app.crm import CRM
    from crmcore.app.outcome import Denied, Outcome
    from crmcore.customers.commands import Command
    from crmcore.customers.policy import CustomField

BATCH = 500
#: Refusals that say: this customer is on record already.
ALREADY = frozenset({"id-taken", "same-name", "same-name-in-pool"})
#: Refusals that say: this person could not put any customer on record.
NOT_ALLOWED = "not-permitted"

SUMMARY = Label(
    "{rows} rows: {registered} registered, {already} already there, {failed} not imported",
    "共 {rows} 行：登记 {registered}，已存在 {already}，未导入 {failed}",
)
STOPPED = Label(
    "stopped at line {line}: the rows before it are done, from there on nothing is stored; run it again afterwards",
    "停在第 {line} 行：此前各行已处理，自该行起均未保存；排除故障后可重新运行",
)


@attrs.define
class Tally:
    """What has become of the rows so far."""

    rows: int = 0
    registered: int = 0
    already: int = 0
    failed: int = 0


@attrs.frozen
class Job:
    """One import: where to, for whom, and where what is wrong with rows is told."""

    crm: "CRM"
    columns: tuple[Column, ...]
    actor: Actor
    into: str
    at: datetime | None
    tell: tuple[Callable[[RowError], None], ...]
    tally: Tally


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", type=click.Choice(["pool", "potential"]), default="pool", show_default=True, help="Where to.")
@actor_options(required=False, default="import")
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE.csv",
    help="Write what is wrong with rows to a file.",
)
@at_option("Register them as of a time")
@storing
def import_(
    setup: Setup,
    file: Path,
    into: str,
    actor: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
    errors: Path | None,
    at: str | None,
) -> None:
    """Register the customers in a CSV file.

    The file is in UTF-8 or GB18030, with a first row of column names:

    \b
    客户名称 name    地址 address    行业 industry    电话 phone    简介 introduction
    地区 region      邮箱 email      网址 website     来源 source   规模 size
    联系人 contact   手机 mobile     客户编号 id      客户类型 kind (企业, 个人)
    and the policy's custom fields by their names.

    A row is stored whole or not at all, and what is wrong with it is told with its line and field. Run it again as
    often as you like: customers that are already there are counted, and left as they are.

    Status 1 when rows were not imported, 3 when the storage failed.
    """  # noqa: D301 — click's mark for text that is not wrapped
    who, when = actor_of(actor, roles or ("import",), teams), moment(at)
    shown = Shown(setup.terminal)
    with ExitStack() as stack:
        crm = stack.enter_context(setup.open())
        incoming = rows(file, stack.enter_context(progress("bytes", file.stat().st_size)))
        columns = _columns(incoming, crm, file)
        tell: list[Callable[[RowError], None]] = [shown.add]
        if errors is not None:
            tell.append(stack.enter_context(error_file(_another(errors, file))))
        job = Job(crm, columns, who, into, when, tuple(tell), Tally())
        status = import_rows(setup.terminal, job, incoming)
    shown.finish()
    _sum_up(setup.terminal, job.tally)
    raise SystemExit(status)


def _another(errors: Path, file: Path) -> Path:
    """The file for errors, which is not the one that is read."""
    if errors.exists() and errors.samefile(file):
        raise Invalid([Fault("--errors", "not-allowed", "another file than the one that is imported")])
    return errors


def _columns(incoming: Iterator[Row], crm: "CRM", file: Path) -> tuple[Column, ...]:
    """The columns that the first row declares."""
    header = next(incoming, None)
    if header is None:
        raise Invalid([Fault(file.name, "empty", "a first row with names of columns")])
    if isinstance(header.content, Invalid):
        raise header.content
    return columns_of(header.content, crm.rules.custom_fields)


def import_rows(terminal: Terminal, job: Job, incoming: Iterator[Row]) -> int:
    """Register row after row, in batches of one transaction each; the exit status."""
    while batch := list(islice(incoming, BATCH)):
        done = 0
        try:
            for row, outcome in _outcomes(job, batch):
                _count(terminal, job, row, outcome)
                done += 1
        except StorageError as error:
            where = terminal.text(STOPPED).format(line=batch[done].line)
            click.echo(f"crmcore: {error.message(terminal.lang)}; {where}", err=True)
            return STORAGE
    return BAD_NEWS if job.tally.failed else 0


def _outcomes(job: Job, batch: Sequence[Row]) -> "Iterator[tuple[Row, Outcome | Denied | CrmError]]":
    """What became of each row, in their order."""
    from crmcore.app.outcome import Request

    custom = {field.name: field for field in job.crm.rules.custom_fields}
    commands = [_command(job, row, custom) for row in batch]
    requests = [Request(command, job.actor, job.at) for command in commands if not isinstance(command, Invalid)]
    answered = answers(job.crm, requests)
    for row, command in zip(batch, commands, strict=True):
        yield row, (command if isinstance(command, Invalid) else next(answered))


def _command(job: Job, row: Row, custom: "Mapping[str, CustomField]") -> "Command | Invalid":
    """The registration a row asks for, or what is wrong with it."""
    from crmcore.app.requests import command_from

    if isinstance(row.content, Invalid):
        return row.content
    try:
        data = register_data(job.columns, row.content, custom)
        return command_from("register", {**data, "into": job.into})
    except Invalid as invalid:
        return invalid


def _count(terminal: Terminal, job: Job, row: Row, outcome: "Outcome | Denied | CrmError") -> None:
    """Count a row, and tell what is wrong with it."""
    job.tally.rows += 1
    if isinstance(outcome, CrmError):
        errors = of_error(row.line, outcome, job.columns, terminal.lang)
    elif refusals := getattr(outcome, "refusals", None):
        codes = {refusal.code for refusal in refusals}
        if codes & ALREADY and NOT_ALLOWED not in codes:
            job.tally.already += 1
            return
        errors = of_refusals(row.line, refusals, job.columns, terminal.lang)
    else:
        job.tally.registered += 1
        return
    job.tally.failed += 1
    for error in errors:
        for tell in job.tell:
            tell(error)


def _sum_up(terminal: Terminal, tally: Tally) -> None:
    if terminal.as_json:
        terminal.json(attrs.asdict(tally))
    else:
        terminal.say(terminal.text(SUMMARY).format_map(attrs.asdict(tally)))
