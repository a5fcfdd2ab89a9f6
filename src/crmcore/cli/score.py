"""``crmcore score``: scoring customers, recording the scores, and explaining those on record."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crmcore.cli import words
from crmcore.cli.everybody import GRADE, Job, count_all, on_record, record_all
from crmcore.cli.explained import RAW, explained, show_explanation
from crmcore.cli.options import Setup, actor_of, actor_options, at_option, moment, storing
from crmcore.cli.scoring import amounts, facts_option, read_facts, scoring_option, scoring_policy, total_option
from crmcore.cli.show import find
from crmcore.cli.terminal import BAD_NEWS, Terminal, printable
from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.scoring import Score

HELD = Label("why", "依据")
ONE_RECORDED = Label("{recorded} scores recorded", "已记录 {recorded} 个评分")


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

    Status 1 when somebody cannot be scored, or rows of the facts are about nobody on record.
    """
    if everybody == bool(ids):
        raise Invalid([Fault("CUSTOMER", "missing" if not ids else "not-allowed", "customers, or --all")])
    from crmcore.app.crm import system_clock

    policy, when, whole = scoring_policy(scoring), moment(at), amounts(totals)
    host = None if facts is None else read_facts(facts, policy.tzinfo)
    with setup.open() as crm:
        recorder = actor_of(actor, roles, teams) if record else None
        host = None if host is None else on_record(setup.terminal, crm, host, merged=not everybody)
        job = Job(crm, policy, when or system_clock(), host, whole, recorder)
        bad = False
        if not everybody:
            _some(setup.terminal, job, ids)
        elif record:
            bad = record_all(setup.terminal, job)
        else:
            bad = count_all(setup.terminal, job)
    raise SystemExit(BAD_NEWS if bad or (host is not None and host.left_out) else 0)


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
    """Score customers one by one, each once; a single one is explained in full."""
    from crmcore.scoring import explain

    found = {customer.id: customer for customer in (find(job.crm, id, job.at) for id in ids)}
    scored = [(customer, _scored(job, id)) for id, customer in found.items()]
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
