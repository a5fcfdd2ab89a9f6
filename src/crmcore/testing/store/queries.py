"""Tests of queries: the records of an index in its order, bounded, and page by page."""

from typing import Any

import pytest

from crmcore.errors import Invalid
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

#: Bounds on ``by_due``, where a to d stand at 0 to 3, and what they give.
BOUNDS: list[tuple[dict[str, Any], str]] = [
    ({}, "abcd"),
    ({"lo": 1}, "bcd"),
    ({"hi": 2}, "ab"),
    ({"lo": 1, "hi": 2}, "b"),
    ({"lo": 2, "hi": 1}, ""),
    ({"lo": 2, "hi": 2}, ""),
    ({"desc": True}, "dcba"),
    ({"desc": True, "hi": 3}, "cba"),
    ({"desc": True, "lo": 1}, "dcb"),
    ({"desc": True, "lo": 2, "hi": 1}, ""),
    ({"limit": 0}, ""),
    ({"limit": -1}, ""),
    ({"limit": 2}, "ab"),
    ({"limit": 2, "desc": True}, "dc"),
    ({"limit": 2, "lo": 1}, "bc"),
    ({"limit": 1, "after": (1, "b")}, "c"),
    ({"eq": (2,)}, "c"),
    ({"eq": (9,)}, ""),
    ({"eq": (2,), "after": (2, "a")}, "c"),
    ({"eq": (2,), "after": (2, "c")}, ""),
    ({"eq": (2,), "after": (1, "z")}, "c"),
    ({"eq": (2,), "after": (3, "a")}, ""),
    ({"eq": (2,), "after": (3, "a"), "desc": True}, "c"),
    ({"eq": (2,), "after": (1, "a"), "desc": True}, ""),
    ({"after": (1, "a")}, "bcd"),
    ({"after": (1, "c")}, "cd"),
    ({"after": (1, "c"), "desc": True}, "ba"),
    ({"after": (-1, "")}, "abcd"),
    ({"lo": 1, "after": (0, "a")}, "bcd"),
    ({"lo": 1, "after": (1, "b")}, "cd"),
    ({"lo": 1, "hi": 3, "after": (1, "b")}, "c"),
    ({"lo": 1, "hi": 3, "after": (9, "a")}, ""),
    ({"hi": 3, "after": (9, "a"), "desc": True}, "cba"),
    ({"hi": 3, "after": (2, "c"), "desc": True}, "ba"),
    ({"lo": 1, "after": (2, "c"), "desc": True}, "b"),
    ({"lo": 1, "after": (0, "c"), "desc": True}, ""),
    ({"after": (1, "b"), "claim": True}, "cd"),
    ({"limit": 2, "desc": True, "claim": True}, "dc"),
]


