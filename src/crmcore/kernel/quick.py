"""Frozen records that are made in half the time, for the classes that every step makes anew.

The constructor of a frozen attrs class sets each field through ``object.__setattr__``. Here it fills the same object
while that is of a twin class, alike in layout and open to assignment, and then gives it its own class back. Nothing
else differs: equality, hash, ``repr``, ``evolve``, copying and pickling are those of attrs, which a test compares.
"""

from typing import Any, TypeVar

import attrs

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """Give a class made by ``frozen(weakref_slot=False)`` the faster constructor.

    :raises TypeError: a field has a validator, a converter or must be named: such a class does more than keep fields.
    """
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)  # type: ignore[arg-type]
    if any(field.validator or field.converter or field.kw_only or not field.init for field in fields):
        msg = f"{cls.__name__} does more than keep its fields"
        raise TypeError(msg)
    twin = type(f"_{cls.__name__}", cls.__bases__, {"__slots__": tuple(field.name for field in fields)})
    names: dict[str, Any] = {"twin": twin, "cls": cls, "become": object.__setattr__, "NOTHING": attrs.NOTHING}
    exec(_source(fields, names), names)  # noqa: S102 — as attrs itself makes its constructors
    made = names["__init__"]
    made.__annotations__, made.__qualname__ = cls.__init__.__annotations__, f"{cls.__qualname__}.__init__"
    setattr(cls, "__init__", made)  # noqa: B010 — a type checker sees no plain assignment to a method
    return cls


def _source(fields: "tuple[attrs.Attribute[Any], ...]", names: dict[str, Any]) -> str:
    """The constructor's text; the defaults are put among the names it may use."""
    parameters, made, kept = ["self"], [], []
    for field in fields:
        name, default = field.name, field.default
        if default is attrs.NOTHING:
            parameters.append(name)
        elif isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            names[f"make_{name}"] = default.factory  # type: ignore[union-attr]
            parameters.append(f"{name}=NOTHING")
            made.append(f"    if {name} is NOTHING: {name} = make_{name}()")
        else:
            names[f"usual_{name}"] = default
            parameters.append(f"{name}=usual_{name}")
        kept.append(f"    self.{name} = {name}")
    head = [f"def __init__({', '.join(parameters)}):", "    become(self, '__class__', twin)"]
    return "\n".join([*head, *made, *kept, "    self.__class__ = cls"])
