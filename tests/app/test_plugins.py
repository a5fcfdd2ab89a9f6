"""What plugins contribute, and that those shipped are plugins like any other."""

import json
import traceback
from datetime import date
from pathlib import Path
from typing import Any

import pluggy
import pytest
from sqlalchemy import create_engine

from crmcore import CRM, Request, hookimpl
from crmcore.app.answering import answers
from crmcore.app.plugins import Plugins
from crmcore.app.work import ATTEMPTS
from crmcore.customers import Abandon, Transfer
from crmcore.customers.history import evolve, replay
from crmcore.errors import Invalid, NotFound, ObserverFailed, TooManyConflicts, UniqueViolation, UnknownName, Unreadable
from crmcore.kernel.calendar import Day
from crmcore.kernel.entities import Index, Kind
from crmcore.kernel.events import Envelope, UnknownEvent, Upcaster
from crmcore.storage.interface import NewEvent, StoreBackend, UnitOfWork, Write
from crmcore.storage.memory import MemoryStore
from tests.customers.scene import GUEST, LI, MANAGER, MONDAY, WANG, Scene, register

GIVE_UP = Abandon("C1", "they have no budget")


class Backend:
    """A storage by a third party."""

    def __init__(self, scheme: str = "shelf") -> None:
        self.scheme = scheme
        self.opened: list[str] = []

    def open(self, url: str) -> MemoryStore:
        """A shelf, which is memory in truth."""
        self.opened.append(url)
        return MemoryStore()

    @hookimpl
    def crmcore_store_backends(self) -> list[StoreBackend]:
        """One scheme."""
        return [StoreBackend((self.scheme,), self.open)]


class TestBackends:
    """Storages by URL."""

    def test_a_third_party_s_is_used_like_a_built_in_one(self):
        """It is opened by its scheme, with the whole URL."""
        backend = Backend()
        crm = CRM.open("shelf://a/b", plugins=[backend], clock=lambda: MONDAY)
        crm.handle(register(), actor=LI)

        assert ["shelf://a/b"] == backend.opened
        assert "C1" == crm.customer("C1").id

    def test_the_built_in_ones_are_found_in_the_same_way(self):
        """Those shipped come through the same hook."""
        assert {"memory", "sqlite", "shelf"} <= set(Plugins([Backend()]).backends)

    def test_a_plugin_may_take_over_a_scheme(self):
        """The one given last serves it."""
        first, last = Backend("memory"), Backend("memory")
        CRM.open("memory://", plugins=[first, last])

        assert [[], ["memory://"]] == [first.opened, last.opened]

    @pytest.mark.parametrize("url", ["cloud://x", "cloud", ""])
    def test_an_unknown_scheme_is_named(self, url):
        """With those there are."""
        with pytest.raises(UnknownName) as error:
            CRM.open(url, plugins=[Backend()])

        assert "storage" == error.value.what
        assert {"memory", "shelf", "sqlite", "postgresql", "mariadb"} <= set(error.value.known.split(", "))


@pytest.mark.parametrize(
    "given", [None, Path("sales.db"), create_engine("sqlite://")], ids=["nothing", "path", "engine"]
)
def test_what_is_neither_url_nor_store(given):
    """Is refused, with what is expected."""
    with pytest.raises(Invalid, match=r"storage: .*SqlAlchemyStore\(engine\)"):
        CRM.open(given)


class Sundays:
    """A calendar on which only Sundays are worked."""

    known_through: date | None = None

    def is_working(self, day: date) -> bool:
        """On Sundays."""
        return day.weekday() == 6

    def after(self, day: date, n: int) -> Day:
        """The n-th Sunday."""
        return Day(date.fromordinal(day.toordinal() + 6 - day.weekday() + 7 * (n - (day.weekday() < 6))), False)


class Calendars:
    """Calendars by a third party."""

    def __init__(self, **offered: Any) -> None:
        self.offered = offered

    @hookimpl
    def crmcore_calendars(self) -> dict[str, Any]:
        """Makers by name."""
        return self.offered


