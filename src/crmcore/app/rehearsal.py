"""Trying commands out: each is decided and stored just as ``CRM.handle`` does it, and then all of it is taken back."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

from attrs import frozen

from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.past import profiles_of
from crmcore.app.timing import in_time
from crmcore.app.work import Work
from crmcore.customers.entities import Profile
from crmcore.errors import CrmError, StorageError
from crmcore.storage.interface import UnitOfWork


class _TakenBack(Exception):
    """Ends a unit of work without its being stored."""


@frozen
class Rehearsal:
    """A unit of work that is never stored; each command given in it sees what those before it brought about."""

    _uow: UnitOfWork
    _work: Work
    _now: Callable[[datetime | None], datetime]

    def answers(self, requests: Sequence[Request]) -> Iterator[Outcome | Denied | CrmError]:
        """What each command would lead to, in their order; an error stands where it came up.

        :raises StorageError: the storage failed, or somebody else changed the same records meanwhile: begin anew.
        """
        for request in requests:
            yield self._answer(request)

    def profiles(self, id: str) -> list[Profile]:
        """Every profile that a customer has been given, in this rehearsal as well.

        :raises NotFound: no such customer.
        """
        return profiles_of(self._work.session(self._uow), id, self._now(None))

    def _answer(self, request: Request) -> Outcome | Denied | CrmError:
        session = self._work.session(self._uow)
        try:
            now = partial(self._now, request.at)
            answer = in_time(partial(session.handle, request.command, request.actor), now(), now)
            self._work.plugins.before_commit(self._uow, session.changes)
        except StorageError:
            raise
        except CrmError as error:
            return error
        return answer


@contextmanager
def rehearsing(crm: CRM) -> Generator[Rehearsal]:
    """A rehearsal on the storage itself, so that every rule, limit and plugin answers as it would.

    It is one transaction from beginning to end: while it is open, others who want to register wait, as they would for
    any transaction of that length. Observers are told nothing.
    """
    with suppress(_TakenBack), crm._work.begin() as uow:  # noqa: SLF001  (one of us)
        yield Rehearsal(uow, crm._work, crm._now)  # noqa: SLF001
        raise _TakenBack
