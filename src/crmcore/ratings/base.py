"""What all commands about ratings have in common; apart from them, so that naming it loads nothing of scoring."""

from typing import Final

from attrs import frozen

from crmcore.customers.commands import OfCustomer


@frozen
class OfRating(OfCustomer):
    """The base of every command about a customer's rating under one scoring policy."""


#: The names of these commands, as policies grant rights to them.
RATING_RIGHTS: Final = ("record-score", "override-grade", "withdraw-override")