class TestCalendars:
    """Working calendars by name (P-23)."""

    @pytest.mark.rule("P-23")
    def test_a_policy_names_a_plugin_s_calendar(self):
        """It is made when the CRM is opened."""
        crm = CRM.open(overrides={"calendar": "sundays"}, plugins=[Calendars(sundays=Sundays)])

        assert isinstance(crm.rules.calendar, Sundays)

    @pytest.mark.rule("P-23")
    def test_a_plugin_may_take_over_a_name(self):
        """The one given last is used."""
        plugins = [Calendars(weekdays=lambda: 1), Calendars(weekdays=Sundays)]

        assert isinstance(CRM.open(plugins=plugins).rules.calendar, Sundays)

    @pytest.mark.rule("P-23")
    def test_an_unknown_calendar_is_named(self):
        """With those there are."""
        with pytest.raises(UnknownName) as error:
            CRM.open(overrides={"calendar": "moon"}, plugins=[Calendars(sundays=Sundays)])

        assert ("calendar", "moon", "cn, sundays, weekdays") == (error.value.what, error.value.name, error.value.known)


class Doorkeeper:
    """Decides who may, by a table of its own."""

    def __init__(self, answers: dict[tuple[str, str], bool]) -> None:
        self.answers = answers
        self.asked: set[tuple[str, str, str, str | None]] = set()

    def decide(self, actor: Any, command: str, stage: str, owner: str | None) -> bool | None:
        """True, False, or None when it has no opinion."""
        self.asked.add((actor.id, command, stage, owner))
        return self.answers.get((actor.id, command))

    @hookimpl
    def crmcore_authorise(self) -> Any:
        """The function that decides."""
        return self.decide


class TestAuthorise:
    """A plugin can decide who may instead (A-01)."""

    @pytest.mark.rule("A-01")
    def test_its_yes_and_its_no_go_before_the_table(self):
        """And before what policy says."""
        keeper = Doorkeeper({("guest", "transfer"): True, ("chen", "transfer"): False})
        scene = Scene({"customers.rights": {"transfer": ["manager"]}}, plugins=[keeper]).potential()

        assert [[], ["A-01 not-permitted"]] == [
            scene.refused(Transfer("C1", "wang"), by=who) for who in (GUEST, MANAGER)
        ]

    @pytest.mark.rule("A-01")
    def test_without_an_opinion_the_table_decides(self):
        """None is neither yes nor no."""
        scene = Scene(plugins=[Doorkeeper({})]).potential()

        assert [[], ["A-01 not-permitted"]] == [scene.refused(GIVE_UP, by=who) for who in (LI, WANG)]

    @pytest.mark.rule("A-01")
    def test_it_is_told_what_it_needs(self):
        """Who, which right, at what stage, and whose customer."""
        keeper = Doorkeeper({})
        scene = Scene(plugins=[keeper]).potential().pool(id="P1", name="靖江市春意贸易有限公司")
        scene.refused(GIVE_UP, by=WANG)

        assert {
            ("li", "register", "absent", None),
            ("chen", "register-into-pool", "absent", None),
            ("wang", "abandon", "potential", "li"),
        } == keeper.asked

    @pytest.mark.rule("A-01")
    def test_it_does_not_decide_what_else_must_hold(self):
        """A yes is a yes to who, not to what."""
        scene = Scene(plugins=[Doorkeeper({("guest", "transfer"): True})]).formal()

        assert ["P-14 not-protected"] == scene.refused(Transfer("C1", "wang"), by=GUEST)

    @pytest.mark.rule("A-01", "P-21")
    def test_what_one_can_do_asks_it_too(self):
        """The answer fits what would pass."""
        scene = Scene(plugins=[Doorkeeper({("guest", "transfer"): True})]).potential()

        assert (Transfer,) == scene.crm.can("C1", actor=GUEST)

    @pytest.mark.rule("A-01")
    def test_the_one_given_last_decides_alone(self):
        """There is one who decides."""
        first, last = Doorkeeper({("guest", "abandon"): True}), Doorkeeper({})
        scene = Scene(plugins=[first, last]).potential()

        assert ["A-01 not-permitted"] == scene.refused(GIVE_UP, by=GUEST)
        assert set() == first.asked


