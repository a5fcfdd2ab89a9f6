"""Units of work: how often they are tried, and that asking makes nobody wait."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crmcore import CRM
from crmcore.app.work import ATTEMPTS, BUSY_ATTEMPTS, tried, tried_inside
from crmcore.errors import Conflict, CrmError, TimedOut, TooManyConflicts, Transient, Unavailable, UniqueViolation
from tests.customers.scene import LI, MONDAY, register

CONFLICT, TAKEN = Conflict([("customer", "C1")]), UniqueViolation("customer", "by_name")
BUSY, SLOW = Transient("deadlock"), TimedOut("held for too long")


def failing(*errors: CrmError) -> tuple[Callable[[], str], list[int]]:
    """Something that fails so, one time after the other, and then passes; and how often it was called."""
    left, calls = list(errors), list[int]()

    def once() -> str:
        calls.append(len(calls) + 1)
        if left:
            raise left.pop(0)
        return "done"

    return once, calls


class TestTried:
    """On one's own."""

    @pytest.mark.parametrize("errors", [(), (CONFLICT,), (TAKEN, CONFLICT), (BUSY,) * 5, (SLOW, SLOW, BUSY, CONFLICT)])
    def test_what_may_pass_is_tried_again(self, errors: tuple[CrmError, ...]) -> None:
        """Whoever was in the way."""
        once, calls = failing(*errors)

        assert "done" == tried(once)
        assert len(errors) + 1 == len(calls)

    @pytest.mark.parametrize(
        ("error", "times", "raised"),
        [
            (CONFLICT, ATTEMPTS, TooManyConflicts),
            (TAKEN, ATTEMPTS, TooManyConflicts),
            (BUSY, ATTEMPTS, Transient),
            (SLOW, BUSY_ATTEMPTS, TimedOut),
        ],
    )
    def test_not_for_ever(self, error: CrmError, times: int, raised: type[CrmError]) -> None:
        """After a wait, less often than after a conflict."""
        once, calls = failing(*[error] * (ATTEMPTS + 1))

        with pytest.raises(raised):
            tried(once)
        assert times == len(calls)

    def test_the_last_conflict_is_the_cause(self) -> None:
        """So that it can be seen which record, or which index, was in the way."""
        once, _ = failing(*[CONFLICT] * (ATTEMPTS - 1), TAKEN)

        with pytest.raises(TooManyConflicts) as error:
            tried(once)
        assert TAKEN is error.value.__cause__

    def test_a_wait_at_the_end_is_told_as_one(self) -> None:
        """Nobody was faster on the last attempt."""
        once, calls = failing(*[CONFLICT] * (ATTEMPTS - 1), SLOW)

        with pytest.raises(TimedOut):
            tried(once)
        assert ATTEMPTS == len(calls)

    def test_what_cannot_pass_is_not(self) -> None:
        """It comes out at once."""
        once, calls = failing(Unavailable("x", "y"))

        with pytest.raises(Unavailable):
            tried(once)
        assert [1] == calls


class TestTriedInside:
    """Inside a transaction of the host's."""

    def test_a_conflict_is_tried_again(self) -> None:
        """From the savepoint."""
        once, calls = failing(CONFLICT, TAKEN)

        assert "done" == tried_inside(once)
        assert 3 == len(calls)

    def test_not_for_ever(self) -> None:
        """A host under a snapshot would meet the same conflict each time."""
        once, calls = failing(*[CONFLICT] * (ATTEMPTS + 1))

        with pytest.raises(TooManyConflicts) as error:
            tried_inside(once)
        assert ATTEMPTS == len(calls)
        assert CONFLICT is error.value.__cause__

    @pytest.mark.parametrize("error", [BUSY, SLOW])
    def test_what_may_have_ended_the_transaction_is_the_hosts(self, error: CrmError) -> None:
        """Only the host can begin it again."""
        once, calls = failing(error)

        with pytest.raises(type(error)):
            tried_inside(once)
        assert [1] == calls


def test_asking_waits_for_no_writer(tmp_path: Path) -> None:
    """A question sees what was stored before a unit that is still open."""
    url = f"sqlite:///{tmp_path / 'a.db'}?timeout=0"
    with CRM.open(url) as crm, CRM.open(url) as other:
        crm.handle(register(), actor=LI, at=MONDAY)
        with other.store.begin() as uow:
            uow.append([])

            assert "potential" == crm.customer("C1", at=MONDAY).stage.name
            assert [1, 2] == [row.position for row in crm.events()]


def test_events_after_a_position() -> None:
    """They come in order, across pages, from wherever one was; the space of somebody else has its own."""
    with CRM.open() as crm:
        for number in range(1, 6):
            crm.handle(register(id=f"C{number}", name=f"上海{number}号贸易有限公司"), actor=LI, at=MONDAY)
        theirs = crm.in_space("acme")
        theirs.handle(register(), actor=LI, at=MONDAY)

        assert list(range(1, 11)) == [row.position for row in crm.events(size=3)]
        assert [8, 9, 10] == [row.position for row in crm.events(7)]
        assert [] == list(crm.events(10))
        assert ["registered", "protected"] * 5 == [row.envelope.type for row in crm.events(size=1)]
        assert [1, 2] == [row.position for row in theirs.events()]


@pytest.mark.parametrize("size", [0, -1])
def test_pages_of_nothing_are_refused(size: int) -> None:
    """They would never come to an end."""
    with CRM.open() as crm, pytest.raises(ValueError, match="size"):
        next(crm.events(size=size))


@pytest.mark.parametrize("space", ["x" * 65, "a\0b", "\ud800"])
def test_a_space_no_storage_could_keep_is_refused(space: str) -> None:
    """By the field's name, and at once."""
    with pytest.raises(ValueError, match="space"):
        CRM.open(space=space)
    with CRM.open() as crm, pytest.raises(ValueError, match="space"):
        crm.in_space(space)
