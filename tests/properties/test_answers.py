"""What is said of a command before it is given is what happens when it is given (P-21); a refusal stores nothing."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import CRM, Outcome, Policy, Refused
from crmcore.app.outcome import Request
from crmcore.app.session import customer_of
from crmcore.customers import Command, Customer, Merge, Register
from crmcore.customers.lifecycle import LIFECYCLE
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.machine import STAY, Row
from crmcore.kernel.refusals import Refusal
from crmcore.testing.schedules import MICROSECOND, STAFF, Says, Step, fill
from crmcore.testing.strategies import CUSTOMERS, actors, commands, policies, schedules
from tests.properties.driver import Looked, answered, histories, last_instant, memory, picture, play, timeline, why_not


@pytest.mark.rule("P-21")
@given(policies(), schedules())
def test_why_not_is_what_handle_raises(policy: Policy, steps: list[Step]) -> None:
    """``why_not`` is empty exactly when ``handle`` passes, and otherwise the very refusals that it raises."""
    crm = memory(policy)
    for request in timeline(crm, steps):
        assert isinstance(request, Request)
        said = why_not(crm, request)
        if said:
            with pytest.raises(Refused) as refused:
                crm.handle(request.command, actor=request.actor, at=request.at)
            assert said == refused.value.refusals
        else:
            crm.handle(request.command, actor=request.actor, at=request.at)


@pytest.mark.rule("P-21")
@given(policies(), schedules(), st.lists(st.tuples(commands(), actors()), min_size=10, max_size=10))
def test_asking_changes_nothing(policy: Policy, steps: list[Step], asked: list[tuple[Command, Actor]]) -> None:
    """Questions about any command and any person leave every byte that is stored as it was."""
    crm = memory(policy)
    played = list(play(crm, steps))
    before, end = picture(crm), last_instant(played)
    for command, actor in asked:
        crm.why_not(command, actor=actor, at=end)
    for actor in STAFF:
        crm.agenda(actor, at=end)
    histories(crm, CUSTOMERS, end)
    crm.customers.in_pool(at=end)

    assert before == picture(crm)


@pytest.mark.rule("D-13")
@given(policies(), schedules())
def test_a_refused_command_stores_nothing(policy: Policy, steps: list[Step]) -> None:
    """After a refusal every record and the event log are what they were, byte for byte."""
    crm = memory(policy)
    before = picture(crm)
    for one in play(crm, steps):
        after = picture(crm)
        if one.refusals:
            assert before == after
        else:
            assert before != after
        before = after


def works_out(crm: CRM, customer: Customer, actor: Actor, kind: type[Command], request: Request) -> bool:
    """Whether a command of this class would pass that says nothing wrong, and names whom there is to name."""
    at = request.at
    assert at is not None
    number = customer.contacts[-1].number if customer.contacts else 1
    of = customer.actions[0].by if customer.actions else "nobody"
    says = Says(text="something new", of=of, to="newcomer", number=number)
    each = [says]
    if kind is Merge:
        each = [attrs.evolve(says, other=other.id, decided=True) for other in crm.customers.all(at=at)]
    return any(not crm.why_not(fill(kind, customer.id, one, at), actor=actor, at=at) for one in each)


@pytest.mark.rule("P-21")
@given(policies(), schedules(), actors())
def test_can_is_sound_and_complete(policy: Policy, steps: list[Step], actor: Actor) -> None:
    """Of each class that ``can`` names some command passes; of a class that it does not name, no command does."""
    crm = memory(policy)
    for request in timeline(crm, steps):
        assert isinstance(request, Request)
        answered(crm, request)
        on_record = {customer.id: customer for customer in crm.customers.all(at=request.at, merged=True)}
        customer = on_record.get(customer_of(request.command) or "")
        if customer is not None:
            possible = crm.can(customer.id, actor=actor, at=request.at)
            # Who may merge a customer may find nobody to merge it into.
            sound = [kind for kind in possible if kind is not Merge]
            wrong = [kind for kind in sound if not works_out(crm, customer, actor, kind, request)]
            missed = [
                kind
                for kind in LIFECYCLE.commands
                if kind is not Register and kind not in possible and works_out(crm, customer, actor, kind, request)
            ]

            assert ([], []) == (wrong, missed), customer.stage


@pytest.mark.rule("P-21")
@given(policies(), schedules(), st.lists(st.tuples(commands(), actors()), min_size=20, max_size=20))
def test_what_can_does_not_name_never_passes(
    policy: Policy, steps: list[Step], asked: list[tuple[Command, Actor]]
) -> None:
    """A command that passes is of a class that ``can`` names, whatever it says."""
    crm = memory(policy)
    end = last_instant(list(play(crm, steps)))
    on_record = {customer.id for customer in crm.customers.all(at=end, merged=True)}
    for command, actor in asked:
        customer = getattr(command, "customer", None)
        if customer in on_record and not crm.why_not(command, actor=actor, at=end):
            assert type(command) in crm.can(customer, actor=actor, at=end)


def same_reason(refusals: tuple[Refusal, ...], refusal: Refusal) -> list[Refusal]:
    """The refusals for the same reason."""
    return [other for other in refusals if other.reason is refusal.reason]


@pytest.mark.rule("P-21", "P-08", "P-16")
@given(policies(), schedules())
def test_until_is_the_first_instant_at_which_the_reason_is_gone(policy: Policy, steps: list[Step]) -> None:
    """A reason that says until when holds to the last microsecond before, and no longer."""
    crm = memory(policy)
    for one in play(crm, steps):
        for refusal in one.refusals:
            if refusal.until is not None:
                before = Request(one.request.command, one.request.actor, refusal.until - MICROSECOND)
                then = Request(one.request.command, one.request.actor, refusal.until)

                assert [refusal] == same_reason(why_not(crm, before), refusal)
                assert [] == same_reason(why_not(crm, then), refusal)


def leads(outcome: Outcome, before: str, kind: type[Command]) -> bool:
    """Whether the stage a command led to is one its row names, unless time has taken it further at once."""
    source = next(stage for stage in LIFECYCLE.stages if stage.name == before)
    line = LIFECYCLE.line(source, kind)
    assert isinstance(line, Row)
    named = {source if to is STAY else to for to in line.to}
    fell = any(envelope.type == "expired" for envelope in outcome.events)
    return type(outcome.customer.stage) in named or (fell and outcome.customer.stage.name == "pool")


@pytest.mark.rule("P-21")
@given(policies(), schedules())
def test_rows_say_truly_where_a_command_leads(policy: Policy, steps: list[Step]) -> None:
    """Every command that passes leads to a stage that its row of the table names, or falls at once through time."""
    crm = memory(policy)
    for request in timeline(crm, steps):
        assert isinstance(request, Request)
        stages = {customer.id: customer.stage.name for customer in crm.customers.all(at=request.at, merged=True)}
        answer = answered(crm, request).answer
        if isinstance(answer, Outcome):
            assert leads(answer, stages.get(answer.customer.id, "absent"), type(request.command))


def test_every_stage_and_command_is_in_the_table() -> None:
    """Each stage × command stands in exactly one line, and where it never passes the line says why."""
    cells = [(stage, line.command) for line in LIFECYCLE.lines for stage in line.source]

    assert len(set(cells)) == len(cells)
    assert {(stage, command) for stage in LIFECYCLE.stages for command in LIFECYCLE.commands} == set(cells)


@pytest.mark.rule("D-13")
@given(policies(), schedules())
def test_replaying_the_history_gives_the_state(policy: Policy, steps: list[Step]) -> None:
    """What is stored is what its history leads to, and a customer's version is the number of its events."""
    crm = memory(policy)
    played = list(play(crm, steps))
    end = last_instant(played)
    known: dict[str, tuple[Envelope, ...]] = {}
    for one in played:
        if isinstance(one.answer, Outcome):
            for envelope in one.answer.events:
                known[envelope.stream] = (*known.get(envelope.stream, ()), envelope)

    assert [] == list(crm.verify())
    for customer in crm.customers.all(at=end, merged=True):
        history = crm.history(customer.id, at=end)

        assert list(range(1, customer.version + 1)) == [envelope.number for envelope in history]
        assert sorted(envelope.at for envelope in history) == [envelope.at for envelope in history]
        assert customer.last_at == history[-1].at
        assert [envelope for envelope in history if envelope.by != "system"] == [
            envelope for envelope in known[customer.id] if envelope.by != "system"
        ]


@pytest.mark.rule("D-13")
@given(policies(), schedules(looks_too=True))
def test_the_past_can_be_seen_again(policy: Policy, steps: list[Step]) -> None:
    """A customer as of an instant is, ever after, what it was when that instant was now."""
    crm = memory(policy)
    seen = []
    for moment in timeline(crm, steps):
        if isinstance(moment, Looked):
            seen.append((moment.at + MICROSECOND, crm.customers.all(at=moment.at + MICROSECOND, merged=True)))
        else:
            answered(crm, moment)
            seen = [(at, customers) for at, customers in seen if moment.at is None or at <= moment.at - MICROSECOND]
    for at, customers in seen:
        assert customers == [crm.customer(customer.id, at=at) for customer in customers]
