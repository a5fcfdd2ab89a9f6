"""The kit accepts sound stores, and rejects each broken one by the test that is meant to find its fault."""

from pathlib import Path

import pytest

from crmcore.testing.store.conformance import LAYERS, TESTS
from tests.kit.faults import FAULTS
from tests.kit.layers import layer_of
from tests.kit.opening import SOUND
from tests.kit.running import Report, run

SUITE = "tests/kit/suite.py"


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Give what the named tests say of each broken store; all of them run in one process."""
    selected = [f"{SUITE}::Test{part}::{test}" for part, (_, tests) in FAULTS.items() for test in tests]
    return run(tmp_path_factory.mktemp("broken"), *selected)


@pytest.mark.parametrize("part", FAULTS)
def test_broken_stores_are_rejected(verdicts: Report, part: str) -> None:
    """The kit finds the fault, by failing tests and not by errors around them, and says which promise is broken."""
    for test in FAULTS[part][1]:
        result = verdicts[part, test]

        assert (test, "failure") == (test, result.kind)
        assert "broken – " in result.text


@pytest.mark.parametrize("part", SOUND)
def test_sound_stores_are_accepted(tmp_path: Path, part: str) -> None:
    """What the broken stores are made of passes the whole kit: it is the fault that is rejected."""
    report = run(tmp_path, f"{SUITE}::Test{part}")

    assert {} == {test: result for test, result in report.items() if result.kind not in {"passed", "skipped"}}
    assert len(report) > 150


def test_the_broken_rule_is_told_in_full(verdicts: Report) -> None:
    """A failing test names the rule of the interface by number and in words."""
    result = verdicts["AltersBodies", "test_bodies_are_byte_exact[json]"]

    assert "rule 1 of crmcore.storage.interface: A body comes back byte for byte." in result.text


def test_every_layer_has_its_faults() -> None:
    """No layer suffices alone: each has faults that were put there for it to find."""
    found = {layer_of(name_of(test)) for _, tests in FAULTS.values() for test in tests}

    assert set(LAYERS) == found


def test_every_test_of_the_kit_can_fail() -> None:
    """Each test of the kit is named by some broken store that it must reject."""
    named = {name_of(test) for _, tests in FAULTS.values() for test in tests}

    assert [] == sorted({*TESTS} - named)


def name_of(test: str) -> str:
    """The name of a test without its parameters."""
    return test.partition("[")[0]
