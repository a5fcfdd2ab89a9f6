"""What policy says of people's data: for what it may be used, who sees it, which references are taken."""

from typing import Final

import attrs
from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.actors import right
from crmcore.kernel.validators import Text, Whole
from crmcore.people.consents import BASES

_NAME = Text(60)
#: Fields of an enterprise that everybody sees: it is what others must know in order not to register it again.
_FIRM: Final = ("profile.name",)


@frozen
class Purpose:
    """A purpose that data may be used for (A-03): on one of ``bases``, for ``days`` after it is given; 0 has no end."""

    name: str = field(validator=_NAME)
    bases: tuple[str, ...] = BASES
    days: int = field(default=0, validator=Whole(0, 36_500))

    def __attrs_post_init__(self) -> None:
        """Refuse a purpose without a name, and a basis that is none."""
        faults: list[Fault] = []
        if not self.name.strip():
            faults.append(Fault("name", "empty", "the name of a purpose"))
        if not self.bases or not set(self.bases).issubset(BASES):
            faults.append(Fault("bases", "not-allowed", "one or more of " + ", ".join(BASES)))
        if faults:
            raise Invalid(faults)


@frozen
class PrivacyPolicy:
    """For what people's data may be used (A-03). Where no purpose is named, none is recorded and nothing is listed.

    ``schemes`` are those that the URI of an attachment may have, ``largest_attachment`` how many bytes it may be long
    (D-10); an empty list takes any scheme under which a host resolves something, None any length.
    """

    purposes: tuple[Purpose, ...] = ()
    schemes: tuple[str, ...] = ()
    largest_attachment: int | None = field(default=None, validator=Whole(0, 2**53))

    def purpose(self, name: str) -> Purpose | None:
        """The purpose of that name."""
        return next((purpose for purpose in self.purposes if purpose.name == name), None)


def _words(_instance: object, attribute: "attrs.Attribute[tuple[str, ...]]", value: tuple[str, ...]) -> None:
    """A validator: words of a right, and nothing else."""
    try:
        right(*value)
    except Invalid as invalid:
        raise Invalid([attrs.evolve(fault, path=attribute.name) for fault in invalid.faults]) from None


@frozen
class SightPolicy:
    """Who sees what of a customer (A-02), in searches too.

    ``all`` see everything. Others see that it exists, its stage and its owner, with personal data masked but for the
    fields named in ``others_firm`` (of an enterprise) and ``others_person`` (of an individual), such as
    ``profile.phone`` or ``contacts.name``. ``pool`` see everything of a customer in a pool, which they may contact.
    Who handed a customer over goes on seeing it. Whose it is, all of these see only as far as
    ``matching.owner_shown_to`` says. Who has none but roles out of ``own_only`` sees no other customers
    than those he or she registered or owns: the rest does not exist for such a person (L-04).
    """

    all: tuple[str, ...] = field(default=("owner", "team", "reviewer", "manager", "legal"), validator=_words)
    pool: tuple[str, ...] = field(default=("pre-sales", "import"), validator=_words)
    others_firm: tuple[str, ...] = _FIRM
    others_person: tuple[str, ...] = ()
    own_only: tuple[str, ...] = field(default=("agent",), validator=_words)
