"""The stores against a naive model: random batches, stale versions, rollbacks, pages and reopening."""

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from crmcore.errors import Conflict, UniqueViolation
from crmcore.storage.interface import Guard, NewEvent, Query, Store, UnitOfWork, Write
from crmcore.storage.memory import open_memory
from crmcore.storage.sqlite import open_sqlite
from tests.storage.conftest import THING
from tests.storage.model import Failure, Model

SPACES = ("", "other")
IDS = ("a", "A", "á", "a ", "b", "春", "😀")
NAMES = ("", "n", "N", "ñ", "ss", "ß", "\uffff", "意")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(NAMES),
    "owner": st.sampled_from(NAMES[:3]),
    "due": st.sampled_from([-(2**63), -1, 0, 1, 2, 2**63 - 1]),
    "score": st.sampled_from([-1.5, 0.0, 0.1, 5e-324, float("inf")]),
    "flag": st.booleans(),
}
COLUMNS = st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in VALUES.items()})
INDEXES = {index.name: index for index in THING.indexes}


class RolledBack(Exception):
    """What a unit is ended with to roll it back."""


def end(ending: str) -> None:
    """Break off if that is how a unit is to end."""
    if ending == "roll back":
        raise RolledBack


@st.composite
def batches(draw: st.DrawFn, model: Model) -> list[Write | Guard]:
    """Changes to distinct records; most of them expect the version that is stored."""
    batch: list[Write | Guard] = []
    for id in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=4)):
        stored = model.records.get(("thing", id), (0,))[0]
        expected = draw(st.sampled_from([stored] * 9 + [stored + 1, max(stored - 1, 0)]))
        action = draw(st.sampled_from(["put", "put", "put", "delete", "guard"]))
        if action == "guard":
            batch.append(Guard("thing", id, expected))
        elif action == "delete" and stored:
            batch.append(Write("thing", id, expected, None))
        else:
            batch.append(Write("thing", id, expected, draw(st.binary(max_size=3)), draw(COLUMNS)))
    return batch


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Any query that fits an index."""
    index = INDEXES[draw(st.sampled_from(sorted(INDEXES)))]
    width = len(index.columns)
    values = [VALUES[column] for column in index.columns]
    fixed = draw(st.integers(0, width))
    eq = tuple(draw(value) for value in values[:fixed])
    bound = st.none() | values[fixed] if fixed < width else st.none()
    after = draw(st.none() | st.tuples(*values, st.sampled_from(IDS)))
    if after is not None and draw(st.booleans()):
        after = (*eq, *after[fixed:])
    limit = draw(st.sampled_from([1, 2, 100]))
    return Query("thing", index.name, eq, draw(bound), draw(bound), after, limit, draw(st.booleans()))


class Agreement(RuleBasedStateMachine):
    """Does the same to a store and to the model of it, and compares what both say."""

    store: Store

    @initialize()
    def begin(self) -> None:
        """Start empty."""
        self.models = {space: Model([THING]) for space in SPACES}
        self.open()

    def open(self) -> None:
        """Open the storage, or open it again."""
        raise NotImplementedError

    @rule(data=st.data(), space=st.sampled_from(SPACES), ending=st.sampled_from(["commit", "commit", "roll back"]))
    def work(self, data: st.DataObject, space: str, ending: str) -> None:
        """Run a unit of several batches; it ends at its first failure, by rollback, or by commit."""
        model = self.models[space].copy()
        try:
            with self.store.begin(space) as uow:
                for _ in range(data.draw(st.integers(1, 3), label="batches")):
                    self.write(uow, model, data.draw(batches(model), label="batch"))
                    self.append(uow, model, data)
                    self.compare(uow, model)
                end(ending)
        except (RolledBack, Conflict, UniqueViolation):
            return
        self.models[space] = model

    def write(self, uow: UnitOfWork, model: Model, batch: list[Write | Guard]) -> None:
        """Write to both; both must fail alike, and the store's error passes on."""
        expected: list[object] = []
        try:
            model.write(batch)
        except Failure as failure:
            expected = [*failure.stale, *failure.indexes]
        failed: Conflict | UniqueViolation | None = None
        try:
            uow.write(batch)
        except (Conflict, UniqueViolation) as error:
            failed = error

        if isinstance(failed, UniqueViolation):
            assert failed.index in expected
        else:
            assert expected == ([] if failed is None else list(failed.keys))
        if failed is not None:
            raise failed

    def append(self, uow: UnitOfWork, model: Model, data: st.DataObject) -> None:
        """Append to both."""
        new = st.builds(NewEvent, st.sampled_from(["s", "t"]), st.sampled_from(["x", "y"]), st.binary(max_size=2))
        events = data.draw(st.lists(new, max_size=3), label="events")
        uow.append(events)
        model.append(events)

    def compare(self, uow: UnitOfWork, model: Model) -> None:
        """Everything there is, is the same in both."""
        stored = {(record.kind, record.id): record for record in uow.get("thing", IDS)}
        found = {key: (record.version, record.body, dict(record.columns)) for key, record in stored.items()}
        events = [(event.position, event.stream, event.type, event.body) for event in uow.read_events(0, 10**6)]

        assert model.records == found
        assert model.events == events

    @rule(query=queries(), space=st.sampled_from(SPACES))
    def look(self, query: Query, space: str) -> None:
        """Any query gives the same records in the same order."""
        with self.store.begin(space) as uow:
            assert self.models[space].query(query) == [record.id for record in uow.query(query)]

    @rule(index=st.sampled_from(sorted(INDEXES)), limit=st.integers(1, 3), desc=st.booleans())
    def page(self, index: str, limit: int, desc: bool) -> None:
        """Pages, one after the other, give what one large query gives."""
        seen: list[str] = []
        after: tuple[Any, ...] | None = None
        while True:
            with self.store.begin() as uow:
                records = uow.query(Query("thing", index, after=after, limit=limit, desc=desc))
            if not records:
                break
            seen += [record.id for record in records]
            after = (*(records[-1].columns[name] for name in INDEXES[index].columns), records[-1].id)

        assert self.models[""].query(Query("thing", index, desc=desc)) == seen

    @rule(after=st.integers(0, 20), limit=st.integers(0, 5), stream=st.sampled_from([None, "s", "none"]))
    def read(self, after: int, limit: int, stream: str | None) -> None:
        """Events of a stream come after a position, so many at most."""
        wanted = [event for event in self.models[""].events if stream in (None, event[1]) and event[0] > after]
        with self.store.begin() as uow:
            events = uow.read_events(after, limit, stream)

        assert wanted[:limit] == [(event.position, event.stream, event.type, event.body) for event in events]

    @rule()
    def reopen(self) -> None:
        """Close the store and open it again."""
        self.store.close()
        self.open()

    @invariant()
    def agrees(self) -> None:
        """What is committed is the same in every space."""
        for space, model in self.models.items():
            with self.store.begin(space) as uow:
                self.compare(uow, model)


class SqliteAgreement(Agreement):
    """The store on SQLite."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())

    def open(self) -> None:
        """Open the file."""
        self.store = open_sqlite(f"sqlite:///{self.folder / 'store.db'}")
        self.store.setup([THING])

    def teardown(self) -> None:
        """Remove the file."""
        self.store.close()
        shutil.rmtree(self.folder)


class MemoryAgreement(Agreement):
    """The store in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.name = str(uuid.uuid4())

    def open(self) -> None:
        """Open a handle on the same name."""
        self.store = open_memory(f"memory://{self.name}")
        self.store.setup([THING])


@pytest.mark.parametrize("machine", [SqliteAgreement, MemoryAgreement])
def test_agrees_with_the_model(machine: type[Agreement]) -> None:
    """Whatever is done to it, the store answers like the model."""
    run_state_machine_as_test(machine, settings=settings(stateful_step_count=30))
