"""Of any two customers, however they have come to be: a merge loses nothing, and undoing it leaves no trace (M-06)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import CRM, Policy
from crmcore.conflicts import OpenConflict
from crmcore.customers import (
    AddAttachment,
    Command,
    Customer,
    Merge,
    Merged,
    Need,
    Needs,
    PlaceHold,
    Pool,
    RecordConsent,
    RecordNeeds,
    RetireAttachment,
    UndoMerge,
    WithdrawConsent,
)
from crmcore.customers.entities import Contact
from crmcore.kernel.money import Money
from crmcore.people import PrivacyPolicy, Purpose
from crmcore.testing.playing import play
from crmcore.testing.schedules import STAFF, START, Step
from crmcore.testing.strategies import CUSTOMERS, policies, schedules
from tests.properties.driver import contents, memory

MANAGER = STAFF[5]
PURPOSE = "service"

texts = st.sampled_from(["two units", "quiet", "by June"])
contacts = st.none() | st.integers(1, 2)
ids = st.sampled_from(CUSTOMERS)
budgets = st.sampled_from([(None, None), (Money(10, "CNY"), Money(20, "CNY")), (None, Money(5, "EUR"))])
needs = st.builds(
    lambda core, wants, pains, solution, urgency, budget: Needs(core, wants, pains, solution, urgency, *budget),
    st.none() | texts,
    st.lists(st.builds(Need, texts), max_size=2, unique=True).map(tuple),
    st.lists(texts, max_size=2, unique=True).map(tuple),
    st.none() | texts,
    st.none() | st.sampled_from(["high", "low"]),
    budgets,
)
#: What people put into the files of customers, and lay before managers; who has no such contact refuses it, and that
#: is as well.
filings: st.SearchStrategy[list[Command]] = st.lists(
    st.one_of(
        st.builds(
            AddAttachment,
            customer=ids,
            name=texts,
            kind=st.just("note"),
            size=st.just(1),
            digest=st.just("sha256:" + "0" * 64),
            uri=st.just("example:x"),
            contact=contacts,
        ),
        st.builds(RetireAttachment, ids, st.integers(1, 2)),
        st.builds(RecordNeeds, ids, needs),
        st.builds(RecordConsent, customer=ids, purpose=st.just(PURPOSE), contact=contacts),
        st.builds(WithdrawConsent, customer=ids, purpose=st.just(PURPOSE), contact=contacts),
        st.builds(PlaceHold, ids, texts),
        st.builds(OpenConflict, ids, ids, id=st.sampled_from(["X1", "X2", "X3"])),
    ),
    max_size=12,
)


def with_purpose(policy: Policy) -> Policy:
    """The same policy with a purpose for which a person's data may be used."""
    privacy = PrivacyPolicy(purposes=(Purpose(PURPOSE),))
    return attrs.evolve(policy, customers=attrs.evolve(policy.customers, privacy=privacy))


def filed(crm: CRM, commands: list[Command], at: datetime) -> None:
    """Put into files what passes."""
    for command in commands:
        crm.answer(command, actor=MANAGER, at=at)


def played(crm: CRM, steps: list[Step]) -> datetime:
    """Play a schedule, and tell when it was over."""
    return max((one.request.at or START for one in play(crm, steps)), default=START)


def state(customer: Customer) -> Customer:
    """All that is on record of a customer, but for the traces that any event leaves."""
    merges = tuple(attrs.evolve(merge, version=0) for merge in customer.merges)
    return attrs.evolve(customer, version=0, last_at=START, policy="", merges=merges)


def told(crm: CRM, at: datetime) -> list[object]:
    """What questions answer: everything but histories, events and the traces they leave."""
    customers = crm.customers
    return [
        [state(customer) for customer in customers.all(at=at, merged=True)],
        [customer.id for customer in customers.in_pool(at=at)],
        [customer.id for actor in STAFF for customer in customers.held_by(actor.id, at=at)],
        [crm.agenda(actor, at=at) for actor in STAFF],
        [problem.code for problem in crm.verify()],
        contents(crm, "action"),
        [(one.id, one.stage) for one in crm.conflicts.all()],
    ]


def unmarked(contacts: tuple[Contact, ...]) -> list[tuple[object, bool]]:
    """Contacts without their numbers, and without which of them is the main one."""
    return [(attrs.evolve(contact.details, main=False), contact.active) for contact in contacts]


def merges(crm: CRM, at: datetime) -> Iterator[tuple[Merge, Customer, Customer]]:
    """Each merge of two that would pass, with both as they are."""
    for record, into in permutations([customer.id for customer in crm.customers.all(at=at)], 2):
        merge = Merge(record, into, "the same", decided=True)
        if not crm.why_not(merge, actor=MANAGER, at=at):
            yield merge, crm.customer(record, at=at), crm.customer(into, at=at)


@pytest.mark.rule("M-06", "D-11")
@given(policies().map(with_purpose), schedules(), filings)
def test_a_merge_that_is_undone_leaves_no_trace(policy: Policy, steps: list[Step], files: list[Command]) -> None:
    """Every field of both, every list, agenda and index is what it was; two more events each tell the story."""
    crm = memory(policy)
    end = played(crm, steps)
    filed(crm, files, end)
    crm.sweep(at=end)  # a merge stores the falls of both, and with them that plans are over
    for merge, record, into in merges(crm, end):
        before = told(crm, end)
        crm.handle(merge, actor=MANAGER, at=end)
        crm.handle(UndoMerge(record.id, "not the same"), actor=MANAGER, at=end)

        assert before == told(crm, end)
        assert state(record) == state(crm.customer(record.id, at=end))
        assert [2, 2] == [crm.customer(one.id, at=end).version - one.version for one in (record, into)]


