"""The whole kit in one class, which an author's test class inherits from."""

from typing import Any, Final

from crmcore.testing.relaxing import check_relaxed
from crmcore.testing.store.agreement import Agreement
from crmcore.testing.store.claims import Claims
from crmcore.testing.store.crashes import Crashes
from crmcore.testing.store.events import Events
from crmcore.testing.store.holding import Holding
from crmcore.testing.store.joining import Joining
from crmcore.testing.store.opening import Opening
from crmcore.testing.store.overlaps import Overlaps
from crmcore.testing.store.processes import Processes
from crmcore.testing.store.queries import Queries
from crmcore.testing.store.races import Races
from crmcore.testing.store.reading import Reading
from crmcore.testing.store.records import Records
from crmcore.testing.store.scrubbing import Scrubbing
from crmcore.testing.store.setups import Setups
from crmcore.testing.store.spaces import Spaces
from crmcore.testing.store.texts import Texts
from crmcore.testing.store.unique import UniqueIndexes
from crmcore.testing.store.units import Units
from crmcore.testing.store.values import Values
from crmcore.testing.store.versions import Versions

#: The layers, and the groups of tests in each: none of them suffices alone.
LAYERS: Final[dict[str, tuple[type, ...]]] = {
    "directed": (
        Opening,
        Records,
        Values,
        Texts,
        Versions,
        UniqueIndexes,
        Units,
        Queries,
        Spaces,
        Events,
        Setups,
        Scrubbing,
    ),
    "machine": (Agreement,),
    "races": (Overlaps, Races, Claims, Holding, Reading),
    "processes": (Processes, Crashes),
    "join": (Joining,),
}


class StoreConformance(
    # In reverse: pytest runs the tests of the last base first.
    Joining,
    Crashes,
    Processes,
    Reading,
    Holding,
    Claims,
    Races,
    Overlaps,
    Agreement,
    Scrubbing,
    Setups,
    Events,
    Spaces,
    Queries,
    Units,
    UniqueIndexes,
    Versions,
    Texts,
    Values,
    Records,
    Opening,
):
    """Proves that a storage backend keeps its promises.

    What an author writes, in full::

        class TestMine(StoreConformance):
            factory = "crmcore_mine:open_store"

            @pytest.fixture
            def location(self, tmp_path):
                return {"path": str(tmp_path / "a.db")}

    The factory is called with the location's items and gives a store that is not yet set up; called again with the
    same, it gives the same data. What the store declares as its capabilities decides which tests are skipped.

    :raises TypeError: a subclass overrides a test of the kit and gives no reason in ``relaxed``, or gives one for
        something else.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_relaxed(cls, StoreConformance, TESTS, dict(cls.relaxed))


#: The names of all tests of the kit.
TESTS: Final = tuple(name for name in dir(StoreConformance) if name.startswith("test_"))
