"""Tests of stores that leave nothing behind of what is gone."""

import contextlib
from collections.abc import Callable

import pytest

from crmcore.errors import CrmError
from crmcore.storage.interface import NewEvent, ScrubbingStore, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import THING, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

#: So long a body takes more than a page of most databases.
LONG = 20_000


def marked(name: str, times: int = 1) -> bytes:
    """A body that stands nowhere else."""
    return f"<remains-of-{name}>".encode() * times


class Scrubbing(Fixtures):
    """What was deleted or changed stands in no file of the store once it has been scrubbed."""

    @proves("scrub", needs="scrub")
    def test_scrubbed(self, tenant: Tenant, at_rest: Callable[[], bytes] | None) -> None:
        """Bodies and columns of what was deleted, changed or never committed are gone; what is stored is there."""
        found = looking(at_rest)
        names = ["deleted", "changed", "long", "column"]
        bodies = [marked("deleted"), marked("changed"), marked("long", LONG // 20), b"x"]
        with tenant.begin() as uow:
            uow.write([Write(THING.name, name, 0, body) for name, body in zip(names, bodies, strict=True)])
        tenant.apply(thing("column", 1, name="<remains-of-column>"))
        with contextlib.suppress(ZeroDivisionError), tenant.begin() as uow:
            uow.write([Write(THING.name, "undone", 0, marked("undone"))])
            raise ZeroDivisionError
        tenant.apply(Write(THING.name, "kept", 0, marked("kept")))
        with tenant.begin() as uow:
            uow.write([Write(THING.name, name, 1, None) for name in ("deleted", "long")])
            uow.write([Write(THING.name, "changed", 1, b"x"), thing("column", 2, name="other")])
        scrub(tenant)
        stored = found()

        assert marked("kept") in stored, "at_rest does not give what is stored"
        assert [] == [name for name in ("deleted", "changed", "long", "column", "undone") if marked(name) in stored]

    @proves("scrub", "record", needs="scrub")
    def test_scrubbing_loses_nothing(self, tenant: Tenant) -> None:
        """Records, index entries and events are what they were, for other handles too, and life goes on."""
        tenant.apply(*(thing(f"{number}", name=f"n{number}", due=number) for number in range(200)))
        tenant.log(*(NewEvent("s", f"{number}", b"x" * number) for number in range(50)))
        other = Tenant(tenant.store, tenant.space + "x")
        other.apply(thing("a"))
        with tenant.begin() as uow:
            uow.write([Write(THING.name, f"{number}", 1, None) for number in range(0, 200, 2)])
        before = (tenant.ids("by_due", limit=500), tenant.ids("by_name", limit=500), tenant.events())
        scrub(tenant)
        scrub(tenant)

        assert before == (tenant.ids("by_due", limit=500), tenant.ids("by_name", limit=500), tenant.events())
        assert {"a": 1} == other.versions("a")
        tenant.apply(thing("1", 1, name="later"))
        tenant.log(NewEvent("s", "later", b""))
        assert (51, "later") == (tenant.events()[-1].position, tenant.events()[-1].type)

    @proves("scrub", needs="scrub")
    def test_no_scrubbing_inside_a_unit(self, tenant: Tenant) -> None:
        """A thread that has a unit of work open is refused, and its unit goes on."""
        with tenant.begin() as uow:
            uow.write([thing("a")])
            with pytest.raises(CrmError):
                scrub(tenant)

        assert {"a": 1} == tenant.versions("a")


def scrub(tenant: Tenant) -> None:
    """Scrub the store."""
    assert isinstance(tenant.store, ScrubbingStore)
    tenant.store.scrub()


def looking(at_rest: Callable[[], bytes] | None) -> Callable[[], bytes]:
    """What gives all bytes at rest, which an author has to say of a store that scrubs."""
    if at_rest is None:
        pytest.fail(
            "the store declares scrub, and the test class does not say where it keeps its data; write, for example:\n"
            "    @pytest.fixture\n"
            "    def at_rest(self, tmp_path):\n"
            '        return lambda: b"".join(path.read_bytes() for path in tmp_path.iterdir())',
            pytrace=False,
        )
    return at_rest
