"""The CRM that ``settings.CRMCORE`` describes, opened when it is first asked for."""

import threading
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils.module_loading import import_string

from crmcore.app.crm import CRM
from crmcore.app.policy import STANDARD
from crmcore.contrib.django.databases import url_of
from crmcore.errors import Fault, Invalid

SETTINGS: Final = ("overrides", "plugins", "policy", "url", "using")

_lock = threading.Lock()
_open: dict[str, CRM] = {}


def alias() -> str:
    """The database that ``settings.CRMCORE`` names."""
    name: str = _told().get("using", DEFAULT_DB_ALIAS)
    return name


def get_crm() -> CRM:
    """The CRM that ``settings.CRMCORE`` describes, one for the process: on the test database while tests run.

    ``CRMCORE`` may hold ``using`` (an alias of ``DATABASES``), ``url`` (instead of that database's own), ``policy``,
    ``overrides`` (as ``CRM.open`` takes them) and ``plugins`` (dotted paths).

    :raises Invalid: a setting is unknown, or crmcore cannot reach the database by a URL.
    :raises Unavailable: the database cannot be used.
    """
    told = _told()
    with _lock:
        url = told.get("url") or url_of(alias())
        if url not in _open:
            plugins = [import_string(path) for path in told.get("plugins", ())]
            policy, overrides = told.get("policy", STANDARD), told.get("overrides")
            _open[url] = CRM.open(url, policy=policy, overrides=overrides, plugins=plugins)
        return _open[url]


def close_crm() -> None:
    """Close what ``get_crm`` has opened, so that its database can be dropped; asked again, it opens anew."""
    with _lock:
        while _open:
            _open.popitem()[1].close()


def _told() -> Mapping[str, Any]:
    told: Mapping[str, Any] = getattr(settings, "CRMCORE", {})
    unknown = [name for name in told if name not in SETTINGS]
    if unknown:
        raise Invalid([Fault(f"CRMCORE.{name}", "unknown-field", f"one of {', '.join(SETTINGS)}") for name in unknown])
    return told