@pytest.mark.rule("M-06", "D-11", "D-13")
@given(policies().map(with_purpose), schedules(), filings)
def test_a_merge_loses_nothing(policy: Policy, steps: list[Step], files: list[Command]) -> None:
    """What either had the survivor has; the record ends as it was, and both histories lead to what is stored."""
    crm = memory(policy)
    end = played(crm, steps)
    filed(crm, files, end)
    for merge, record, into in merges(crm, end):
        crm.handle(merge, actor=MANAGER, at=end)
        gone, whole = crm.customer(record.id, at=end), crm.customer(into.id, at=end)

        assert [*unmarked(into.contacts), *unmarked(record.contacts)] == unmarked(whole.contacts)
        assert [*range(1, len(whole.contacts) + 1)] == [contact.number for contact in whole.contacts]
        assert sum(contact.details.main for contact in whole.contacts) <= 1
        assert (into.follow_ups + record.follow_ups, into.contracts + record.contracts) == (
            whole.follow_ups,
            whole.contracts,
        )
        assert {*into.cool_downs, *record.cool_downs} <= {*whole.cool_downs}
        assert len(into.actions) + len(record.actions) == len(whole.actions)
        assert fields(into) | fields(record) >= fields(whole) >= fields(into)
        assert phones(into) | phones(record) == phones(whole)
        for name, choose in (("last_contact_at", max), ("signed_on", min), ("last_trade_on", max)):
            both = [value for one in (into, record) if (value := getattr(one, name)) is not None]
            assert choose(both, default=None) == getattr(whole, name)
        assert_files_united(record, into, whole)
        assert into.stage == whole.stage or contacted(whole) == contacted(into) | contacted(record)
        assert (record.profile, record.contacts, record.stage) == (gone.profile, gone.contacts, gone.stage.was)  # type: ignore[union-attr]
        assert record.file == gone.file
        assert_conflicts_follow(crm, at=end)
        assert [] == list(crm.verify())
        crm.handle(UndoMerge(record.id, "not the same"), actor=MANAGER, at=end)


def assert_conflicts_follow(crm: CRM, at: datetime) -> None:
    """A conflict is open of two customers only, and both have it."""
    for one in crm.conflicts.open():
        both = {crm.customers.survivor(id, at=at).id for id in (one.customer, one.other)}

        assert 2 == len(both)
        assert all(one in crm.conflicts.of(id) for id in both)


def assert_files_united(record: Customer, into: Customer, whole: Customer) -> None:
    """What either file held is in the survivor's, about the same persons, and each list in its order."""
    shift = len(into.contacts)
    added = [attrs.evolve(one, contact=one.contact and one.contact + shift) for one in record.file.attachments]
    consents = [attrs.evolve(one, contact=one.contact and one.contact + shift) for one in record.file.consents]
    attachments = [attrs.evolve(one, number=0) for one in (*into.file.attachments, *added)]

    assert attachments == [attrs.evolve(one, number=0) for one in whole.file.attachments]
    assert [*range(1, len(attachments) + 1)] == [one.number for one in whole.file.attachments]
    assert [*into.file.consents, *consents] == list(whole.file.consents)
    held = [since for one in (into, record) if (since := one.file.held_since) is not None]
    assert min(held, default=None) == whole.file.held_since
    wanted = [one.file.needs for one in (into, record) if one.file.needs is not None]
    got = whole.file.needs
    assert (got is None) == (not wanted)
    if got is None:
        return
    for name in ("core", "current_solution", "urgency"):
        told = [value for one in wanted if (value := getattr(one, name)) is not None]
        assert (told[0] if told else None) == getattr(got, name)
    assert {need for one in wanted for need in one.needs} == set(got.needs)
    assert {pain for one in wanted for pain in one.pain_points} == set(got.pain_points)
    bounds = [(one.budget_from, one.budget_to) for one in wanted if one.budget_from or one.budget_to]
    assert (bounds[0] if bounds else (None, None)) == (got.budget_from, got.budget_to)


def fields(customer: Customer) -> set[tuple[str, object]]:
    """What is filled in of a profile."""
    values = attrs.asdict(customer.profile, recurse=False)
    return {(name, value) for name, value in values.items() if value not in (None, (), {}) and name != "other_phones"}


def phones(customer: Customer) -> set[str | None]:
    """All numbers on record."""
    return {customer.profile.phone, *customer.profile.other_phones} - {None}


def contacted(customer: Customer) -> set[str]:
    """Who has contacted a customer since it came into the pool."""
    return set(customer.stage.contacted_by) if isinstance(customer.stage, Pool) else set()


@pytest.mark.rule("M-06", "D-13", "P-19")
@given(policies(), schedules(max_size=20), schedules(max_size=30))
def test_life_goes_on_after_a_merge(policy: Policy, before: list[Step], after: list[Step]) -> None:
    """Whatever is done after mergers, histories lead to what is stored, and all that is merged leads to somebody."""
    crm = memory(policy)
    end = played(crm, before)
    for record, into in permutations(CUSTOMERS, 2):
        crm.answer(Merge(record, into, "the same", decided=True), actor=MANAGER, at=end)
    for one in play(crm, after, end):
        end = one.request.at or end

    assert [] == list(crm.verify())
    for customer in crm.customers.all(at=end, merged=True):
        survivor = crm.customers.survivor(customer.id, at=end)

        assert "merged" != survivor.stage.name
        assert (customer.id == survivor.id) != (customer.stage.name == "merged")
        assert {merge.record for merge in customer.merges} == {
            other.id for other in crm.customers.all(at=end, merged=True) if into_whom(other) == customer.id
        }


def into_whom(customer: Customer) -> str | None:
    """The customer that a record is merged into."""
    return customer.stage.into if isinstance(customer.stage, Merged) else None
