"""Every command there is, by its name on the wire."""

from collections.abc import Mapping
from typing import Final

from crmcore.conflicts.commands import COMMANDS as OF_CONFLICTS
from crmcore.customers.commands import COMMANDS as OF_CUSTOMERS
from crmcore.customers.commands import Command

COMMANDS: Final[Mapping[str, type[Command]]] = {**OF_CUSTOMERS, **OF_CONFLICTS}