class Queries(Fixtures):
    """A query gives records in the order of an index."""

    @proves("query", 4)
    def test_bounds(self, tenant: Tenant) -> None:
        """``lo`` is included, ``hi`` is not, and ``after`` may lie outside of both, or between records."""
        tenant.apply(*(thing(id, due=due) for due, id in enumerate("abcd")), thing("e"))

        assert BOUNDS == [(bounds, "".join(tenant.ids("by_due", **bounds))) for bounds, _ in BOUNDS]

    @proves("query", 4)
    def test_bounds_behind_fixed_columns(self, tenant: Tenant) -> None:
        """``eq`` fixes the first columns, and the bounds are those of the column after them."""
        rows = [(owner, due) for owner in "pqr" for due in range(4)]
        tenant.apply(*(thing(f"{owner}{due}", owner=owner, due=due) for owner, due in rows), thing("q", owner="q"))

        assert ["q0", "q1", "q2", "q3"] == tenant.ids("by_owner_due", eq=("q",))
        assert ["q1", "q2"] == tenant.ids("by_owner_due", eq=("q",), lo=1, hi=3)
        assert ["q3", "q2"] == tenant.ids("by_owner_due", eq=("q",), lo=2, desc=True)
        assert ["q2"] == tenant.ids("by_owner_due", eq=("q",), after=("q", 1, "q1"), hi=3)
        assert ["q1", "q0"] == tenant.ids("by_owner_due", eq=("q",), after=("q", 2, "q2"), desc=True)
        assert ["q0", "q1"] == tenant.ids("by_owner_due", eq=("q",), after=("p", 9, "z"), limit=2)
        assert [] == tenant.ids("by_owner_due", eq=("q",), after=("r", 0, ""))
        assert ["q2"] == tenant.ids("by_owner_due", eq=("q", 2))
        assert ["q3", "r0"] == tenant.ids("by_owner_due", after=("q", 2, "q2"), limit=2)
        assert ["q2", "q1"] == tenant.ids("by_owner_due", after=("q", 3, "q3"), limit=2, desc=True)
        assert ["q0", "q1"] == tenant.ids("by_owner_due", lo="q", limit=2)
        assert ["p3", "p2"] == tenant.ids("by_owner_due", hi="q", limit=2, desc=True)

    @proves(4)
    @pytest.mark.parametrize("desc", [False, True], ids=["ascending", "descending"])
    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
    def test_pages_with_ties(self, tenant: Tenant, limit: int, desc: bool) -> None:  # noqa: FBT001
        """Pages after the last record seen give every record once, in both directions, ties included."""
        rows = [(f"{number:02}", number // 3) for number in range(10)]
        tenant.apply(*(thing(id, owner="o", due=due) for id, due in rows), thing("x", owner="p", due=0), thing("y"))

        assert sorted((id for id, _ in rows), reverse=desc) == tenant.pages(
            "by_owner_due", eq=("o",), limit=limit, desc=desc
        )

    @proves(4)
    @pytest.mark.parametrize("desc", [False, True], ids=["ascending", "descending"])
    @pytest.mark.parametrize("index", ["by_owner_due", "by_due", "by_score", "by_flag", "by_id"])
    def test_ties_are_broken_by_id(self, tenant: Tenant, index: str, desc: bool) -> None:  # noqa: FBT001
        """Records alike in all columns of an index come in the order of their ids, whatever order they came in."""
        ids = ["b", "10", "9", "a", "B", "á", "c", "aa", "a ", "Z"]
        same: dict[str, Any] = {"owner": "o", "due": 1, "score": 0.5, "flag": True}
        tenant.apply(*(thing(id, **same) for id in ids[:5]))
        tenant.apply(*(thing(id, **same) for id in ids[5:]), thing("b", 1, **same))
        expected = sorted(ids, reverse=desc)

        assert expected == tenant.ids(index, desc=desc)
        assert expected[:3] == tenant.ids(index, desc=desc, limit=3)
        for limit in (1, 3):
            assert expected == tenant.pages(index, limit=limit, desc=desc)

    @proves(4)
    def test_pages_while_records_come_and_go(self, tenant: Tenant) -> None:
        """A page goes on behind a record that is gone meanwhile, and finds one that has come behind it."""
        tenant.apply(*(thing(id, due=1) for id in "bdf"))
        [first] = tenant.query("by_due", limit=1)
        with tenant.begin() as uow:
            uow.write([thing("a", due=1), thing("c", due=1), thing("b", 1, due=9)])

        assert list("cdfb") == tenant.ids("by_due", after=(1, first.id))

    @proves("query")
    @pytest.mark.parametrize(
        "bounds",
        [
            {"eq": ("o", 1, 2)},
            {"eq": ("o", 1), "lo": 1},
            {"eq": ("o", 1), "hi": 1},
            {"after": ("o", 1)},
            {"after": ("o", 1, "a", "b")},
        ],
        ids=["eq-too-wide", "no-room-for-lo", "no-room-for-hi", "after-too-short", "after-too-long"],
    )
    def test_bounds_that_do_not_fit(self, tenant: Tenant, bounds: dict[str, Any]) -> None:
        """Bounds that the columns of the index leave no room for are refused as invalid."""
        with pytest.raises(Invalid):
            tenant.ids("by_owner_due", **bounds)

    @proves("query", 3)
    def test_an_update_moves_a_record(self, tenant: Tenant) -> None:
        """A record stands in an index where its columns are now, or not at all."""
        tenant.apply(*(thing(id, due=due, owner="o") for due, id in enumerate("abc")))
        tenant.apply(thing("a", 1, due=9, owner="o"), thing("b", 1, owner="o"))

        assert ["c", "a"] == tenant.ids("by_due")
        assert ["c", "a"] == tenant.ids("by_owner_due")
        assert list("abc") == tenant.ids("by_id")
