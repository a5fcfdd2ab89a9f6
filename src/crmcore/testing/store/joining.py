"""Tests of units inside a transaction of the host's, which alone commits, rolls back and closes it."""

import contextlib
from collections.abc import Callable
from functools import partial

import pytest

from crmcore.errors import Conflict, CrmError, Unavailable, UniqueViolation
from crmcore.storage.interface import HostStore, NewEvent, Query, Store, UnitOfWork, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.host import HOW, BeginHost, HostTransaction
from crmcore.testing.store.kinds import THING, fresh, thing
from crmcore.testing.store.overlaps import ONLY, OVERTAKING, take_the_only
from crmcore.testing.store.racing import Task, settled, tried, unit
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant
from crmcore.testing.store.units import FAILURES, USES


def work(uow: UnitOfWork, *writes: Write) -> None:
    """Write some records, and log each."""
    uow.write(writes)
    uow.append([NewEvent("s", write.id, b"") for write in writes])


def stored(tenant: Tenant) -> list[tuple[list[str], list[tuple[int, str]]]]:
    """What is stored: ids, and positions with types of events."""
    return [(tenant.ids("by_id"), [(event.position, event.type) for event in tenant.events()])]


def joined(tenant: Tenant, host: HostTransaction, work: Callable[[UnitOfWork], None]) -> None:
    """A unit of work inside the host's transaction."""
    with tenant.join(host.transaction) as uow:
        work(uow)


