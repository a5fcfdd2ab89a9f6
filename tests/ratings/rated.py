"""A small stage for ratings: three customers in a pool, a policy about what the CRM knows itself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import attrs

from crmcore.app.outcome import Outcome
from crmcore.customers import RecordFollowUp
from crmcore.ratings import OverrideGrade, RecordScore, WithdrawOverride
from crmcore.scoring import Grade, Score, ScoringPolicy, Service, evaluate
from tests.customers.scene import LI, MANAGER, MONDAY, Scene, register
from tests.scoring.made import DAY, banded, policy

NAMES = {"C1": "靖江市春意空调有限公司", "C2": "靖江市夏凉空调有限公司", "C3": "靖江市秋实空调有限公司"}

#: B from one contact on, A from three; a text among its inputs.
ACTIVE = policy(
    banded(
        "contacts",
        (None, 0, "none-yet"),
        (1, 10, "some"),
        (3, 20, "many"),
        source="count",
        params={"of": "contact"},
    ),
    grades=(
        Grade("C"),
        Grade("B", 10, service=Service("pre-sales", contacts=1, days=7)),
        Grade("A", 20, service=Service("customer-success", own=True, contacts=2, days=7)),
    ),
    id="activity",
)


def edition(version: str, **changes: Any) -> ScoringPolicy:
    """Another version of the same policy."""
    return attrs.evolve(ACTIVE, version=version, **changes)


class Rated(Scene):
    """Three customers in the pool; ``contacts`` and ``scored`` make things happen, at the time the clock shows."""

    def __init__(self, url: str = "memory://", **more: Any) -> None:
        super().__init__(**more)
        if url != "memory://":
            self.crm.close()
            self.crm = type(self.crm).open(url, clock=lambda: self.now)
        for id, name in NAMES.items():
            self.pool(id=id, name=name)
        self.at(days=1)

    def contacts(self, customer: str = "C1", times: int = 1) -> "Rated":
        """Contacts on record."""
        for _ in range(times):
            self.given(
                RecordFollowUp(customer=customer, channel="phone", content="…", next_contact_at=self.now + 30 * DAY),
                by=LI,
            )
        return self

    def scored(self, customer: str = "C1", policy: ScoringPolicy = ACTIVE) -> Outcome:
        """A score on record, as of now."""
        return self.crm.scores.record(policy, customer, actor=MANAGER)

    def score(self, contacts: int, policy: ScoringPolicy = ACTIVE, hours: float = 0) -> Score:
        """A score that is not on record, as of so much time from now."""
        return evaluate(policy, {"contacts": contacts}, self.now + timedelta(hours=hours))

    def overridden(self, grade: str = "A", customer: str = "C1", **fields: Any) -> "Rated":
        """A manager's word against the score."""
        self.given(OverrideGrade(customer, "activity", grade, **{"reason": "they will grow", **fields}), by=MANAGER)
        return self

    def withdrawn(self, customer: str = "C1") -> "Rated":
        """The word taken back."""
        self.given(WithdrawOverride(customer, "activity", "they did not"), by=MANAGER)
        return self

    def command(self, contacts: int = 1, customer: str = "C1", hours: float = 0) -> RecordScore:
        """A command that would pass now."""
        return RecordScore(customer, self.score(contacts, hours=hours), ACTIVE)

    def grades(self) -> Mapping[str, list[str]]:
        """Who has which grade now."""
        return {
            grade.code: [rating.customer for rating in self.crm.scores.page("activity", grade.code)]
            for grade in ACTIVE.grades
        }

    def sound(self) -> bool:
        """Whether all that is stored adds up."""
        return list(self.crm.verify()) == []


__all__ = ["ACTIVE", "DAY", "LI", "MANAGER", "MONDAY", "NAMES", "Rated", "edition", "register"]
