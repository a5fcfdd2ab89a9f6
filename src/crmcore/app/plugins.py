"""Finding plugins, and what each kind of contribution comes to. Everything is resolved once, when a CRM is opened."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import pluggy

from crmcore import hooks
from crmcore.app.calendars import BUILTIN
from crmcore.errors import ObserverFailed, UnknownName
from crmcore.kernel.actors import Authorise
from crmcore.kernel.calendar import Calendar
from crmcore.kernel.entities import Kind
from crmcore.kernel.events import Envelope, Upcaster
from crmcore.people import MaySee
from crmcore.storage import memory, sqlalchemy, sqlite
from crmcore.storage.interface import Store, StoreBackend, UnitOfWork

if TYPE_CHECKING:
    from crmcore.scoring import Feature, Source


class Builtin:
    """What crmcore brings itself, contributed like any plugin's."""

    @hooks.hookimpl
    def crmcore_calendars(self) -> Mapping[str, Callable[[], Calendar]]:
        """The working calendars shipped."""
        return BUILTIN


class Plugins:
    """The plugins of one CRM: those shipped, those installed (entry points of the group ``crmcore``), those given."""

    def __init__(self, given: Iterable[object] = ()) -> None:
        manager = pluggy.PluginManager(hooks.PROJECT)
        manager.add_hookspecs(hooks)
        for shipped in (memory, sqlite, sqlalchemy, Builtin()):
            manager.register(shipped)
        for name, plugin in _installed(tuple(sys.path)):
            manager.register(plugin, name)
        for plugin in given:
            manager.register(plugin)
        manager.check_pending()
        hook = manager.hook
        self._before_commit: Callable[..., object] | None = _called(hook.crmcore_before_commit)
        self._after_commit: Callable[..., object] | None = _called(hook.crmcore_after_commit)
        self.authorise: Authorise | None = hook.crmcore_authorise()
        self.may_see: MaySee | None = hook.crmcore_may_see()
        self.kinds: tuple[Kind, ...] = tuple(chain.from_iterable(hook.crmcore_kinds()))
        self.upcasters: tuple[Upcaster, ...] = tuple(chain.from_iterable(hook.crmcore_upcasters()))
        self.backends: dict[str, StoreBackend] = {
            scheme: backend
            for backend in reversed(list(chain.from_iterable(hook.crmcore_store_backends())))
            for scheme in backend.schemes
        }
        self._factors: list[Mapping[str, Source | Callable[..., Feature]]] = list(hook.crmcore_factors())
        self._calendars: dict[str, Callable[[], Calendar]] = {}
        for offered in reversed(hook.crmcore_calendars()):
            self._calendars.update(offered)

    def open_store(self, url: str) -> Store:
        """Open the storage a URL names.

        :raises UnknownName: nothing installed serves its scheme.
        """
        scheme = url.partition(":")[0]
        backend = self.backends.get(scheme)
        if backend is None:
            raise UnknownName("storage", scheme, sorted(self.backends))
        return backend.open(url)

    def sources(self) -> dict[str, "Source | Callable[..., Feature]"]:
        """Where scoring policies may take their features from: what is shipped, and what plugins offer."""
        from crmcore.scoring import SOURCES  # noqa: PLC0415  (only who scores needs it)

        found: dict[str, Source | Callable[..., Feature]] = dict(SOURCES)
        for offered in reversed(self._factors):
            found.update(offered)
        return found

    def calendar(self, name: str) -> Calendar:
        """The working calendar a policy names.

        :raises UnknownName: no plugin offers it.
        """
        make = self._calendars.get(name)
        if make is None:
            raise UnknownName("calendar", name, sorted(self._calendars))
        return make()

    def before_commit(self, uow: UnitOfWork, changes: Sequence[Envelope]) -> None:
        """Let plugins veto a change by raising."""
        if self._before_commit is not None and changes:
            self._before_commit(uow=uow, changes=tuple(changes))

    @property
    def observes(self) -> bool:
        """Whether any plugin wants to be told of what is stored."""
        return self._after_commit is not None

    def after_commit(self, events: Sequence[Envelope]) -> None:
        """Tell plugins that something is stored.

        :raises ObserverFailed: one of them raised; its own error would be taken for that of what is stored.
        """
        if self._after_commit is None:
            return
        try:
            self._after_commit(events=events)
        except Exception as error:
            raise ObserverFailed(type(error).__name__) from error


@cache
def _installed(paths: tuple[str, ...]) -> tuple[tuple[str, object], ...]:  # noqa: ARG001  (what is found depends on them)
    """The plugins that are installed, by name; asking all installed packages takes longer than opening a storage."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.load_setuptools_entrypoints(hooks.PROJECT)
    return tuple(manager.list_name_plugin())


def _called(hook: "pluggy.HookCaller") -> Callable[..., object] | None:
    """The hook, unless nobody implements it: a call with no one to call still costs a microsecond."""
    return hook if hook.get_hookimpls() else None
