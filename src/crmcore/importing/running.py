"""``open_import``: customers from a file, each row stored whole or not at all, and to be run again at will.

Rows become registrations, and those are given to the CRM as anybody else's are. So an import knows no rule of its own:
who is on record already, what a name must look like and who may import is decided where it always is.

A row without an id gets one that follows from the content of the file and the row's line. So whatever became of an
earlier run, the same file never puts a customer on record twice, whichever duplicates a policy lets pass.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, Literal

from crmcore.app.answering import answers
from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.app.rehearsal import rehearsing
from crmcore.customers.commands import Command
from crmcore.errors import CrmError, Invalid
from crmcore.importing.drafts import Draft, Drafting
from crmcore.importing.headers import Column, columns_of
from crmcore.importing.mapping import FileMapping
from crmcore.importing.places import FirstLines
from crmcore.importing.results import REPEATED, Problem, Result, Tally, of_error, of_refusals
from crmcore.importing.rows import Row
from crmcore.importing.sources import Given
from crmcore.importing.tables import Table, open_table
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Refusal

#: Rows in one transaction.
BATCH: Final = 500

Answer = Outcome | Denied | CrmError
#: Gives a batch of commands, and has the answers in their order.
Answering = Callable[[Sequence[Request]], Iterator[Answer]]
#: Refusals that say who the row is on record as, beside those under P-02.
_ON_RECORD: Final = frozenset({"id-taken", "open-existing"})
#: A refusal that says: this person could not put any customer on record.
_NOT_PERMITTED: Final = "not-permitted"


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
    ) -> None:
        self.columns = columns
        self.tally = Tally()
        self.line = 1
        self._table = table
        self._drafting = drafting
        self._request = request
        self._answers = answers
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
                result = self._result(row, answer)
                self.tally.count(result.status)
                yield result

    def _draft(self, row: Row) -> Draft | Invalid:
        try:
            return self._drafting.draft(row, f"{self._table.key}-{row.line:07d}")
        except Invalid as invalid:
            return invalid

    def _result(self, row: Row, answer: Answer) -> Result:
        if isinstance(answer, Outcome):
            self._first_lines.note(answer.customer.id, row.line)
            return Result(row.line, "registered", answer.customer.id, (), row)
        if isinstance(answer, CrmError):
            return Result(row.line, "failed", None, tuple(of_error(answer, self.columns)), row)
        known = _on_record(answer)
        if known is None:
            return Result(row.line, "failed", None, tuple(of_refusals(answer.refusals, self.columns)), row)
        earlier = self._first_lines.note(known, row.line)
        if earlier is None:
            return Result(row.line, "already", known, (), row)
        return Result(row.line, "repeated", known, self._repeated(earlier), row)

    def _repeated(self, earlier: int) -> tuple[Problem, ...]:
        return tuple(of_refusals([Refusal(REPEATED, {"line": earlier})], self.columns))


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
    custom, mapping = crm.rules.custom_fields, mapping or FileMapping()
    with ExitStack() as stack:
        table = stack.enter_context(open_table(given, sheet=sheet, progress=progress))
        columns = columns_of(table.header, custom, mapping)
        drafting = Drafting(columns, custom, mapping, into)
        answering = stack.enter_context(rehearsing(crm)).answers if dry_run else partial(answers, crm)
        yield Import(table, columns, drafting, lambda command: Request(command, actor, at), answering)


def _on_record(denied: Denied) -> str | None:
    """The id of the customer that a row is on record as; None where it is not, or the actor could not import it."""
    ids = [
        refusal.params.get("customer") or (denied.customer.id if denied.customer else "")
        for refusal in denied.refusals
        if refusal.rule == "P-02" or refusal.code in _ON_RECORD
    ]
    if not ids or any(refusal.code == _NOT_PERMITTED for refusal in denied.refusals):
        return None
    return str(ids[0])
