"""Opens a broken store by the name of what is broken about it, here and in the processes that the kit starts."""

from typing import Any

from crmcore.storage.interface import Store
from crmcore.testing.store.model import Model
from tests.kit import (
    broken_crashes,
    broken_joins,
    broken_queries,
    broken_races,
    broken_scrubs,
    broken_spaces,
    broken_units,
    broken_values,
    broken_versions,
)
from tests.kit.faults import FAULTS
from tests.kit.optimistic import OptimisticStore, OptimisticUnit
from tests.kit.plain import PlainStore
from tests.kit.simple import SimpleUnit
from tests.kit.wrapped import WrappedStore, WrappedUnit

#: The stores that the broken ones are made of; the kit must accept them.
SOUND: dict[str, type[Any]] = {store.__name__: store for store in (WrappedStore, PlainStore, OptimisticStore)}

#: Where broken parts come from; importing a module enters them.
MODULES = (
    broken_values,
    broken_queries,
    broken_versions,
    broken_spaces,
    broken_units,
    broken_races,
    broken_joins,
    broken_crashes,
    broken_scrubs,
)

PARTS: dict[str, type[Any]] = {**SOUND, **{name: part for name, (part, _) in FAULTS.items()}}


def open_part(path: str, part: str) -> Store:
    """A store that has this part in place of a sound one."""
    cls = PARTS[part]
    store: Store
    if issubclass(cls, WrappedUnit):
        store = WrappedStore(path, cls)
    elif issubclass(cls, OptimisticUnit):
        store = OptimisticStore(path, cls)
    elif issubclass(cls, SimpleUnit):
        store = PlainStore(path, unit=cls)
    elif issubclass(cls, Model):
        store = PlainStore(path, cls)
    else:
        store = cls(path)
    return store
