"""One way to change anything, and questions that see things as they are now."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from crmcore import CRM, Actor, Denied, Invalid, NotFound, Outcome, Refused, Request, TooManyConflicts
from crmcore.app.crm import system_clock
from crmcore.app.policy import load_policy
from crmcore.app.work import ATTEMPTS
from crmcore.customers import Abandon, ChangeProfile, Merge, Pool, Protect, Sign
from crmcore.errors import Conflict, Transient, Unavailable, UniqueViolation
from crmcore.storage.interface import Kind, Store, UnitOfWork
from crmcore.storage.memory import MemoryStore
from tests.customers.scene import GUEST, LI, MANAGER, MONDAY, NAME, WANG, ZHAO, Scene, claim, register

GIVE_UP = Abandon("C1", "they have no budget")
DAY = timedelta(days=1)


class Interrupted:
    """A store in which something happens just before a unit of work commits."""

    capabilities = frozenset[str]()

    def __init__(self, *happenings: Callable[[Store], None]) -> None:
        self.inner = MemoryStore()
        self.happenings = list(happenings)
        self.begun = 0

    def setup(self, kinds: Sequence[Kind]) -> None:
        """As inside."""
        self.inner.setup(kinds)

    @contextmanager
    def begin(self, space: str = "") -> Iterator[UnitOfWork]:
        """A unit of work, at whose end the next thing happens."""
        self.begun += 1
        with self.inner.begin(space) as uow:
            yield uow
            if self.happenings:
                self.happenings.pop(0)(self.inner)

    def join(self, host_transaction: object, space: str = "") -> Any:
        """As inside."""
        return self.inner.join(host_transaction, space)

    def close(self) -> None:
        """As inside."""
        self.inner.close()


def fails(error: Exception) -> Callable[[Store], None]:
    """A happening that makes the commit fail."""

    def happening(_store: Store) -> None:
        raise error

    return happening


def over(store: Store, **more: Any) -> CRM:
    """A CRM over that store, on a Monday."""
    return CRM(store, load_policy("standard"), clock=lambda: MONDAY, **more)


class TestHandle:
    """Commands (P-21)."""

    def test_what_passes_gives_the_customer_and_its_events(self):
        """As stored."""
        crm = over(MemoryStore())
        outcome = crm.handle(register(), actor=LI)

        assert ["registered", "protected"] == [envelope.type for envelope in outcome.events]
        assert crm.customer("C1") == outcome.customer
        assert crm.history("C1") == outcome.events

    @pytest.mark.rule("P-21")
    def test_what_does_not_pass_is_raised_or_returned(self):
        """The same reasons, and with the value the customer as it is."""
        crm = over(MemoryStore())
        crm.handle(register(), actor=LI)
        answer = crm.answer(GIVE_UP, actor=WANG)
        with pytest.raises(Refused) as error:
            crm.handle(GIVE_UP, actor=WANG)

        assert isinstance(answer, Denied)
        assert (crm.customer("C1"), answer.refusals) == (answer.customer, error.value.refusals)

    def test_of_what_is_not_on_record_there_is_no_customer(self):
        """The denial says so."""
        answer = over(MemoryStore()).answer(GIVE_UP, actor=LI)

        assert isinstance(answer, Denied)
        assert answer.customer is None

    def test_the_time_is_the_clock_s_unless_given(self):
        """And is kept in UTC."""
        crm = over(MemoryStore())
        crm.handle(register(), actor=LI, at=MONDAY - DAY)
        outcome = crm.handle(GIVE_UP, actor=LI)

        assert [MONDAY - DAY, MONDAY] == [outcome.customer.registered_at, outcome.events[0].at]
        assert UTC is outcome.events[0].at.tzinfo

    @pytest.mark.parametrize("at", [datetime(2026, 3, 1), datetime(1969, 12, 31, tzinfo=UTC)])  # noqa: DTZ001
    def test_a_time_that_is_none_is_refused(self, at):
        """Without an offset, or out of range."""
        with pytest.raises(Invalid):
            over(MemoryStore()).handle(register(), actor=LI, at=at)

    def test_the_system_s_clock_is_in_utc(self):
        """And goes forward."""
        first = system_clock()

        assert UTC is first.tzinfo
        assert first <= system_clock()
        assert abs(datetime.now(UTC) - CRM.open().handle(register(), actor=LI).customer.last_at) < timedelta(minutes=1)


class TestAnswerAll:
    """Streams of commands."""

    REQUESTS = (
        Request(register(), LI),
        Request(GIVE_UP, WANG),
        Request(GIVE_UP, LI, MONDAY + DAY),
        Request(claim(), WANG, MONDAY + DAY),
    )

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 500])
    def test_answers_come_in_order(self, size):
        """However many stand in one transaction; what is refused does not touch the others."""
        answers = list(over(MemoryStore()).answer_all(self.REQUESTS, size=size))

        assert [Outcome, Denied, Outcome, Outcome] == [type(answer) for answer in answers]

    def test_it_reads_no_further_than_it_must(self):
        """A stream may be endless."""
        read: list[Request] = []

        def stream() -> Iterator[Request]:
            for one in self.REQUESTS:
                read.append(one)
                yield one

        answers = over(MemoryStore()).answer_all(stream(), size=2)

        assert [] == read
        next(answers)
        assert 2 == len(read)

    def test_what_is_answered_is_stored(self):
        """Before the answer comes."""
        crm = over(MemoryStore())
        answers = crm.answer_all(self.REQUESTS, size=1)
        next(answers)

        assert "potential" == crm.customer("C1").stage.name

    def test_a_transaction_that_fails_is_raised_where_its_answers_would_come(self):
        """What was answered before stays, and nothing of the rest is stored."""
        store = Interrupted(lambda _store: None, fails(Unavailable("x", "y")))
        answers = over(store).answer_all(self.REQUESTS, size=2)
        first = [next(answers), next(answers)]

        with pytest.raises(Unavailable):
            next(answers)
        assert [Outcome, Denied] == [type(answer) for answer in first]
        assert "potential" == over(store.inner).customer("C1").stage.name

    def test_nothing_asked_is_nothing_answered(self):
        """Not even a transaction is begun."""
        store = Interrupted()

        assert [] == list(over(store).answer_all([]))
        assert 0 == store.begun

    @pytest.mark.parametrize("size", [0, -1])
    def test_a_size_that_could_take_nothing_is_refused(self, size):
        """Silently handling no command at all would be worse."""
        with pytest.raises(ValueError):
            list(over(MemoryStore()).answer_all(self.REQUESTS, size=size))


class TestRetry:
    """A command that meets a conflict is decided again from the start."""

    @pytest.mark.parametrize(
        "error",
        [Conflict([("customer", "C1")]), UniqueViolation("customer", "by_name"), Transient("busy")],
        ids=lambda error: error.code,
    )
    def test_a_conflict_is_not_seen_outside(self, error):
        """The second try passes, and is stored once."""
        store = Interrupted(fails(error))
        outcome = over(store).handle(register(), actor=LI)

        assert 2 == store.begun
        assert 2 == outcome.customer.version
        assert [] == list(over(store.inner).verify())

    def test_tries_are_bounded(self):
        """Then the command is given up, and nothing is stored."""
        store = Interrupted(*[fails(Conflict([]))] * (ATTEMPTS + 1))
        with pytest.raises(TooManyConflicts) as error:
            over(store).handle(register(), actor=LI)

        assert (ATTEMPTS, ATTEMPTS) == (error.value.attempts, store.begun)
        with pytest.raises(NotFound):
            over(store.inner).customer("C1")

    def test_the_last_try_counts(self):
        """One conflict fewer than tries is none."""
        store = Interrupted(*[fails(Conflict([]))] * (ATTEMPTS - 1))

        assert "C1" == over(store).handle(register(), actor=LI).customer.id

    @pytest.mark.parametrize("error", [Unavailable("x", "y"), ZeroDivisionError()])
    def test_other_errors_are_not_tried_again(self, error):
        """They come out at once."""
        store = Interrupted(fails(error))

        with pytest.raises(type(error)):
            over(store).handle(register(), actor=LI)
        assert 1 == store.begun

    @pytest.mark.rule("P-20")
    def test_who_comes_second_is_told_who_was_first(self):
        """The claim is decided anew, on what the winner has left."""
        store = Interrupted()
        over(store).handle(register(into="pool"), actor=MANAGER)

        def overtaken(_store: Store) -> None:
            store.happenings.append(lambda _again: None)
            raise Conflict([("customer", "C1")])

        store.happenings = [lambda _store: None, overtaken]
        first = over(store).answer(claim(), actor=WANG)
        second = over(store).answer(claim(), actor=ZHAO)

        assert isinstance(first, Outcome)
        assert isinstance(second, Denied)
        assert "wang" == second.refusals[0].params["owner"]

    @pytest.mark.rule("P-20")
    def test_of_many_who_claim_at_once_one_wins(self):
        """In as many threads as there are people."""
        store = MemoryStore()
        over(store).handle(register(into="pool"), actor=MANAGER)
        answers: list[Outcome | Denied] = []
        start = threading.Barrier(8)

        def compete(who: Any) -> None:
            crm = over(store)
            start.wait()
            answers.append(crm.answer(claim(), actor=who))

        threads = [threading.Thread(target=compete, args=(Actor(f"p{n}", roles={"pre-sales"}),)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [winner] = [answer.customer.owner for answer in answers if isinstance(answer, Outcome)]
        told = {answer.refusals[0].params["owner"] for answer in answers if isinstance(answer, Denied)}

        assert {winner} == told
        assert winner == over(store).customer("C1").owner


class TestQueries:
    """Finding customers."""

    def test_one_is_found_by_id_number_and_name(self):
        """However the name is written; an individual by name and phone."""
        scene = (
            Scene().potential().given(register(id="C2", kind="individual", name="王芳", phone="138-0000-0001"), by=LI)
        )
        find = scene.crm.customers

        assert ["C1", "C1", "C1"] == [
            found.id for found in (find.get("C1"), find.by_number("KH-000001"), find.by_name(f"（{NAME}）")) if found
        ]
        assert [None, None] == [find.by_number("KH-9"), find.by_name("王芳")]
        assert {"C1": "C1", "KH-000001": "C1"} == find.ids_of(["C1", "KH-000001", "KH-9", "C1"])
        found = find.by_name("王 芳", "13800000001")
        assert found is not None
        assert "C2" == found.id

    @pytest.mark.parametrize("ask", ["customer", "history", "can"])
    def test_what_is_not_on_record_is_not_found(self, ask):
        """By an error that names kind and id."""
        crm = CRM.open()
        asked: Callable[[], Any] = {
            "customer": lambda: crm.customer("C9"),
            "history": lambda: crm.history("C9"),
            "can": lambda: crm.can("C9", actor=LI),
        }[ask]

        with pytest.raises(NotFound) as error:
            asked()
        assert ("customer", "C9") == (error.value.kind, error.value.id)

    @pytest.mark.rule("D-13")
    def test_before_it_was_registered_a_customer_was_not_there(self):
        """Neither it nor any event."""
        scene = Scene().potential()

        with pytest.raises(NotFound):
            scene.crm.customer("C1", at=MONDAY - DAY)
        assert () == scene.crm.history("C1", at=MONDAY - DAY)

    def test_who_holds_what(self):
        """Potential, intent and formal, ordered by id; what has fallen is nobody's."""
        scene = Scene().formal(id="C3").intent(id="C2", name="靖江市第二贸易有限公司")
        scene.potential(id="C1", name="靖江市第一贸易有限公司").potential(
            id="C4", name="靖江市第四贸易有限公司", by=WANG
        )
        held = scene.crm.customers.held_by

        assert ["C1", "C2", "C3"] == [customer.id for customer in held("li")]
        assert ["C1", "C3"] == [customer.id for customer in held("li", at=MONDAY + 15 * DAY)]
        assert ["C3"] == [customer.id for customer in held("li", at=MONDAY + 30 * DAY)]
        assert [] == held("nobody")

    def test_who_is_in_the_pool(self):
        """Longest there first, as many as asked for, fallen ones where their fall puts them."""
        scene = Scene().potential(id="C1").at(days=29).pool(id="C2", name="靖江市第二贸易有限公司")
        scene.at(days=31).pool(id="C3", name="靖江市第三贸易有限公司")
        pool = scene.crm.customers.in_pool

        assert ["C2", "C1", "C3"] == [customer.id for customer in pool()]
        assert [["C2"], ["C2", "C1"]] == [[customer.id for customer in pool(limit=limit)] for limit in (1, 2)]
        assert all(isinstance(customer.stage, Pool) for customer in pool())
        assert [] == pool("elsewhere")
        assert [] == pool(limit=0)

    def test_everybody_by_number(self):
        """As they are now."""
        scene = Scene().potential(id="C2").potential(id="C1", name="靖江市第一贸易有限公司").at(days=30)

        assert [("C2", "pool"), ("C1", "pool")] == [
            (customer.id, customer.stage.name) for customer in scene.crm.customers.all()
        ]

    def test_more_than_a_page_is_found(self, monkeypatch):
        """Page by page, without gaps or repeats."""
        monkeypatch.setattr("crmcore.app.queries.PAGE", 2)
        scene = Scene()
        for n in range(5):
            scene.potential(id=f"C{n}", name=f"靖江市第{n}贸易有限公司")
        everybody = [f"C{n}" for n in range(5)]

        assert everybody == [customer.id for customer in scene.crm.customers.all()]
        assert everybody == [customer.id for customer in scene.crm.customers.held_by("li")]
        assert everybody == [customer.id for customer in scene.at(days=30).crm.customers.in_pool()]
        assert everybody[:3] == [customer.id for customer in scene.crm.customers.in_pool(limit=3)]
        assert [] == scene.crm.customers.in_pool(limit=0)

    def test_sizes_are_checked(self):
        """None that would find nothing to do, where there is something."""
        crm = Scene().potential().at(days=30).crm
        for ask in (lambda: crm.customers.in_pool(limit=-1), lambda: crm.sweep(size=0)):
            with pytest.raises(Invalid, match="out of range"):
                ask()


