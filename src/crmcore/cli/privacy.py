"""``crmcore privacy``: whose data has no purpose, what is held on a person, and its erasure."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from crmcore.cli import words
from crmcore.cli.options import Callback, Setup, actor_of, actor_options, at_option, moment, storing
from crmcore.cli.show import find
from crmcore.cli.terminal import BAD_NEWS, Terminal, printable
from crmcore.errors import Fault, Invalid
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.app.privacy import Erasure
    from crmcore.customers.seen import MaskedCustomer

CONTACT = Label("contact", "联系人")
ITSELF = Label("the customer itself", "客户本人")
ALL_COVERED = Label("everybody's data has a purpose", "所有个人信息均有使用依据")
PLACE = Label("where", "所在位置")
VALUE = Label("value", "内容")
STATE = Label("as it is now", "当前资料")
ERASED = Label("erased", "已抹除")
SCRUBBED = Label("nothing of it is left in the storage", "存储中已无残留")
NOT_SCRUBBED = Label(
    "the storage may keep what is left of deleted records: see its manual", "存储中可能仍有已删记录的残留：请参阅其手册"
)
DELETE = Label("what these lead to is yours to delete:", "以下链接所指内容须由贵方删除：")


@click.group()
def privacy() -> None:
    """Report on, export and erase people's data.

    Its commands take --lang and --json like all others.
    """


def person_options(function: Callback) -> Callback:
    """--contact and --participant."""
    contact = click.option("--contact", type=int, metavar="NUMBER", help="The contact of that number.")
    participant = click.option("--participant", metavar="NAME", help="Who of that name took part in follow-ups.")
    return contact(participant(function))


@privacy.command()
@at_option("See it as of a time to come")
@storing
def report(setup: Setup, at: str | None) -> None:
    """List the persons whose data may be used for no purpose; status 1 if there are any.

    The policy must name purposes: customers.privacy.purposes.
    """
    from crmcore.app.output_privacy import person_view

    terminal = setup.terminal
    with setup.open() as crm:
        found = list(crm.privacy.without_purpose(at=moment(at)))
    if terminal.as_json:
        terminal.json({"without_purpose": [person_view(one) for one in found]})
    elif found:
        table = terminal.table(words.CUSTOMER, CONTACT)
        for one in found:
            table.add_row(one.customer, terminal.text(ITSELF) if one.contact is None else str(one.contact))
        terminal.console.print(table)
    else:
        terminal.say(terminal.text(ALL_COVERED))
    raise SystemExit(BAD_NEWS if found else 0)


@privacy.command()
@click.argument("customer", metavar="[CUSTOMER]", required=False)
@person_options
@click.option("--phone", metavar="NUMBER", help="Find the person by this number instead.")
@click.option("--email", metavar="ADDRESS", help="Find the person by this address instead.")
@actor_options(required=True)
@storing
def export(
    setup: Setup,
    customer: str | None,
    contact: int | None,
    participant: str | None,
    phone: str | None,
    email: str | None,
    actor: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
) -> None:
    """Print all that is held on a person, with the place where each value stands.

    CUSTOMER is an individual's id or number, or that of the customer where the person is a contact or took part in a
    follow-up.
    """
    from crmcore.app.output_privacy import held_view

    who, by = actor_of(actor, roles, teams), {"--phone": phone, "--email": email}
    _check_one_way(tuple(name for name, value in by.items() if value is not None), customer, contact, participant)
    with setup.open() as crm:
        if customer is None:
            places = [(one.customer, one.contact) for one in crm.privacy.find(phone=phone, email=email)]
        else:
            places = [(find(crm, customer, None).id, contact)]
        held = [crm.privacy.export(id, actor=who, contact=number, participant=participant) for id, number in places]
        views = [held_view(one, crm.rules.zone) for one in held]
    if setup.terminal.as_json:
        setup.terminal.json({"held": views})
    else:
        for view in views:
            _show_held(setup.terminal, view)
    raise SystemExit(0 if views else BAD_NEWS)


def _check_one_way(by: tuple[str, ...], *named: str | int | None) -> None:
    """A person is named at a customer, or found by phone and e-mail address; never both, for one would be ignored."""
    if by and any(one is not None for one in named):
        expected = "without CUSTOMER, --contact and --participant"
        raise Invalid(Fault(option, "not-allowed", expected) for option in by)
    if not by and named[0] is None:
        raise Invalid([Fault("CUSTOMER", "missing", "a customer, or --phone or --email")])


def _show_held(terminal: Terminal, view: Mapping[str, Any]) -> None:
    whom = terminal.text(ITSELF) if view["contact"] is None else f"{terminal.text(CONTACT)} {view['contact']}"
    terminal.say(printable(f"{view['number']}  {view['customer']}  {whom}"), style="bold")
    table = terminal.table(PLACE, words.FIELD, VALUE)
    for value in view["values"]:
        table.add_row(_place(terminal, value), printable(value["field"]), printable(value["value"]))
    terminal.console.print(table)


def _place(terminal: Terminal, value: Mapping[str, Any]) -> str:
    place = printable(value.get("place", ""))
    if value["event"] is None:
        return place or terminal.text(STATE)
    return f"{place} {value['event']} {terminal.text(words.named(words.EVENTS, value['type']))}".lstrip()


@privacy.command()
@click.argument("customer", metavar="CUSTOMER")
@person_options
@click.option(
    "--follow-up",
    "follow_ups",
    type=int,
    multiple=True,
    metavar="NUMBER",
    help="All it says goes, too.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the history.")
@actor_options(required=True)
@storing
def erase(
    setup: Setup,
    customer: str,
    contact: int | None,
    participant: str | None,
    follow_ups: tuple[int, ...],
    reason: str,
    actor: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
) -> None:
    """Erase a person for good, from what is on record and from its history.

    CUSTOMER is an individual's id or number, or that of the customer where the person is a contact or took part in a
    follow-up. Stages, dates and figures stay. Backups are yours to see to.
    """
    from crmcore.customers import Erase

    with setup.open() as crm:
        command = Erase(
            customer=find(crm, customer, None).id,
            reason=reason,
            contact=contact,
            participant=participant,
            follow_ups=follow_ups,
        )
        done = crm.privacy.erase(command, actor=actor_of(actor, roles, teams))
    _tell_erased(setup.terminal, done)


def _tell_erased(terminal: Terminal, done: "Erasure") -> None:
    uris = [attachment.uri for attachment in done.attachments]
    if terminal.as_json:
        customer = done.outcome.customer.id
        terminal.json({"ok": True, "customer": customer, "scrubbed": done.is_scrubbed, "attachments": uris})
        return
    left = terminal.text(SCRUBBED if done.is_scrubbed else NOT_SCRUBBED)
    terminal.say(f"{terminal.text(ERASED)}: {left}")
    if uris:
        terminal.say(terminal.text(DELETE))
        terminal.write("".join(f"{printable(uri)}\n" for uri in uris))


def show_masked(terminal: Terminal, seen: "MaskedCustomer", zone: tzinfo) -> None:
    """A customer as one person may see it."""
    from rich.table import Table

    from crmcore.app.output_privacy import masked_view
    from crmcore.customers.seen import SOMEBODY
    from crmcore.customers.stages import STAGES

    view = masked_view(seen, zone)
    if terminal.as_json:
        terminal.json(view)
        return
    terminal.say(printable(f"{seen.name}  {seen.id}"), style="bold")
    lines = Table.grid(padding=(0, 2))
    lines.add_row(terminal.text(words.NUMBER), seen.number)
    lines.add_row(terminal.text(words.STAGE), terminal.text(STAGES[seen.stage].label))
    owner = terminal.text(SOMEBODY) if seen.owner_hidden else printable(seen.owner or "–")
    lines.add_row(terminal.text(words.OWNER), owner)
    for name, value in view["profile"].items():
        if name != "name" and value:
            lines.add_row(terminal.text(words.named(words.FIELDS, name)), printable(value))
    for contact in view["contacts"]:
        facts = [str(value) for key, value in contact.items() if key not in {"number", "active", "main"} and value]
        lines.add_row(f"{terminal.text(CONTACT)} {contact['number']}", printable(", ".join(facts)))
    terminal.console.print(lines)
