"""crmcore: customer protection as a library. Entities, lifecycles and policies are pure; the host brings storage."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcore.app.aio import AsyncCRM
    from crmcore.app.crm import CRM
    from crmcore.app.outcome import Denied, Outcome, Request
    from crmcore.app.policy import Policy, load_policy
    from crmcore.app.relay import Relay
    from crmcore.errors import (
        CrmError,
        Fault,
        Invalid,
        MissingExtra,
        NotFound,
        PolicyInvalid,
        Refused,
        StorageError,
        TooManyConflicts,
        UnknownName,
    )
    from crmcore.hooks import hookimpl
    from crmcore.kernel.actors import Actor
    from crmcore.kernel.money import Money
    from crmcore.kernel.refusals import Refusal
    from crmcore.storage.eventlog import Positioned

__version__ = "0.2.0"

_WHERE = {
    "CRM": "crmcore.app.crm",
    "Actor": "crmcore.kernel.actors",
    "AsyncCRM": "crmcore.app.aio",
    "CrmError": "crmcore.errors",
    "Denied": "crmcore.app.outcome",
    "Fault": "crmcore.errors",
    "Invalid": "crmcore.errors",
    "MissingExtra": "crmcore.errors",
    "Money": "crmcore.kernel.money",
    "NotFound": "crmcore.errors",
    "Outcome": "crmcore.app.outcome",
    "Policy": "crmcore.app.policy",
    "PolicyInvalid": "crmcore.errors",
    "Positioned": "crmcore.storage.eventlog",
    "Refusal": "crmcore.kernel.refusals",
    "Refused": "crmcore.errors",
    "Relay": "crmcore.app.relay",
    "Request": "crmcore.app.outcome",
    "StorageError": "crmcore.errors",
    "TooManyConflicts": "crmcore.errors",
    "UnknownName": "crmcore.errors",
    "hookimpl": "crmcore.hooks",
    "load_policy": "crmcore.app.policy",
}

__all__ = [
    "CRM",
    "Actor",
    "AsyncCRM",
    "CrmError",
    "Denied",
    "Fault",
    "Invalid",
    "MissingExtra",
    "Money",
    "NotFound",
    "Outcome",
    "Policy",
    "PolicyInvalid",
    "Positioned",
    "Refusal",
    "Refused",
    "Relay",
    "Request",
    "StorageError",
    "TooManyConflicts",
    "UnknownName",
    "__version__",
    "hookimpl",
    "load_policy",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import crmcore`` costs next to nothing (PEP 562)."""
    module = _WHERE.get(name)
    if module is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
