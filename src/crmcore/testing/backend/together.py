"""Directed tests: what two see of each other, and what is whole or not there at all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest

from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.policy import Policy
from crmcore.customers.commands import Abandon, ChangeProfile, Protect, RecordFollowUp, Sign, Transfer
from crmcore.customers.policy import CustomerPolicy, LimitPolicy
from crmcore.errors import Refused
from crmcore.hooks import hookimpl
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.matching import MatchingPolicy
from crmcore.storage.interface import UnitOfWork
from crmcore.testing.backend.base import Backend, Fixtures, fresh_space, needs
from crmcore.testing.backend.twins import Twins, gapless
from crmcore.testing.playing import seen
from crmcore.testing.schedules import STAFF, START, Says, fill, registration

LI, WANG, BOSS, ROBOT = STAFF[0], STAFF[1], STAFF[5], STAFF[8]
DAY: Final = timedelta(days=1)

#: Ids that differ by case, accent, width, ligature or a blank alone: to a library, different people.
LOOKALIKES: Final = ("li", "Li", "lí", "li ", "\uff4c\uff49", "straße", "strasse", "ﬁ", "fi", "李", "𠮷", "😀")


class Vetoed(Exception):
    """Raised by a plugin that does not let customers go."""


class Veto:
    """A plugin that lets nobody abandon a customer."""

    @hookimpl
    def crmcore_before_commit(self, uow: UnitOfWork, changes: Sequence[Envelope]) -> None:
        """Refuse a transaction with a customer abandoned in it, after all of it has been written."""
        if uow is not None and any(change.type == "abandoned" for change in changes):
            raise Vetoed


class Together(Fixtures):
    """Each test says what must hold in a docstring of one sentence."""

    def test_lifecycle_is_shared_by_two(self, backend: Backend) -> None:
        """What one CRM does, another on the same storage sees at once, and goes on from there (P-02, P-08)."""
        space = fresh_space()
        one, two = backend.crm(space=space), backend.crm(space=space, store=1)
        one.handle(registration("C1", Says()), actor=LI, at=START)
        held = two.answer(fill(Protect, "C1", Says(), START), actor=WANG, at=START)
        one.handle(Abandon("C1", "no budget"), actor=LI, at=START + DAY)
        claimed = two.answer(fill(Protect, "C1", Says(), START + DAY), actor=WANG, at=START + DAY)
        two.handle(ChangeProfile("C1", name="江苏晨光电器有限公司"), actor=WANG, at=START + 2 * DAY)

        assert isinstance(held, Denied)
        assert [("P-02", "li")] == [(refusal.rule, refusal.params["owner"]) for refusal in held.refusals]
        assert isinstance(claimed, Outcome)
        assert "wang" == one.customer("C1", at=START + DAY).owner
        assert "江苏晨光电器有限公司" == one.customer("C1", at=START + 2 * DAY).profile.name
        assert list(one.events()) == list(two.events())
        assert one.sweep(at=START + 40 * DAY) == 1
        assert two.sweep(at=START + 40 * DAY) == 0
        assert [] == [*one.verify(), *two.verify()]

    @needs("durable")
    def test_lifecycle_outlives_closing(self, backend: Backend) -> None:
        """What a command has brought about is there after closing and opening, each time."""
        twins = Twins(backend)
        steps = [
            (registration("C1", Says()), LI),
            (fill(RecordFollowUp, "C1", Says(), START), LI),
            (Transfer("C1", "wang"), BOSS),
            (Abandon("C1", "no budget"), WANG),
            (fill(Protect, "C1", Says(), START), LI),
        ]
        for command, actor in steps:
            twins.handle(command, actor=actor)
            twins.reopen()
            twins.are_alike()

    def test_lifecycle_keeps_spaces_apart(self, backend: Backend) -> None:
        """Two tenants have customers of the same id, name and number; neither sees, sweeps or counts the other's."""
        one, two = Twins(backend), Twins(backend)
        for twins in (one, two):
            twins.handle(registration("C1", Says()), actor=LI)
        one.handle(Abandon("C1", "no budget"), actor=LI, at=START + DAY)

        one.are_alike(START + DAY)
        two.are_alike(START + DAY)
        assert "pool" == one.other.customer("C1", at=START + DAY).stage.name
        assert "potential" == two.other.customer("C1", at=START + DAY).stage.name
        assert 0 == one.other.sweep(at=START + 40 * DAY)
        assert 1 == two.other.sweep(at=START + 40 * DAY)

    def test_lifecycle_tells_people_apart(self, backend: Backend) -> None:
        """People whose ids differ by case, accent, width or a blank alone are different people, to limits as well."""
        twins = Twins(backend, Policy(customers=CustomerPolicy(limits=LimitPolicy(total=1, claims_per_day=1))))
        people = [Actor(id, {"pre-sales"}) for id in LOOKALIKES]
        for number, person in enumerate(people):
            twins.handle(registration(f"C{number}", Says()), actor=person)

        twins.are_alike(staff=people)
        for number, person in enumerate(people):
            held = twins.other.customers.held_by(person.id, at=START)
            assert [f"C{number}"] == [customer.id for customer in held]

    def test_lifecycle_tells_texts_apart(self, backend: Backend) -> None:
        """Names, texts and numbers come back as they were given, whatever they are written in, as do ids."""
        twins = Twins(backend)
        for number, text in enumerate((*LOOKALIKES, "a'b", 'a"b', "a\\b", "%_", "e\u0301", "\u00e9", "", "{}")):
            says = Says(text=f"said {text}", name=f"上海{number}{text}贸易有限公司")
            twins.handle(registration(f"C-{number}", says), actor=LI)

        twins.are_alike()

    def test_lifecycle_forgets_what_is_done(self, backend: Backend) -> None:
        """What there is to do is replaced by the next follow-up, passed on with the customer, and ends in the pool."""
        twins = Twins(backend)
        twins.handle(registration("C1", Says()), fill(RecordFollowUp, "C1", Says(), START), actor=LI)
        twins.are_alike()
        twins.handle(fill(RecordFollowUp, "C1", Says(next_contact_days=9), START), actor=LI)
        twins.are_alike()
        twins.handle(Transfer("C1", "wang"), actor=BOSS)
        twins.are_alike()
        assert [] == [item.kind for item in twins.other.agenda(LI, at=START)]
        assert ["next-contact"] == [item.kind for item in twins.other.agenda(WANG, at=START)]
        twins.handle(Abandon("C1", "no budget"), actor=WANG)
        twins.are_alike()
        assert [] == twins.other.agenda(WANG, at=START)

    def test_lifecycle_takes_back_what_is_vetoed(self, backend: Backend) -> None:
        """A command that a plugin vetoes leaves nothing behind, nor does the batch it is in; the next ones pass."""
        crm = backend.crm(space=fresh_space(), plugins=[Veto()])
        crm.handle(registration("C1", Says()), actor=LI, at=START)
        before = seen(crm, START)
        batch = [
            Request(registration("C2", Says()), LI, START),
            Request(Abandon("C1", "no budget"), LI, START),
            Request(registration("C3", Says()), LI, START),
        ]
        with pytest.raises(Vetoed):
            crm.handle(Abandon("C1", "no budget"), actor=LI, at=START)
        with pytest.raises(Vetoed):
            list(crm.answer_all(batch))

        assert before == seen(crm, START)
        assert "KH-000002" == crm.handle(registration("C2", Says()), actor=LI, at=START).customer.number
        assert [] == list(crm.verify())
        assert gapless(crm)

    def test_lifecycle_moves_all_of_a_leaver_or_nothing(self, backend: Backend) -> None:
        """A handover that a limit refuses halfway moves nobody; one that passes moves everybody (P-15, P-16)."""
        twins = Twins(backend, Policy(customers=CustomerPolicy(limits=LimitPolicy(total=3))))
        twins.handle(*(registration(f"C{number}", Says()) for number in range(3)), actor=LI)
        twins.handle(registration("C9", Says()), actor=WANG)
        for crm in (twins.memory, twins.other):
            with pytest.raises(Refused):
                crm.hand_over_all("li", [WANG], actor=BOSS, at=START + DAY)

        twins.are_alike(START + DAY)
        zhao = STAFF[2]
        moved = [
            crm.hand_over_all("li", [WANG, zhao], actor=BOSS, at=START + DAY) for crm in (twins.memory, twins.other)
        ]
        assert moved[0] == moved[1]
        twins.are_alike(START + DAY)

    def test_lifecycle_is_swept_to_the_microsecond(self, backend: Backend) -> None:
        """A fall is due at its very instant and not a microsecond before, for sweeps and pools alike (P-03, P-19)."""
        twins = Twins(backend)
        twins.handle(registration("C1", Says()), registration("C2", Says()), actor=LI)
        due = START + 30 * DAY
        crm = twins.other

        assert [] == crm.customers.in_pool(at=due - timedelta(microseconds=1))
        assert 0 == crm.sweep(at=due - timedelta(microseconds=1))
        assert ["C1", "C2"] == [customer.id for customer in crm.customers.in_pool(at=due)]
        assert 2 == crm.sweep(at=due, size=1)
        assert 0 == crm.sweep(at=due)
        assert [due, due] == [crm.history(id, at=due)[-1].at for id in ("C1", "C2")]

    def test_lifecycle_is_counted_over_pages(self, backend: Backend) -> None:
        """More customers than fit on a page are all there, in the same order, however they are asked for."""
        # So many names that are alike would be compared with each other for most of the time.
        twins = Twins(backend, Policy(matching=MatchingPolicy(similar="off")))
        requests = [Request(registration(f"C{number:04}", Says(into="pool")), ROBOT, START) for number in range(620)]
        for crm in (twins.memory, twins.other):
            list(crm.answer_all(requests))
        twins.handle(fill(Protect, "C0300", Says(), START), actor=LI)
        twins.handle(Transfer("C0300", "wang"), actor=BOSS, at=START + DAY)
        answer = twins.answer(Sign("C0300", "HT-1"), actor=WANG, at=START + DAY)

        assert isinstance(answer, Denied)
        twins.are_alike(START + DAY, of=("C0000", "C0300", "C0619"))
