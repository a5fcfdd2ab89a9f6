"""What a grade promises its holder (G-07): who serves, how often they are in touch, how fast they answer.

A promise is data of the policy; ``crmcore.scoring.service`` finds who does not get what was promised.
"""

from typing import Literal

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.actors import ROLES
from crmcore.kernel.validators import OneOf, Whole

Hours = Literal["7x24", "working"]


@frozen
class Service:
    """One service strategy.

    ``served_by`` is a role; with ``own`` it must be a person of that role who is named for this customer. At least
    ``contacts`` contacts in any ``days`` days. An answer within ``response_minutes``, counted round the clock, or
    within ``response_working_days``; whichever is 0 is not promised. ``hours`` says when somebody can be reached.
    """

    served_by: str | None = None
    own: bool = False
    contacts: int = field(default=0, validator=Whole(0, 1000))
    days: int = field(default=0, validator=Whole(0, 3650))
    response_minutes: int = field(default=0, validator=Whole(0, 525_600))
    response_working_days: int = field(default=0, validator=Whole(0, 365))
    hours: Hours = field(default="working", validator=OneOf(("7x24", "working")))

    def __attrs_post_init__(self) -> None:
        """Refuse promises that say nothing definite."""
        faults: list[Fault] = []
        if self.served_by is not None and self.served_by not in ROLES:
            faults.append(Fault("served_by", "not-allowed", "one of " + ", ".join(ROLES)))
        if self.own and self.served_by is None:
            faults.append(Fault("own", "not-allowed", "a role in served_by that the own person has"))
        if bool(self.contacts) != bool(self.days):
            faults.append(Fault("days", "not-allowed", "contacts and days together, or neither"))
        if self.response_minutes and self.response_working_days:
            faults.append(Fault("response_working_days", "not-allowed", "one clock: minutes or working days"))
        if faults:
            raise Invalid(faults)
