"""A customer as one person may see it (A-02).

Safe by construction: what is shown to whom may not see everything is listed here, and each personal field in it is
masked unless policy or the host says otherwise. A field added to a customer is not shown at all, one added to a profile
or a contact as personal is masked, until somebody decides.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import field, frozen

from crmcore.customers.entities import Customer
from crmcore.customers.stages import Formal
from crmcore.kernel.actors import Actor
from crmcore.people import Onlooker, Sight, masked


@frozen
class MaskedCustomer:
    """What one person sees of a customer: that it exists, its stage, who has it, and who it is as far as allowed.

    ``profile`` and ``contacts`` are plain data with the names of the fields they come from. ``whole`` is the customer
    itself where nothing of it is hidden from the person; None where something is.
    """

    id: str
    number: str
    kind: str
    stage: str
    owner: str | None
    relation: str
    profile: Mapping[str, Any] = field(repr=False)
    contacts: tuple[Mapping[str, Any], ...] = field(repr=False)
    whole: Customer | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The name, as far as it may be seen."""
        name: str = self.profile["name"]
        return name


def onlooker(customer: Customer, actor: Actor) -> Onlooker:
    """A person before a customer."""
    stage = customer.stage
    former = stage.handover.by if isinstance(stage, Formal) and stage.handover is not None else None
    is_firm = customer.profile.kind == "enterprise"
    return Onlooker(actor, stage.name, stage.owner, stage.teams, former, customer.registered_by, is_firm)


def seen_by(customer: Customer, actor: Actor, sight: Sight) -> MaskedCustomer | None:
    """The customer as that person may see it; None where it does not exist for him or her."""
    who = onlooker(customer, actor)
    if not sight.knows_of(who):
        return None
    is_open = sight.sees_all(who)
    sees = _yes if is_open else partial(sight.sees, who)
    profile = masked(customer.profile, "profile", sees)
    contacts = tuple(
        {"number": one.number, "active": one.active, **masked(one.details, "contacts", sees)}
        for one in customer.contacts
    )
    stage = customer.stage
    return MaskedCustomer(
        customer.id,
        customer.number,
        customer.profile.kind,
        stage.name,
        stage.owner,
        who.relation,
        profile,
        contacts,
        customer if is_open else None,
    )


def _yes(_field: str) -> bool:
    return True
