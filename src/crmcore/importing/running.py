"""``open_import``: customers from a file, each row stored whole or not at all, and to be run again at will.

Rows become registrations, and those are given to the CRM as anybody else's are. So an import knows no rule of its own:
who is on record already, what a name must look like and who may import is decided where it always is.

A row without an id gets one that follows from the content of the file and the row's line. So whatever became of an
earlier run, the same file never puts a customer on record twice, whichever duplicates a policy lets pass.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, Literal

from attrs import frozen

from crmcore.app.answering import answers, profiles
from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.rehearsal import Rehearsal, rehearsing
from crmcore.customers.commands import Command
from crmcore.customers.entities import Customer, Profile
from crmcore.errors import CrmError, Invalid
from crmcore.importing.drafts import Draft, Drafting
from crmcore.importing.headers import Column, columns_of, declared_by
from crmcore.importing.mapping import FileMapping
from crmcore.importing.own_ids import is_another
from crmcore.importing.places import FirstLines
from crmcore.importing.results import ALIKE, ID_OF_ANOTHER, REPEATED, Problem, Result, Tally, of_error, of_refusals
from crmcore.importing.rows import Row
from crmcore.importing.sources import Given
from crmcore.importing.tables import Table, open_table
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Reason, Refusal

#: Rows in one transaction.
BATCH: Final = 500

Answer = Outcome | Denied | CrmError
#: Gives a batch of commands, and has the answers in their order.
Answering = Callable[[Sequence[Request]], Iterator[Answer]]
#: Gives every profile that a customer has had.
Past = Callable[[str], Sequence[Profile]]
#: Refusals that say who the row is on record as, beside those under P-02.
_ON_RECORD: Final = frozenset({"id-taken", "open-existing", "phone-on-record"})
#: Those among them that leave no doubt: by id or by the very name, and by a code that nobody else has. A row's own id
#: is looked at again.
_NAMED: Final = frozenset({"id-taken", "same-name", "same-name-in-pool"})
_CODED: Final = frozenset(f"same-{code}{where}" for code in ("credit-code", "tax-id") for where in ("", "-in-pool"))
#: A refusal that says: this person could not put any customer on record.
_NOT_PERMITTED: Final = "not-permitted"


@frozen
class _Known:
    """Who a row is on record as, None where the actor may not know, and whether there is no doubt of it."""

    customer: str | None
    is_certain: bool


class Import:
    """One import under way: the results of its rows, once. What a result says is stored.

    ``tally`` counts the results so far; ``line`` is that of the first row of which nothing is known yet. Stopped at
    any moment and run again with the same file, the outcome is that of one run.
    """

    def __init__(
        self,
        table: Table,
        columns: tuple[Column, ...],
        drafting: Drafting,
        request: Callable[[Command], Request],
        answers: Answering,
        past: Past,
    ) -> None:
        self.columns = columns
        self.tally: Tally = Tally()
        self.line: int = 1
        self._table = table
        self._drafting = drafting
        self._request = request
        self._answers = answers
        self._past = past
        self._first_lines = FirstLines()

    def __iter__(self) -> Iterator[Result]:
        """What became of each row, in their order, batch after batch.

        :raises StorageError: the storage failed; the rows before ``line`` are done, from there on nothing is stored.
        """
        rows = (row for row in self._table.rows if not self._drafting.left_out(row))
        while batch := tuple(islice(rows, BATCH)):
            drafts = [self._draft(row) for row in batch]
            answered = self._answers([self._request(one.command) for one in drafts if isinstance(one, Draft)])
            for row, draft in zip(batch, drafts, strict=True):
                self.line = row.line
                answer = next(answered) if isinstance(draft, Draft) else draft
                result = self._result(row, draft, answer)
                self.tally.count(result)
                yield result

    def _draft(self, row: Row) -> Draft | Invalid:
        try:
            return self._drafting.draft(row, f"{self._table.key}-{row.line:07d}")
        except Invalid as invalid:
            return invalid

    def _result(self, row: Row, draft: Draft | Invalid, answer: Answer) -> Result:
        if isinstance(answer, Outcome):
            self._first_lines.note(answer.customer.id, row.line)
            alike = tuple(one for one in answer.similar if one.is_alarm)
            return Result(row.line, "registered", answer.customer.id, similar=alike, row=row)
        if isinstance(answer, CrmError):
            return Result(row.line, "failed", problems=tuple(of_error(answer, self.columns)), row=row)
        known = _on_record(answer)
        if known is None:
            return Result(row.line, "failed", problems=self._told(answer.refusals), row=row)
        if not known.is_certain or known.customer is None:
            return self._alike(row, known, answer.refusals)
        if isinstance(draft, Draft) and self._is_another(draft, answer.customer):
            told = self._with_line([Refusal(ID_OF_ANOTHER)], known)
            return Result(row.line, "failed", problems=told, row=row)
        return self._on_record(row, known.customer)

    def _is_another(self, draft: Draft, customer: Customer | None) -> bool:
        """Whether the row's own id is on record as another customer's; one that follows from the file never is."""
        return draft.has_own_id and customer is not None and is_another(draft.command, customer, self._past)

    def _on_record(self, row: Row, customer: str) -> Result:
        """A row that is surely the same customer: as one of before, or as an earlier row of the file."""
        earlier = self._first_lines.note(customer, row.line)
        if earlier is None:
            return Result(row.line, "already", customer, row=row)
        return Result(row.line, "repeated", customer, self._told([_at(REPEATED, earlier)]), row=row)

    def _alike(self, row: Row, known: _Known, refusals: Sequence[Refusal]) -> Result:
        """A row only taken for somebody: told why, and where in the file that one stands if it does."""
        return Result(row.line, "alike", known.customer, self._with_line(refusals, known), row=row)

    def _with_line(self, refusals: Sequence[Refusal], known: _Known) -> tuple[Problem, ...]:
        """What refusals say about a row, and where in the file the customer stands whom they are about."""
        earlier = None if known.customer is None else self._first_lines.line(known.customer)
        return self._told(refusals if earlier is None else (*refusals, _at(ALIKE, earlier)))

    def _told(self, refusals: Iterable[Refusal]) -> tuple[Problem, ...]:
        return tuple(of_refusals(refusals, self.columns))


@contextmanager
def open_import(
    crm: CRM,
    given: Given,
    *,
    actor: Actor,
    into: Literal["pool", "potential"] = "pool",
    at: datetime | None = None,
    mapping: FileMapping | None = None,
    sheet: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Generator[Import]:
    """Open a file and look at its header; rows are imported as the results are asked for.

    :param given: a CSV file or an XLSX workbook: a path, or a binary stream.
    :param into: where new customers go; into "potential" they are the actor's.
    :param at: registers them as of a time.
    :param mapping: what columns mean, where their names do not say so.
    :param sheet: the sheet of a workbook.
    :param dry_run: decides everything as it would be, on the storage itself, and stores nothing. Until the end that is
        one transaction, and who wants to register meanwhile waits.
    :param progress: gets the bytes read so far.
    :raises Invalid: the file, its header or the mapping cannot be understood; nothing has been stored.
    :raises MissingExtra: it is a workbook, and the extra ``xlsx`` is not installed.
    """
    declared, mapping = declared_by(crm.rules), mapping or FileMapping()
    with ExitStack() as stack:
        table = stack.enter_context(open_table(given, sheet=sheet, progress=progress))
        columns = columns_of(table.header, declared, mapping)
        drafting = Drafting(columns, declared, mapping, into)
        answering, past = _rehearsed(stack.enter_context(rehearsing(crm))) if dry_run else _stored(crm)
        yield Import(table, columns, drafting, lambda command: Request(command, actor, at), answering, past)


def _rehearsed(rehearsal: Rehearsal) -> tuple[Answering, Past]:
    return rehearsal.answers, rehearsal.profiles


def _stored(crm: CRM) -> tuple[Answering, Past]:
    return partial(answers, crm), partial(profiles, crm)


def _at(reason: Reason, line: int) -> Refusal:
    return Refusal(reason, {"line": line})


def _on_record(denied: Denied) -> _Known | None:
    """Who a row is on record as; None where it is nobody, or the actor could not import it.

    A row with faults is on record by its id or its very name only: whether it is alike otherwise is for later, when it
    has been put right.
    """
    said = [one for one in denied.refusals if one.rule == "P-02" or one.code in _ON_RECORD]
    named = [one for one in said if one.code in _NAMED]
    if any(one.code == _NOT_PERMITTED for one in denied.refusals):
        return None
    if not named and len(said) < len(denied.refusals):
        return None
    certain = named or [one for one in said if one.code in _CODED]
    by = (certain or said)[0]
    customer = by.params.get("customer") or (denied.customer.id if denied.customer else None)
    return _Known(None if customer is None else str(customer), is_certain=bool(certain))
