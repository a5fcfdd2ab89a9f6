"""``crmcore find``, ``crmcore duplicates`` and ``crmcore rekey``: who is on record already."""

from typing import TYPE_CHECKING

import click

from crmcore.cli import words
from crmcore.cli.options import Setup, actor_of, actor_options, at_option, moment, storing
from crmcore.cli.show import find as on_record
from crmcore.cli.terminal import Terminal, json_line, printable, progress
from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from crmcore.app.clusters import Cluster
    from crmcore.app.finding import Found
    from crmcore.customers.duplicates import Similar

NOTHING = Label("nothing found", "未找到")
SCORE = Label("score", "得分")
WHY = Label("why", "依据")
LIKE = Label("{number} is like", "{number} 与下列记录相似")
CLUSTERS = Label("records with others like them: {clusters}", "{clusters} 条记录有相似记录")
REKEYED = Label("{rekeyed} customers have new keys", "已为 {rekeyed} 个客户更新检索键")
#: Who is told whose a record is, where nobody says who asks.
SOMEBODY = "somebody"


@click.command()
@click.argument("text", metavar="TEXT")
@actor_options(required=False, default=SOMEBODY)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="Records at most.")
@at_option("See it as of a time")
@storing
def find(
    setup: Setup, text: str, actor: str, roles: tuple[str, ...], teams: tuple[str, ...], limit: int, at: str | None
) -> None:
    """Find enterprises by a fragment of their names.

    As one types: two characters are enough. Shows stage and who protects each; those whose brand it is come first.
    """
    when, who = moment(at), actor_of(actor, roles, teams)
    with setup.open() as crm:
        found = crm.search(text, actor=who, limit=limit, at=when)
    if setup.terminal.as_json:
        from crmcore.app.output_duplicates import found_view

        setup.terminal.json({"found": [found_view(one) for one in found]})
    elif found:
        setup.terminal.console.print(_found_table(setup.terminal, found))
    else:
        setup.terminal.say(setup.terminal.text(NOTHING))


@click.command()
@click.argument("customer", metavar="[CUSTOMER]", required=False)
@click.option("--all", "every", is_flag=True, help="Check everything on record.")
@actor_options(required=False, default=SOMEBODY)
@at_option("See it as of a time")
@storing
def duplicates(
    setup: Setup,
    customer: str | None,
    every: bool,
    actor: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
    at: str | None,
) -> None:
    """Show which records are alike: of a customer, or all (--all).

    Each is explained: the keys that agree, and what each part of the names adds to the score. Of everything on record,
    those alike come as stars around who has a valid protection or came first. Nothing is changed.
    """
    if (customer is None) != every:
        raise Invalid([Fault("customer", "missing" if customer is None else "not-allowed", "a customer, or --all")])
    when, who = moment(at), actor_of(actor, roles, teams)
    with setup.open() as crm:
        if customer is not None:
            id = on_record(crm, customer, when).id
            _tell_similar(setup.terminal, crm.duplicates.check(id, actor=who, at=when))
            return
        with progress("customers") as told:
            clusters = crm.duplicates.all(actor=who, at=when, progress=lambda done, _: told(done))
            tell = _write_clusters if setup.terminal.as_json else _tell_clusters
            tell(setup.terminal, clusters)


@click.command()
@storing
def rekey(setup: Setup) -> None:
    """Make the keys of duplicate analysis anew.

    Needed once the rules of matching have changed. It may be stopped and run again at any time, beside everything else.
    """
    with setup.open() as crm, progress("customers") as told:
        rekeyed = crm.duplicates.rekey(progress=told)
    setup.terminal.count(REKEYED, rekeyed=rekeyed)


def _tell_similar(terminal: Terminal, found: "Sequence[Similar]") -> None:
    if terminal.as_json:
        from crmcore.app.output_duplicates import similar_view

        terminal.json({"similar": [similar_view(one, terminal.lang) for one in found]})
    elif found:
        terminal.console.print(similar_table(terminal, found))
    else:
        terminal.say(terminal.text(NOTHING))


def _write_clusters(terminal: Terminal, clusters: "Iterable[Cluster]") -> None:
    """One object on one line, written cluster by cluster as they come: there may be very many."""
    from crmcore.app.output_duplicates import cluster_view

    before, between = '{"clusters": [', ", "
    for one in clusters:
        terminal.write(before + json_line(cluster_view(one, terminal.lang)).rstrip())
        before = between
    terminal.write("]}\n" if before == between else before + "]}\n")


def _tell_clusters(terminal: Terminal, clusters: "Iterable[Cluster]") -> None:
    """A table for each, as they come."""
    told = 0
    for told, cluster in enumerate(clusters, 1):  # noqa: B007 — how many there were
        terminal.say(terminal.text(LIKE).format(number=f"{cluster.number} ({cluster.customer})"))
        terminal.console.print(similar_table(terminal, cluster.members))
    terminal.say(terminal.text(CLUSTERS).format(clusters=told))


def similar_table(terminal: Terminal, found: "Iterable[Similar]") -> "Table":
    """Records alike as a table: which, at what stage, with whom, and why."""
    table = terminal.table(words.NUMBER, words.CUSTOMER, words.STAGE, words.OWNER, SCORE, WHY, numbers=(4,))
    for one in found:
        why = "; ".join(one.explained(terminal.lang))
        stage = "" if one.stage is None else terminal.text(one.stage.label)
        table.add_row(
            one.number or "", one.customer or "", stage, _owner(terminal, one), f"{one.score:.0f}", printable(why)
        )
    return table


def _found_table(terminal: Terminal, found: "Iterable[Found]") -> "Table":
    table = terminal.table(words.NUMBER, words.CUSTOMER, words.NAME, words.STAGE, words.OWNER)
    for one in found:
        stage = terminal.text(one.stage.label)
        table.add_row(one.number, one.customer, printable(one.name), stage, _owner(terminal, one))
    return table


def _owner(terminal: Terminal, one: "Similar | Found") -> str:
    from crmcore.customers.seen import SOMEBODY as HIDDEN

    return terminal.text(HIDDEN) if one.owner_hidden else one.owner or ""
