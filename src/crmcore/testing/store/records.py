"""Tests of records: they come back as they were written."""

from typing import Any

import pytest

from crmcore.storage.interface import NewEvent, Record, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import NOTE, THING, gone, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

EMPTY = dict.fromkeys(THING.columns)
BODIES = {
    "empty": b"",
    "zero": b"\x00",
    "every-byte": bytes(range(256)),
    "json": b'{ "b" :4.75e16,"a": 1.0, "b": [ ], "c": "\\u00e1\\/"}\n',
    "utf-8": "春 á 😀".encode(),
    "not-utf-8": "靖江".encode("gb18030"),
    "hex": b"\\x00ff",
    "million": bytes(range(250)) * 4000,
}


class Records(Fixtures):
    """A record comes back whole."""

    @proves("record", "version", 1)
    def test_comes_back_whole(self, tenant: Tenant) -> None:
        """A record has version 1 after its insert, with its body and every column in its own type."""
        tenant.apply(thing("a", body=b"\x00\xff'", name="n", owner="o", due=-(2**63), score=0.1, flag=True))
        [record] = tenant.get("a")
        columns: dict[str, Any] = {"name": "n", "owner": "o", "due": -(2**63), "score": 0.1, "flag": True}

        assert Record(THING.name, "a", 1, b"\x00\xff'", columns) == record
        assert [str, str, int, float, bool] == [type(value) for value in record.columns.values()]
        assert bytes is type(record.body)

    @proves(1)
    @pytest.mark.parametrize("name", sorted(BODIES))
    def test_bodies_are_byte_exact(self, tenant: Tenant, name: str) -> None:
        """A body is opaque: whatever bytes it has come back, on insert and on update, in records and in events."""
        body = BODIES[name]
        tenant.apply(thing("a", body=body), thing("b"))
        tenant.apply(thing("b", 1, body=body))
        tenant.log(NewEvent("s", "t", body))

        assert [body, body] == [record.body for record in tenant.get("a", "b")]
        assert [body, body] == [record.body for record in tenant.query("by_id")]
        assert [body] == [event.body for event in tenant.events()]

    @proves("record")
    def test_columns_left_out_are_empty(self, tenant: Tenant) -> None:
        """A column that a write does not name is None, on insert and on update."""
        tenant.apply(thing("a", name="n", due=1))
        tenant.apply(thing("a", 1, owner="o"))

        assert [Record(THING.name, "a", 2, b"x", {**EMPTY, "owner": "o"})] == tenant.get("a")
        assert [] == tenant.ids("by_name")
        assert [] == tenant.ids("by_due")

    @proves("record")
    def test_a_kind_without_columns(self, tenant: Tenant) -> None:
        """A kind needs neither columns nor indexes."""
        tenant.apply(Write(NOTE.name, "a", 0, b"1"))
        tenant.apply(Write(NOTE.name, "a", 1, b"2"))

        assert [Record(NOTE.name, "a", 2, b"2", {})] == tenant.get("a", kind=NOTE.name)

    @proves("record")
    def test_kinds_stand_apart(self, tenant: Tenant) -> None:
        """Records of different kinds may have the same id, also within one batch."""
        tenant.apply(thing("a", body=b"thing"), Write(NOTE.name, "a", 0, b"note"))
        tenant.apply(gone("a", 1))

        assert [] == tenant.get("a")
        assert [b"note"] == [record.body for record in tenant.get("a", kind=NOTE.name)]

    @proves("record")
    @pytest.mark.parametrize("count", [0, 1, 2, 5, 17, 65, 513, 1100])
    def test_get_is_ordered_by_id(self, tenant: Tenant, count: int) -> None:
        """However many ids are asked for, twice or in vain, each record comes once, in the order of ids."""
        ids = [f"{number:04}" for number in range(count)]
        tenant.apply(*(thing(id) for id in reversed(ids)))

        assert ids == [record.id for record in tenant.get(*reversed(ids), "absent", *ids)]

    @proves("record", "version")
    def test_large_batches(self, tenant: Tenant) -> None:
        """A batch of a thousand inserts, updates or deletes is one like any other."""
        ids = [f"{number:04}" for number in range(1000)]
        tenant.apply(*(thing(id, due=int(id), name=id) for id in ids))
        tenant.apply(*(thing(id, 1, body=id.encode(), due=-int(id), name=f"{id}!") for id in ids))

        assert ids[:100:-1] == tenant.ids("by_due", limit=899)
        assert [(2, id.encode()) for id in ids] == [(record.version, record.body) for record in tenant.get(*ids)]

        tenant.apply(*(gone(id, 2) for id in ids[1:]), thing("z", name=ids[5] + "!"))
        assert {"0000": 2, "z": 1} == tenant.versions(*ids, "z")

    @proves("record")
    def test_what_was_read_is_the_callers(self, tenant: Tenant) -> None:
        """Changing the columns that were given, or the columns that were read, changes nothing stored."""
        columns: dict[str, Any] = {"name": "n"}
        with tenant.begin() as uow:
            uow.write([Write(THING.name, "a", 0, b"x", columns)])
            columns["name"] = "other"
            read = uow.get(THING.name, ["a"])[0].columns
            if isinstance(read, dict):
                read["name"] = "other"
            [record] = uow.get(THING.name, ["a"])

        assert "n" == record.columns["name"]
