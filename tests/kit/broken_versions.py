"""Broken stores that forget versions, guards or unique keys."""

from collections.abc import Sequence

import attrs

from crmcore.errors import Conflict, UniqueViolation
from crmcore.storage.interface import Guard, Index, Kind, Query, Record, Write
from crmcore.testing.store.kinds import THING
from crmcore.testing.store.model import Model, Records, Verdict
from tests.kit.altering import Altering
from tests.kit.faults import rejected_by
from tests.kit.optimistic import OptimisticUnit
from tests.kit.plain import PlainStore
from tests.kit.simple import Kinds, SimpleUnit, grown
from tests.kit.wrapped import WrappedUnit


@rejected_by("test_stale[update-older]", "test_staleness_explains_a_clash", "test_threads_race_for_one_version")
class IgnoresVersions(Altering):
    """An update overwrites whatever version is stored."""

    def altered(self, write: Write) -> Write:
        """Expect what is stored."""
        is_update = write.body is not None and write.expected > 0
        return (
            attrs.evolve(write, expected=self.version(write.kind, write.id) or write.expected) if is_update else write
        )


@rejected_by("test_stale[delete-older]")
class DeletesAnyVersion(Altering):
    """A delete takes whatever version is stored."""

    def altered(self, write: Write) -> Write:
        """Expect what is stored."""
        stored = self.version(write.kind, write.id)
        return attrs.evolve(write, expected=stored or write.expected) if write.body is None else write


@rejected_by("test_stale[insert-again]", "test_threads_race_to_insert_one_id")
class ReplacesOnInsert(Altering):
    """An insert of what is there already replaces it."""

    def altered(self, write: Write) -> Write:
        """Update if it is there."""
        return (
            write
            if write.expected or write.body is None
            else attrs.evolve(write, expected=self.version(write.kind, write.id))
        )


@rejected_by(
    "test_stale[guard-older]",
    "test_a_guard_that_fails_stops_the_batch",
    "test_absent[guard]",
    "test_changes_stay_in_their_space",
)
class IgnoresGuards(WrappedUnit):
    """Guards are not looked at."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Leave them out."""
        self.inner.write([write for write in writes if isinstance(write, Write)])


@rejected_by("test_every_stale_key_is_named[False]", "test_all_stale_records_of_one_sort_are_named")
class NamesOneKey(WrappedUnit):
    """A conflict names the first record at fault."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Cut the keys."""
        try:
            self.inner.write(writes)
        except Conflict as conflict:
            raise Conflict(conflict.keys[:1]) from conflict