class TestSpaces:
    """Tenants of one storage."""

    def test_nothing_crosses_from_one_to_another(self):
        """Ids, names, numbers, holdings and events are each tenant's own."""
        store = MemoryStore()
        north, south = over(store, space="north"), over(store, space="south")
        north.handle(register(), actor=LI)

        with pytest.raises(NotFound):
            south.customer("C1")
        assert [] == south.customers.all() == south.customers.held_by("li")
        outcome = south.handle(register(), actor=LI)
        assert "KH-000001" == outcome.customer.number
        south.handle(GIVE_UP, actor=LI)
        assert "potential" == north.customer("C1").stage.name
        assert [2, 3] == [len(crm.history("C1")) for crm in (north, south)]
        assert [0, 1] == [south.sweep(at=MONDAY + 40 * DAY), north.sweep(at=MONDAY + 40 * DAY)]
        assert [[], []] == [list(crm.verify()) for crm in (north, south)]


class TestOpening:
    """What ``open`` takes, and what it gives back."""

    def test_a_crm_closes_its_storage(self):
        """By itself when used as a context."""
        with CRM.open(clock=lambda: MONDAY) as crm:
            crm.handle(register(), actor=LI)

        with pytest.raises(Unavailable):
            crm.customer("C1")

    def test_two_on_one_named_memory_see_the_same(self):
        """As two processes on one file would."""
        first, second = (CRM.open("memory://shared-by-two", clock=lambda: MONDAY) for _ in range(2))
        first.handle(register(), actor=LI)

        assert first.customer("C1") == second.customer("C1")

    def test_ids_are_made_as_the_host_likes(self):
        """Where a registration leaves that open."""
        crm = CRM.open(new_id=lambda: "made-1", clock=lambda: MONDAY)

        assert "made-1" == crm.handle(register(id=None), actor=LI).customer.id

    def test_why_not_of_a_registration_without_an_id(self):
        """Asks as if it were new."""
        assert () == CRM.open().why_not(register(id=None), actor=LI)