class Veto(Exception):
    """What a plugin raises."""


class Watcher:
    """Sees every commit, and may speak against one."""

    def __init__(self, *, against: str = "") -> None:
        self.against = against
        self.before: list[tuple[str, ...]] = []
        self.after: list[tuple[str, ...]] = []
        self.seen: list[int] = []

    @hookimpl
    def crmcore_before_commit(self, uow: UnitOfWork, changes: tuple[Envelope, ...]) -> None:
        """Inside the transaction, which it can read and write."""
        self.before.append(tuple(envelope.type for envelope in changes))
        self.seen.append(len(uow.read_events(0, 100)))
        uow.write([Write("note", f"n{len(self.before)}", 0, b"seen")])
        if self.against in self.before[-1]:
            raise Veto

    @hookimpl
    def crmcore_after_commit(self, events: tuple[Envelope, ...]) -> None:
        """When it is stored."""
        self.after.append(tuple(envelope.type for envelope in events))

    @hookimpl
    def crmcore_kinds(self) -> list[Kind]:
        """What it keeps beside."""
        return [Kind("note", {}, (Index("all", ()),))]


class TestCommits:
    """Before and after a change is stored."""

    def test_a_plugin_is_told_before_and_after(self):
        """Before, inside the transaction, with what is about to be stored; after, with what is."""
        watcher = Watcher()
        scene = Scene(plugins=[watcher]).potential().given(GIVE_UP, by=LI)

        assert [("registered", "protected"), ("abandoned",)] == watcher.before == watcher.after
        assert [2, 3] == watcher.seen
        with scene.crm.store.begin() as uow:
            assert ["n1", "n2"] == [record.id for record in uow.get("note", ["n1", "n2"])]

    def test_a_veto_leaves_nothing(self):
        """Neither of the change nor of what the plugin wrote, and nobody is told that it happened."""
        watcher = Watcher(against="abandoned")
        scene = Scene(plugins=[watcher]).potential()
        before = scene.customer(), scene.crm.history("C1")

        with pytest.raises(Veto):
            scene.when(GIVE_UP, by=LI)

        assert before == (scene.customer(), scene.crm.history("C1"))
        assert [("registered", "protected")] == watcher.after
        assert [] == list(scene.crm.verify())
        with scene.crm.store.begin() as uow:
            assert [] == uow.get("note", ["n2"])

    def test_nobody_is_told_of_what_did_not_happen(self):
        """Refusals and questions are no changes."""
        watcher = Watcher()
        scene = Scene(plugins=[watcher]).potential()
        scene.refused(GIVE_UP, by=WANG)
        scene.crm.can("C1", actor=LI)
        scene.crm.sweep()

        assert 1 == len(watcher.before) == len(watcher.after)

    @pytest.mark.rule("P-19")
    def test_a_fall_is_told_when_it_is_stored(self):
        """By a sweep, or with the command that found it."""
        watcher = Watcher()
        Scene(plugins=[watcher]).potential().at(days=30).crm.sweep()
        found = Watcher()
        Scene(plugins=[found]).potential().at(days=30).given(register(id="C2", name="靖江市春意贸易有限公司"), by=LI)

        assert ("expired",) == watcher.after[-1]
        assert [("registered", "protected")] * 2 == found.after

    def test_several_commands_in_one_transaction_are_told_together(self):
        """What is stored together comes together."""
        watcher = Watcher()
        scene = Scene(plugins=[watcher])
        list(scene.crm.answer_all([Request(register(), LI), Request(GIVE_UP, WANG), Request(GIVE_UP, LI)]))

        assert [("registered", "protected", "abandoned")] == watcher.before == watcher.after


