"""What all commands have in common."""

import re
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
from attrs import field

from crmcore.kernel.ids import Id
from crmcore.kernel.refusals import Label
from crmcore.kernel.validators import LONG, Text, Tuple, Whole

LONG_TEXT = Text(LONG)
#: The number of something on record; one that is not there is refused, not faulty.
A_NUMBER = Whole(-(2**31), 2**31)
EACH_AN_ID: Callable[[Any, Any, Any], None] = attrs.validators.deep_iterable(Id(), Tuple())


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Command:
    """The base of every command: what it is called on the wire (kebab-case of the class), and by people."""

    do: ClassVar[str] = ""
    label: ClassVar[Label]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Name the command after its class."""
        super().__init_subclass__(**kwargs)
        cls.do = _kebab(cls.__name__)

    @property
    def variant(self) -> str:
        """The name under which a policy grants the right to give it."""
        return self.do


@attrs.frozen
class OfCustomer(Command):
    """The base of every command about a customer on record."""

    customer: str = field(validator=Id())
