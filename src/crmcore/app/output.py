"""What this library answers, as plain data for JSON: customers, events, refusals and errors.

Times are ISO 8601 with the offset of the policy's zone; what there is none of is None. Nothing here prints.
"""

from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

import attrs

from crmcore.app.outcome import Denied, Outcome
from crmcore.app.output_duplicates import conflict_view, similar_view
from crmcore.conflicts.events import ConflictEvent
from crmcore.customers.entities import Contact, Customer
from crmcore.customers.stages import Formal, Intent, Merged, Pool, Potential, Request, Review
from crmcore.errors import CrmError, Fault, Invalid
from crmcore.kernel.events import Envelope, UnknownEvent
from crmcore.kernel.personal import plan_of, take_out
from crmcore.kernel.refusals import Label, Refusal
from crmcore.kernel.times import show
from crmcore.wording import Language

Data = dict[str, Any]

#: An event's own ``number`` by a name that says of what: beside it stands the event's number in its history.
OWN_NUMBERS = {"registered": "customer_number", "follow-up-recorded": "follow_up"}


def _time(value: datetime | None, zone: tzinfo) -> str | None:
    return None if value is None else show(value, zone)


def plain(value: Any, zone: tzinfo) -> Any:
    """An attrs object, or anything inside one, as JSON can hold it."""
    if isinstance(value, datetime):
        return show(value, zone)
    if isinstance(value, date | Decimal):
        return str(value)
    if attrs.has(type(value)):
        names = (attribute.name for attribute in attrs.fields(type(value)))
        return {name: plain(getattr(value, name), zone) for name in names}
    if isinstance(value, tuple | list):
        return [plain(item, zone) for item in value]
    if isinstance(value, dict):
        return {key: plain(item, zone) for key, item in value.items()}
    return value


# ----------------------------------------------------------------------------------------------------------- customers


def customer_view(customer: Customer, zone: tzinfo) -> Data:
    """A customer in short: id, number, stage, owner, deadline, version, since, pool, locked, request and review.

    ``owner`` and ``deadline`` are None in the pool, ``deadline`` is None for a formal customer. ``request`` is
    {kind, by, at, holds_until}, ``review`` {by, at, due, public_at}, ``merged_into`` the id of the customer that a
    merged record belongs to. Nothing in it is personal.
    """
    stage = customer.stage
    protection = stage if isinstance(stage, Potential | Intent) else None
    return {
        "id": customer.id,
        "number": customer.number,
        "stage": stage.name,
        "owner": stage.owner,
        "deadline": _time(customer.deadline, zone),
        "version": customer.version,
        "since": show(stage.since, zone),
        "pool": customer.pool,
        "locked": protection is not None and protection.locked,
        "request": None if protection is None else _request(protection.request, zone),
        "review": _review(stage.review, zone) if isinstance(stage, Potential) else None,
        "merged_into": stage.into if isinstance(stage, Merged) else None,
    }


def _request(request: Request | None, zone: tzinfo) -> Data | None:
    if request is None:
        return None
    holds_until = show(request.holds_until, zone)
    return {"kind": request.kind, "by": request.by, "at": show(request.at, zone), "holds_until": holds_until}


def _review(review: Review | None, zone: tzinfo) -> Data | None:
    if review is None:
        return None
    due, public_at = show(review.due, zone), _time(review.public_at, zone)
    return {"by": review.by, "at": show(review.at, zone), "due": due, "public_at": public_at}


def customer_details(customer: Customer, zone: tzinfo) -> Data:
    """All that is on record of a customer: ``customer_view`` with profile, contacts and what rules remember.

    Names, phones and texts are in it: it is for who may see them.
    """
    stage = customer.stage
    return {
        **customer_view(customer, zone),
        "teams": list(stage.teams),
        "extensions": stage.extensions if isinstance(stage, Potential | Intent) else 0,
        "pool_reason": stage.reason if isinstance(stage, Pool) else None,
        "last_owner": stage.last_owner if isinstance(stage, Pool) else None,
        "contacted_by": list(stage.contacted_by) if isinstance(stage, Pool) else [],
        "handover": plain(stage.handover, zone) if isinstance(stage, Formal) else None,
        "profile": plain(customer.profile, zone),
        "contacts": [_contact(contact, zone) for contact in customer.contacts],
        "file": plain(customer.file, zone),
        "cool_downs": plain(customer.cool_downs, zone),
        "actions": plain(customer.actions, zone),
        "follow_ups": customer.follow_ups,
        "contracts": customer.contracts,
        "signed_on": None if customer.signed_on is None else customer.signed_on.isoformat(),
        "last_contact_at": _time(customer.last_contact_at, zone),
        "registered_by": customer.registered_by,
        "registered_at": show(customer.registered_at, zone),
        "merges": plain(customer.merges, zone),
        "last_at": show(customer.last_at, zone),
        "policy": customer.policy,
    }


