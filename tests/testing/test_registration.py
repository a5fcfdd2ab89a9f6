"""``st.from_type`` draws sensible data for our classes, and Hypothesis alone imports nothing of ours."""

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore import Actor, Policy
from crmcore.app.outcome import Request
from crmcore.customers import COMMANDS, Command, Customer
from crmcore.kernel.events import Envelope
from crmcore.testing.registration import CLASSES, WhenImported, register, register_module

CLASS_NAMES = sorted(name for classes in CLASSES.values() for name in classes)


def fresh_process(code: str) -> Any:
    """What code prints as JSON in a process of its own, where no plugin of Hypothesis has been called."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "HYPOTHESIS_NO_PLUGINS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


IMPORTED = "sorted(name for name in sys.modules if name.startswith('crmcore'))"


def test_hypothesis_alone_imports_next_to_nothing() -> None:
    """What the entry point calls imports itself, and neither attrs nor any class of ours."""
    code = "import sys, json, hypothesis; from crmcore.testing.registration import register; before = set(sys.modules)"
    imported, more = fresh_process(
        f"{code}; register(); print(json.dumps([{IMPORTED}, sorted(set(sys.modules) - before)]))"
    )

    assert ["crmcore", "crmcore.testing", "crmcore.testing.registration"] == imported
    assert [] == more


@pytest.mark.parametrize("first", ["register", "import"])
def test_classes_are_registered_whoever_comes_first(first: str) -> None:
    """It makes no difference whether crmcore or Hypothesis is imported first."""
    imports = "from crmcore import Actor, Policy; from crmcore.customers import Customer, Register, COMMANDS"
    called = "from crmcore.testing.registration import register; register()"
    order = (called, imports) if first == "register" else (imports, called)
    drawn = fresh_process(
        "import json, warnings\n"
        "from hypothesis import HealthCheck, given, settings, strategies as st\n"
        f"{order[0]}\n{order[1]}\n"
        "drawn = []\n"
        "for kind in (Actor, Policy, Customer, Register, COMMANDS['sign']):\n"
        "    @settings(max_examples=1, database=None, derandomize=True, suppress_health_check=list(HealthCheck))\n"
        "    @given(st.from_type(kind))\n"
        "    def draw(one):\n"
        "        assert isinstance(one, kind)\n"
        "    draw()\n"
        "    drawn.append(kind.__name__)\n"
        "print(json.dumps(drawn))"
    )

    assert ["Actor", "Policy", "Customer", "Register", "Sign"] == drawn


@pytest.mark.parametrize(
    "kind", [Actor, Command, Customer, Envelope, Policy, Request, *COMMANDS.values()], ids=lambda kind: kind.__name__
)
def test_each_class_is_drawn(kind: type) -> None:
    """Also in this process, however often one registers."""
    register()

    @settings(max_examples=5, database=None, suppress_health_check=list(HealthCheck))
    @given(st.from_type(kind))
    def draw(one: object) -> None:
        assert isinstance(one, kind)

    draw()


def test_every_class_that_is_named_is_there() -> None:
    """Names and modules are right, and the strategies exist."""
    from importlib import import_module

    from crmcore.testing import strategies

    for module, classes in CLASSES.items():
        found = import_module(module)
        register_module(found)
        for name, strategy in classes.items():
            assert isinstance(getattr(found, name), type)
            assert callable(getattr(strategies, strategy))
    assert ["Actor", "Command", "Customer", "Envelope", "Policy", "Register", "Request"] == CLASS_NAMES


def test_nobody_can_tell_who_loaded_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the import, the module has the loader it would have had; modules that are not asked for are left alone."""
    seen: list[str] = []
    finder = WhenImported(["colorsys"], lambda module: seen.append(module.__name__))
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    import colorsys

    assert ["colorsys"] == seen
    assert "SourceFileLoader" == type(colorsys.__loader__).__name__
    assert colorsys.__spec__ is not None
    assert colorsys.__loader__ is colorsys.__spec__.loader
    assert finder.find_spec("colorsys") is None


def test_a_module_that_does_not_exist_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finder that waits for it does not make it up."""
    finder = WhenImported(["crmcore_absent"], lambda _module: None)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    with pytest.raises(ModuleNotFoundError):
        __import__("crmcore_absent")

    assert finder in sys.meta_path


def test_the_installed_package_has_the_entry_point() -> None:
    """Hypothesis finds it by the group that it looks through."""
    try:
        points = distribution("crmcore").entry_points
    except PackageNotFoundError:
        pytest.skip("crmcore runs from its source here and is not installed, so it has no entry points")
    [point] = [point for point in points if point.group == "hypothesis"]

    assert "crmcore.testing.registration:register" == point.value
    assert point.load() is register
