"""What the groups of tests have in common: what an author gives, and the backend made of it."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, settings

from crmcore.app.crm import CRM
from crmcore.app.policy import STANDARD, Policy
from crmcore.storage.interface import Store
from crmcore.testing.backend.opened import opened
from crmcore.testing.store.kinds import fresh
from crmcore.testing.store.rules import PROMISES

#: A schedule is worth some four of the examples that a profile has in mind.
STEPS_AN_EXAMPLE: Final = 4

NO_LOCATION: Final = (
    "the test class gives no location; write, for example:\n"
    "    @pytest.fixture\n"
    "    def location(self, tmp_path):\n"
    '        return {"path": str(tmp_path / "a.db")}'
)


class Backend:
    """The backend under test. Its stores stay open for a whole test; what is tried in them has a space of its own."""

    def __init__(self, factory: str, location: Mapping[str, Any]) -> None:
        self.factory = factory
        self.location = location
        self._stores = [opened(factory, location)]

    @property
    def capabilities(self) -> frozenset[str]:
        """What the store says it can do."""
        return self._stores[0].capabilities

    def stores(self, most: int = 1) -> list[Store]:
        """Open stores on the same data: ``most`` where processes may share it, else the one there is."""
        while len(self._stores) < most and "processes" in self.capabilities:
            self._stores.append(opened(self.factory, self.location))
        return self._stores[:most]

    def crm(self, policy: Policy | str = STANDARD, *, space: str, store: int = 0, **more: Any) -> CRM:
        """A CRM in a space of the store of that number."""
        stores = self.stores(store + 1)
        return CRM.open(stores[store % len(stores)], policy=policy, space=space, new_id=lambda: "made", **more)

    def reopen(self) -> None:
        """Close everything, and open the location again."""
        self.close()
        self._stores = [opened(self.factory, self.location)]

    def close(self) -> None:
        """Close everything."""
        for store in self._stores:
            store.close()


def needs(capability: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark a test that is skipped where the store does not declare this capability."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        vars(test)["kit_needs"] = capability
        return test

    return decorate


class Fixtures:
    """The part of the kit that is no test. An author sets ``factory`` and overrides ``location``."""

    #: Importable as "module:callable": called with the location's items, it opens the store.
    factory: ClassVar[str]

    #: How many schedules each property plays; None takes a quarter of what the Hypothesis profile in use says.
    examples: ClassVar[int | None] = None

    @pytest.fixture
    def location(self) -> Mapping[str, Any]:
        """Where the store keeps its data: arguments of the factory, made of what JSON knows. Override it."""
        pytest.fail(NO_LOCATION, pytrace=False)

    @pytest.fixture
    def backend(self, request: pytest.FixtureRequest, location: Mapping[str, Any]) -> Iterator[Backend]:
        """Give the backend; skip the test where the store does not claim what it is about."""
        if not hasattr(self, "factory"):
            pytest.fail("the test class has no factory: set factory = 'module:callable'", pytrace=False)
        backend = Backend(self.factory, location)
        try:
            needed: str | None = getattr(request.function, "kit_needs", None)
            if needed is not None and needed not in backend.capabilities:
                pytest.skip(f"the store does not declare it – {PROMISES[needed]}")
            yield backend
        finally:
            backend.close()

    def effort(self) -> settings:
        """How a property looks for counterexamples: as the profile in use says, but whatever time one takes.

        With CRM_KIT_SHRINK=0 in the environment the first one found is reported as it is: on a server, making it
        smaller takes minutes.
        """
        usual = settings()
        left_out = {Phase.shrink, Phase.explain} if os.environ.get("CRM_KIT_SHRINK") == "0" else set[Phase]()
        return settings(
            max_examples=self.examples or max(1, usual.max_examples // STEPS_AN_EXAMPLE),
            phases=[phase for phase in usual.phases if phase not in left_out],
            deadline=None,
            suppress_health_check=[*usual.suppress_health_check, HealthCheck.too_slow, HealthCheck.data_too_large],
        )


def in_memory(policy: Policy | str = STANDARD, **more: Any) -> CRM:
    """The CRM that others are compared with."""
    return CRM.open(policy=policy, new_id=lambda: "made", **more)


def fresh_space() -> str:
    """A space that nobody has used yet."""
    return fresh("crm")
