"""What people ask for about conflicts."""

from collections.abc import Mapping
from typing import ClassVar

import attrs
from attrs import field

from crmcore.customers.commands import Command
from crmcore.customers.commands_base import LONG_TEXT
from crmcore.kernel.ids import Id
from crmcore.kernel.refusals import Label


class ConflictCommand(Command):
    """The base of every command about a conflict."""


@attrs.frozen
class OpenConflict(ConflictCommand):
    """Lay before a manager that two records are one customer, or that both parties claim it (撞单)."""

    label: ClassVar[Label] = Label("open a conflict", "提交撞单")
    customer: str = field(validator=Id())
    other: str = field(validator=Id())
    note: str = field(default="", validator=LONG_TEXT, repr=False)
    id: str | None = field(default=None, validator=Id())


@attrs.frozen
class DecideConflict(ConflictCommand):
    """A manager's decision: for the claim to one of the two records, or, without one, that both are customers."""

    label: ClassVar[Label] = Label("decide a conflict", "裁决撞单")
    conflict: str = field(validator=Id())
    in_favour_of: str | None = field(default=None, validator=Id())
    note: str = field(default="", validator=LONG_TEXT, repr=False)


COMMANDS: Mapping[str, type[Command]] = {cls.do: cls for cls in (OpenConflict, DecideConflict)}
