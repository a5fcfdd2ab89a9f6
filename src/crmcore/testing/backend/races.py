"""Races in threads: one winner each, limits kept, nothing lost and nothing done twice."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import pytest

from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.policy import Policy
from crmcore.customers.commands import ChangeProfile, Command, Merge, Protect, RecordFollowUp
from crmcore.customers.policy import ClaimPolicy, CustomerPolicy, LimitPolicy
from crmcore.customers.stages import Merged
from crmcore.kernel.actors import Actor
from crmcore.testing.backend.base import Backend, Fixtures, fresh_space, needs
from crmcore.testing.backend.insist import insist
from crmcore.testing.backend.twins import gapless
from crmcore.testing.playing import Answer
from crmcore.testing.schedules import STAFF, START, Says, fill, registration

T = TypeVar("T")

#: Who races: all of one team, so that each may work the others' customers.
PEOPLE: Final = tuple(Actor(id, {"pre-sales"}, {"north"}) for id in ("ann", "bob", "cai", "dan"))
POOL: Final = tuple(f"C{number:02}" for number in range(20))
MANAGER: Final = STAFF[5]
ROBOT: Final = STAFF[8]
#: One name, as each of them writes it.
WRITTEN: Final = (
    "上海{}（晨星）贸易有限公司",
    " 上海{}(晨星) 贸易有限公司",
    "上海{}（晨星)贸易有限公司",
    "上海{} （晨星）贸易有限公司",
)


def at_once(jobs: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """What each job gives, all started at the same moment, each in a thread of its own.

    :raises Exception: what one of them raised.
    """
    together, results, errors = threading.Barrier(len(jobs)), dict[str, T](), list[BaseException]()

    def run(name: str, job: Callable[[], T]) -> None:
        together.wait()
        try:
            results[name] = job()
        except BaseException as error:  # noqa: BLE001  (raised again below, in the test's own thread)
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in jobs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    return results


def fill_pool(crm: CRM, ids: tuple[str, ...] = POOL) -> None:
    """Register customers into the pool."""
    for _ in crm.answer_all(Request(registration(id, Says(into="pool")), ROBOT, START) for id in ids):
        pass


def bare_claims(most: int) -> Policy:
    """Claims that bring nothing along, so that versions alone decide who wins; everybody may hold ``most``."""
    return Policy(customers=CustomerPolicy(limits=LimitPolicy(total=most), claim=ClaimPolicy(False, False)))


def claims(crm: CRM, person: Actor, chance: str) -> Callable[[], dict[str, Answer]]:
    """Claim the pool's customers one after the other, in an order of one's own."""
    mine = random.Random(chance).sample(POOL, len(POOL))  # noqa: S311  (the same order every time)
    return lambda: {id: insist(partial(crm.answer, Protect(id), actor=person, at=START)) for id in mine}


class Races(Fixtures):
    """Four threads, each with a CRM of its own on the same store."""

    @needs("threads")
    @pytest.mark.parametrize("most", [20, 4], ids=["room-for-all", "not-enough-room"])
    def test_lifecycle_has_one_winner(self, backend: Backend, most: int) -> None:
        """Of all who claim a customer at once one wins, the others are told who; limits hold (P-20, P-16)."""
        policy, space = bare_claims(most), fresh_space()
        crm = backend.crm(policy, space=space)
        fill_pool(crm)
        told = at_once({one.id: claims(backend.crm(policy, space=space), one, one.id) for one in PEOPLE})
        won = {who: [id for id, one in mine.items() if isinstance(one, Outcome)] for who, mine in told.items()}
        owners = {customer.id: customer.owner for customer in crm.customers.all(at=START) if customer.owner}

        assert owners == {id: who for who, ids in won.items() for id in ids}
        assert sum(map(len, won.values())) == len(owners) == min(len(POOL), most * len(PEOPLE))
        assert most >= max(map(len, won.values()))
        for mine in told.values():
            for id, one in mine.items():
                if isinstance(one, Denied) and one.refusals[0].rule != "P-16":
                    assert [("P-02", owners[id])] == [(why.rule, why.params["owner"]) for why in one.refusals]
        assert [] == list(crm.verify())
        assert gapless(crm)

    @needs("threads")
    def test_lifecycle_keeps_limits(self, backend: Backend) -> None:
        """Who claims in several places at once gets as many as allowed, and not one more (P-16)."""
        policy, space = bare_claims(5), fresh_space()
        crm = backend.crm(policy, space=space)
        fill_pool(crm)
        told = at_once({str(n): claims(backend.crm(policy, space=space), PEOPLE[0], str(n)) for n in range(4)})
        won = [id for mine in told.values() for id, one in mine.items() if isinstance(one, Outcome)]

        assert 5 == len(won)
        assert sorted(won) == [customer.id for customer in crm.customers.held_by(PEOPLE[0].id, at=START)]
        assert [] == list(crm.verify())
        assert gapless(crm)

    @needs("threads")
    def test_lifecycle_loses_no_update(self, backend: Backend) -> None:
        """Follow-ups that several record on one customer at once are all there, each with its own number (F-05)."""
        space, each = fresh_space(), 5
        crm = backend.crm(space=space)
        crm.handle(registration("C1", Says()), actor=PEOPLE[0], at=START)

        def records(person: Actor) -> Callable[[], list[int]]:
            own = backend.crm(space=space)
            command = fill(RecordFollowUp, "C1", Says(), START)
            record = partial(own.handle, command, actor=person, at=START)
            return lambda: [insist(record).events[0].number for _ in range(each)]

        numbers = at_once({person.id: records(person) for person in PEOPLE})
        customer = crm.customer("C1", at=START)

        assert len(PEOPLE) * each == customer.follow_ups == len({n for mine in numbers.values() for n in mine})
        assert list(range(1, customer.version + 1)) == [one.number for one in crm.history("C1", at=START)]
        assert [] == list(crm.verify())
        assert gapless(crm)

    @needs("threads")
    def test_lifecycle_refuses_nobody_for_waiting(self, backend: Backend) -> None:
        """What is told no time happens when it is decided, so never before what others were faster with (D-13)."""
        space, each = fresh_space(), 5
        crm = backend.crm(space=space)
        since = crm.handle(registration("C1", Says()), actor=PEOPLE[0]).customer.registered_at

        def records(person: Actor) -> Callable[[], list[Answer]]:
            own = backend.crm(space=space)
            record = partial(own.answer, fill(RecordFollowUp, "C1", Says(), since), actor=person)
            return lambda: [insist(record) for _ in range(each)]

        told = at_once({person.id: records(person) for person in PEOPLE})
        times = [envelope.event.at for envelope in crm.history("C1")]

        assert [] == [one.refusals for mine in told.values() for one in mine if isinstance(one, Denied)]
        assert len(PEOPLE) * each == crm.customer("C1").follow_ups
        assert sorted(times) == times
        assert [] == list(crm.verify())
        assert gapless(crm)

    @needs("threads")
    def test_lifecycle_has_each_name_once(self, backend: Backend) -> None:
        """Of several who register one name at once, however written, one passes; numbers have no gaps (P-02, D-01)."""
        space, names = fresh_space(), range(5)
        crm = backend.crm(space=space)

        def registers(person: Actor, form: str) -> Callable[[], list[Answer]]:
            own = backend.crm(space=space)
            commands = [registration(f"{person.id}{name}", Says(name=form.format(name))) for name in names]
            return lambda: [insist(partial(own.answer, one, actor=person, at=START)) for one in commands]

        told = at_once({person.id: registers(person, form) for person, form in zip(PEOPLE, WRITTEN, strict=True)})
        everybody = crm.customers.all(at=START)

        for answers in zip(*told.values(), strict=True):
            assert 1 == sum(isinstance(one, Outcome) for one in answers)
            assert {"P-02"} == {one.refusals[0].rule for one in answers if isinstance(one, Denied)}
        assert [f"KH-{name + 1:06}" for name in names] == [customer.number for customer in everybody]
        assert [] == list(crm.verify())
        assert gapless(crm)

    @needs("threads")
    def test_lifecycle_has_each_new_name_once(self, backend: Backend) -> None:
        """Of several customers that are given one name at once, however written, one gets it (P-02)."""
        space = fresh_space()
        crm = backend.crm(space=space)
        own = {person.id: backend.crm(space=space) for person in PEOPLE}
        for person in PEOPLE:
            crm.handle(registration(person.id, Says()), actor=person, at=START)
        for name in range(10):
            commands = {
                person: ChangeProfile(person.id, name=form.format(name))
                for person, form in zip(PEOPLE, WRITTEN, strict=True)
            }
            told = at_once({one.id: _changing(own[one.id], one, command) for one, command in commands.items()})

            assert 1 == sum(isinstance(one, Outcome) for one in told.values())
            assert {"P-02"} == {one.refusals[0].rule for one in told.values() if isinstance(one, Denied)}
        assert [] == list(crm.verify())
        assert gapless(crm)

    @needs("threads")
    def test_lifecycle_merges_once(self, backend: Backend) -> None:
        """Of two merges of one pair, either way round, one passes; who claims meanwhile wins or is told why not."""
        space, pairs = fresh_space(), list(zip(POOL[::2], POOL[1::2], strict=True))
        crm = backend.crm(bare_claims(len(POOL)), space=space)
        fill_pool(crm)
        own = [backend.crm(bare_claims(len(POOL)), space=space) for _ in range(3)]
        told = at_once(
            {
                "one way": _merging(own[0], pairs),
                "the other": _merging(own[1], [(into, of) for of, into in pairs]),
                "claims": claims(own[2], PEOPLE[0], "merges"),
            }
        )
        claimed = {id for id, one in told["claims"].items() if isinstance(one, Outcome)}
        merged = [id for who in ("one way", "the other") for id, one in told[who].items() if isinstance(one, Outcome)]
        stages = {customer.id: customer.stage for customer in crm.customers.all(at=START, merged=True)}

        assert sorted(merged) == [id for id, stage in stages.items() if isinstance(stage, Merged)]
        assert all(1 == (of in merged) + (into in merged) for of, into in pairs)
        assert claimed == {
            id for id, stage in stages.items() if (stage.was if isinstance(stage, Merged) else stage).owner
        }
        assert {"M-06"} >= {one.refusals[0].rule for one in told["claims"].values() if isinstance(one, Denied)}
        assert [] == list(crm.verify())
        assert gapless(crm)

    @needs("threads")
    def test_lifecycle_is_swept_by_several(self, backend: Backend) -> None:
        """Several sweeps at once store each fall once, and what they count adds up (P-19)."""
        space, later = fresh_space(), START.replace(month=6)
        crm = backend.crm(space=space)
        for _ in crm.answer_all(Request(registration(id, Says()), PEOPLE[0], START) for id in POOL):
            pass
        sweepers = {person.id: backend.crm(space=space) for person in PEOPLE}
        fell = at_once({who: _sweeping(own, later) for who, own in sweepers.items()})
        events = Counter(one.envelope.type for one in crm.events())

        assert len(POOL) == sum(fell.values()) == events["expired"]
        assert 0 == crm.sweep(at=later)
        assert [] == list(crm.verify())
        assert gapless(crm)


def _merging(crm: CRM, pairs: list[tuple[str, str]]) -> Callable[[], dict[str, Answer]]:
    """Merge the first of each pair into the second, whoever was entered first."""
    merges = [Merge(of, into, "the same", decided=True) for of, into in pairs]
    return lambda: {one.customer: insist(partial(crm.answer, one, actor=MANAGER, at=START)) for one in merges}


def _changing(crm: CRM, person: Actor, command: Command) -> Callable[[], Answer]:
    return lambda: insist(partial(crm.answer, command, actor=person, at=START))


def _sweeping(crm: CRM, at: datetime) -> Callable[[], int]:
    """A sweep that goes on after others got in its way, and gives how many falls it stored in all."""

    def sweep() -> int:
        stored: list[int] = []

        def once() -> int:
            stored.append(0)
            return crm.sweep(at=at, size=3, progress=lambda done: stored.__setitem__(-1, done))

        insist(once)
        return sum(stored)

    return sweep
