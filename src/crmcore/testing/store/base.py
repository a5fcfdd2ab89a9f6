"""What the groups of tests have in common: what an author gives, and the fixtures made of that."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

import pytest

from crmcore.storage.interface import Store
from crmcore.testing.store.host import BeginHost
from crmcore.testing.store.kinds import KINDS, fresh
from crmcore.testing.store.rules import PROMISES
from crmcore.testing.store.tenant import Tenant

Location = Mapping[str, Any]
Open = Callable[[], Store]


def made(factory: str, location: Location) -> Store:
    """The store that "module:callable" opens at a location; nothing is set up yet."""
    module, separator, name = factory.partition(":")
    if not separator:
        msg = f"factory is {factory!r}; write it as 'module:callable', such as 'crmcore_mine:open_store'"
        raise TypeError(msg)
    store: Store = getattr(import_module(module), name)(**location)
    return store


class Fixtures:
    """The part of the kit that is no test.

    An author sets ``factory`` and overrides ``location``, and ``host`` where the store can join; the rest is the kit's.
    """

    #: Importable as "module:callable": called with the location's items, it opens the store.
    factory: ClassVar[str]

    #: Tests of the kit that a class overrides, each with the reason why.
    relaxed: ClassVar[Mapping[str, str]] = {}

    #: How many examples the state machine runs; None takes the number of the Hypothesis profile in use.
    examples: ClassVar[int | None] = None

    @pytest.fixture
    def location(self) -> Location:
        """Where the store keeps its data: arguments of the factory, made of what JSON knows. Override it.

        The kit works in spaces of its own and supposes nothing of what is stored there: a fixture of a wider scope
        may give all tests the same location.
        """
        pytest.fail(
            "the test class gives no location; write, for example:\n"
            "    @pytest.fixture\n"
            "    def location(self, tmp_path):\n"
            '        return {"path": str(tmp_path / "a.db")}',
            pytrace=False,
        )

    @pytest.fixture
    def host(self) -> BeginHost | None:
        """A function that begins a transaction of a host's at the location; override it where the store can join.

        It is a context manager that gives a ``HostTransaction``.
        """
        return None

    @pytest.fixture
    def at_rest(self) -> Callable[[], bytes] | None:
        """A function that gives every byte the store keeps; override it where the store can scrub."""
        return None

    @pytest.fixture
    def open_store(self, location: Location) -> Iterator[Open]:
        """Give a function that opens the location, again and again; all is closed in the end."""
        if not hasattr(self, "factory"):
            pytest.fail("the test class has no factory: set factory = 'module:callable'", pytrace=False)
        opened: list[Store] = []

        def open_() -> Store:
            store = made(self.factory, location)
            opened.append(store)
            return store

        yield open_
        for store in opened:
            store.close()

    @pytest.fixture
    def store(self, open_store: Open) -> Store:
        """Give an open store that knows the kit's kinds."""
        store = open_store()
        store.setup(KINDS)
        return store

    @pytest.fixture
    def tenant(self, store: Store) -> Tenant:
        """Give the store as a space sees it that nobody has used yet."""
        return Tenant(store, fresh())

    @pytest.fixture(autouse=True)
    def _is_capable(self, request: pytest.FixtureRequest, store: Store) -> None:
        """Skip a test that is about something the store does not claim to do."""
        needed: str | None = getattr(request.function, "kit_needs", None)
        if needed is not None and needed not in store.capabilities:
            pytest.skip(f"the store does not declare it – {PROMISES[needed]}")
