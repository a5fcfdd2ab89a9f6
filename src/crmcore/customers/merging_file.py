"""What two customers' files come to when they are merged (M-06), and what of it goes back when that is undone. Pure.

References and consents are those of both, each as it was: what somebody took back at one record stays taken back
there, and what was given at the other still holds. Of the needs what the survivor has stands; lists are those of both.
"""

from typing import TypeVar

import attrs

from crmcore.customers.entities import Absorption, Customer
from crmcore.customers.file import EMPTY_FILE, Attachment, File, Needs
from crmcore.people import Consent

#: What may be about a contact, by its number.
AboutContact = TypeVar("AboutContact", Attachment, Consent)


def brought(record: Customer, into: Customer) -> File:
    """What a record's file adds to the survivor's: attachments and consents in its numbers, the needs as they read now.

    Who has been erased is told by each record for itself, so ``erased_at`` is none of it.
    """
    own, theirs, contacts = into.file, record.file, len(into.contacts)
    if theirs == EMPTY_FILE:
        return EMPTY_FILE
    return File(
        tuple(
            attrs.evolve(_of_contact(one, contacts), number=len(own.attachments) + place)
            for place, one in enumerate(theirs.attachments, 1)
        ),
        both_needs(own.needs, theirs.needs),
        tuple(_of_contact(one, contacts) for one in theirs.consents),
        theirs.held_since,
    )


def _of_contact(one: AboutContact, before: int) -> AboutContact:
    """The same, about the contact in its new place; contacts count from 1."""
    return one if one.contact is None else attrs.evolve(one, contact=before + one.contact)


def both_needs(own: Needs | None, theirs: Needs | None) -> Needs | None:
    """The needs of both; a budget is taken over as a whole, for its ends belong together."""
    if own is None or theirs is None:
        return theirs if own is None else own
    ours = own.budget_from is not None or own.budget_to is not None
    budget = own if ours else theirs
    return Needs(
        own.core if own.core is not None else theirs.core,
        tuple(dict.fromkeys((*own.needs, *theirs.needs))),
        tuple(dict.fromkeys((*own.pain_points, *theirs.pain_points))),
        own.current_solution if own.current_solution is not None else theirs.current_solution,
        own.urgency if own.urgency is not None else theirs.urgency,
        budget.budget_from,
        budget.budget_to,
    )


def with_file(own: File, added: File) -> File:
    """A survivor's file with what a record has brought; a legal hold on either side holds it, since the earlier one."""
    if added == EMPTY_FILE:
        return own
    held = [since for since in (own.held_since, added.held_since) if since is not None]
    return File(
        (*own.attachments, *added.attachments),
        added.needs,
        (*own.consents, *added.consents),
        min(held, default=None),
        own.erased_at,
    )


def without_file(now: File, undone: Absorption) -> File:
    """A survivor's file as it was before a merge."""
    return attrs.evolve(
        now,
        attachments=now.attachments[: len(now.attachments) - undone.attachments],
        needs=undone.needs,
        consents=now.consents[: len(now.consents) - undone.consents],
        held_since=undone.held_since,
    )
