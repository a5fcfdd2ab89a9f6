"""Giving commands to a CRM in batches, one of which may bring about an error of its own."""

from collections.abc import Iterator, Sequence

from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.past import profiles_of
from crmcore.customers.entities import Profile
from crmcore.errors import CrmError, ObserverFailed, StorageError


def answers(crm: CRM, requests: Sequence[Request]) -> Iterator[Outcome | Denied | CrmError]:
    """The answers to a batch, in its order; an error stands where it came up, and the others are answered.

    All are stored in one transaction. Only when one of them brings about an error, such as a deadline beyond the
    year 9999, is each given a transaction of its own.

    :raises StorageError: the storage failed; of the transaction that met it, nothing is stored.
    :raises ObserverFailed: a plugin failed after the transaction, which is stored.
    """
    try:
        yield from list(crm.answer_all(requests, size=max(len(requests), 1)))
    except (StorageError, ObserverFailed):
        raise
    except CrmError:
        for request in requests:
            yield _answer(crm, request)


def profiles(crm: CRM, id: str) -> list[Profile]:
    """Every profile that a customer has been given, those of records that are one with it today included.

    :raises NotFound: no such customer.
    """
    with crm._work.reading() as session:  # noqa: SLF001  (one of us)
        return profiles_of(session, id, crm._now(None))  # noqa: SLF001


def _answer(crm: CRM, request: Request) -> Outcome | Denied | CrmError:
    try:
        return crm.answer(request.command, actor=request.actor, at=request.at)
    except (StorageError, ObserverFailed):
        raise
    except CrmError as error:
        return error
