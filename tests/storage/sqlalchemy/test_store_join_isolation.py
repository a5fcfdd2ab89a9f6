"""Hosts whose transaction has seen an older moment than others have stored, or has ended without their doing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.errors import Conflict, Transient, Unavailable
from crmcore.storage.interface import Guard, NewEvent, Query
from crmcore.storage.sqlalchemy import SqlAlchemyStore
from tests.storage.sqlalchemy.databases import engine_of, stored
from tests.storage.sqlalchemy.invoicing import Base, Invoice
from tests.storage.sqlalchemy.stores import Aside, apply, events, note, opened, thing, url_of, versions


class TestHostsIsolation:
    """A host may run at an isolation level of its own."""

    @pytest.fixture(params=["postgresql", "mariadb"])
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
        """Give a store and an engine at REPEATABLE READ."""
        self.url = url_of(request.param, request, tmp_path)
        self.engine = engine_of(self.url, "REPEATABLE READ")
        with opened(self.url) as store:
            apply(store, note("a"), note("b"), thing("t", name="n"))
            yield store

    @pytest.mark.parametrize(
        "bad",
        [[note("a", 1)], [note("a", 1), note("c")], [Guard("note", "a", 1)], [note("new")], [Guard("note", "new", 0)]],
        ids=str,
    )
    def test_what_others_have_changed_since(self, store: SqlAlchemyStore, bad):
        """A record changed after the host's transaction began is not overwritten, whatever the host still sees."""
        with self.engine.connect() as connection:
            assert 2 == connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()
            Aside(lambda: apply(store, note("a", 1), note("new"))).end()
            with pytest.raises((Conflict, Transient)) as caught, store.join(connection) as uow:
                uow.write(bad)
            connection.rollback()

        if isinstance(caught.value, Conflict):
            assert {("note", "a"), ("note", "new")} >= {*caught.value.keys}
        assert {"a": 2, "new": 1} == versions(store, "note", "a", "c", "new")

    @pytest.mark.parametrize("lock", ["hold", "claim"])
    def test_what_is_locked_is_of_the_hosts_moment(self, store: SqlAlchemyStore, lock: str):
        """A record changed since is neither held nor claimed, for all that is read beside it would be older."""
        with self.engine.connect() as connection:
            assert 2 == connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()
            Aside(lambda: apply(store, thing("t", 1, name="n"))).end()
            with pytest.raises(Transient), store.join(connection) as uow:
                uow.hold("thing", ["t"]) if lock == "hold" else uow.query(Query("thing", "by_name", claim=True))
            connection.rollback()
            with store.join(connection) as uow:
                assert [2] == [record.version for record in uow.hold("thing", ["t"])]

    @pytest.mark.parametrize("store", ["mariadb"], indirect=True)
    def test_a_conflict_names_its_keys(self, store: SqlAlchemyStore):
        """Which records are stale is looked up as they are now, not as the host's snapshot has them."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()
            Aside(lambda: apply(store, note("a", 1), note("b", 1))).end()
            with pytest.raises(Conflict) as caught, store.join(connection) as uow:
                uow.write([note("b", 1), note("c"), note("a", 1)])

        assert (("note", "a"), ("note", "b")) == caught.value.keys

    def test_events_of_others(self, store: SqlAlchemyStore):
        """Positions are taken behind those that others have committed since, or the unit is told to try again."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM crm_note").scalar()

            def other() -> None:
                with store.begin() as uow:
                    uow.append([NewEvent("s", "theirs", b"")])

            Aside(other).end()
            try:
                with store.join(connection) as uow:
                    uow.append([NewEvent("s", "ours", b"")])
                connection.commit()
                expected = [(1, "theirs"), (2, "ours")]
            except Transient:
                expected = [(1, "theirs")]

        assert expected == events(store)


class TestDeadlocks:
    """On MariaDB a deadlock ends the host's whole transaction."""

    def test_the_host_is_told(self, mariadb: Any):
        """The unit is told to try again, nothing of ours nor of the host's is stored, and the next try passes."""
        url = mariadb.database()
        engine = engine_of(url)
        with opened(url) as store:
            Base.metadata.create_all(engine)
            apply(store, note("a"), *(note(f"{number}") for number in range(20)))

            def theirs() -> None:
                # Has changed more, so the server makes the other one give way.
                with store.begin() as uow:
                    uow.write([note(f"{number}", 1) for number in range(20)])
                    uow.write([note("a", 1)])

            with engine.connect() as connection:
                connection.execute(sa.insert(Invoice).values(id=1))
                with pytest.raises(Transient), store.join(connection) as uow:  # noqa: PT012
                    uow.write([note("a", 1)])
                    aside = Aside(theirs)
                    assert aside.waits()
                    uow.write([note("0", 1)])
                connection.rollback()
            aside.end()
            with engine.begin() as connection, store.join(connection) as uow:
                uow.write([note("a", 2)])

            assert {"0": 2, "a": 3} == versions(store, "note", "0", "a")
            assert [] == stored(engine, "invoice", "id")


def aborted(connection: sa.Connection) -> None:
    """Make the host's transaction fail."""
    with pytest.raises(sa.exc.DBAPIError):
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


def test_a_transaction_that_has_failed(postgres: Any):
    """A host whose transaction PostgreSQL has given up is told so."""
    url = postgres.database()
    with opened(url) as store, engine_of(url).connect() as connection:
        aborted(connection)
        with pytest.raises(Unavailable, match="failed before"), store.join(connection):
            pytest.fail("joined")
