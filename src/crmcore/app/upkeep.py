"""Looking after what is stored, in pages, each in a unit of its own: falls that are due, index columns of old."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from crmcore.app.session import Session
from crmcore.app.work import Work
from crmcore.kernel.times import to_micros
from crmcore.storage.interface import Query

#: Customers in one unit of work.
PAGE: Final = 500


def sweep(work: Work, now: datetime, size: int, progress: Callable[[int], None] | None) -> int:
    """Store the falls that are due, ``size`` at a time; how many there were."""
    fell = 0
    while done := work.run(partial(_settle_some, now, size)):
        fell += done
        if progress is not None:
            progress(fell)
    return fell


def _settle_some(now: datetime, size: int, session: Session) -> int:
    due = Query("customer", "by_fall", hi=to_micros(now) + 1, limit=size, claim=True)
    return session.settle_all(session.records.customers.first_page(session.uow, due), now)


def reindex(work: Work, progress: Callable[[int], None] | None) -> int:
    """Rewrite the index columns of customers that were stored under other declared fields; how many there were."""
    rewritten, after = 0, None
    while True:
        done, after = work.run(partial(_reindex_page, after))
        rewritten += done
        if progress is not None:
            progress(rewritten)
        if after is None:
            return rewritten


def _reindex_page(after: tuple[str, str] | None, session: Session) -> tuple[int, tuple[str, str] | None]:
    """Rewrite one page of customers in the order of their numbers; the place to go on from, None at the end."""
    customers = session.records.customers
    page = customers.first_page(session.uow, Query("customer", "by_number", after=after, limit=PAGE))
    rewritten = sum(session.reindex(loaded) for loaded in page)
    last = page[-1].entity if len(page) == PAGE else None
    return rewritten, None if last is None else (last.number, last.id)
