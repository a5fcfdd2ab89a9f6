"""A state machine that does the same to a store and to the naive model of it, and compares what both say."""

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crmcore.errors import Conflict, UniqueViolation
from crmcore.storage.interface import Event, Guard, Query, Store, UnitOfWork, Write
from crmcore.testing.store.base import Open
from crmcore.testing.store.drawing import EVENTS, IDS, PAGES, READS, batches, queries
from crmcore.testing.store.kinds import KINDS, THING, fresh
from crmcore.testing.store.model import Model
from crmcore.testing.store.rules import broken
from crmcore.testing.store.tenant import MANY, Tenant

#: The places of the two spaces that an example works in.
PLACES = st.sampled_from([0, 1])


class RolledBack(Exception):
    """What a unit is ended with to roll it back."""


class Handle:
    """The store of all examples, open. Opening costs more than an example does, so it passes from one to the next."""

    def __init__(self, open_store: Open) -> None:
        self._open = open_store
        self.store: Store = open_store()
        self.store.setup(KINDS)

    def reopen(self) -> None:
        """Close the store and open it again."""
        self.store.close()
        self.store = self._open()
        self.store.setup(KINDS)


class AgreementMachine(RuleBasedStateMachine):
    """Works in two spaces that no other example has used, each with a model of its own."""

    handle: Handle

    def __init__(self) -> None:
        super().__init__()
        self.spaces: list[str] = [fresh(), fresh()]
        self.models: list[Model] = [Model([THING]), Model([THING])]
        self.reopened: bool = False

    def tenant(self, place: int) -> Tenant:
        """The store as one of the spaces sees it."""
        return Tenant(self.handle.store, self.spaces[place])

    @initialize(place=PLACES)
    def begin(self, place: int) -> None:
        """A space that nobody has used is empty."""
        with self.tenant(place).begin() as uow:
            compare(uow, self.models[place])

    @rule(data=st.data(), place=PLACES, ending=st.sampled_from(["commit", "commit", "roll back"]))
    def work(self, data: st.DataObject, place: int, ending: str) -> None:
        """Run a unit of several batches; it ends at its first failure, by rollback, or by commit."""
        model = self.models[place].copy()
        try:
            with self.tenant(place).begin() as uow:
                for _ in range(data.draw(st.integers(1, 3), label="batches")):
                    write(uow, model, data.draw(batches(model), label="batch"))
                    events = data.draw(EVENTS, label="events")
                    uow.append(events)
                    model.append(events)
                    compare(uow, model)
                    query = data.draw(queries(), label="query")
                    assert model.query(query) == [one.id for one in uow.query(query)], broken(8)
                end(ending)
        except (RolledBack, Conflict, UniqueViolation):
            return
        self.models[place] = model

    @rule(data=st.data(), place=PLACES, look=st.sampled_from(["query", "pages", "events"]))
    def look(self, data: st.DataObject, place: int, look: str) -> None:
        """Any query, any walk through pages and any reading of the log gives what the model gives."""
        tenant, model = self.tenant(place), self.models[place]
        if look == "query":
            query = data.draw(queries(), label="query")
            with tenant.look() as uow:
                found = [record.id for record in uow.query(query)]
            assert model.query(query) == found, broken(4)
        elif look == "pages":
            index, limit, desc = data.draw(PAGES, label="index, limit, desc")
            expected = model.query(Query(THING.name, index, desc=desc))
            assert expected == tenant.pages(index, most=len(expected), limit=limit, desc=desc), broken(4)
        else:
            after, limit, stream = data.draw(READS, label="after, limit, stream")
            events = [as_tuple(event) for event in tenant.events(after, limit, stream)]
            assert model.read_events(after, limit, stream) == events, broken(5)

    @precondition(lambda self: not self.reopened)
    @rule()
    def reopen(self) -> None:
        """Close the store and open it again."""
        self.reopened = True
        self.handle.reopen()

    @invariant()
    def agrees(self) -> None:
        """What is committed is the same in every space."""
        for place, model in enumerate(self.models):
            with self.tenant(place).look() as uow:
                compare(uow, model)


def end(ending: str) -> None:
    """Break off if that is how a unit is to end."""
    if ending == "roll back":
        raise RolledBack


def write(uow: UnitOfWork, model: Model, batch: list[Write | Guard]) -> None:
    """Write to both; both must fail alike, and the store's error passes on."""
    verdict = model.write(batch)
    refusal: Conflict | UniqueViolation | None = None
    try:
        uow.write(batch)
    except (Conflict, UniqueViolation) as error:
        refusal = error

    stale = sorted(refusal.keys) if isinstance(refusal, Conflict) else []
    assert verdict.stale == stale, broken("version")
    if isinstance(refusal, UniqueViolation):
        assert (refusal.kind, refusal.index) in verdict.clashing | verdict.crossed, broken("unique")
    if refusal is not None:
        raise refusal
    assert set() == verdict.clashing, broken("unique")


def compare(uow: UnitOfWork, model: Model) -> None:
    """Everything there is, is the same in both."""
    stored = {(record.kind, record.id): record for record in uow.get(THING.name, IDS)}
    found = {key: (record.version, record.body, dict(record.columns)) for key, record in stored.items()}
    events = [as_tuple(event) for event in uow.read_events(0, MANY)]

    assert model.records == found, broken("whole")
    assert model.events == events, broken(5)


def as_tuple(event: Event) -> tuple[int, str, str, bytes]:
    """An event as the model has it."""
    return event.position, event.stream, event.type, event.body
