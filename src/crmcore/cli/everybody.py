"""``crmcore score --all``: all customers scored, their scores counted or recorded."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import asdict, frozen

from crmcore.cli.bars import bar
from crmcore.cli.terminal import Terminal, progress
from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.app.crm import CRM
    from crmcore.app.scores import Tally
    from crmcore.cli.facts_file import FactsFile
    from crmcore.kernel.actors import Actor
    from crmcore.scoring import Score, ScoringPolicy

GRADE: Final = Label("grade", "等级")
COUNT: Final = Label("customers", "客户数")
SHARE: Final = Label("share", "占比")
RECORDED: Final = Label(
    "{customers} customers: {recorded} scores recorded, {already} had one of this time or later, or came after it",
    "共 {customers} 个客户：记录评分 {recorded}，{already} 个已有该时点或更晚的评分，或当时尚未登记",
)
FAILED: Final = Label("{failed} customers could not be scored", "{failed} 个客户无法评分")
NOBODY: Final = Label("no customers", "没有客户")
LEFT_OUT: Final = Label(
    "{rows} rows of facts left out, for their customers are not on record, or merged into others: lines {lines}",
    "{rows} 行事实未计入，其客户未登记或已并入其他客户：第 {lines} 行",
)
#: Characters of the longest bar of a grade.
BAR: Final = 24
#: How many lines of a file are named.
MOST_LINES: Final = 20
#: How many faults of customers are told.
MOST_FAULTS: Final = 20


@frozen
class Job:
    """One run: with what policy, as of when, with what facts and totals of the host's, and who records, if anybody."""

    crm: "CRM"
    policy: "ScoringPolicy"
    at: datetime
    facts: "FactsFile | None"
    totals: Mapping[str, Decimal]
    recorder: "Actor | None"

    @property
    def asked(self) -> dict[str, Any]:
        """What every evaluation is told beside the customer's own facts."""
        return {"totals": self.totals, "at": self.at}


def on_record(terminal: Terminal, crm: "CRM", file: "FactsFile", *, merged: bool) -> "FactsFile":
    """The facts in a file by the ids of customers; on standard error, which rows are about nobody on record.

    :param merged: count records that are merged into others as on record.
    """
    from crmcore.scoring.words import listed

    facts = file.by_ids(crm.customers.ids_of(file.facts, merged=merged))
    if facts.left_out:
        lines = listed([str(line) for line in facts.left_out[:MOST_LINES]], terminal.lang)
        more = " …" if len(facts.left_out) > MOST_LINES else ""
        told = terminal.text(LEFT_OUT).format(rows=f"{len(facts.left_out):,}", lines=lines + more)
        click.echo(f"crmcore: {told}", err=True)
    return facts


def _tell_failed(terminal: Terminal, failed: int, faults: Sequence[Fault]) -> bool:
    """Tell on standard error who could not be scored and why; whether anybody could not."""
    if failed:
        why = "; ".join(fault.message(terminal.lang) for fault in faults)
        click.echo(f"crmcore: {terminal.text(FAILED).format(failed=f'{failed:,}')}: {why}", err=True)
    return failed > 0


def record_all(terminal: Terminal, job: Job) -> bool:
    """Score everybody and put the scores on record; whether somebody could not be scored."""
    assert job.recorder is not None, "asked for by --record"  # noqa: S101
    more = None if job.facts is None else job.facts.of
    with progress("customers") as told:

        def count(tally: "Tally") -> None:
            told(tally.customers)

        tally = job.crm.scores.record_all(job.policy, actor=job.recorder, more=more, progress=count, **job.asked)
    if terminal.as_json:
        terminal.json({"policy": job.policy.stamp, "as_of": job.at.isoformat(), **asdict(tally)})
    else:
        terminal.say(terminal.text(RECORDED).format_map(asdict(tally)))
    return _tell_failed(terminal, tally.failed, tally.faults)


def count_all(terminal: Terminal, job: Job) -> bool:
    """Score everybody and store nothing; whether somebody could not be scored.

    With --json there is a line for each customer; people see how many get which grade.
    """
    grades: Counter[str | None] = Counter()
    unable: list[Invalid] = []
    for customer, score in _each(job, unable.append):
        grades[score.grade] += 1
        if terminal.as_json:
            line = {"customer": customer, "stamp": score.stamp, "as_of": score.as_of.isoformat()}
            terminal.json({**line, "raw": str(score.raw), "clamped": str(score.clamped), "grade": score.grade})
    if not terminal.as_json:
        _show_grades(terminal, job, grades)
    faults = [fault for invalid in unable[:MOST_FAULTS] for fault in invalid.faults]
    return _tell_failed(terminal, len(unable), faults[:MOST_FAULTS])


def _each(job: Job, unable: Callable[[Invalid], None]) -> "Iterator[tuple[str, Score]]":
    more = None if job.facts is None else job.facts.of
    found = job.crm.scores.evaluate_all(job.policy, more=more, unable=unable, **job.asked)
    with progress("customers") as told:
        for number, one in enumerate(found, 1):
            told(number)
            yield one


def _show_grades(terminal: Terminal, job: Job, grades: "Counter[str | None]") -> None:
    from crmcore.cli.explained import AS_OF
    from crmcore.scoring.words import NO_GRADE

    policy, total = job.policy, grades.total()
    if not total:
        terminal.say(terminal.text(NOBODY))
        return
    at = terminal.time(job.at, job.crm.rules.zone)
    terminal.say(terminal.text(AS_OF).format(stamp=policy.stamp, at=at), style="dim")
    table = terminal.table(GRADE, COUNT, SHARE, "", numbers=(1, 2))
    codes: list[str | None] = [grade.code for grade in reversed(policy.grades)]
    for code in [*codes, *([None] if None in grades else [])]:
        label = NO_GRADE if code is None else policy.label(f"grade.{code}")
        n = grades[code]
        table.add_row(terminal.text(label), f"{n:,}", f"{n / total:.1%}", bar(n, max(grades.values()), BAR))
    terminal.console.print(table)
