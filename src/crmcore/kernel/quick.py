"""Frozen records that are made in half the time, for the classes that every step makes anew.

The constructor of a frozen attrs class sets each field through ``object.__setattr__``. Here it fills the same object
while that is of a twin class, alike in layout and open to assignment, and then gives it its own class back. Nothing
else differs: equality, hash, ``repr``, ``evolve``, copying and pickling are those of attrs, which a test compares.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import attrs

from crmcore.kernel.defaults import factory_of

P = ParamSpec("P")
T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """Give a class made by ``frozen(weakref_slot=False)`` the faster constructor.

    :raises TypeError: a field has a validator, a converter or must be named: such a class does more than keep fields.
    """
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)  # type: ignore[arg-type]
    if any(field.validator or field.converter or field.kw_only or not field.init for field in fields):
        msg = f"{cls.__name__} does more than keep its fields"
        raise TypeError(msg)
    names = _names(cls, fields)
    made = _compiled("__init__", ["self"], "    become(self, '__class__', twin)", fields, names)
    made.__annotations__, made.__qualname__ = cls.__init__.__annotations__, f"{cls.__qualname__}.__init__"
    setattr(cls, "__init__", made)  # noqa: B010 — a type checker sees no plain assignment to a method
    return cls


def maker(cls: Callable[P, T]) -> Callable[P, T]:
    """A function that makes objects of a quick class, in two thirds of the time that calling the class takes.

    Python calls a function faster than a class, and the object need not be turned into one of the twin class first.
    """
    quick_class: Any = cls
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(quick_class)
    made: Callable[P, T] = _compiled("make", [], "    self = twin()", fields, _names(cls, fields), "    return self")
    return made


def evolver(cls: type[T]) -> Callable[..., T]:
    """A function that does what ``attrs.evolve`` does for objects of a quick class, in a quarter of the time."""
    quick_class: Any = cls
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(quick_class)
    kept = [f"    made.{field.name} = self.{field.name}" for field in fields]
    changed = ["    for name, value in changes.items():", "        set(made, name, value)"]
    names: dict[str, Any] = {**_names(cls, fields), "set": setattr}
    lines = ["def evolved(self, **changes):", "    made = twin()", *kept, *changed, "    made.__class__ = cls"]
    exec("\n".join([*lines, "    return made"]), names)  # noqa: S102 — as attrs itself makes its constructors
    made: Callable[..., T] = names["evolved"]
    return made


def _names(cls: Any, fields: "tuple[attrs.Attribute[Any], ...]") -> dict[str, Any]:
    """What the constructors of a class may use by name."""
    twin = type(f"_{cls.__name__}", cls.__bases__, {"__slots__": tuple(field.name for field in fields)})
    return {
        "__name__": cls.__module__,
        "twin": twin,
        "cls": cls,
        "become": object.__setattr__,
        "NOTHING": attrs.NOTHING,
    }


def _compiled(
    name: str,
    parameters: list[str],
    begin: str,
    fields: "tuple[attrs.Attribute[Any], ...]",
    names: dict[str, Any],
    *end: str,
) -> Any:
    """A constructor: an object of the twin class, its fields filled, turned into one of the class itself."""
    made, kept = [], []
    for field in fields:
        factory = factory_of(field)
        if field.default is attrs.NOTHING:
            parameters.append(field.name)
        elif factory is not None:
            names[f"make_{field.name}"] = factory
            parameters.append(f"{field.name}=NOTHING")
            made.append(f"    if {field.name} is NOTHING: {field.name} = make_{field.name}()")
        else:
            names[f"usual_{field.name}"] = field.default
            parameters.append(f"{field.name}=usual_{field.name}")
        kept.append(f"    self.{field.name} = {field.name}")
    lines = [f"def {name}({', '.join(parameters)}):", begin, *made, *kept, "    self.__class__ = cls", *end]
    exec("\n".join(lines), names)  # noqa: S102 — as attrs itself makes its constructors
    return names[name]
