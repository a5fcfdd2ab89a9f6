"""A command that is told no time happens when it is decided: what others have stored by then lies before it (D-13)."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from crmcore.app.crm import CRM
from crmcore.app.outcome import Outcome, Request
from crmcore.app.rehearsal import rehearsing
from crmcore.conflicts import OpenConflict
from crmcore.customers import Abandon, ChangeProfile, Merge, RecordFollowUp
from crmcore.customers.commands import Command
from crmcore.customers.erasing import STRUCK_OUT
from crmcore.errors import Refused
from crmcore.kernel.actors import Actor
from crmcore.ratings import OverrideGrade
from crmcore.storage.interface import Query, Record, UnitOfWork
from tests.customers.privacy import ANNA, erase
from tests.customers.scene import LI, MONDAY, ZHAO, record, register
from tests.kit.optimistic import OptimisticStore, OptimisticUnit
from tests.ratings.rated import ACTIVE

#: May do all of it.
BOSS = Actor("li", roles={"pre-sales", "manager"}, teams={"north"})
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
OTHER = register(id="C2", name="上海乙贸易有限公司")


class Lively(OptimisticUnit):
    """A unit that sees what others commit until it writes, as at the isolation level READ COMMITTED."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """The records as they are now."""
        self.refresh()
        return super().get(kind, ids)

    def query(self, query: Query) -> list[Record]:
        """The records as they are now."""
        self.refresh()
        return super().query(query)

    def refresh(self) -> None:
        """Begin again from what is committed."""
        if not self.done:
            self.base = self.store.current(self.space)
            self.model = self.base.copy()


class Clock:
    """Goes on a second each time it is read; what others do happens just after it has been read first."""

    def __init__(self, then: Callable[[datetime], object]) -> None:
        self.then: Callable[[datetime], object] | None = then
        self.told: list[datetime] = []

    def __call__(self) -> datetime:
        """The time, already a little old when it is told."""
        now = MONDAY + len(self.told) * SECOND
        self.told.append(now)
        then, self.then = self.then, None
        if then is not None:
            then(now + SECOND / 2)
        return now


class Scene:
    """Two customers of Li's, both scored; one CRM whose command is overtaken, and one of the others' on one store."""

    def __init__(self, unit: type[OptimisticUnit], theirs: Command | None = None) -> None:
        store = OptimisticStore(uuid.uuid4().hex, unit)
        self.others = CRM.open(store, clock=lambda: MONDAY - SECOND)
        for command in (register(contacts=(ANNA,)), OTHER):
            self.others.handle(command, actor=LI)
        self.others.scores.record(ACTIVE, "C1", actor=BOSS)
        self.clock = Clock(lambda at: theirs and self.others.handle(theirs, actor=BOSS, at=at))
        self.mine = CRM.open(store, clock=self.clock)


@pytest.fixture(params=[OptimisticUnit, Lively], ids=["one-moment", "as-it-is-committed"])
def unit(request: pytest.FixtureRequest) -> type[OptimisticUnit]:
    """Whether a unit sees the storage as it was when the unit began, or what others commit meanwhile."""
    found: type[OptimisticUnit] = request.param
    return found


THEIRS = ChangeProfile("C1", region="East")


@pytest.mark.rule("D-13")
class TestOvertaken:
    """They are not refused for being a moment older than what nobody had heard of."""

    @pytest.mark.parametrize(
        ("theirs", "mine"),
        [
            (THEIRS, record()),
            (THEIRS, Merge("C2", into="C1", reason="one firm")),
            (THEIRS, OpenConflict("C1", "C2")),
            (OverrideGrade("C1", "activity", "A", "they will grow"), OverrideGrade("C1", "activity", "B", "not yet")),
        ],
        ids=["customer", "second-customer", "conflict", "rating"],
    )
    def test_a_command(self, unit, theirs, mine):
        """What others have stored meanwhile comes first."""
        scene = Scene(unit, theirs)
        outcome = scene.mine.handle(mine, actor=BOSS)

        assert scene.clock.told[-1] == outcome.events[0].at
        assert [] == list(scene.others.verify())

    def test_a_batch_and_a_rehearsal(self, unit):
        """Each of its commands."""
        scene = Scene(unit, THEIRS)
        requests = [Request(record(), BOSS), Request(Abandon("C1", "no budget"), BOSS)]
        answers = list(scene.mine.answer_all(requests))

        assert [Outcome, Outcome] == [type(answer) for answer in answers]
        assert [] == list(scene.others.verify())

        with rehearsing(Scene(unit, THEIRS).mine) as rehearsal:
            assert [Outcome, Outcome] == [type(answer) for answer in rehearsal.answers(requests)]

    def test_an_erasure(self, unit):
        """What others add is erased, too."""
        scene = Scene(unit, record(content="安娜"))
        scene.mine.privacy.erase(erase(contact=1), actor=BOSS)
        history = scene.others.history("C1", at=MONDAY + DAY)
        texts = [envelope.event.content for envelope in history if envelope.type == "follow-up-recorded"]

        assert [STRUCK_OUT] == texts
        assert [] == list(scene.others.verify())

    def test_handing_over_all(self, unit):
        """Customers somebody has done something to since."""
        scene = Scene(unit, ChangeProfile("C2", region="East"))
        moved = scene.mine.hand_over_all("li", [ZHAO], actor=BOSS)

        assert ["C1", "C2"] == [one.customer for one in moved]
        assert {"zhao"} == {scene.others.customer(id, at=MONDAY + DAY).owner for id in ("C1", "C2")}

    def test_a_score(self, unit):
        """It is computed anew, as of later."""
        scene = Scene(unit)
        scene.clock.then = lambda at: scene.others.scores.record(ACTIVE, "C1", actor=BOSS, at=at)
        scene.mine.scores.record(ACTIVE, "C1", actor=BOSS)
        scores = scene.others.scores.history("C1", "activity", at=MONDAY + DAY)

        assert [MONDAY - SECOND, MONDAY + SECOND / 2, MONDAY + SECOND] == [score.as_of for score in scores]

    def test_questions(self, unit):
        """As the command itself."""
        assert () == Scene(unit, THEIRS).mine.why_not(record(), actor=BOSS)
        assert RecordFollowUp in Scene(unit, THEIRS).mine.can("C1", actor=BOSS)


@pytest.mark.rule("D-13")
def test_a_time_that_is_given_stands(unit):
    """What was told to have happened before what is on record is refused."""
    scene = Scene(unit)
    scene.mine.handle(THEIRS, actor=BOSS, at=MONDAY + SECOND)
    with pytest.raises(Refused) as error:
        scene.mine.handle(record(), actor=BOSS, at=MONDAY)

    assert ["D-13 out-of-order"] == [f"{one.rule} {one.code}" for one in error.value.refusals]
    assert [] == scene.clock.told


@pytest.mark.rule("D-13")
def test_a_clock_that_is_behind_is_told(unit):
    """One that does not reach what is on record however often it is read: the refusal says so, after a second look."""
    scene = Scene(unit)
    scene.others.handle(THEIRS, actor=BOSS, at=MONDAY + DAY)
    refusals = scene.mine.why_not(record(), actor=BOSS)

    assert ["D-13 out-of-order"] == [f"{one.rule} {one.code}" for one in refusals]
    assert 2 == len(scene.clock.told)


def test_the_clock_is_read_where_others_have_been_waited_for():
    """Not before the unit of work has begun: until then somebody else may hold the storage."""
    seen: list[str] = []

    class Noting(OptimisticStore):
        @contextmanager
        def begin(self, space: str = "") -> Iterator[UnitOfWork]:
            with super().begin(space) as uow:
                seen.append("begun")
                yield uow

    def clock() -> datetime:
        seen.append("read")
        return MONDAY

    crm = CRM.open(Noting(uuid.uuid4().hex), clock=clock)
    crm.handle(register(), actor=LI)
    crm.hand_over_all("li", [ZHAO], actor=BOSS)
    list(crm.answer_all([Request(record(), BOSS)]))

    assert ["begun", "read"] * 3 == seen
