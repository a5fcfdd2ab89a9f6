"""``crmcore import``: customers from a CSV file or an XLSX workbook. The work is done by ``crmcore.importing``."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from crmcore.cli.faults import Shown
from crmcore.cli.options import Setup, actor_of, actor_options, at_option, moment, storing
from crmcore.cli.terminal import BAD_NEWS, STORAGE, Terminal, progress
from crmcore.errors import Fault, Invalid, StorageError
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.importing import Import, Result, Tally

SIMILAR = Label("{similar} of those registered are similar to others", "其中 {similar} 个与其他客户相似")
SUMMARY = Label(
    "{rows} rows: {registered} registered, {already} already there, "
    "{repeated} repeated, {alike} alike, {failed} not imported",
    "共 {rows} 行：登记 {registered}，已存在 {already}，文件内重复 {repeated}，疑似已有 {alike}，未导入 {failed}",
)
DRY = Label("dry run, nothing is stored; ", "试运行，未保存任何数据；")
STOPPED = Label(
    "stopped at line {line}: the rows before it are done, from there on nothing is stored; run it again afterwards",
    "停在第 {line} 行：此前各行已处理，自该行起均未保存；排除故障后可重新运行",
)


@click.command("import")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", type=click.Choice(["pool", "potential"]), default="pool", show_default=True, help="Where to.")
@actor_options(required=False, default="import")
@click.option("--mapping", type=click.Path(path_type=Path), metavar="FILE.toml", help="What the columns mean.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook.")
@click.option("--dry-run", is_flag=True, help="Check everything, store nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.csv",
    help="Write the rows that are not imported to a file, to correct and import.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    metavar="FILE.csv|.xlsx",
    help="Write an empty file with all columns instead.",
)
@at_option("Register them as of a time")
@storing
def import_(
    setup: Setup,
    file: Path | None,
    into: Literal["pool", "potential"],
    actor: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
    mapping: Path | None,
    sheet: str | None,
    dry_run: bool,
    report: Path | None,
    template: Path | None,
    at: str | None,
) -> None:
    """Register the customers in a CSV file or an XLSX workbook.

    The first row has names of columns, in Chinese or English; CSV is in UTF-8 or GB18030. Begin with a template:

    \b
    crmcore import --template customers.xlsx --lang zh

    Columns may also be named in a mapping file, and the policy's custom fields are columns by their names.

    A row is stored whole or not at all, and what is wrong with it is told with its line and column. Run it again as
    often as you like: customers that are already there are counted, and left as they are. A row that is only taken for
    one of them, by a name much like it or by a phone, is counted as alike and told.

    Status 1 when rows were not imported, are alike or stand there twice, 3 when the storage failed.
    """  # noqa: D301 — click's mark for text that is not wrapped
    from crmcore.importing import FileMapping, open_import, read_mapping, report_file

    if template is not None:
        _write_template(setup, template)
        return
    if file is None:
        raise Invalid([Fault("FILE", "missing", "a CSV file or an XLSX workbook")])
    who, when = actor_of(actor, roles or ("import",), teams), moment(at)
    known = FileMapping() if mapping is None else read_mapping(mapping)
    shown = Shown(setup.terminal)
    with ExitStack() as stack:
        crm = stack.enter_context(setup.open())
        bar = stack.enter_context(progress("bytes", file.stat().st_size))
        job = stack.enter_context(
            open_import(
                crm, file, actor=who, into=into, at=when, mapping=known, sheet=sheet, dry_run=dry_run, progress=bar
            )
        )
        tell: list[Callable[[Result], Any]] = [shown.add]
        if report is not None:
            tell.append(stack.enter_context(report_file(_another(report, file), job.columns)))
        status = _run(setup.terminal, job, tell)
    shown.finish()
    _sum_up(setup.terminal, job.tally, dry_run=dry_run)
    raise SystemExit(status)


def _write_template(setup: Setup, path: Path) -> None:
    from crmcore.importing.templates import template, write_template

    write_template(template(setup.policy().customers, setup.terminal.lang), path)


def _another(report: Path, file: Path) -> Path:
    """The file for the report, which is not the one that is read."""
    if report.exists() and report.samefile(file):
        raise Invalid([Fault("--report", "not-allowed", "another file than the one that is imported")])
    return report


def _run(terminal: Terminal, job: "Import", tell: "list[Callable[[Result], Any]]") -> int:
    """Tell what is wrong with each row; the exit status."""
    try:
        for result in job:
            for told in tell:
                told(result)
    except StorageError as error:
        where = terminal.text(STOPPED).format(line=job.line)
        click.echo(f"crmcore: {error.message(terminal.lang)}; {where}", err=True)
        return STORAGE
    return 0 if job.tally.clean else BAD_NEWS


def _sum_up(terminal: Terminal, tally: "Tally", *, dry_run: bool) -> None:
    counts = tally.data()
    if terminal.as_json:
        terminal.json({**counts, "dry_run": True} if dry_run else counts)
    else:
        terminal.say((terminal.text(DRY) if dry_run else "") + terminal.text(SUMMARY).format_map(counts))
        if tally.similar:
            terminal.say(terminal.text(SIMILAR).format_map(counts))
