"""Who a customer is, as far as recognising it goes."""

from typing import Any, Final, Literal

import attrs
from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.validators import SHORT
from crmcore.matching.parts import NOBODY, NameParts, parse
from crmcore.matching.regions import areas_of

#: Characters of a name, or of what is typed to find one: no more can be on record.
LONGEST: Final = SHORT


def too_long(path: str) -> Fault:
    """What is wrong with a text of more characters."""
    return Fault(path, "too-long", f"at most {LONGEST:,} characters")


def _short(_instance: Any, attribute: "attrs.Attribute[Any]", value: str | tuple[str, ...] | None) -> None:
    """A validator: no text longer than what can be on record, which may take for ever to be taken apart."""
    longest = 0 if not value else len(value) if isinstance(value, str) else max(map(len, value))
    if longest > LONGEST:
        raise Invalid([too_long(attribute.name)])


@frozen
class Identity:
    """What two records of one customer may agree in; ``phones`` and ``emails`` hold those of contacts as well.

    :raises Invalid: a text is longer than what can be on record.
    """

    name: str = field(validator=_short, repr=False, metadata=PERSONAL)
    kind: Literal["enterprise", "individual"] = "enterprise"
    region: str | None = field(default=None, validator=_short)
    phones: tuple[str, ...] = field(default=(), validator=_short, repr=False, metadata=PERSONAL)
    emails: tuple[str, ...] = field(default=(), validator=_short, repr=False, metadata=PERSONAL)
    website: str | None = field(default=None, validator=_short, repr=False, metadata=PERSONAL)
    credit_code: str | None = field(default=None, validator=_short, repr=False, metadata=PERSONAL)
    tax_id: str | None = field(default=None, validator=_short, repr=False, metadata=PERSONAL)


def parts_of(identity: Identity) -> NameParts:
    """The parts of an enterprise's name; where the name tells no region, the areas of the region that is given.

    People are not compared by parts of their names: for an individual the parts are those of nobody.
    """
    if identity.kind == "individual":
        return NOBODY
    parts = parse(identity.name)
    if parts.areas or not identity.region:
        return parts
    return attrs.evolve(parts, areas=areas_of(identity.region))
