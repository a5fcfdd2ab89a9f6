"""What the CRM itself knows of a customer, as facts for scoring."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crmcore import NotFound, PolicyInvalid, hookimpl
from crmcore.app.rating_facts import facts_of, together
from crmcore.customers import ChangeProfile, Sign
from crmcore.customers.policy import CustomField
from crmcore.scoring import (
    Fact,
    Facts,
    Feature,
    Field,
)
from tests.customers.scene import CHINA, LI, MONDAY, Scene
from tests.ratings.rated import DAY
from tests.scoring.made import banded, policy


class TestFacts:
    """What the CRM itself knows."""

    def test_fields_as_of_any_moment(self):
        """A field has the value it had then, and says since when; nothing personal is among them."""
        scene = Scene(
            {"customers.custom_fields": [{"name": "budget", "type": "integer"}, {"name": "stage", "type": "text"}]}
        )
        scene.potential(region="江苏", fields={"budget": 5, "stage": "mine"})
        scene.at(days=2).given(ChangeProfile("C1", region="上海", fields={"budget": 7}), by=LI)
        scene.at(days=40)
        facts = scene.crm.scores.facts("C1")
        then = scene.crm.scores.facts("C1", at=MONDAY + DAY)

        def value(of: Facts, name: str, at: datetime) -> Any:
            found = of.field(name, at)
            return None if found is None else found.value

        assert ["江苏", "上海"] == [value(facts, "region", MONDAY + n * DAY) for n in (1, 3)]
        assert [5, 7] == [value(facts, "budget", MONDAY + n * DAY) for n in (1, 3)]
        assert ["potential", "pool"] == [value(facts, "stage", MONDAY + n * DAY) for n in (29, 31)]
        assert "江苏" == value(then, "region", scene.now)
        assert all(field.known is not None for field in facts.fields)
        assert not {"name", "phone", "address", "introduction"} & {field.name for field in facts.fields}

    def test_custom_fields_by_their_types(self):
        """Dates and decimals are kept as text; to scoring they are what they say."""
        declared = [{"name": name, "type": type} for name, type in (("due", "date"), ("rate", "decimal"))]
        scene = Scene({"customers.custom_fields": declared}).potential(fields={"due": "2026-03-20", "rate": "12.50"})
        facts = scene.crm.scores.facts("C1")
        past = facts_of("C1", scene.crm.history("C1"), UTC, [CustomField("due", "decimal")])

        assert [date(2026, 3, 20), Decimal("12.50")] == [
            one.value for name in ("due", "rate") if (one := facts.field(name, scene.now))
        ]
        assert ["2026-03-20", "12.50"] == [
            one.value for name in ("due", "rate") if (one := past.field(name, scene.now))
        ]

    def test_events_with_the_time_they_were_known(self):
        """A contact counts from when it was put on record, a contract from the day it was signed."""
        scene = Scene().intent().at(days=5)
        scene.given(Sign("C1", "HT-9", MONDAY.date()), by=LI)
        facts = scene.crm.scores.facts("C1")
        contract = next(fact for fact in facts.events if fact.kind == "contract")

        assert ("HT-9", datetime(2026, 3, 2, tzinfo=CHINA), scene.now) == (contract.id, contract.at, contract.known)
        assert {"registered", "protected", "intent-approved", "signed"} < {fact.kind for fact in facts.events}
        assert [] == facts.of("contract", scene.now - DAY)

    def test_a_fall_that_is_due_is_a_fact(self):
        """Whether it has been swept or not."""
        scene = Scene().potential().at(days=31)
        before = scene.crm.scores.facts("C1")
        scene.crm.sweep()

        assert ["expired"] == [fact.kind for fact in before.events if fact.kind == "expired"]
        assert before == scene.crm.scores.facts("C1")

    def test_of_who_was_not_on_record_nothing_is_known(self):
        """Nor of who is not."""
        scene = Scene().potential()
        for id, at in (("C9", scene.now), ("C1", scene.now - DAY)):
            with pytest.raises(NotFound):
                scene.crm.scores.facts(id, at=at)

    def test_an_emptied_field_is_empty(self):
        """From the moment on at which it was emptied."""
        own = facts_of("C1", [], UTC)
        host = Facts("C1", [Field("x", 1, MONDAY), Field("x", None, MONDAY + DAY)], [Fact("order", "O1", MONDAY)])
        both = together(own, None, host)

        assert (host.fields, host.events) == (both.fields, both.events)

    @pytest.mark.rule("G-06")
    def test_plugins_add_factors(self):
        """A source that a plugin brings is there for policies by its name."""

        class Plugin:
            """A plugin with a source."""

            @hookimpl
            def crmcore_factors(self) -> Mapping[str, Callable[..., Feature]]:
                """Offer it."""
                return {"vowels": lambda facts, _as_of: Feature(sum(letter in "aeiou" for letter in facts.subject))}

        asking = policy(banded("vowels", (None, 0, "few"), (2, 10, "many"), source="vowels", params={}))
        scene = Scene(plugins=(Plugin(),)).potential(id="aorta")

        assert "A" == scene.crm.scores.evaluate(asking, "aorta").grade
        with pytest.raises(PolicyInvalid):
            Scene().potential().crm.scores.evaluate(asking, "C1")
