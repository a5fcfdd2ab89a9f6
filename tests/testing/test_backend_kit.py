"""The kit for whole backends must reject what is broken, and say so in a way that helps."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from crmcore.customers import Abandon, Protect
from crmcore.customers.commands import RecordFollowUp
from crmcore.errors import CrmError
from crmcore.testing.backend.base import Backend, fresh_space
from crmcore.testing.backend.conformance import TESTS, BackendConformance
from crmcore.testing.schedules import STAFF, START, Says, fill, registration
from crmcore.testing.store.kinds import fresh
from tests.testing.broken import UNITS

FACTORY = "tests.testing.broken:open_broken"
FAULTS = {
    "LostUpdates": "test_lifecycle_keeps_limits",
    "DoubleNames": "test_lifecycle_has_each_new_name_once",
    "LateFalls": "test_lifecycle_is_swept_to_the_microsecond",
    "ReorderedEvents": "test_lifecycle_in_batches",
    "ForgottenTexts": "test_lifecycle_agrees_with_memory",
    "EventsOfTheVetoed": "test_lifecycle_takes_back_what_is_vetoed",
    "SharedCounter": "test_lifecycle_keeps_spaces_apart",
    "FoldedPeople": "test_lifecycle_tells_people_apart",
    "SkippedBetweenPages": "test_lifecycle_is_counted_over_pages",
    "UndoneActions": "test_lifecycle_forgets_what_is_done",
    "Forgetful": "test_lifecycle_outlives_closing",
}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Backend]]:
    """Open a backend with a fault; what is found in it is not made smaller, for that takes long."""
    monkeypatch.setenv("CRM_KIT_SHRINK", "0")
    opened: list[Backend] = []

    def open_(fault: str) -> Backend:
        opened.append(Backend(FACTORY, {"fault": fault, "name": fresh()}))
        return opened[-1]

    yield open_
    for backend in opened:
        backend.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_simple_check_finds_nothing(broken, fault):
    """Each broken backend does what one person does in one space, one thing after the other."""
    crm = broken(fault).crm(space=fresh_space())
    li, wang = STAFF[0], STAFF[1]
    crm.handle(registration("C1", Says()), actor=li, at=START)
    crm.handle(fill(RecordFollowUp, "C1", Says(), START), actor=li, at=START)
    crm.handle(Abandon("C1", "no budget"), actor=li, at=START + timedelta(days=1))
    crm.handle(fill(Protect, "C1", Says(), START + timedelta(days=1)), actor=wang, at=START + timedelta(days=1))
    crm.sweep(at=START + timedelta(days=99))

    assert "pool" == crm.customer("C1", at=START + timedelta(days=99)).stage.name


@pytest.mark.parametrize(("fault", "test"), FAULTS.items(), ids=list(FAULTS))
def test_the_kit_rejects(broken, fault, test):
    """Each broken backend fails the test that is about its fault."""
    with pytest.raises((AssertionError, CrmError, ExceptionGroup)):
        getattr(BackendConformance(), test)(broken(fault))


def test_the_kit_rejects_who_acknowledges_too_early(tmp_path: Path):
    """A process that is killed takes along what it was told is stored: the kit notices."""
    location = {"url": f"sqlite:///{tmp_path / 'lazy.db'}"}
    backend = Backend("tests.testing.broken:Lazy", location)
    with pytest.raises(AssertionError):
        BackendConformance().test_lifecycle_survives_a_kill(backend)
    crm = backend.crm(space=fresh_space())
    crm.handle(registration("C1", Says()), actor=STAFF[0], at=START)

    assert "potential" == crm.customer("C1", at=START).stage.name
    assert [] == list(crm.verify())
    backend.close()


class TestUnbroken(BackendConformance):
    """What most broken ones are made of passes: it is the fault that is found, and nothing else."""

    factory = FACTORY
    examples = 8

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """The store without a fault."""
        return {"fault": "Unit", "name": fresh()}


class TestSideBySide(BackendConformance):
    """So does what the others are made of: a backend whose units run side by side, and which is right."""

    factory = FACTORY
    examples = 8

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """The store without a fault."""
        return {"fault": "Side", "name": fresh()}


class TestReadCommitted(BackendConformance):
    """So does one in which each operation sees what others have committed by then."""

    factory = FACTORY
    examples = 8

    @pytest.fixture
    def location(self) -> dict[str, str]:
        """The store without a fault."""
        return {"fault": "Fresh", "name": fresh()}


def test_every_fault_is_tried():
    """Whoever adds a fault says which test finds it."""
    assert set(FAULTS) == {*UNITS, "Forgetful"} - {"Unit", "Side", "Fresh"}
    assert set(FAULTS.values()) <= set(TESTS)


def test_how_hard_it_looks(monkeypatch: pytest.MonkeyPatch):
    """A quarter of what the profile says, unless the class says how many; without shrinking if told so."""
    monkeypatch.setenv("CRM_KIT_SHRINK", "0")
    plain = BackendConformance().effort()
    monkeypatch.delenv("CRM_KIT_SHRINK")
    few = type("Few", (BackendConformance,), {"examples": 3})().effort()

    assert max(1, settings().max_examples // 4) == plain.max_examples
    assert 3 == few.max_examples
    assert not {Phase.shrink, Phase.explain} & set(plain.phases)
    assert Phase.shrink in few.phases
    assert plain.deadline is None


def test_overriding_needs_a_reason():
    """Who overrides a test of the kit says why; a test of one's own needs no reason."""
    name = TESTS[0]
    with pytest.raises(TypeError, match=f"Silent overrides {name}: say why"):
        type("Silent", (BackendConformance,), {name: None})
    told = type("Told", (BackendConformance,), {name: None, "relaxed": {name: "it cannot"}, "test_mine": None})

    assert {name: "it cannot"} == vars(told)["relaxed"]


def test_a_factory_is_written_as_text():
    """With a colon between module and name."""
    with pytest.raises(TypeError, match="write it as 'module:callable'"):
        Backend("crmcore.storage.memory.open_memory", {})


FORGOTTEN = """
import pytest
from crmcore.testing.backend.conformance import BackendConformance

class TestNowhere(BackendConformance):
    factory = "crmcore.storage.memory:open_memory"

class TestNothing(BackendConformance):
    @pytest.fixture
    def location(self):
        return {}
"""


def test_what_an_author_forgets_is_told(tmp_path: Path):
    """A class without a location, or without a factory, says what to write."""
    (tmp_path / "test_mine.py").write_text(FORGOTTEN, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "shared_by_two", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTEST_ADDOPTS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert "the test class gives no location; write, for example:" in done.stdout
    assert "the test class has no factory: set factory = 'module:callable'" in done.stdout
    assert "2 errors" in done.stdout
