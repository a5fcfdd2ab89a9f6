"""``crmcore agenda``: what a person has to do."""

from typing import TYPE_CHECKING, Any

import click

from crmcore.cli import words
from crmcore.cli.options import Setup, actor_of, at_option, moment, role_options, storing
from crmcore.cli.terminal import Terminal, printable
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from rich.table import Table

    from crmcore.customers.agenda import AgendaItem

NOTHING = Label("nothing to do", "暂无待办")
URGENCY_STYLES = {"overdue": "bold red", "due": "yellow"}


@click.command()
@click.argument("person", metavar="PERSON")
@role_options
@at_option("See it as of a time")
@storing
def agenda(setup: Setup, person: str, roles: tuple[str, ...], teams: tuple[str, ...], at: str | None) -> None:
    """Show what a person has to do.

    Next contacts, protections about to end, and what waits for a decision, soonest first. Reviewers and managers see
    decisions to make when their --role is given.
    """
    when, actor = moment(at), actor_of(person, roles, teams)
    with setup.open() as crm:
        items = crm.agenda(actor, at=when)
        zone = crm.rules.zone
        names = {} if setup.terminal.as_json else {item.customer: _name(crm, item.customer, when) for item in items}
    if setup.terminal.as_json:
        setup.terminal.json({"person": person, "items": [item_view(item, zone) for item in items]})
    elif items:
        setup.terminal.console.print(agenda_table(setup.terminal, items, names, zone))
    else:
        setup.terminal.say(setup.terminal.text(NOTHING))


def _name(crm: Any, id: str, at: "datetime | None") -> str:
    name: str = crm.customer(id, at=at).profile.name
    return name


def item_view(item: "AgendaItem", zone: "tzinfo") -> dict[str, Any]:
    """One thing to do as plain data: kind, customer, number, due, urgency."""
    from crmcore.kernel.times import show

    due = show(item.due, zone)
    return {
        "kind": item.kind,
        "customer": item.customer,
        "number": item.number,
        "due": due,
        "urgency": item.urgency,
    }


def agenda_table(
    terminal: Terminal, items: "Sequence[AgendaItem]", names: "Mapping[str, str]", zone: "tzinfo"
) -> "Table":
    """Things to do as a table, with the customers' names."""
    from rich.text import Text

    from crmcore.customers.agenda import KIND_LABELS, URGENCY_LABELS

    table = terminal.table(terminal.clock(words.DUE, zone), "", words.WHAT, words.CUSTOMER, words.NAME)
    for item in items:
        urgency = Text(terminal.text(URGENCY_LABELS[item.urgency]), style=URGENCY_STYLES.get(item.urgency, ""))
        what, name = terminal.text(KIND_LABELS[item.kind]), printable(names.get(item.customer, ""))
        table.add_row(terminal.time(item.due, zone), urgency, what, item.customer, name)
    return table
