"""Who a customer is, as far as recognising it goes."""

from typing import Literal

import attrs
from attrs import field, frozen

from crmcore.kernel.personal import PERSONAL
from crmcore.matching.parts import NOBODY, NameParts, parse
from crmcore.matching.regions import areas_of


@frozen
class Identity:
    """What two records of one customer may agree in; ``phones`` and ``emails`` hold those of contacts as well."""

    name: str = field(repr=False, metadata=PERSONAL)
    kind: Literal["enterprise", "individual"] = "enterprise"
    region: str | None = None
    phones: tuple[str, ...] = field(default=(), repr=False, metadata=PERSONAL)
    emails: tuple[str, ...] = field(default=(), repr=False, metadata=PERSONAL)
    website: str | None = field(default=None, repr=False, metadata=PERSONAL)
    credit_code: str | None = field(default=None, repr=False, metadata=PERSONAL)
    tax_id: str | None = field(default=None, repr=False, metadata=PERSONAL)


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
