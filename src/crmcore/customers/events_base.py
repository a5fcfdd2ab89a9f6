"""What all events of customers have in common."""

from datetime import datetime
from typing import Any, ClassVar

from crmcore.customers.entities import Customer, changed
from crmcore.customers.stages import NextAction, Stage


class CustomerEvent:
    """The base: an event that changes nothing but the stage, if that."""

    type: ClassVar[str] = ""
    schema: ClassVar[int] = 1
    #: Whether it happens to the other one, where a command is about two customers.
    beside: ClassVar[bool] = False
    at: datetime

    def move(self, stage: Any) -> Stage:
        """The stage after this event."""
        kept: Stage = stage
        return kept

    def change(self, customer: Customer, policy: str) -> Customer:
        """The customer after this event, which the policy with this stamp decided."""
        return changed(customer, self.move(customer.stage), self.at, policy)


class IntoPool(CustomerEvent):
    """The base of what ends in the pool: the owner's plans for the customer end with it."""

    owner: str
    teams: tuple[str, ...]

    def change(self, customer: Customer, policy: str) -> Customer:
        """Into the pool, nothing left to do."""
        return changed(customer, self.move(customer.stage), self.at, policy, actions=())


class ToAnother(CustomerEvent):
    """The base of what gives the customer to another person: what the old owner had to do goes with it."""

    owner: str
    to: str

    def change(self, customer: Customer, policy: str) -> Customer:
        """With the new owner, who takes over the old one's plans."""
        actions = passed_on(customer.actions, self.owner, self.to)
        return changed(customer, self.move(customer.stage), self.at, policy, actions=actions)


def passed_on(actions: tuple[NextAction, ...], of: str, to: str) -> tuple[NextAction, ...]:
    """The open actions, one person's given to another."""
    return tuple(NextAction(action.follow_up, to, action.due) if action.by == of else action for action in actions)
