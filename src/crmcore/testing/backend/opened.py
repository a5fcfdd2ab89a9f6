"""Opening a backend by what a test class says of it; processes that the kit starts do it again."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from crmcore.app.plugins import Plugins
from crmcore.storage.interface import Store


def opened(factory: str, location: Mapping[str, Any]) -> Store:
    """The store that ``factory``, written as "module:callable", opens at a location.

    :raises TypeError: the factory is not written so.
    """
    module, separator, name = factory.partition(":")
    if not separator:
        msg = f"factory is {factory!r}; write it as 'module:callable', such as 'crmcore_mine:open_store'"
        raise TypeError(msg)
    store: Store = getattr(import_module(module), name)(**location)
    return store


def open_url(url: str) -> Store:
    """Open whatever storage a URL names, by the plugins installed: a factory for backends that have a scheme.

    :raises UnknownName: nothing installed serves its scheme.
    """
    return Plugins().open_store(url)