@rejected_by("test_an_id_is_free_again")
class CountsOn(WrappedUnit):
    """A record that is inserted again counts its versions on from where it was deleted."""

    def get(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """With the versions of those before them."""
        return [attrs.evolve(one, version=one.version + self.before(one)) for one in super().get(kind, ids)]

    def query(self, query: Query) -> list[Record]:
        """With the versions of those before them."""
        return [attrs.evolve(one, version=one.version + self.before(one)) for one in super().query(query)]

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Expect without the versions of those before them."""
        inner: list[Write | Guard] = []
        for write in writes:
            if isinstance(write, Write):
                inner.append(attrs.evolve(write, expected=max(write.expected - self.before(write), 0)))
            else:
                inner.append(attrs.evolve(write, version=max(write.version - self.before(write), 0)))
        super().write(inner)
        for write in writes:
            if isinstance(write, Write) and write.body is None:
                self.graves[self.space, write.kind, write.id] = write.expected

    @property
    def graves(self) -> dict[tuple[str, str, str], int]:
        """The last versions of what was deleted."""
        graves: dict[tuple[str, str, str], int] = vars(self.store).setdefault("graves", {})
        return graves

    def before(self, one: Record | Write | Guard) -> int:
        """How many versions a record of this id had before this one."""
        return self.graves.get((self.space, one.kind, one.id), 0)


@rejected_by("test_empty_columns_do_not_clash")
class NothingClashes(Model):
    """Records that leave a unique column empty clash with each other."""

    def _judge(self, kind: str, index: Index, before: Records, after: Records, verdict: Verdict) -> None:
        """Count the keys with nothing in them, too."""
        super()._judge(kind, index, before, after, verdict)
        keys = [
            tuple(one[name] for name in index.columns) for (other, _), (_, _, one) in after.items() if other == kind
        ]
        hollow = [key for key in keys if None in key]
        if len({*hollow}) < len(hollow):
            verdict.clashing.add((kind, index.name))


@rejected_by("test_versions_count_updates")
class CountsChanges(SimpleUnit):
    """An update that changes nothing does not count."""

    def judged(self, batch: list[Write | Guard]) -> None:
        """Leave it out, unless it is stale."""
        if not self.model.copy().write(batch).stale:
            batch = [write for write in batch if not self.is_idle(write)]
        super().judged(batch)

    def is_idle(self, write: Write | Guard) -> bool:
        """Whether a write leaves everything as it is."""
        stored = self.model.records.get((write.kind, write.id))
        if stored is None or not isinstance(write, Write):
            return False
        given = {name: value for name, value in write.columns.items() if value is not None}
        return (write.body, given) == (
            stored[1],
            {name: value for name, value in stored[2].items() if value is not None},
        )


@rejected_by("test_guards_that_hold")
class GuardsByWriting(SimpleUnit):
    """A guard is an update that changes nothing but the version."""

    def judged(self, batch: list[Write | Guard]) -> None:
        """Write instead."""
        writes = list(batch)
        for place, guard in enumerate(batch):
            stored = self.model.records.get((guard.kind, guard.id))
            if isinstance(guard, Guard) and stored is not None:
                writes[place] = Write(guard.kind, guard.id, guard.version, stored[1], stored[2])
        super().judged(writes)


@rejected_by("test_guards_see_the_units_own_writes")
class GuardsTheCommitted(OptimisticUnit):
    """A guard is compared with what was stored when the unit began."""

    def judged(self, batch: list[Write | Guard]) -> None:
        """Compare there."""
        stale = [one for one in batch if isinstance(one, Guard) and self.base.version(one.kind, one.id) != one.version]
        if stale:
            raise Conflict((guard.kind, guard.id) for guard in stale)
        super().judged([write for write in batch if isinstance(write, Write)])


@rejected_by(
    "test_violation",
    "test_violation_by_update",
    "test_violation_within_a_batch",
    "test_a_key_is_free_after_a_rollback",
    "test_threads_race_for_one_key",
    "test_a_unique_index_that_does_not_fit",
)
class NothingIsUnique(PlainStore):
    """Unique indexes are indexes like any other."""

    def merged(self, known: Kinds, kinds: Sequence[Kind]) -> Kinds:
        """Without what is unique."""
        plain = [
            attrs.evolve(kind, indexes=tuple(attrs.evolve(index, unique=False) for index in kind.indexes))
            for kind in kinds
        ]
        return grown(known, plain)


@rejected_by("test_a_record_keeps_its_key")
class ClashesWithItself(WrappedUnit):
    """An update that leaves a unique key as it is finds it taken."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """Look who has the key now."""
        for write in writes:
            name = write.columns.get("name") if isinstance(write, Write) and write.expected else None
            if name is not None and self.inner.query(Query(THING.name, "by_name", (name,))):
                raise UniqueViolation(THING.name, "by_name")
        super().write(writes)


@rejected_by("test_a_key_moves_within_a_batch")
class WritesInOrder(WrappedUnit):
    """A batch is applied in the order in which it is given."""

    def write(self, writes: Sequence[Write | Guard]) -> None:
        """One after the other."""
        for write in writes:
            super().write([write])


@rejected_by("test_a_key_moves_from_unit_to_unit")
class FreesKeysLate(SimpleUnit):
    """A unique key that a unit gives up is free only when it has committed."""

    def __init__(self, kinds: Kinds, model: Model) -> None:
        super().__init__(kinds, model)
        self.begun = dict(model.records)

    def judged(self, batch: list[Write | Guard]) -> None:
        """Look who had the key when the unit began."""
        had = {columns.get("name"): key for key, (_, _, columns) in self.begun.items()}
        for write in batch:
            name = write.columns.get("name") if isinstance(write, Write) else None
            if name is not None and had.get(name, (write.kind, write.id)) != (write.kind, write.id):
                raise UniqueViolation(write.kind, "by_name")
        super().judged(batch)