class Badges:
    """Gives every customer the same badge, although a badge belongs to one."""

    NUMBER = "13800138000"

    def __init__(self) -> None:
        self.calls = 0

    @hookimpl
    def crmcore_kinds(self) -> list[Kind]:
        """Badges by number."""
        return [Kind("badge", {"number": str}, (Index("by_number", ("number",), unique=True),))]

    @hookimpl
    def crmcore_before_commit(self, uow: UnitOfWork, changes: list[Envelope]) -> None:
        """Write a badge, whoever has it."""
        self.calls += 1
        uow.write([Write("badge", changes[0].stream, 0, b"", {"number": self.NUMBER})])


@pytest.mark.parametrize("storage", ["memory", "sqlite", "postgres", "mariadb"])
def test_a_unique_key_of_a_plugin_that_is_taken(request: pytest.FixtureRequest, storage: str, tmp_path: Path):
    """The command is given up in the end; its cause tells which index of which kind, and nothing tells the value."""
    urls = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'a.db'}"}
    url: str = urls.get(storage) or request.getfixturevalue(storage).database()
    badges = Badges()
    with CRM.open(url, plugins=[badges], clock=lambda: MONDAY) as crm:
        crm.handle(register(), actor=LI)
        with pytest.raises(TooManyConflicts) as error:
            crm.handle(register(name="上海远山贸易有限公司", id="C2"), actor=LI)

        assert ["C1"] == [customer.id for customer in crm.customers.all()]
    taken = error.value.__cause__

    assert isinstance(taken, UniqueViolation)
    assert ("badge", "by_number", 1 + ATTEMPTS) == (taken.kind, taken.index, badges.calls)
    assert Badges.NUMBER not in "".join(traceback.format_exception(error.value))


class Failing:
    """Fails when it is told of something stored, with an error that a refused command could have had."""

    @hookimpl
    def crmcore_after_commit(self, events: tuple[Envelope, ...]) -> None:
        """Ask for what is not there."""
        raise NotFound(events[0].type, "C9")


class TestFailingObservers:
    """What is stored stays so, and nobody takes the plugin's error for that of the command."""

    def test_it_says_that_all_is_stored(self):
        """By an error of its own, which names the class of the plugin's, and leads to it."""
        scene = Scene(plugins=[Failing()])
        with pytest.raises(ObserverFailed, match=r"all is stored.*\(NotFound\)") as caught:
            scene.crm.handle(register(), actor=LI, at=MONDAY)

        assert isinstance(caught.value.__cause__, NotFound)
        assert ["registered", "protected"] == [one.type for one in scene.crm.history("C1", at=MONDAY)]

    def test_no_command_is_given_again(self):
        """A batch is answered command by command only if its transaction failed."""
        scene = Scene(plugins=[Failing()])
        requests = [Request(register(), LI, MONDAY), Request(GIVE_UP, LI, MONDAY)]
        with pytest.raises(ObserverFailed):
            list(answers(scene.crm, requests))

        assert ["registered", "protected", "abandoned"] == [one.type for one in scene.crm.history("C1", at=MONDAY)]


def test_a_hook_that_does_not_exist_is_a_mistake():
    """A misspelt name would silently never be called."""

    class Misspelt:
        """A plugin with a slip."""

        @hookimpl
        def crmcore_calendar(self) -> None:
            """No such hook."""

    with pytest.raises(pluggy.PluginValidationError, match="crmcore_calendar"):
        Plugins([Misspelt()])


class Lifts:
    """Steps by a third party."""

    def __init__(self, *steps: Upcaster) -> None:
        self.steps = steps

    @hookimpl
    def crmcore_upcasters(self) -> tuple[Upcaster, ...]:
        """Those it was made with."""
        return self.steps


def stored(scene: Scene, type: str, schema: int, data: dict[str, Any]) -> None:
    """Append an event to C1 as another program would have."""
    body = {"n": scene.customer().version + 1, "v": schema, "by": "li", "policy": "other/1#0", "data": data}
    with scene.crm.store.begin() as uow:
        uow.append([NewEvent("C1", type, json.dumps(body).encode())])


