"""What type checkers must make of the public interface. Never run: mypy and pyright read it.

Each function is one claim; a wrong type in it fails the type check. Where an error is wanted, an ``ignore`` with its
code stands on the line, and the checkers report ignores that are not needed.
"""

from datetime import datetime
from typing import assert_type

from crmcore import CRM, Actor, AsyncCRM, Denied, Outcome, Policy, Positioned, Refusal, Relay, Request, load_policy
from crmcore.customers import (
    Abandon,
    AgendaItem,
    Command,
    ContactDetails,
    Customer,
    FollowUp,
    Formal,
    Intent,
    Merged,
    Pool,
    Potential,
    Protect,
    Register,
    Sign,
)
from crmcore.errors import CrmError, Fault, Invalid, NotFound, Refused
from crmcore.kernel.events import Envelope


def errors_share_a_root(invalid: Invalid, missing: NotFound, refused: Refused) -> tuple[CrmError, CrmError, CrmError]:
    """``except CrmError`` is enough for a host."""
    return invalid, missing, refused


def errors_fit_builtin_parents(invalid: Invalid, missing: NotFound) -> tuple[ValueError, LookupError]:
    """Hosts that know nothing of crmcore catch the usual errors."""
    return invalid, missing


def errors_carry_facts(invalid: Invalid, missing: NotFound) -> None:
    """The facts of an error have types of their own."""
    assert_type(invalid.faults, tuple[Fault, ...])
    assert_type(missing.id, str)


def messages_come_in_two_languages(refused: Refused) -> None:
    """A message is text in one of two languages."""
    assert_type(refused.message(), str)
    assert_type(refused.message("zh"), str)
    refused.message("fr")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def handling_gives_an_outcome(crm: CRM, li: Actor) -> None:
    """``handle`` gives an outcome; ``answer`` gives a refusal as a value."""
    claim = Protect("C1", ContactDetails("Wang"), FollowUp(channel="phone", content="Asked for a quotation"))
    assert_type(crm.handle(claim, actor=li), Outcome)
    assert_type(crm.answer(claim, actor=li), Outcome | Denied)
    assert_type(crm.handle(claim, actor=li).customer.owner, str | None)
    assert_type(next(crm.answer_all([Request(claim, li)])), Outcome | Denied)


def stages_are_a_closed_union(customer: Customer) -> str:
    """Matching on the stage needs no default branch, and each stage has just its own fields."""
    match customer.stage:
        case Pool(reason=reason):
            return reason
        case Potential(deadline=deadline) | Intent(deadline=deadline):
            return deadline.isoformat()
        case Formal(owner=owner):
            return owner
        case Merged(into=into):
            return into


def questions_have_types(crm: CRM, li: Actor) -> None:
    """What is asked comes back typed."""
    for refusal in crm.why_not(Abandon("C1", "no need"), actor=li):
        assert_type(refusal, Refusal)
        assert_type(refusal.until, datetime | None)
    assert_type(crm.can("C1", actor=li), tuple[type[Command], ...])
    assert_type(crm.agenda(li), list[AgendaItem])
    assert_type(crm.history("C1"), tuple[Envelope, ...])
    assert_type(crm.sweep(), int)


def commands_name_what_they_need(li: Actor, crm: CRM) -> None:
    """A command without what it must have is a type error, and so is one without an actor."""
    Sign("C1")  # type: ignore[call-arg]
    Register()  # type: ignore[call-arg]
    crm.handle(Abandon("C1"), li)  # type: ignore[call-arg]


def only_known_kinds_of_policy_are_taken() -> None:
    """A policy comes from a preset, a file, plain data or a policy."""
    assert_type(load_policy("standard", {"customers.protection.potential_days": 60}), Policy)
    CRM.open(policy=30)  # type: ignore[arg-type]


def a_joined_crm_is_a_crm(crm: CRM, session: object, li: Actor) -> None:
    """What takes a CRM takes one inside a host's transaction."""
    assert_type(crm.joined(session), CRM)
    assert_type(crm.joined(session).handle(Abandon("C1", "no need"), actor=li), Outcome)


async def waiting_changes_no_types(crm: AsyncCRM, li: Actor) -> None:
    """The asynchronous face gives what the synchronous one gives, once awaited."""
    assert_type(await crm.handle(Abandon("C1", "no need"), actor=li), Outcome)
    assert_type(await crm.query(lambda inner: inner.customers.in_pool()), list[Customer])
    async for event in crm.events(after=7):
        assert_type(event, Positioned)


def events_are_handed_on(crm: CRM) -> None:
    """With their positions; what takes something else is no receiver."""
    for event in crm.events(after=7):
        assert_type(event.position, int)
        assert_type(event.envelope, Envelope)
    assert_type(Relay(crm, "mail", print).run_once(), int)

    def wrong(position: int) -> None:
        """Take a number, which is not what is delivered."""

    Relay(crm, "mail", wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
