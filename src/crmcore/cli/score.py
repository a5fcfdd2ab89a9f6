"""``crmcore score``: scoring customers, recording the scores, and explaining those on record."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict, frozen

from crmcore.cli import words
from crmcore.cli.bars import bar
from crmcore.cli.explained import RAW, explained, show_explanation
from crmcore.cli.options import Setup, actor_of, actor_options, at_option, moment, storing
from crmcore.cli.scoring import amounts, facts_option, read_facts, scoring_option, scoring_policy, total_option
from crmcore.cli.show import find
from crmcore.cli.terminal import Terminal, printable, progress
from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.app.crm import CRM
    from crmcore.app.scores import Tally
    from crmcore.cli.facts_file import FactsFile
    from crmcore.kernel.actors import Actor
    from crmcore.scoring import Score, ScoringPolicy

GRADE = Label("grade", "等级")
COUNT = Label("customers", "客户数")
SHARE = Label("share", "占比")
HELD = Label("why", "依据")
RECORDED = Label(
    "{customers} customers: {recorded} scores recorded, {already} had one of this time or later, or came after it",
    "共 {customers} 个客户：记录评分 {recorded}，{already} 个已有该时点或更晚的评分，或当时尚未登记",
)
ONE_RECORDED = Label("{recorded} scores recorded", "已记录 {recorded} 个评分")
NOBODY = Label("no customers", "没有客户")
#: Characters of the longest bar of a grade.
BAR = 24


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


class ScoreGroup(click.Group):
    """A group whose first word may be left out: ``crmcore score C1`` is ``crmcore score customers C1``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the word in where it was left out."""
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = ["customers", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ScoreGroup)
def score() -> None:
    """Score customers, and explain scores.

    \b
    crmcore score C1 --scoring abc-grade            score one, and see why
    crmcore score --all --scoring abc-grade         how many would get which grade
    crmcore score --all --scoring abc-grade --record --role manager
    crmcore score explain C1 --scoring abc-grade    the score on record, and why

    Its commands take --lang and --json like all others.
    """  # noqa: D301 — click's mark for text that is not wrapped


@score.command()
@click.argument("ids", nargs=-1, metavar="[CUSTOMER]...")
@click.option("--all", "everybody", is_flag=True, help="All customers.")
@scoring_option("A scoring policy: one that is shipped, or a file.")
@facts_option
@total_option
@click.option("--record", is_flag=True, help="Put the scores on record; --role says by what right.")
@at_option("Score as of a time")
@actor_options(required=False, default="scoring")
@storing
def customers(
    setup: Setup,
    ids: tuple[str, ...],
    everybody: bool,
    scoring: str,
    facts: Path | None,
    totals: tuple[str, ...],
    record: bool,
    at: str | None,
    actor: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
) -> None:
    """Score customers, by ids or numbers, or all of them.

    Nothing is stored without --record. One customer's score is explained; with --all the grades are counted. Stopped
    while recording, run it again with the same --at: who has a score of that time is passed over.
    """
    if everybody == bool(ids):
        raise Invalid([Fault("CUSTOMER", "missing" if not ids else "not-allowed", "customers, or --all")])
    from crmcore.app.crm import system_clock

    policy, when, whole = scoring_policy(scoring), moment(at), amounts(totals)
    host = None if facts is None else read_facts(facts, policy.tzinfo)
    with setup.open() as crm:
        recorder = actor_of(actor, roles, teams) if record else None
        job = Job(crm, policy, when or system_clock(), host, whole, recorder)
        if not everybody:
            _some(setup.terminal, job, ids)
        elif record:
            _record_all(setup.terminal, job)
        else:
            _count_all(setup.terminal, job)


@score.command()
@click.argument("id", metavar="CUSTOMER")
@scoring_option("The id of the scoring policy, such as abc-grade.")
@at_option("Explain the score of a time")
@storing
def explain(setup: Setup, id: str, scoring: str, at: str | None) -> None:
    """Explain the score on record: every factor's value, band and points, and what was said against it.

    The policy that gave the score explains it, as it was then.
    """
    when = moment(at)
    with setup.open() as crm:
        customer = find(crm, id, when)
        standing = crm.scores.standing(customer.id, scoring, at=when)
        told = crm.scores.explain(customer.id, scoring, at=when)
        zone = crm.rules.zone
    if setup.terminal.as_json:
        setup.terminal.json(explained(customer.id, told, standing.override))
    else:
        show_explanation(setup.terminal, _title(customer), told, zone, standing.override)


def _title(customer: Any) -> str:
    return f"{customer.profile.name}  {customer.id}"


# ------------------------------------------------------------------------------------------------------------ a few


def _some(terminal: Terminal, job: Job, ids: tuple[str, ...]) -> None:
    """Score customers one by one; a single one is explained in full."""
    from crmcore.scoring import explain

    found = [find(job.crm, id, job.at) for id in ids]
    scored = [(customer, _scored(job, customer.id)) for customer in found]
    told = [(customer, explain(job.policy, score)) for customer, score in scored]
    zone = job.crm.rules.zone
    if terminal.as_json:
        for customer, explanation in told:
            terminal.json(explained(customer.id, explanation))
    elif len(told) == 1:
        show_explanation(terminal, _title(told[0][0]), told[0][1], zone)
    else:
        table = terminal.table(words.CUSTOMER, words.NAME, GRADE, RAW, HELD, numbers=(3,))
        for customer, explanation in told:
            name, why = printable(customer.profile.name), explanation.reason(terminal.lang)
            table.add_row(customer.id, name, explanation.grade(terminal.lang), f"{explanation.score.raw:f}", why)
        terminal.console.print(table)
    if job.recorder is not None and not terminal.as_json:
        terminal.say(terminal.text(ONE_RECORDED).format(recorded=len(told)))


def _scored(job: Job, customer: str) -> "Score":
    """The score of one customer, on record if that was asked for."""
    more = None if job.facts is None else job.facts.facts.get(customer)
    if job.recorder is None:
        return job.crm.scores.evaluate(job.policy, customer, more=more, **job.asked)
    job.crm.scores.record(job.policy, customer, actor=job.recorder, more=more, **job.asked)
    return job.crm.scores.get(customer, job.policy.id, at=job.at)


# ------------------------------------------------------------------------------------------------------- everybody


def _record_all(terminal: Terminal, job: Job) -> None:
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


def _count_all(terminal: Terminal, job: Job) -> None:
    """With --json a line for each customer; for people, how many get which grade."""
    grades: Counter[str | None] = Counter()
    for customer, score in _each(job):
        grades[score.grade] += 1
        if terminal.as_json:
            line = {"customer": customer, "stamp": score.stamp, "as_of": score.as_of.isoformat()}
            terminal.json({**line, "raw": str(score.raw), "clamped": str(score.clamped), "grade": score.grade})
    if terminal.as_json:
        return
    total = grades.total()
    if not total:
        terminal.say(terminal.text(NOBODY))
        return
    _show_grades(terminal, job.policy, grades, total, job.crm.rules.zone, job.at)


def _each(job: Job) -> "Iterator[tuple[str, Score]]":
    more = None if job.facts is None else job.facts.of
    with progress("customers") as told:
        for number, one in enumerate(job.crm.scores.evaluate_all(job.policy, more=more, **job.asked), 1):
            told(number)
            yield one


def _show_grades(
    terminal: Terminal, policy: "ScoringPolicy", grades: "Counter[str | None]", total: int, zone: tzinfo, at: datetime
) -> None:
    from crmcore.cli.explained import AS_OF
    from crmcore.scoring.words import NO_GRADE

    terminal.say(terminal.text(AS_OF).format(stamp=policy.stamp, at=terminal.time(at, zone)), style="dim")
    table = terminal.table(GRADE, COUNT, SHARE, "", numbers=(1, 2))
    codes: list[str | None] = [grade.code for grade in reversed(policy.grades)]
    for code in [*codes, *([None] if None in grades else [])]:
        label = NO_GRADE if code is None else policy.label(f"grade.{code}")
        n = grades[code]
        table.add_row(terminal.text(label), f"{n:,}", f"{n / total:.1%}", bar(n, max(grades.values()), BAR))
    terminal.console.print(table)
