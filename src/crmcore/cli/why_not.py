"""``crmcore why-not``: every reason against a command, without giving it; or what would pass now."""

import json
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, get_args, get_origin

import attrs
import click

from crmcore.cli import words
from crmcore.cli.options import Setup, actor_of, actor_options, at_option, moment, storing
from crmcore.cli.terminal import Terminal
from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from crmcore.customers.commands import Command
    from crmcore.kernel.refusals import Refusal

PASSES = Label("would pass", "可以通过")
NOTHING = Label("nothing would pass now", "目前没有可执行的命令")


@click.command("why-not")
@click.argument("customer", metavar="CUSTOMER")
@click.argument("do", metavar="[DO]", required=False)
@actor_options(required=True)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=VALUE",
    help="What the command says, e.g. reason=... or follow_up.channel=phone.",
)
@at_option("Ask as of a time")
@storing
def why_not(
    setup: Setup,
    customer: str,
    do: str | None,
    actor: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
    fields: tuple[str, ...],
    at: str | None,
) -> None:
    """Say why a command would be refused, without giving it.

    Every reason is listed, with the earliest time it would no longer hold. Nothing is changed. Without DO, list the
    commands that this person could give now, if what they say is right.

    A new customer is asked about by its future id, or by "-": why-not - register --field name=...
    """
    when, who = moment(at), actor_of(actor, roles, teams)
    command = None if do is None else command_of(do, customer, fields)
    with setup.open() as crm:
        if command is None:
            possible = [(kind.do, kind.label) for kind in crm.can(customer, actor=who, at=when)]
            _tell_possible(setup.terminal, customer, possible)
            return
        refusals = crm.why_not(command, actor=who, at=when)
        _tell_reasons(setup.terminal, customer, command, refusals, crm.rules.zone)


def command_of(do: str, customer: str, fields: "Iterable[str]") -> "Command":
    """The command of that name about a customer, with the fields given as NAME=VALUE.

    :raises Invalid: there is no such command, or it cannot have such fields.
    """
    from crmcore.app.commands import COMMANDS
    from crmcore.app.requests import command_from
    from crmcore.customers.commands import OfCustomer, RecordFollowUp

    kind = COMMANDS.get(do)
    data: dict[str, Any] = {}
    for given in fields:
        name, equals, text = given.partition("=")
        if not equals or not all(name.split(".")):
            raise Invalid([Fault("--field", "not-allowed", "NAME=VALUE")])
        _put(data, name.split("."), _value(kind, name.split("."), text))
    if kind is not None and issubclass(kind, OfCustomer | RecordFollowUp):
        data["customer"] = customer
    elif customer != "-":
        data["id"] = customer
    return command_from(do, data)


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    """Put a value where a dotted path leads; what is in the way gives way, and is found at fault later."""
    *above, last = path
    for name in above:
        inner = data.get(name)
        if not isinstance(inner, dict):
            inner = data[name] = {}
        data = inner
    data[last] = value


def _value(kind: Any, path: list[str], text: str) -> Any:
    """What stands after the "=": text where the field holds text or a time, JSON where it holds something else."""
    for name in path:
        kind = _field_type(kind, name)
    if kind is not None and not _takes_text(kind):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _field_type(kind: Any, name: str) -> Any:
    """The type of a field of an attrs class, or of the attrs class inside ``X | None``; None when there is none."""
    for candidate in (kind, *get_args(kind)):
        if isinstance(candidate, type) and attrs.has(candidate):
            return next((field.type for field in attrs.fields(candidate) if field.name == name), None)
    return None


def _takes_text(kind: Any) -> bool:
    """Whether a type is text, a date or a time, one of several words, or any of these or None."""
    parts = {kind} if get_origin(kind) in {tuple, Mapping} else {kind, *get_args(kind)}
    return not parts.isdisjoint({str, date, datetime}) or any(isinstance(part, str) for part in parts)


def _tell_possible(terminal: Terminal, customer: str, possible: list[tuple[str, Label]]) -> None:
    if terminal.as_json:
        terminal.json({"customer": customer, "can": [name for name, _ in possible]})
        return
    for name, label in possible:
        terminal.say(f"{name:<24}{terminal.text(label)}")
    if not possible:
        terminal.say(terminal.text(NOTHING))


def _tell_reasons(
    terminal: Terminal, customer: str, command: "Command", refusals: "Iterable[Refusal]", zone: tzinfo
) -> None:
    from crmcore.app.output import refusal_view

    refused = [refusal_view(refusal, terminal.lang, zone) for refusal in refusals]
    if terminal.as_json:
        terminal.json({"ok": not refused, "customer": customer, "do": command.do, "refused": refused})
    elif refused:
        terminal.console.print(reasons_table(terminal, refusals, zone))
    else:
        terminal.say(terminal.text(PASSES))


def reasons_table(terminal: Terminal, refusals: "Iterable[Refusal]", zone: tzinfo) -> "Table":
    """Reasons as a table: rule, code, the earliest time it would no longer hold, and the reason in words."""
    table = terminal.table(words.RULE, words.CODE, terminal.clock(words.EARLIEST, zone), words.REASON)
    for refusal in refusals:
        earliest = terminal.time(refusal.until, zone)
        table.add_row(refusal.rule, refusal.code, earliest, refusal.message(terminal.lang))
    return table
