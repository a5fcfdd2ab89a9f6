"""Scoring whole tables at once with polars (extra ``polars``), to the very digit what scoring case by case gives."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from crmcore.columnar.features import features_frame
    from crmcore.columnar.scoring import score_frame

__all__ = ["features_frame", "score_frame"]

_WHERE = {"features_frame": "crmcore.columnar.features", "score_frame": "crmcore.columnar.scoring"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used.

    :raises MissingExtra: polars is not installed.
    """
    if name not in _WHERE:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        return getattr(import_module(_WHERE[name]), name)
    except ModuleNotFoundError as missing:
        if missing.name != "polars":
            raise
        raise MissingExtra(name, "polars") from missing