class Joining(Fixtures):
    """A joined unit is a part of something larger."""

    @pytest.fixture
    def begin_host(self, host: BeginHost | None, store: Store) -> BeginHost:
        """Give the author's host; who declares "join" must give one."""
        if host is None and "join" in store.capabilities:
            pytest.fail(HOW, pytrace=False)
        assert host is not None
        return host

    @proves("join", needs="join")
    def test_both_commit(self, tenant: Tenant, begin_host: BeginHost) -> None:
        """What joined units wrote is stored when the host commits, beside what the host wrote before and after them."""
        texts = [fresh(), fresh()]
        with begin_host() as host:
            host.add(texts[0])
            with tenant.join(host.transaction) as uow:
                work(uow, thing("a", name="n"))
            with tenant.join(host.transaction) as uow:
                assert ["a"] == [record.id for record in uow.query(Query(THING.name, "by_name"))]
                assert [1] == [event.position for event in uow.read_events(0, 9)]
                work(uow, thing("a", 1), thing("b"))
            host.add(texts[1])
            host.commit()

        assert [(["a", "b"], [(1, "a"), (2, "a"), (3, "b")])] == stored(tenant)
        assert {"a": 2, "b": 1} == tenant.versions("a", "b")
        with begin_host() as host:
            assert {*texts} <= {*host.texts()}
            host.rollback()

    @proves("join", "whole", 5, needs="join")
    def test_the_host_rolls_back(self, tenant: Tenant, begin_host: BeginHost) -> None:
        """Nothing of a joined unit that ended well remains when the host rolls back, nor anything of the host's."""
        text = fresh()
        tenant.apply(thing("a", name="n"))
        tenant.log(NewEvent("s", "a", b""))
        with begin_host() as host:
            host.add(text)
            with tenant.join(host.transaction) as uow:
                work(uow, thing("a", 1), thing("b", name="n"))
            host.rollback()

        assert [(["a"], [(1, "a")])] == stored(tenant)
        assert {"a": 1} == tenant.versions("a")
        assert ["a"] == tenant.ids("by_name")
        tenant.log(NewEvent("s", "b", b""))
        assert [1, 2] == tenant.positions()
        with begin_host() as host:
            assert text not in host.texts()
            host.rollback()

    @proves("join", "whole", needs="join")
    @pytest.mark.parametrize("case", [*FAILURES, "exception", "swallowed"])
    def test_ours_fails_and_the_host_goes_on(self, tenant: Tenant, begin_host: BeginHost, case: str) -> None:
        """A joined unit that fails takes back what it did and nothing else; the host, and units after it, go on."""
        texts = [fresh(), fresh()]
        tenant.apply(thing("t", name="taken"))
        with begin_host() as host:
            host.add(texts[0])
            with tenant.join(host.transaction) as uow:
                work(uow, thing("before"))
            with pytest.raises((Conflict, UniqueViolation, ZeroDivisionError)), tenant.join(host.transaction) as uow:
                self._fail(uow, case)
            host.add(texts[1])
            with tenant.join(host.transaction) as uow:
                work(uow, thing("later"))
            host.commit()

        assert [(["before", "later", "t"], [(1, "before"), (2, "later")])] == stored(tenant)
        with begin_host() as host:
            assert {*texts} <= {*host.texts()}
            host.rollback()

    def _fail(self, uow: UnitOfWork, case: str) -> None:
        work(uow, thing("lost"))
        if case == "exception":
            raise ZeroDivisionError
        if case == "swallowed":
            with pytest.raises(Conflict):
                uow.write([FAILURES["conflict"]])
        else:
            uow.write([thing("a"), FAILURES[case]])

    @proves("join", "whole", needs="join")
    def test_a_joined_unit_has_an_end(self, tenant: Tenant, begin_host: BeginHost) -> None:
        """After its context has ended, a joined unit refuses to work, though the host's transaction is still open."""
        with begin_host() as host:
            with tenant.join(host.transaction) as uow:
                work(uow, thing("a"))
            for use in USES.values():
                with pytest.raises(Unavailable):
                    use(uow)
            host.commit()

        assert [(["a"], [(1, "a")])] == stored(tenant)

    @proves("join", "open", needs="join")
    def test_closing_leaves_the_host_alone(self, tenant: Tenant, begin_host: BeginHost) -> None:
        """A store that is closed while the host's transaction is open neither ends nor closes it."""
        text = fresh()
        with begin_host() as host:
            host.add(text)
            with tenant.join(host.transaction) as uow:
                work(uow, thing("a"))
            tenant.store.close()
            assert text in host.texts()
            host.commit()
        with begin_host() as host:
            assert text in host.texts()
            host.rollback()

    @proves("join", 9, needs="join")
    def test_spaces_in_one_transaction(self, tenant: Tenant, begin_host: BeginHost) -> None:
        """Units in several spaces may join one transaction; each sees its own space."""
        other = Tenant(tenant.store, fresh())
        with begin_host() as host:
            for place in (tenant, other):
                with place.join(host.transaction) as uow:
                    assert [] == uow.get(THING.name, ["a"])
                    work(uow, thing("a", name="n"))
            host.commit()

        assert [(["a"], [(1, "a")])] == stored(tenant) == stored(other)

    @proves("join", needs="join")
    @pytest.mark.parametrize("ending", ["commit", "rollback"])
    def test_it_tells_of_the_commit(self, tenant: Tenant, begin_host: BeginHost, ending: str) -> None:
        """A store that can tell of a host's commit calls back after it, once, and never after a rollback."""
        told: list[str] = []
        with begin_host() as host:
            tell = tenant.store.on_commit(host.transaction) if isinstance(tenant.store, HostStore) else None
            if tell is None:
                pytest.skip("the store cannot tell when a host's transaction has committed")
            with tenant.join(host.transaction) as uow:
                work(uow, thing("a"))
            tell(lambda: told.append("committed"))
            assert [] == told
            if ending == "commit":
                host.commit()
            else:
                host.rollback()

        assert (["committed"] if ending == "commit" else []) == told
        tenant.apply(thing("b"))
        assert (["committed"] if ending == "commit" else []) == told

    @proves("join", 12, "version", needs="join")
    @pytest.mark.parametrize("turn", ["absent", "there"])
    def test_a_host_that_was_overtaken(self, tenant: Tenant, begin_host: BeginHost, turn: str) -> None:
        """Where others got ahead of a host that had looked around, a joined unit counts theirs, or it fails."""
        if turn == "there":
            tenant.apply(thing("turn"))
        other = Task(lambda: settled(unit(tenant, take_the_only)))
        with begin_host() as host:
            host.add(fresh())
            with tenant.join(host.transaction) as uow:
                uow.query(ONLY)
            other.start()
            other.is_over(OVERTAKING)
            ending = tried(partial(joined, tenant, host, take_the_only))
            if ending == "done":
                host.commit()
            else:
                host.rollback()

        assert "done" == other.result()
        assert 1 == len(tenant.ids("by_owner_due", eq=("one",))), f"the joined unit ended with {ending}"

    @proves("join", "errors", needs="join")
    def test_a_host_that_has_gone(self, tenant: Tenant, begin_host: BeginHost) -> None:
        """A host whose transaction is over gets an error of ours, or a unit that works; never one of the driver's."""
        with begin_host() as host:
            transaction = host.transaction
            host.rollback()
        with contextlib.suppress(CrmError), tenant.join(transaction) as uow:
            uow.get(THING.name, ["a"])

        tenant.apply(thing("a"))
        assert {"a": 1} == tenant.versions("a")

    @proves("join", "errors")
    def test_what_cannot_be_joined(self, tenant: Tenant) -> None:
        """Something that is no transaction is refused by an error of ours; so is any by a store that cannot join."""
        for transaction in (object(), None, "BEGIN"):
            with pytest.raises(CrmError), tenant.join(transaction):
                pytest.fail("it joined")

        tenant.apply(thing("a"))
        assert {"a": 1} == tenant.versions("a")
