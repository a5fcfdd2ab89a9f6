"""What a decision about a rating needs to know. The app layer gathers it; nothing here loads."""

from typing import ClassVar

from attrs import frozen

from crmcore.customers.entities import Customer
from crmcore.customers.stages import Absent
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Label
from crmcore.ratings.entities import Rating
from crmcore.scoring.policy import ScoringPolicy


@frozen
class Unscored:
    """A customer of whom no score of that policy is on record."""

    name: ClassVar[str] = "unscored"
    label: ClassVar[Label] = Label("not scored", "未评分")
    owner: str | None
    teams: tuple[str, ...]


@frozen
class Rated:
    """A customer with a score on record."""

    name: ClassVar[str] = "rated"
    label: ClassVar[Label] = Label("scored", "已评分")
    owner: str | None
    teams: tuple[str, ...]
    rating: Rating


@frozen
class RatingFacts:
    """Who asks, about which customer and rating; ``policy`` is the one on record that gave the score at hand.

    ``edition`` is the digest of the policy on record under the id and version of the one handed over.
    """

    actor: Actor
    customer: Customer | None = None
    rating: Rating | None = None
    policy: ScoringPolicy | None = None
    edition: str | None = None

    @property
    def stage(self) -> Absent | Unscored | Rated:
        """How far things have come between the customer and the policy."""
        if self.customer is None:
            return Absent()
        whose = self.customer.stage
        if self.rating is None:
            return Unscored(whose.owner, whose.teams)
        return Rated(whose.owner, whose.teams, self.rating)
