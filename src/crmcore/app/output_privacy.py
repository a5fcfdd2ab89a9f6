"""What is told of people's data, as plain data for JSON: exports, masked customers, persons without a purpose."""

from datetime import tzinfo

from crmcore.app.output import Data, plain
from crmcore.customers.export import Held
from crmcore.customers.persons import PersonAt
from crmcore.customers.seen import MaskedCustomer
from crmcore.kernel.times import show


def held_view(held: Held, zone: tzinfo) -> Data:
    """Everything that is held on a person: who, each value with the place it stands in, and what else is on record.

    ``event`` is the number of an event in the history, None for how it is now; ``place`` says of what, where that is
    not the customer.
    """
    return {
        "customer": held.customer,
        "number": held.number,
        "contact": held.contact,
        "values": [
            {"event": one.event, "type": one.type, "at": show(one.at, zone), "field": one.path, "value": one.value}
            | ({"place": one.place} if one.place else {})
            for one in held.items
        ],
        "events": plain(held.events, zone),
        "consents": plain(held.consents, zone),
        "attachments": plain(held.attachments, zone),
        "actions": plain(held.actions, zone),
    }


def masked_view(seen: MaskedCustomer, zone: tzinfo) -> Data:
    """A customer as one person may see it; ``masked`` tells whether anything is hidden, ``owner_hidden`` the owner."""
    return {
        "id": seen.id,
        "number": seen.number,
        "kind": seen.kind,
        "stage": seen.stage,
        "owner": seen.owner,
        "owner_hidden": seen.owner_hidden,
        "relation": seen.relation,
        "masked": seen.whole is None,
        "profile": plain(dict(seen.profile), zone),
        "contacts": [plain(dict(contact), zone) for contact in seen.contacts],
    }


def person_view(person: PersonAt) -> Data:
    """Somebody at a customer: the contact's number, or None for the customer itself."""
    return {"customer": person.customer, "contact": person.contact}
