"""What plugins may contribute. A plugin is a module, named by an entry point of the group ``crmcore``.

Hooks are asked once, when a ``CRM`` is opened; no operation goes through them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from crmcore.kernel.actors import Authorise
    from crmcore.kernel.calendar import Calendar
    from crmcore.kernel.entities import Kind
    from crmcore.kernel.events import Envelope, Upcaster
    from crmcore.people import MaySee
    from crmcore.scoring import Feature, Source
    from crmcore.storage.interface import StoreBackend, UnitOfWork

PROJECT: Final = "crmcore"

hookspec: Final[pluggy.HookspecMarker] = pluggy.HookspecMarker(PROJECT)
hookimpl: Final[pluggy.HookimplMarker] = pluggy.HookimplMarker(PROJECT)


@hookspec
def crmcore_store_backends() -> "Sequence[StoreBackend]":  # type: ignore[empty-body]
    """The storage backends this plugin offers."""


@hookspec
def crmcore_kinds() -> "Sequence[Kind]":  # type: ignore[empty-body]
    """Kinds of records this plugin keeps in the same storage."""


@hookspec
def crmcore_upcasters() -> "Sequence[Upcaster]":  # type: ignore[empty-body]
    """Steps that lift an event of an older schema version to the next."""


@hookspec
def crmcore_calendars() -> "Mapping[str, Callable[[], Calendar]]":  # type: ignore[empty-body]
    """Working calendars by the name a policy uses."""


@hookspec
def crmcore_factors() -> "Mapping[str, Source | Callable[..., Feature]]":  # type: ignore[empty-body]
    """Sources of features, by the name that factors of a scoring policy use."""


@hookspec(firstresult=True)
def crmcore_authorise() -> "Authorise | None":
    """A function that decides who may give a command, instead of the lifecycle table; the first one given is used."""


@hookspec(firstresult=True)
def crmcore_may_see() -> "MaySee | None":
    """A function that decides who sees what of a customer, instead of policy; the first one given is used."""


@hookspec
def crmcore_before_commit(uow: "UnitOfWork", changes: "Sequence[Envelope]") -> None:
    """Called inside the transaction, before it commits; raising vetoes the change.

    A ``Conflict`` or ``UniqueViolation`` of ``uow`` means that others were faster: the command is decided again, up to
    20 times, and this is called again. A plugin that writes a unique key of its own therefore looks first who has it,
    and raises an error of its own if it is taken for good; else the command ends in ``TooManyConflicts``, whose cause
    names the kind and the index.

    Among the changes stands an ``erased`` event where a person is erased: a plugin that keeps personal data in records
    of its own deletes them here, in the same transaction.
    """


@hookspec
def crmcore_after_commit(events: "Sequence[Envelope]") -> None:
    """A wake-up after the commit; the event log is the truth."""
