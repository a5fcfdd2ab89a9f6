"""What hosts and plugin authors import in their own tests; the extra ``testing`` brings what it needs.

Names are loaded when they are first asked for: who draws from strategies need not have pytest, and a worker process
that the kit starts has neither.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcore.testing.backend.conformance import BackendConformance
    from crmcore.testing.scenario import Scenario
    from crmcore.testing.store.conformance import StoreConformance
    from crmcore.testing.store.host import HostTransaction

__all__ = ["BackendConformance", "HostTransaction", "Scenario", "StoreConformance"]

#: Where each name comes from.
_MODULES = {
    "BackendConformance": "crmcore.testing.backend.conformance",
    "HostTransaction": "crmcore.testing.store.host",
    "StoreConformance": "crmcore.testing.store.conformance",
    "Scenario": "crmcore.testing.scenario",
}

#: Packages whose asserts show, when they fail, what was compared.
_REWRITTEN = ("crmcore.testing.backend", "crmcore.testing.store")

if "pytest" in sys.modules:
    sys.modules["pytest"].register_assert_rewrite(*_REWRITTEN)


def __getattr__(name: str) -> object:
    """A name of the table, loaded now."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        module = import_module(_MODULES[name])
    except ModuleNotFoundError as error:
        if error.name in {"hypothesis", "pytest"}:
            # Hypothesis imports this package to find our strategies: until something is asked for, it costs nothing.
            from crmcore.errors import MissingExtra  # noqa: PLC0415

            raise MissingExtra(f"{__name__}.{name}", "testing") from error
        raise
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
