"""Makes ``st.from_type(Customer)`` and its like draw sensible data; the entry point ``hypothesis`` calls ``register``.

Hypothesis calls it in every process that imports Hypothesis where crmcore is installed, for crmcore's sake or not. So
nothing of crmcore is imported for it: each module's classes are registered when that module is imported, by whoever
imports it, through a finder on ``sys.meta_path``. The strategies themselves are imported when one is first drawn from.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

#: By module: its classes, each with the name of the strategy that draws it.
CLASSES: Mapping[str, Mapping[str, str]] = {
    "crmcore.app.outcome": {"Request": "requests"},
    "crmcore.app.policy": {"Policy": "policies"},
    "crmcore.customers": {"Customer": "stored_customers", "Command": "commands", "Register": "customers"},
    "crmcore.kernel.actors": {"Actor": "actors"},
    "crmcore.kernel.events": {"Envelope": "envelopes"},
}


def register() -> None:
    """Register the strategies of what is imported already, and see to it that those of the rest will be."""
    waiting = [name for name in CLASSES if name not in sys.modules]
    for name in CLASSES:
        if name not in waiting:
            register_module(sys.modules[name])
    if waiting:
        sys.meta_path.insert(0, WhenImported(waiting, register_module))


def register_module(module: ModuleType) -> None:
    """Register the strategies for the classes of one module."""
    from hypothesis.strategies import register_type_strategy  # noqa: PLC0415  (it is being imported when we are)

    for name, strategy in CLASSES[module.__name__].items():
        register_type_strategy(getattr(module, name), _drawn_by(strategy))
    for command in getattr(module, "COMMANDS", {}).values():
        if command is not module.Register:
            register_type_strategy(command, _command_of)


def _drawn_by(name: str) -> Callable[[type[Any]], Any]:
    def strategy(_cls: type[Any]) -> Any:
        return getattr(import_module("crmcore.testing.strategies"), name)()

    return strategy


def _command_of(cls: type[Any]) -> Any:
    return import_module("crmcore.testing.strategies").commands(kinds=[cls])


class WhenImported(MetaPathFinder):
    """Calls ``then`` with each of some modules once, right after it has been imported.

    It stays on ``sys.meta_path``, where it costs nothing: another thread might be going through that list.
    """

    def __init__(self, names: Sequence[str], then: Callable[[ModuleType], object]) -> None:
        self._names = set(names)
        self._then = then

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002  (the method of every finder)
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find one of the modules as everybody else does, and load it with a word afterwards."""
        if fullname not in self._names:
            return None
        self._names.discard(fullname)  # the search below comes by here again
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Followed(spec.loader, self._then)
        return spec


class _Followed(Loader):
    """Loads as another loader does, and then calls a function with the module."""

    def __init__(self, loader: Loader, then: Callable[[ModuleType], object]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as the other does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module; from then on nobody can tell that it was not the other who loaded it."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._then(module)
