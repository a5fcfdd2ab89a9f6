"""What an author writes, and what is said when something of it is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from crmcore.storage.interface import MOST_TEXT
from crmcore.testing import StoreConformance
from crmcore.testing.store.agreement import profile
from crmcore.testing.store.conformance import LAYERS, TESTS
from crmcore.testing.store.rules import PROMISES, RULES, promise
from tests.kit.layers import layer_of
from tests.kit.running import Report, run

#: Classes that lack something, and what is said; "store" opens a memory store that claims to join.
AUTHORS = """
import pytest

from crmcore.storage.memory import MemoryStore, open_memory
from crmcore.testing import StoreConformance


class Joining(MemoryStore):
    capabilities = frozenset({"join", "durable", "threads"})


def open_store(**location):
    return Joining()


class Located(StoreConformance):
    factory = f"{__name__}:open_store"

    @pytest.fixture
    def location(self):
        return {}


class TestNoLocation(StoreConformance):
    factory = f"{__name__}:open_store"


class TestNoFactory(StoreConformance):
    @pytest.fixture
    def location(self):
        return {}


class TestNoModule(Located):
    factory = "open_store"


class TestNoHost(Located):
    pass


class TestNotPlain(Located):
    @pytest.fixture
    def location(self):
        return {"path": object()}


class TestRelaxed(Located):
    relaxed = {"test_empty_work": "our units are never empty"}

    def test_empty_work(self):
        pytest.xfail("see relaxed")
"""

SAID = {
    ("NoLocation", "test_empty_work"): ("error", "the test class gives no location; write, for example:"),
    ("NoFactory", "test_empty_work"): ("error", "the test class has no factory: set factory = 'module:callable'"),
    ("NoModule", "test_empty_work"): ("error", "factory is 'open_store'; write it as 'module:callable'"),
    ("NoHost", "test_both_commit"): ("error", 'the store declares "join", and the test class gives no host to join'),
    ("NotPlain", "test_killed_while_committing"): ("failure", "the location must be plain data that JSON can carry"),
    ("Relaxed", "test_empty_work"): ("skipped", "see relaxed"),
    ("NoHost", "test_no_record_is_claimed_twice"): ("skipped", "the store does not declare it – Capability claim"),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Give what is said to authors of incomplete classes."""
    folder = tmp_path_factory.mktemp("authors")
    file = folder / "test_authors.py"
    file.write_text(AUTHORS, encoding="utf-8")
    return run(folder, *(f"{file}::Test{part}::{test}" for part, test in SAID))


@pytest.mark.parametrize(("part", "test"), SAID)
def test_what_is_missing_is_told(report: Report, part: str, test: str) -> None:
    """An author is told what to write, and why a test is skipped."""
    kind, text = SAID[part, test]

    assert kind == report[part, test].kind
    assert text in report[part, test].text


def test_overriding_needs_a_reason() -> None:
    """A class that overrides tests without reasons cannot be made, and is told which tests."""
    with pytest.raises(TypeError, match="TestMine overrides test_bounds, test_stale: say why in relaxed"):
        type("TestMine", (StoreConformance,), {"test_bounds": None, "test_stale": None, "relaxed": {"test_stale": " "}})


def test_overriding_by_a_mixin_needs_a_reason() -> None:
    """A class that stands before the kit among the bases overrides as well."""
    mixin = type("Mixin", (), {"test_bounds": None})

    with pytest.raises(TypeError, match="overrides test_bounds"):
        type("TestMine", (mixin, StoreConformance), {})


def test_reasons_fit_what_is_overridden() -> None:
    """A reason for a test that is not overridden, or not there, is a slip of the pen."""
    with pytest.raises(TypeError, match=r"TestMine\.relaxed names test_bound, which it does not override"):
        type("TestMine", (StoreConformance,), {"relaxed": {"test_bound": "a reason"}})
    made = type("TestMine", (StoreConformance,), {"relaxed": {"test_bounds": "a reason"}, "test_bounds": None})

    assert getattr(made, "test_bounds", "kept") is None


def test_every_test_proves_something() -> None:
    """Each test of the kit names a rule or a promise that there is, belongs to one layer, and has a docstring."""
    for name in TESTS:
        test = getattr(StoreConformance, name)

        assert test.kit_rules
        assert {*test.kit_rules} <= {*RULES, *PROMISES}
        assert test.__doc__
        assert layer_of(name) in LAYERS


def test_every_rule_is_proved() -> None:
    """Each numbered rule and each promise has a test, but for the absence of clocks, which none can see."""
    proved = {rule for name in TESTS for rule in getattr(StoreConformance, name).kit_rules}

    assert {*RULES, *PROMISES} - {7} == proved
    assert list(range(1, 13)) == sorted(RULES)
    assert "rule 3 of crmcore.storage.interface: The ids of one batch are distinct." in promise(3)
    assert MOST_TEXT == 190


def test_shrinking_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """CRM_KIT_SHRINK=0 takes shrinking out of the settings, and nothing else."""
    monkeypatch.delenv("CRM_KIT_SHRINK", raising=False)
    usual = profile(7)
    monkeypatch.setenv("CRM_KIT_SHRINK", "0")
    quick = profile(None)

    assert {"shrink", "explain"} == {phase.name for phase in {*usual.phases} - {*quick.phases}}
    assert 7 == usual.max_examples
    assert quick.deadline is None


IMPORTED = """
import sys
import crmcore.testing, crmcore.testing.store.worker, crmcore.testing.store.kinds
print(sorted({"pytest", "hypothesis", "_pytest"} & set(sys.modules)))
sys.modules["hypothesis"] = None
try:
    crmcore.testing.StoreConformance
except crmcore.errors.MissingExtra as error:
    print(error)
print("StoreConformance" in dir(crmcore.testing), hasattr(crmcore.testing, "Nothing"))
"""


def test_names_are_loaded_when_asked_for(tmp_path: Path) -> None:
    """The package, and what workers need of it, load neither pytest nor Hypothesis; who lacks them is told."""
    output = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True).stdout

    assert [
        "[]",
        "crmcore.testing.StoreConformance needs more packages: pip install 'crmcore[testing]'",
        "True False",
    ] == output.splitlines()
