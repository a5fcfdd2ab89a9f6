"""Broken stores that forget the borders of spaces, or what was set up."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs

from crmcore.errors import Conflict, Fault, Invalid, Unavailable, UniqueViolation, UnknownName
from crmcore.storage.interface import Guard, Kind, Query, Record, UnitOfWork, Write
from crmcore.testing.store.kinds import NOTE, THING
from crmcore.testing.store.model import Model
from tests.kit.faults import rejected_by
from tests.kit.plain import PlainStore
from tests.kit.simple import Kinds, SimpleUnit, grown
from tests.kit.wrapped import WrappedStore, WrappedUnit


@rejected_by("test_records_are_apart")
class UniqueEverywhere(PlainStore):
    """A unique key is taken in all spaces when it is taken in one."""

    def keep(self, connection: Any, space: str, unit: SimpleUnit) -> None:
        """Look into the other spaces before saving."""
        for (name,) in connection.execute(
            "SELECT name FROM lumps WHERE name LIKE 'space:%' AND name <> ?", [f"space:{space}"]
        ):
            other = self.load(connection, name)
            for kind in unit.kinds.values():
                for index in kind.indexes:
                    mine = unit.model.keys(kind.name, index, unit.model.records)
                    theirs = other.keys(kind.name, index, other.records)
                    if index.unique and {*mine.values()} & {*theirs.values()}:
                        raise UniqueViolation(kind.name, index.name)
        super().keep(connection, space, unit)


@rejected_by("test_each_space_has_its_own_log")
class OneLog(PlainStore):
    """All spaces share one log."""

    def loaded(self, connection: Any, space: str) -> Model:
        """With the events of all."""
        model = super().loaded(connection, space)
        model.events = self.load(connection, "log") or []
        return model

    def keep(self, connection: Any, space: str, unit: SimpleUnit) -> None:
        """Save the events of all."""
        super().keep(connection, space, unit)
        self.save(connection, "log", unit.model.events)


@rejected_by("test_names_of_spaces_compare_by_code_point")
class FoldsSpaces(PlainStore):
    """Names of spaces are compared regardless of case."""

    def begin(self, space: str = "") -> Any:
        """In lower case."""
        return super().begin(space.casefold())

    def read(self, space: str = "") -> Any:
        """In lower case."""
        return super().read(space.casefold())

    def join(self, host_transaction: Any, space: str = "") -> Any:
        """In lower case."""
        return super().join(host_transaction, space.casefold())


@rejected_by("test_twice_is_harmless")
class LosesIndexes(PlainStore):
    """A second setup with the same kinds makes their unique indexes anew, as plain ones."""

    def merged(self, known: Any, kinds: Any) -> Any:
        """Lose what is unique about a kind that is known."""
        now = super().merged(known, kinds)
        for kind in kinds:
            if kind.name in known:
                plain = tuple(attrs.evolve(index, unique=False) for index in now[kind.name].indexes)
                now[kind.name] = attrs.evolve(now[kind.name], indexes=plain)
        return now


@rejected_by("test_columns_and_indexes_are_added[same-handle]")
class NewIndexesAreEmpty(WrappedStore):
    """An index that is added holds only what is written afterwards."""

    def __init__(self, path: str) -> None:
        super().__init__(path, LateUnit)
        self.setups = 0
        self.since: dict[tuple[str, str], int] = {}
        self.born: dict[tuple[str, str, str], int] = {}

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Note which setup brought which index."""
        super().setup(kinds)
        self.setups += 1
        for kind in kinds:
            for index in kind.indexes:
                self.since.setdefault((kind.name, index.name), self.setups)


