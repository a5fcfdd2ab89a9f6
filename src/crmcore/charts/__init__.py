"""Pictures of figures (extra ``charts``): Altair charts in one HTML file that needs no network."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from crmcore.charts.backtest import backtest_html

__all__ = ["backtest_html"]

_WHERE = {"backtest_html": "crmcore.charts.backtest"}
_PACKAGES = frozenset({"altair", "vl_convert"})


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used.

    :raises MissingExtra: Altair, or the scripts that draw, are not installed.
    """
    if name not in _WHERE:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        return getattr(import_module(_WHERE[name]), name)
    except ModuleNotFoundError as missing:
        if missing.name not in _PACKAGES:
            raise
        raise MissingExtra(name, "charts") from missing
