"""Tests of numbers and booleans in columns: they come back exactly, and are found and ordered by what they are."""

import math
import sys

import pytest

from crmcore.errors import Invalid
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

#: In order; each is another double.
FLOATS = (
    -math.inf,
    -1e308,
    -1e15 - 0.125,
    -1.5,
    -5e-324,
    0.0,
    5e-324,
    2.2250738585072014e-308,
    0.1,
    0.3,
    0.1 + 0.2,
    1 / 3,
    0.9999999999999999,
    1.0,
    1.0000000000000002,
    123456789.12345679,
    4.75e16,
    1e308,
    math.inf,
)
INTEGERS = (-(2**63), -(2**53) - 1, -(2**53), -1, 0, 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1)


class Values(Fixtures):
    """Numbers are exact."""

    @proves("record", 4)
    def test_floats_are_exact(self, tenant: Tenant) -> None:
        """Every double comes back as it is, infinities included, and stands in its place."""
        tenant.apply(*(thing(f"{place:02}", score=value) for place, value in reversed(list(enumerate(FLOATS)))))
        found = [record.columns["score"] for record in tenant.query("by_score")]

        assert list(FLOATS) == found
        assert list(map(repr, FLOATS)) == list(map(repr, found))
        assert list(FLOATS[::-1]) == [record.columns["score"] for record in tenant.query("by_score", desc=True)]

    @proves("query", 4)
    def test_floats_are_found(self, tenant: Tenant) -> None:
        """A double can be fixed, bounded and gone on from, however close its neighbours are."""
        ids = [f"{place:02}" for place in range(len(FLOATS))]
        tenant.apply(*(thing(id, score=value) for id, value in zip(ids, FLOATS, strict=True)))

        for place, value in enumerate(FLOATS):
            assert [ids[place]] == tenant.ids("by_score", eq=(value,))
            assert ids[place:] == tenant.ids("by_score", lo=value)
            assert ids[:place] == tenant.ids("by_score", hi=value)
            assert ids[place + 1 :] == tenant.ids("by_score", after=(value, ids[place]))

    @proves(4)
    def test_zero_has_no_sign(self, tenant: Tenant) -> None:
        """Minus zero is zero: found as zero, and tied with it in the order."""
        tenant.apply(thing("b", score=-0.0), thing("a", score=0.0), thing("c", score=0.0), thing("d", score=-1.0))

        assert list("abc") == tenant.ids("by_score", eq=(0.0,))
        assert list("abc") == tenant.ids("by_score", eq=(-0.0,))
        assert list("dabc") == tenant.ids("by_score")
        assert [0.0] == [record.columns["score"] for record in tenant.get("b")]

    @proves("record", "errors")
    @pytest.mark.parametrize("value", [sys.float_info.max, -sys.float_info.max], ids=["largest", "smallest"])
    def test_the_last_floats_are_never_altered(self, tenant: Tenant, value: float) -> None:
        """The largest double comes back as it is, or is refused as invalid: a backend may need it for infinity."""
        try:
            tenant.apply(thing("a", score=value))
        except Invalid:
            assert {} == tenant.versions("a")
        else:
            assert [value] == [record.columns["score"] for record in tenant.get("a")]

    @proves("record", 4)
    def test_nan_is_refused(self, tenant: Tenant) -> None:
        """NaN has no place in any order."""
        with pytest.raises(Invalid):
            tenant.apply(thing("a", score=math.nan))

        assert {} == tenant.versions("a")

    @proves("record", 4)
    def test_integers_are_exact(self, tenant: Tenant) -> None:
        """Integers of 64 bits come back as they are, and stand in their place."""
        tenant.apply(*(thing(f"{place}", due=value) for place, value in reversed(list(enumerate(INTEGERS)))))

        assert list(INTEGERS) == [record.columns["due"] for record in tenant.query("by_due")]
        assert list(INTEGERS[::-1]) == [record.columns["due"] for record in tenant.query("by_due", desc=True)]
        assert ["8"] == tenant.ids("by_due", eq=(2**53 + 1,))
        assert ["8", "9"] == tenant.ids("by_due", lo=2**53 + 1)
        assert ["9"] == tenant.ids("by_due", after=(2**53 + 1, "8"))

    @proves("record", "errors")
    @pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**64, 10**30])
    def test_larger_integers_are_never_altered(self, tenant: Tenant, value: int) -> None:
        """An integer of more than 64 bits comes back as it is, or is refused as invalid."""
        try:
            tenant.apply(thing("a", due=value))
        except Invalid:
            assert {} == tenant.versions("a")
        else:
            assert [value] == [record.columns["due"] for record in tenant.get("a")]

    @proves("query", 4)
    def test_booleans(self, tenant: Tenant) -> None:
        """A boolean comes back as one, can be fixed and bounded, and False comes first."""
        tenant.apply(thing("a", flag=True, due=1), thing("b", flag=False, due=2), thing("c", due=1))

        assert [True, False, None] == [record.columns["flag"] for record in tenant.get(*"abc")]
        assert [bool, bool] == [type(record.columns["flag"]) for record in tenant.query("by_flag")]
        assert ["b", "a"] == tenant.ids("by_flag")
        assert ["a"] == tenant.ids("by_flag", eq=(True,))
        assert ["a"] == tenant.ids("by_flag", lo=True)
        assert ["b"] == tenant.ids("by_flag", hi=True)
        assert ["a"] == tenant.ids("by_flag", after=(False, 2, "b"))