def _contact(contact: Contact, zone: tzinfo) -> Data:
    return {
        "number": contact.number,
        "active": contact.active,
        "erased": contact.erased,
        **plain(contact.details, zone),
    }


# ------------------------------------------------------------------------------------------------------------- events


def event_view(envelope: Envelope, zone: tzinfo, *, personal: bool = False) -> Data:
    """An event as one flat object: type, customer, at, the event's own fields, then by, number and policy.

    ``number`` is the event's place in the customer's history. Names, phones and texts are left out unless
    ``personal``; of an event whose type is unknown, so is everything it says.
    """
    about = "conflict" if isinstance(envelope.event, ConflictEvent) else "customer"
    head = {"type": envelope.type, about: envelope.stream, "at": show(envelope.at, zone)}
    tail = {"by": envelope.by, "number": envelope.number, "policy": envelope.policy}
    return {**head, **_own(envelope.event, zone, personal=personal), **tail}


def _own(event: Any, zone: tzinfo, *, personal: bool) -> Data:
    """The fields of an event under the names they are shown by."""
    if isinstance(event, UnknownEvent):
        return {"schema": event.schema, "data": event.data} if personal else {"schema": event.schema}
    fields: Data = plain(event, zone)
    if not personal:
        take_out(plan_of(type(event)), fields)
    number = OWN_NUMBERS.get(event.type)
    return {number if name == "number" and number else name: value for name, value in fields.items() if name != "at"}


# ------------------------------------------------------------------------------------------------ refusals and errors


def refusal_view(refusal: Refusal, lang: Language, zone: tzinfo) -> Data:
    """One reason: rule, code, until (the earliest time it would no longer hold, or None), message and params."""
    params = {name: value.text(lang) if isinstance(value, Label) else value for name, value in refusal.params.items()}
    return {
        "rule": refusal.rule,
        "code": refusal.code,
        "until": _time(refusal.until, zone),
        "message": refusal.message(lang),
        "params": params,
    }


def fault_view(fault: Fault) -> Data:
    """One thing wrong with one field: field, fault, expected."""
    return {"field": fault.path, "fault": fault.code, "expected": fault.expected}


def error_view(error: CrmError, lang: Language) -> Data:
    """An error: code, message and faults; for input that cannot be understood, the first field at fault as well."""
    faults = list(error.faults) if isinstance(error, Invalid) else []
    field = {"field": faults[0].path} if faults else {}
    return {"code": error.code, **field, "message": error.message(lang), "faults": [fault_view(one) for one in faults]}


def answer_view(answer: Outcome | Denied, lang: Language, zone: tzinfo) -> Data:
    """What a command led to: {ok, events, customer} when it passed, {ok, customer, refused} when it did not.

    Where records are alike, ``similar`` lists them; where a conflict was opened or decided, it is ``conflict``. For the
    host: ``customer``, ``events`` and ``conflict`` are not masked.
    """
    customer = None if answer.customer is None else customer_view(answer.customer, zone)
    if isinstance(answer, Outcome):
        events = [event_view(event, zone) for event in answer.events]
        conflict = {} if answer.conflict is None else {"conflict": conflict_view(answer.conflict, zone)}
        return {"ok": True, "events": events, "customer": customer, **_similar(answer, lang), **conflict}
    refused = [refusal_view(refusal, lang, zone) for refusal in answer.refusals]
    return {"ok": False, "customer": customer, "refused": refused, **_similar(answer, lang)}


def _similar(answer: Outcome | Denied, lang: Language) -> Data:
    """The records alike, where there are any."""
    return {"similar": [similar_view(one, lang) for one in answer.similar]} if answer.similar else {}