AT = "2026-03-03T01:00:00+00:00"


class TestOtherPrograms:
    """Events that older and newer programs have written."""

    def test_an_older_event_is_lifted_by_a_plugin(self):
        """To the schema this program knows."""
        lift = Upcaster("locked", 0, lambda data: {"at": data["when"]})
        scene = Scene(plugins=[Lifts(lift)]).potential()
        stored(scene, "locked", 0, {"when": AT})
        last = scene.crm.history("C1", at=MONDAY.replace(day=9))[-1]

        assert ("locked", scene.start.replace(day=3)) == (last.type, last.event.at)

    @pytest.mark.rule("A-05")
    def test_an_upcaster_sees_the_whole_event(self):
        """Personal fields too: a renamed one must not be lost on the way."""
        lift = Upcaster(
            "abandoned", 0, lambda data: {("reason" if name == "why" else name): data[name] for name in data}
        )
        scene = Scene(plugins=[Lifts(lift)]).potential()
        body = {"n": 3, "v": 0, "by": "li", "policy": "other/1#0", "personal": {"ref": "event/C1/3", "hash": "0"}}
        body["data"] = {"at": AT, "owner": "li", "teams": []}
        with scene.crm.store.begin() as uow:
            uow.append([NewEvent("C1", "abandoned", json.dumps(body).encode())])
            vault = json.dumps({"salt": "00", "values": {"why": "no budget"}}).encode()
            uow.write([Write("personal", "event/C1/3", 0, vault, {"subject": "C1"})])

        assert "no budget" == scene.crm.history("C1", at=MONDAY.replace(day=9))[-1].event.reason

    @pytest.mark.parametrize(("type", "schema"), [("teleported", 1), ("abandoned", 9)], ids=["type", "newer"])
    def test_an_unknown_event_passes_through_unharmed(self, type, schema):
        """Its data is kept as it is, it counts as one event, and it changes nothing else."""
        scene = Scene().potential()
        before = scene.customer()
        stored(scene, type, schema, {"at": AT, "to": "mars", "crew": [1, 2]})
        history = scene.crm.history("C1", at=MONDAY.replace(day=9))
        after = replay(history)

        assert (
            UnknownEvent(scene.start.replace(day=3), type, schema, {"at": AT, "to": "mars", "crew": [1, 2]})
            == history[-1].event
        )
        assert after is not None
        assert (before.stage, before.profile, 3, "other/1#0") == (
            after.stage,
            after.profile,
            after.version,
            after.policy,
        )
        assert scene.start.replace(day=3) == after.last_at

    def test_a_history_begins_with_a_registration(self):
        """Anything else is no history of a customer."""
        envelope = Envelope("C1", 1, "li", "x", UnknownEvent(MONDAY, "teleported", 1, {}))
        other = Scene().potential().crm.history("C1")[1]

        for first in (envelope, other):
            with pytest.raises(Unreadable, match="registration"):
                evolve(None, first)
        assert replay([]) is None


class Factors:
    """A plugin that offers a source of features, and takes another's place."""

    def __init__(self, **offered: Any) -> None:
        self.offered = offered

    @hookimpl
    def crmcore_factors(self) -> dict[str, Any]:
        """What it offers."""
        return self.offered


@pytest.mark.rule("G-06")
def test_plugins_add_factors():
    """Beside those shipped; of two that offer the same name, the one given last serves it."""

    def first(facts: Any, as_of: Any) -> Any:
        """Give a feature."""

    def last(facts: Any, as_of: Any) -> Any:
        """Give another."""

    shipped = set(Plugins().sources())
    found = Plugins([Factors(mood=first, luck=first), Factors(mood=last)]).sources()

    assert {"count", *shipped, "mood", "luck"} == set(found)
    assert (last, first) == (found["mood"], found["luck"])
