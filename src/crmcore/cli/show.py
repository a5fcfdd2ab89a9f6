"""``crmcore show``: one customer as it is, or was, and its history."""

import re
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from crmcore.cli import words
from crmcore.cli.options import Setup, at_option, moment, storing
from crmcore.cli.terminal import Terminal, printable
from crmcore.errors import NotFound
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.app.crm import CRM
    from crmcore.customers.entities import Customer
    from crmcore.kernel.events import Envelope

#: What is shown of a customer, in this order, where it is not empty: the name in ``customer_details``, and the label.
LINES = (
    ("number", words.NUMBER),
    ("stage", words.STAGE),
    ("owner", words.OWNER),
    ("since", words.SINCE),
    ("deadline", words.DEADLINE),
    ("merged_into", words.MERGED_INTO),
    ("pool", Label("pool", "公海")),
    ("pool_reason", Label("in the pool for", "入池原因")),
    ("last_owner", Label("last owner", "原跟进人")),
    ("request", Label("pending request", "待审申请")),
    ("review", Label("under review", "保护审核")),
    ("handover", Label("handover", "移交")),
    ("cool_downs", Label("must wait", "冷却期")),
    ("actions", Label("next contacts", "下次联系")),
    ("follow_ups", Label("follow-ups", "跟进次数")),
    ("last_contact_at", Label("last contact", "最近联系")),
    ("contracts", Label("contracts", "合同数")),
    ("signed_on", Label("first signed on", "首次签约")),
    ("merged", Label("merged into it", "已并入的客户")),
    ("version", Label("events", "事件数")),
    ("policy", Label("policy", "策略")),
)
CONTACT = Label("contact {number}", "联系人 {number}")
#: An instant as JSON has it; people read its first two parts.
INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)\S*$")
TIMES = ("since", "deadline", "last_contact_at")
#: What an event is shown with: these of its fields.
FACTS = {
    "owner": words.OWNER,
    "to": Label("to", "移交至"),
    "into": words.MERGED_INTO,
    "record": Label("record", "记录"),
    "deadline": words.DEADLINE,
    "holds_until": Label("held until", "保留至"),
    "public_at": Label("public from", "公开时间"),
    "reason": words.REASON,
    "note": Label("note", "说明"),
    "channel": Label("channel", "方式"),
    "content": Label("content", "内容"),
    "contract": Label("contract", "合同"),
}


@click.command()
@click.argument("id", metavar="ID")
@at_option("Show it as it was, or will be by time alone")
@click.option("--history", is_flag=True, help="Show what has happened to it, too.")
@storing
def show(setup: Setup, id: str, at: str | None, history: bool) -> None:
    """Show one customer.

    ID is its id or its number. Names, phones and texts are shown: what is on record, to who may read the storage.
    """
    when = moment(at)
    with setup.open() as crm:
        customer = find(crm, id, when)
        events = crm.history(customer.id, at=when) if history else None
        zone = crm.rules.zone
    if setup.terminal.as_json:
        setup.terminal.json(as_data(customer, events, zone))
        return
    _show(setup.terminal, customer, zone, when or datetime.now(UTC))
    if events is not None:
        _show_history(setup.terminal, events, zone)


def find(crm: "CRM", id: str, at: datetime | None) -> "Customer":
    """The customer with that id, or with that number.

    :raises NotFound: there is none, or not yet at that time.
    """
    try:
        return crm.customer(id, at=at)
    except NotFound:
        found = crm.customers.by_number(id)
        if found is None:
            raise
        return crm.customer(found.id, at=at)


def as_data(customer: "Customer", events: "tuple[Envelope, ...] | None", zone: tzinfo) -> dict[str, Any]:
    """The customer as plain data, with its events under ``history`` where they are asked for."""
    from crmcore.app.output import customer_details, event_view

    data = customer_details(customer, zone)
    if events is not None:
        data["history"] = [event_view(event, zone, personal=True) for event in events]
    return data


def _show(terminal: Terminal, customer: "Customer", zone: tzinfo, now: datetime) -> None:
    from rich.table import Table

    from crmcore.app.output import customer_details

    waiting = tuple(rest for rest in customer.cool_downs if now < rest.until)
    data = customer_details(evolve(customer, cool_downs=waiting), zone)
    data["merged"] = [merge.record for merge in customer.merges]
    terminal.say(printable(f"{customer.profile.name}  {customer.id}"), style="bold")
    lines = Table.grid(padding=(0, 2))
    for name, label in LINES:
        if data[name] not in (None, 0, []):
            lines.add_row(terminal.text(label), _words(terminal, customer, zone, name, data[name]))
    for name, value in data["profile"].items():
        if name != "name" and value:
            lines.add_row(terminal.text(words.named(words.FIELDS, name)), printable(_flat(terminal, value)))
    for contact in data["contacts"]:
        facts = {key: value for key, value in contact.items() if key not in {"number", "name", "active"}}
        gone = {} if contact["active"] else {"inactive": True}
        heading = terminal.text(CONTACT).format(number=contact["number"])
        lines.add_row(heading, printable(", ".join(filter(None, (contact["name"], _flat(terminal, facts | gone))))))
    terminal.console.print(lines)


def _words(terminal: Terminal, customer: "Customer", zone: tzinfo, name: str, value: Any) -> str:
    """A value for people: codes by their labels."""
    if name == "stage":
        return terminal.text(customer.stage.label)
    if name == "pool_reason":
        return terminal.text(words.named(words.POOL_REASONS, value))
    if name in TIMES:
        return terminal.time(datetime.fromisoformat(value), zone)
    return printable(_flat(terminal, value))


def _flat(terminal: Terminal, value: Any) -> str:
    """Plain data in one line of text; what is empty or not so is left out."""
    if isinstance(value, dict):
        return ", ".join(
            f"{terminal.text(words.named(words.FIELDS, key))}{'' if item is True else ' ' + _flat(terminal, item)}"
            for key, item in value.items()
            if item not in (None, False, "", [])
        )
    if isinstance(value, list):
        return "; ".join(_flat(terminal, item) for item in value)
    return INSTANT.sub(r"\1 \2", str(value))


def _show_history(terminal: Terminal, events: "tuple[Envelope, ...]", zone: tzinfo) -> None:
    table = terminal.table("#", terminal.clock(words.AT, zone), words.EVENT, words.BY, "", numbers=(0,))
    for envelope in events:
        table.add_row(
            str(envelope.number),
            terminal.time(envelope.at, zone),
            terminal.text(words.named(words.EVENTS, envelope.type)),
            printable(envelope.by),
            printable(_facts(terminal, envelope.event, zone)),
        )
    terminal.console.print(table)


def _facts(terminal: Terminal, event: object, zone: tzinfo) -> str:
    """What an event says, in one line."""
    said = ((label, getattr(event, name, None)) for name, label in FACTS.items())
    return ", ".join(f"{terminal.text(label)} {_fact(terminal, value, zone)}" for label, value in said if value)


def _fact(terminal: Terminal, value: object, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return terminal.time(value, zone)
    return terminal.text(words.named(words.POOL_REASONS, str(value)))