class TestReindex:
    """Columns of fields that became searchable later (D-09)."""

    FIELD: ClassVar = {"customers.custom_fields": [{"name": "level"}]}
    SEARCHABLE: ClassVar = {"customers.custom_fields": [{"name": "level", "indexed": True}]}

    @pytest.mark.rule("D-09")
    def test_a_field_becomes_searchable(self):
        """After one run, which tells its progress; a second one finds nothing to do."""
        url = "memory://reindexed"
        before = CRM.open(url, overrides=self.FIELD, clock=lambda: MONDAY)
        before.handle(register(fields={"level": "a"}), actor=LI)
        before.handle(register(id="C2", name="靖江市第二贸易有限公司"), actor=LI)
        after = CRM.open(url, overrides=self.SEARCHABLE, clock=lambda: MONDAY)
        told: list[int] = []

        assert [] == after.customers.by_field("level", "a")
        assert 1 == after.reindex(progress=told.append)
        assert [1] == told
        assert ["C1"] == [customer.id for customer in after.customers.by_field("level", "a")]
        assert 0 == after.reindex()
        assert [] == list(after.verify())

    @pytest.mark.rule("D-09")
    def test_it_goes_page_by_page(self, monkeypatch):
        """To the last one."""
        monkeypatch.setattr("crmcore.app.upkeep.PAGE", 2)
        url = "memory://reindexed-by-page"
        before = CRM.open(url, overrides=self.FIELD, clock=lambda: MONDAY)
        for n in range(5):
            before.handle(register(id=f"C{n}", name=f"靖江市第{n}贸易有限公司", fields={"level": "a"}), actor=LI)
        after = CRM.open(url, overrides=self.SEARCHABLE, clock=lambda: MONDAY)
        told: list[int] = []

        assert 5 == after.reindex(progress=told.append)
        assert [2, 4, 5] == told

    @pytest.mark.rule("P-02", "M-06")
    def test_two_that_have_become_one(self, monkeypatch):
        """Keys of an older release held them apart: the first gets its new key, the other waits for its merger."""
        scene = Scene({"matching.similar": "off"})
        with monkeypatch.context() as older:
            older.setattr("crmcore.customers.stored.same_name_key", lambda profile: f"{profile.name}|{profile.phone}")
            for id, phone in (("C1", "138-0000-0001"), ("C2", "+86 138 0000 0001")):
                scene.given(register(id=id, name="王芳", kind="individual", phone=phone), by=LI)

        assert 1 == scene.crm.reindex()
        assert [("C2", "columns")] == [(one.customer, one.code) for one in scene.crm.verify()]
        scene.given(Merge("C2", "C1", reason="the same person"), by=MANAGER)
        assert 0 == scene.crm.reindex()
        assert [] == list(scene.crm.verify())


@pytest.mark.rule("P-21")
def test_what_one_can_do_is_nothing_for_who_has_no_role():
    """An empty answer, and no error."""
    assert () == Scene().potential().crm.can("C1", actor=GUEST)


@pytest.mark.rule("P-12", "A-01")
def test_what_is_changed_by_one_is_seen_by_others():
    """Every question reads what is stored."""
    scene = Scene().intent().given(Sign("C1", "HT-1"), by=LI)
    scene.given(ChangeProfile("C1", size="50"), by=LI)

    assert "50" == scene.customer().profile.size
    assert Protect not in scene.crm.can("C1", actor=WANG)
