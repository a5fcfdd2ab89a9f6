"""The whole kit in one class, which an author's test class inherits from."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from crmcore.testing.backend.processes import Processes
from crmcore.testing.backend.races import Races
from crmcore.testing.backend.schedules import Schedules
from crmcore.testing.backend.together import Together
from crmcore.testing.relaxing import check_relaxed


class BackendConformance(Schedules, Together, Races, Processes):
    """Proves that over a storage backend the lifecycle of customers comes out as it does in memory.

    In full::

        class TestMine(BackendConformance):
            factory = "crmcore_mine:open_store"

            @pytest.fixture
            def location(self, tmp_path):
                return {"path": str(tmp_path / "a.db")}

    It is for backends that pass ``StoreConformance``, which finds faults sooner and names them better. The factory is
    called with the location's items and gives a store; called again with the same, it gives the same data. What the
    store declares as its capabilities decides which tests are skipped. Everything happens in spaces of its own.

    :raises TypeError: a subclass overrides a test of the kit and gives no reason in ``relaxed``, or gives one for
        something else.
    """

    #: Tests of the kit that a class overrides, each with the reason why.
    relaxed: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_relaxed(cls, BackendConformance, TESTS, dict(cls.relaxed))


#: The names of all tests of the kit.
TESTS: Final = tuple(name for name in dir(BackendConformance) if name.startswith("test_"))
