"""What a command led to."""

from datetime import datetime

from attrs import frozen

from crmcore.conflicts.entities import Conflict
from crmcore.customers.commands import Command
from crmcore.customers.duplicates import Similar
from crmcore.customers.entities import Customer
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals


@frozen
class Outcome:
    """A command that passed: the customer as it is now, and the events the command brought about.

    A fall that was due before the command is part of the history, not of the outcome: who noticed it does not
    matter (P-19). ``similar`` are the records alike that did not keep it from passing, the surest first (M-03).
    ``conflict`` is the one that was opened or decided.

    ``customer``, ``events`` and ``conflict`` are for the host, who asked: nothing of them is hidden from whoever gave
    the command. What that person may see of a customer is told by ``CRM.view``; ``similar`` is masked already.
    """

    customer: Customer
    events: tuple[Envelope, ...]
    similar: tuple[Similar, ...] = ()
    conflict: Conflict | None = None


@frozen
class Denied:
    """A command that did not pass: every reason, and the customer as it is (None when not on record).

    ``similar`` are all records alike that count, whether or not they are among the reasons.

    ``customer`` is for the host: nothing of it is hidden, the owner neither. Refusals and ``similar`` say no more than
    whoever gave the command may know, and can be shown to that person; of the customer, show ``CRM.view``.
    """

    customer: Customer | None
    refusals: Refusals
    similar: tuple[Similar, ...] = ()


@frozen
class Request:
    """A command with who gives it and when; ``at`` None is now."""

    command: Command
    actor: Actor
    at: datetime | None = None
