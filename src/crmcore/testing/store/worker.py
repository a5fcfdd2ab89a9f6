"""What runs in the processes that the kit starts: ``python -m crmcore.testing.store.worker FACTORY LOCATION ROLE …``.

A worker says "ready" when it has opened the store, waits for a line, does its work, and prints what is stored once it
is stored. Neither pytest nor Hypothesis is loaded here.
"""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from crmcore.errors import Conflict, CrmError, Transient
from crmcore.storage.interface import Index, Kind, NewEvent, Store, UnitOfWork, Write

#: What killed workers store: records that know their batch.
PART = Kind("kit_part", {"batch": int}, (Index("by_batch", ("batch",)),))

#: Records in each batch of a worker that is to be killed.
PARTS = 5

#: How often a worker tries a unit again that met others.
TRIES = 10_000


def say(text: object) -> None:
    """Write one line to the parent, whole and at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def passed(store: Store, space: str, work: Callable[[UnitOfWork], None], *, hurdle: type[CrmError] = Transient) -> None:
    """Run a unit, again as long as it meets what may be gone at the next try."""
    for attempt in range(TRIES):
        try:
            with store.begin(space) as uow:
                work(uow)
        except (Transient, hurdle):
            if attempt + 1 == TRIES:
                raise
        else:
            return


def insert(store: Store, space: str, kind: str, count: str, name: str) -> None:
    """Set a new kind up, insert the ids 0, 1, … whoever is first, and say which were won."""
    store.setup([Kind(kind, {"by": str}, (Index("by_by", ("by",)),))])
    for number in range(int(count)):

        def work(uow: UnitOfWork, id: str = f"{number}") -> None:
            uow.write([Write(kind, id, 0, name.encode(), {"by": name})])
            uow.append([NewEvent(id, "inserted", name.encode())])

        with suppress(Conflict):
            passed(store, space, work)
            say(number)


def increment(store: Store, space: str, count: str) -> None:
    """Add one to the record "sum", so many times, and log each."""
    store.setup([PART])

    def work(uow: UnitOfWork) -> None:
        [record] = uow.get(PART.name, ["sum"])
        value = record.columns["batch"]
        assert isinstance(value, int)
        uow.write([Write(PART.name, "sum", record.version, b"", {"batch": value + 1})])
        uow.append([NewEvent("sum", f"{value}", b"")])

    for _ in range(int(count)):
        passed(store, space, work, hurdle=Conflict)
        say("added")


def commit(store: Store, space: str, first: str) -> None:
    """Commit batch after batch until killed, each of some records and the event that names them."""
    store.setup([PART])
    for batch in range(int(first), int(first) + 10**6):

        def work(uow: UnitOfWork, batch: int = batch) -> None:
            ids = [f"{batch}-{part}" for part in range(PARTS)]
            uow.write([Write(PART.name, id, 0, b"x" * 1000, {"batch": batch}) for id in ids])
            uow.append([NewEvent(f"{batch}", "committed", json.dumps(ids).encode())])

        passed(store, space, work)
        say(batch)


ROLES: dict[str, Callable[..., None]] = {"insert": insert, "increment": increment, "commit": commit}


def main(factory: str, location: str, role: str, *arguments: str) -> None:
    """Open the store and play a role."""
    module, _, name = factory.partition(":")
    options: dict[str, Any] = json.loads(location)
    store: Store = getattr(import_module(module), name)(**options)
    say("ready")
    sys.stdin.readline()
    ROLES[role](store, *arguments)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
