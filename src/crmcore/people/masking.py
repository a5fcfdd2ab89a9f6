"""Personal data in forms that tell who it may be and not how to reach them: 138****8000, 张**, z***@example.com.

What is masked follows from the marks on the classes (``kernel.personal``), and a field for which no form is known is
hidden as a whole. So a field added tomorrow is masked until somebody says otherwise.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

#: What stands for a value that is there and not shown.
HIDDEN: Final = "***"

#: Digits of a number that are shown, at its beginning and its end, if it has at least so many.
_SHOWN: Final = ((10, 3, 4), (7, 0, 2))


def mask_name(name: str) -> str:
    """The first character; of a name that is just one, none."""
    return f"{name[0]}**" if len(name) > 1 else HIDDEN


def mask_number(number: str) -> str:
    """The first three and the last four digits of a long number, the last two of a shorter one."""
    digits = "".join(character for character in number if character.isdigit())
    for least, first, last in _SHOWN:
        if len(digits) >= least:
            return f"{digits[:first]}****{digits[-last:]}"
    return HIDDEN


def mask_email(address: str) -> str:
    """The first character and the domain."""
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        return HIDDEN
    return f"{local[0]}***@{domain}" if len(local) > 1 else f"{HIDDEN}@{domain}"


#: The form of each field that has one, by its name; everything else personal is hidden.
FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": mask_name,
    "phone": mask_number,
    "mobile": mask_number,
    "fax": mask_number,
    "email": mask_email,
}


def mask(field: str, value: Any) -> Any:
    """A personal value as those see it who may not see it; what is not there stays so."""
    if value in (None, "", (), {}):
        return value
    if isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    form = FORMS.get(field)
    return form(value.strip()) if form is not None and isinstance(value, str) and value.strip() else HIDDEN


def masked(value: Any, path: str, sees: Callable[[str], bool]) -> Any:
    """An object as plain data, each personal field masked unless ``sees`` says yes to its dotted path.

    Places in lists are no part of a path: ``contacts.name`` is the name of each.
    """
    if isinstance(value, tuple | list):
        return [masked(item, path, sees) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    if not attrs.has(type(value)):
        return value
    shown: dict[str, Any] = {}
    for attribute in attrs.fields(type(value)):
        inner, below = getattr(value, attribute.name), f"{path}.{attribute.name}"
        hidden = attribute.metadata.get("personal") and not sees(below)
        shown[attribute.name] = mask(attribute.name, inner) if hidden else masked(inner, below, sees)
    return shown
