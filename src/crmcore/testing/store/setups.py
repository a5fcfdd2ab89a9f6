"""Tests of setup: it adds to what exists."""

import pytest

from crmcore.errors import CrmError, UniqueViolation, UnknownName
from crmcore.storage.interface import Index, Kind, Scalar, Write
from crmcore.testing.store.base import Fixtures, Open
from crmcore.testing.store.kinds import KINDS, THING, fresh, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

COLUMNS: dict[str, type[Scalar]] = {"name": str, "due": int}
BY_DUE = Index("by_due", ("due",))
ONE_NAME = Index("one_name", ("name",), unique=True)


def written(kind: str, id: str, **columns: str | float) -> Write:
    """An insert."""
    return Write(kind, id, 0, b"x", columns)


class Setups(Fixtures):
    """What is stored fits what is declared, then and later."""

    @proves("setup")
    def test_twice_is_harmless(self, tenant: Tenant, open_store: Open) -> None:
        """A second setup with the same kinds, with none, or by another handle keeps everything usable and in order."""
        tenant.apply(thing("b", name="n", due=2), thing("a", name="m", due=2))
        tenant.store.setup(KINDS)
        tenant.store.setup([])
        tenant.store.setup([THING])

        assert ["a", "b"] == tenant.ids("by_name")
        assert ["a", "b"] == tenant.ids("by_due")
        with pytest.raises(UniqueViolation):
            tenant.apply(thing("c", name="n"))
        tenant.store.close()
        store = open_store()
        for _ in range(2):
            store.setup(KINDS)
        again = Tenant(store, tenant.space)
        assert ["a", "b"] == again.ids("by_due")
        with pytest.raises(UniqueViolation):
            again.apply(thing("c", name="n"))

    @proves("setup")
    def test_kinds_are_added_one_by_one(self, tenant: Tenant) -> None:
        """What an earlier setup declared stays known when a later one names other kinds only."""
        first, second = fresh(), fresh()
        tenant.store.setup([Kind(first, COLUMNS, (BY_DUE,))])
        tenant.store.setup([Kind(second, COLUMNS, (BY_DUE,))])
        tenant.apply(written(first, "a", due=1), written(second, "b", due=1), thing("c"))

        assert (["a"], ["b"]) == (tenant.ids("by_due", first), tenant.ids("by_due", second))

    @proves("setup")
    @pytest.mark.parametrize("reopened", [False, True], ids=["same-handle", "opened-again"])
    def test_columns_and_indexes_are_added(self, tenant: Tenant, open_store: Open, reopened: bool) -> None:  # noqa: FBT001
        """Rows from before a column have it empty, and stand in new indexes over old columns, unique ones too."""
        kind = fresh()
        tenant.store.setup([Kind(kind, COLUMNS, (BY_DUE,))])
        tenant.apply(written(kind, "a", name="n", due=2), written(kind, "b", name="m", due=1))
        if reopened:
            tenant.store.close()
            tenant = Tenant(open_store(), tenant.space)
        by_colour = Index("by_colour", ("colour", "due"))
        tenant.store.setup([Kind(kind, {**COLUMNS, "colour": str, "rate": float}, (BY_DUE, ONE_NAME, by_colour))])
        tenant.apply(written(kind, "c", name="o", due=0, colour="red", rate=0.5))

        assert ["c", "b", "a"] == tenant.ids("by_due", kind)
        assert ["b", "a", "c"] == tenant.ids("one_name", kind)
        assert ["c"] == tenant.ids("by_colour", kind)
        assert [(None, None), (None, None), ("red", 0.5)] == [
            (record.columns["colour"], record.columns["rate"]) for record in tenant.get(*"abc", kind=kind)
        ]
        with pytest.raises(UniqueViolation) as caught:
            tenant.apply(written(kind, "d", name="n"))
        assert (kind, "one_name") == (caught.value.kind, caught.value.index)

    @proves("setup")
    def test_an_older_program_goes_on(self, tenant: Tenant, open_store: Open) -> None:
        """A handle that declares fewer columns than are stored still reads and writes."""
        kind = fresh()
        tenant.store.setup([Kind(kind, {**COLUMNS, "colour": str}, (BY_DUE,))])
        tenant.apply(Write(kind, "a", 0, b"x", {"name": "n", "due": 1, "colour": "red"}))
        tenant.store.close()
        older = Tenant(open_store(), tenant.space)
        older.store.setup([Kind(kind, COLUMNS, (BY_DUE,))])
        older.apply(written(kind, "b", name="m", due=2), Write(kind, "a", 1, b"y", {"name": "n", "due": 3}))

        assert ["b", "a"] == older.ids("by_due", kind)
        assert {"name": "n", "due": 3}.items() <= older.get("a", kind=kind)[0].columns.items()

    @proves("setup", 3)
    def test_a_changed_index_is_made_anew(self, tenant: Tenant) -> None:
        """An index of the same name over other columns takes the place of the old one."""
        kind = fresh()
        tenant.store.setup([Kind(kind, COLUMNS, (Index("one", ("due",)),))])
        tenant.apply(
            written(kind, "a", name="n", due=2), written(kind, "b", name="o", due=1), written(kind, "c", due=0)
        )
        tenant.store.setup([Kind(kind, COLUMNS, (Index("one", ("name",)),))])

        assert ["a", "b"] == tenant.ids("one", kind)
        tenant.apply(written(kind, "d", name="m"))
        assert ["d", "a", "b"] == tenant.ids("one", kind)

    @proves("setup", "unique")
    def test_a_unique_index_that_does_not_fit(self, tenant: Tenant) -> None:
        """A new unique index over records that clash is refused and not made; all else stays usable."""
        kind = fresh()
        tenant.store.setup([Kind(kind, COLUMNS, (BY_DUE,))])
        tenant.apply(written(kind, "a", name="n", due=1), written(kind, "b", name="n", due=1))

        with pytest.raises(UniqueViolation) as caught:
            tenant.store.setup([Kind(kind, COLUMNS, (BY_DUE, ONE_NAME))])

        assert (kind, "one_name") == (caught.value.kind, caught.value.index)
        assert ["a", "b"] == tenant.ids("by_due", kind)
        with pytest.raises(UnknownName):
            tenant.ids("one_name", kind)
        tenant.apply(written(kind, "c", name="n"))
        assert {"a": 1, "b": 1, "c": 1} == tenant.versions(*"abc", kind=kind)

    @proves("setup")
    @pytest.mark.parametrize("reopened", [False, True], ids=["same-handle", "opened-again"])
    def test_a_column_keeps_its_type(self, tenant: Tenant, open_store: Open, reopened: bool) -> None:  # noqa: FBT001
        """A column cannot be declared with another type than before, and what is stored stays as it is."""
        kind = fresh()
        tenant.store.setup([Kind(kind, COLUMNS, (BY_DUE,))])
        tenant.apply(written(kind, "a", due=1))
        if reopened:
            tenant.store.close()
            tenant = Tenant(open_store(), tenant.space)

        with pytest.raises(CrmError):
            tenant.store.setup([Kind(kind, {**COLUMNS, "due": str}, (BY_DUE,))])
        tenant.store.setup([Kind(kind, COLUMNS, (BY_DUE,))])
        assert [1] == [record.columns["due"] for record in tenant.query("by_due", kind)]

    @proves("setup")
    def test_names_that_query_languages_reserve(self, tenant: Tenant) -> None:
        """Words that mean something in SQL are names like any other."""
        columns = {"order": int, "group": str, "rowid": int, "user": str, "table": bool}
        kind = Kind("select", columns, (Index("where", ("order", "group")), Index("index", ("user",), unique=True)))
        tenant.store.setup([kind])
        values: dict[str, str | int | bool] = {"order": 1, "group": "g", "rowid": 7, "user": "u", "table": True}
        tenant.apply(Write("select", "a", 0, b"", values))

        assert [values] == [record.columns for record in tenant.query("where", "select", eq=(1,), after=(1, "a", ""))]
        assert ["a"] == tenant.ids("index", "select")
