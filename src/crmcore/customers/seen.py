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
from crmcore.customers.stages import Formal, Merged, Stage
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Label
from crmcore.people import Onlooker, Sight, masked

#: Stands for the owner where that is not told.
SOMEBODY = Label("somebody else", "他人")


@frozen
class StageSeen:
    """What a stage is called. That is all of it: the stage itself tells who has the customer, and who had it."""

    name: str
    label: Label


@frozen
class MaskedCustomer:
    """What one person sees of a customer: that it exists, its stage, who has it, and who it is as far as allowed.

    ``profile`` and ``contacts`` are plain data with the names of the fields they come from. ``owner`` is None where it
    is nobody's, and for who is not told whose it is; ``owner_hidden`` tells the two apart. ``whole`` is the customer
    itself where nothing of it is hidden from the person, the owner included; None where something is.
    """

    id: str
    number: str
    kind: str
    stage: str
    owner: str | None
    relation: str
    profile: Mapping[str, Any] = field(repr=False)
    contacts: tuple[Mapping[str, Any], ...] = field(repr=False)
    owner_hidden: bool = False
    whole: Customer | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The name, as far as it may be seen."""
        name: str = self.profile["name"]
        return name


def stage_seen(stage: Stage) -> StageSeen:
    """What everybody may see of a stage."""
    return StageSeen(stage.name, stage.label)


def onlooker(customer: Customer, actor: Actor, stage: Stage | None = None) -> Onlooker:
    """A person before a customer, at the stage it is in or at another one."""
    stage = stage or customer.stage
    former = stage.handover.by if isinstance(stage, Formal) and stage.handover is not None else None
    is_firm = customer.profile.kind == "enterprise"
    return Onlooker(actor, stage.name, stage.owner, stage.teams, former, customer.registered_by, is_firm)


def knows_of(customer: Customer, actor: Actor, sight: Sight) -> bool:
    """Whether the customer exists for a person at all (L-04)."""
    return sight.knows_of(onlooker(customer, actor))


def owner_told(customer: Customer, actor: Actor, sight: Sight, stage: Stage | None = None) -> str | Label:
    """Whose the customer is, in words, as far as a person is told; at the stage it is in or at another one."""
    who = onlooker(customer, actor, stage)
    return (who.owner or "") if sight.sees_owner(who) else SOMEBODY


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
    stage, hides = customer.stage, _hides_owner(customer, actor, sight)
    return MaskedCustomer(
        customer.id,
        customer.number,
        customer.profile.kind,
        stage.name,
        None if hides else stage.owner,
        who.relation,
        profile,
        contacts,
        hides and stage.owner is not None,
        customer if is_open and not hides else None,
    )


def _hides_owner(customer: Customer, actor: Actor, sight: Sight) -> bool:
    """Whether there is an owner whom the person is not told of; a merged record still holds whose it was."""
    stage = customer.stage
    who = onlooker(customer, actor, stage.was if isinstance(stage, Merged) else stage)
    return who.owner is not None and not sight.sees_owner(who)


def _yes(_field: str) -> bool:
    return True