class LateUnit(WrappedUnit):
    """Notes after which setup a record was written, and finds it only by indexes as old."""

    store: NewIndexesAreEmpty

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Note when."""
        super().write(writes)
        self.store.born.update({(self.space, write.kind, write.id): self.store.setups for write in writes})

    def query(self, query: Query) -> list[Record]:
        """Leave out what is older than the index."""
        since = self.store.since.get((query.kind, query.index), 0)
        return [
            one for one in super().query(query) if self.store.born.get((self.space, one.kind, one.id), since) >= since
        ]


@rejected_by("test_kinds_stand_apart")
class SharesIds(WrappedUnit):
    """Kinds share a table: an id is taken by a record of any kind."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Look whether another kind has it."""
        for write in writes:
            other = NOTE.name if write.kind == THING.name else THING.name
            is_insert = isinstance(write, Write) and write.expected == 0 and write.body is not None
            if is_insert and self.version(other, write.id):
                raise Conflict([(write.kind, write.id)])
            super().write([write])


@rejected_by("test_names_of_spaces_are_whole")
class CutsSpaces(WrappedStore):
    """Names of spaces have 64 characters; the rest is cut."""

    def begin(self, space: str = "") -> AbstractContextManager[UnitOfWork]:
        """Cut."""
        return super().begin(space[:64])


@rejected_by("test_the_space_without_a_name")
class NamesTheSpace(WrappedStore):
    """Who names no space works in one called "default"."""

    def begin(self, space: str = "default") -> AbstractContextManager[UnitOfWork]:
        """There."""
        return super().begin(space)


@rejected_by("test_capabilities_are_known")
class Boasts(WrappedStore):
    """It claims to do what nobody has heard of."""

    @property
    def capabilities(self) -> frozenset[str]:
        """More than there is."""
        return super().capabilities | {"teleport"}


@rejected_by("test_a_changed_index_is_made_anew")
class KeepsOldIndexes(PlainStore):
    """An index whose name is known stays as it is, whatever columns are declared."""

    def merged(self, known: Kinds, kinds: Sequence[Kind]) -> Kinds:
        """With the old ones."""
        now = grown(known, kinds)
        for name, kind in known.items():
            indexes = {index.name: index for index in (*now[name].indexes, *kind.indexes)}
            now[name] = attrs.evolve(now[name], indexes=tuple(indexes.values()))
        return now


@rejected_by("test_a_column_keeps_its_type[same-handle]", "test_a_column_keeps_its_type[opened-again]")
class RetypesColumns(PlainStore):
    """A column takes whatever type was declared last."""

    def merged(self, known: Kinds, kinds: Sequence[Kind]) -> Kinds:
        """Forget the old types."""
        newer = {kind.name: kind.columns for kind in kinds}
        old = {
            name: attrs.evolve(kind, columns={**kind.columns, **newer.get(name, {})}) for name, kind in known.items()
        }
        return grown(old, kinds)


@rejected_by("test_an_older_program_goes_on")
class RefusesOlderPrograms(PlainStore):
    """Who declares fewer columns than are stored is refused."""

    def merged(self, known: Kinds, kinds: Sequence[Kind]) -> Kinds:
        """Compare."""
        for kind in kinds:
            if kind.name in known and not {*known[kind.name].columns} <= {*kind.columns}:
                raise Unavailable("plain", "a newer program has set it up")
        return super().merged(known, kinds)


@rejected_by("test_kinds_are_added_one_by_one")
class ForgetsKinds(PlainStore):
    """A handle knows the kinds of the last setup alone."""

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Forget the rest."""
        super().setup(kinds)
        self.known = {kind.name: self.known[kind.name] for kind in kinds}


@rejected_by("test_names_that_query_languages_reserve")
class RefusesReservedNames(WrappedStore):
    """Names that mean something in SQL are refused."""

    def setup(self, kinds: Sequence[Kind]) -> None:
        """Refuse them."""
        if "select" in {kind.name for kind in kinds}:
            raise Invalid([Fault("kind.select", "not-allowed", "a name that SQL does not know")])
        super().setup(kinds)


@rejected_by("test_unknown_names[index]", "test_unknown_names[page]")
class KnowsNoIndexes(WrappedUnit):
    """A query by an index that there is not gives nothing."""

    def query(self, query: Query) -> list[Record]:
        """Nothing."""
        try:
            return super().query(query)
        except UnknownName:
            return []
