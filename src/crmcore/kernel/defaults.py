"""What a field of an attrs class holds when nothing is said."""

from collections.abc import Callable
from typing import Any

import attrs


def factory_of(field: "attrs.Attribute[Any]") -> Callable[[], Any] | None:
    """What makes the default anew each time; None where that is one value, or there is none."""
    default: Any = field.default
    # attrs has Factory typed as a function, though it is a class.
    return default.factory if isinstance(default, attrs.Factory) else None  # type: ignore[arg-type]


def default_of(field: "attrs.Attribute[Any]") -> Any:
    """The default, made anew where it is made; ``attrs.NOTHING`` where there is none."""
    factory = factory_of(field)
    return field.default if factory is None else factory()
