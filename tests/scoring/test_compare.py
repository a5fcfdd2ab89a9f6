"""What differs between policies, and why a score changed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crmcore import Invalid
from crmcore.scoring import (
    MISSING,
    Evidence,
    Feature,
    FirstMatch,
    Grade,
    bind,
    diff,
    evaluate,
    shipped,
    why_changed,
)
from crmcore.scoring.facts import Fact, Facts, Field
from tests.scoring.made import DAY, NOW, banded, low_high, policy, worded


class TestPolicies:
    """``diff`` of policies, field by field."""

    @pytest.mark.rule("G-06")
    def test_every_field_that_differs_is_named(self):
        """Factors, bands and grades go by their codes; what is left out has its default."""
        old = policy(low_high("f"), low_high("g"))
        new = policy(
            banded("f", (None, 0, "low"), (12, 10, "high"), (50, 20, "top"), weight=0.5),
            grades=(Grade("B"), Grade("A", 20)),
            version="2",
        )

        assert {
            ("version", "1", "2"),
            ("factors.f.weight", None, 0.5),
            ("factors.f.bands.high.at", 10, 12),
            ("factors.f.bands.top", None, (("at", 50), ("points", 20), ("code", "top"))),
            ("grades.A.at", 10, 20),
        } == {(path, frozen(old), frozen(new)) for path, old, new in diff(old, new) if path != "factors.g"}
        assert [None] == [change.new for change in diff(old, new) if change.path == "factors.g"]

    def test_equal_policies_do_not_differ(self):
        """Nothing is found between a policy and itself."""
        assert () == diff(shipped("abc-grade"), shipped("abc-grade"))

    def test_another_order_is_a_change(self):
        """The order of grades is their rank: who turns it round turns the policy round."""
        old = policy(low_high("f"), low_high("g"), grades=(Grade("B"), Grade("A", 10)))
        abc = shipped("abc-grade")

        assert [("factors.(order)", ["f", "g"], ["g", "f"])] == [
            *diff(old, attrs.evolve(old, factors=old.factors[::-1]))
        ]
        assert [("grades.(order)", ["C", "B", "A"], ["A", "B", "C"])] == [
            *diff(abc, attrs.evolve(abc, grades=abc.grades[::-1]))
        ]

    def test_what_came_or_went_in_between_is_no_other_order(self):
        """Only those that both policies have can stand in another order."""
        old = policy(low_high("f"), low_high("g"))
        new = attrs.evolve(old, factors=(old.factors[0], low_high("h"), old.factors[1]))

        assert ["factors.h"] == [change.path for change in diff(old, new)]
        assert ["factors.h"] == [change.path for change in diff(new, old)]

    def test_lists_without_names_are_compared_whole(self):
        """Rules have no names: the list of them differs or not."""
        old = shipped("life-stage")
        assert isinstance(old.combine, FirstMatch)
        new = attrs.evolve(old, combine=attrs.evolve(old.combine, rules=old.combine.rules[1:]))

        assert ["combine.rules"] == [change.path for change in diff(old, new)]


def frozen(value):
    """A plain value that can stand in a set."""
    return tuple(value.items()) if isinstance(value, dict) else value


class TestScores:
    """Why a score changed: inputs, policy or time."""

    RECENT = policy(banded("last", (None, 20, "new"), (30, 5, "old"), source="days-since", params={"of": "order"}))
    COUNT = policy(low_high("orders", 2, source="count", params={"of": "order", "days": 30}))

    def score(self, made, events, moment, **fields):
        """The score of these facts at that moment."""
        facts = Facts("C1", tuple(Field(name, value, NOW - 90 * DAY) for name, value in fields.items()), tuple(events))
        return evaluate(made, bind(made).features(facts, moment), moment)

    def causes(self, old_policy, old, new_policy, new):
        """Factor, cause and delta of each difference."""
        found = why_changed(old_policy, old, new_policy, new)
        assert new.raw - old.raw == found.delta == sum(one.delta for one in found.differences)
        return [(one.factor, one.cause, int(one.delta)) for one in found.differences]

    def test_time_alone(self):
        """Nothing happened, and a value grew older."""
        orders = [Fact("order", "O1", NOW - DAY)]
        old, new = (self.score(self.RECENT, orders, NOW + days * DAY) for days in (0, 40))

        assert [("last", "time", -15)] == self.causes(self.RECENT, old, self.RECENT, new)

    def test_facts_that_grow_too_old_to_count_are_time(self):
        """Orders that leave the window take the points with them, though nobody did anything."""
        orders = [Fact("order", f"O{day}", NOW - day * DAY) for day in (5, 10)]
        old, new = (self.score(self.COUNT, orders, NOW + days * DAY) for days in (0, 40))

        assert [("orders", "time", -10)] == self.causes(self.COUNT, old, self.COUNT, new)

    def test_a_new_fact_is_an_input(self):
        """An order came in between."""
        old = self.score(self.RECENT, [Fact("order", "O1", NOW - 50 * DAY)], NOW)
        new = self.score(self.RECENT, [Fact("order", "O1", NOW - 50 * DAY), Fact("order", "O2", NOW)], NOW + DAY)

        assert [("last", "inputs", 15)] == self.causes(self.RECENT, old, self.RECENT, new)

    def test_a_changed_field_is_an_input(self):
        """A field does not age: if its value is another, somebody changed it."""
        made = policy(low_high("size"))
        old, new = self.score(made, (), NOW, size=5), self.score(made, (), NOW + DAY, size=15)

        assert [("size", "inputs", 10)] == self.causes(made, old, made, new)

    def test_a_date_that_comes_nearer_is_time_and_one_that_was_moved_an_input(self):
        """The date in a field ages; changing it is something else."""
        made = policy(banded("due", (None, 20, "soon"), (30, 0, "later"), source="days-until", params={"name": "due"}))
        day = (NOW + 40 * DAY).date()
        old = self.score(made, (), NOW, due=day)

        assert [("due", "time", 20)] == self.causes(made, old, made, self.score(made, (), NOW + 20 * DAY, due=day))
        assert [("due", "inputs", 20)] == self.causes(
            made, old, made, self.score(made, (), NOW + DAY, due=day - timedelta(days=30))
        )

    def test_a_total_that_others_changed_is_an_input(self):
        """A share of the whole is another one, though the customer's own orders are the same."""
        made = policy(low_high("part", 0.2, source="share-of-total", params={"of": "order"}))
        facts = Facts("C1", events=[Fact("order", "O1", NOW - DAY, 30)])
        old, new = (
            evaluate(made, bind(made).features(facts, NOW + days * DAY, {"order": total}), NOW + days * DAY)
            for days, total in ((0, 100), (1, 1000))
        )

        assert [("part", "inputs", -10)] == self.causes(made, old, made, new)

    @pytest.mark.parametrize("asked", [("sum", {}), ("sum", {"days": 30}), ("mean", {}), ("trend", {"months": 1})])
    def test_a_corrected_amount_is_an_input(self, asked):
        """The same facts by their ids, and another amount of one of them."""
        source, params = asked
        made = policy(low_high("f", 0, source=source, params={"of": "order", **params}))
        first = Fact("order", "O0", NOW - 40 * DAY, 20)
        old = self.score(made, [first, Fact("order", "O1", NOW - 5 * DAY, 30)], NOW)
        new = self.score(made, [first, Fact("order", "O1", NOW - 5 * DAY, -60)], NOW + DAY)

        assert [("f", "inputs", -10)] == self.causes(made, old, made, new)

    @pytest.mark.parametrize(("days", "cause"), [(1, "inputs"), (29, "time")])
    @pytest.mark.parametrize("source", ["count", "share"])
    def test_a_fact_that_is_gone_before_its_time_is_an_input(self, days, cause, source):
        """An order that was taken back did not grow old; nor is there anything to take a share of without it."""
        params = {"count": {"of": "order"}, "share": {"of": "complaint", "among": "order"}}[source]
        made = policy(low_high("f", 1, source=source, params={**params, "days": 30}))
        complaint = Fact("complaint", "X1", NOW - DAY)
        old = self.score(made, [Fact("order", "O1", NOW - 2 * DAY), complaint], NOW)
        new = self.score(made, [complaint], NOW + days * DAY)

        assert [("f", cause, -10)] == self.causes(made, old, made, new)

    def test_a_date_that_was_taken_away_is_an_input(self):
        """A field that is empty now, or a date that nobody knows any more, did not age."""
        made = policy(
            banded("due", (None, 20, "soon"), (30, 10, "later"), source="days-until", params={"name": "due"}),
            low_high("size"),
        )
        old = self.score(made, (), NOW, due=(NOW + 9 * DAY).date(), size=20)
        new = self.score(made, (), NOW + DAY)

        assert [("due", "inputs", -20), ("size", "inputs", -10)] == self.causes(made, old, made, new)

    def test_orders_that_move_into_the_span_before_are_time(self):
        """A trend falls by itself: what was this month's is last month's a month later."""
        made = policy(low_high("f", 0, source="trend", params={"of": "order", "months": 1}))
        orders = [Fact("order", "O0", NOW - 40 * DAY, 20), Fact("order", "O1", NOW - 5 * DAY, 30)]
        old, new = (self.score(made, orders, NOW + days * DAY) for days in (0, 27))

        assert [("f", "time", -10)] == self.causes(made, old, made, new)

    def test_no_time_passes_within_a_moment(self):
        """Two scores of one moment differ by what was known, even if nothing of the source is known."""
        made = policy(low_high("f", source="mine", params={}))
        seen = (Evidence("order", "O1", NOW),)
        old, new = (evaluate(made, {"f": Feature(value, seen)}, NOW) for value in (20, 0))
        later = evaluate(made, {"f": Feature(0, seen)}, NOW + DAY)

        assert [("f", "inputs", -10)] == self.causes(made, old, made, new)
        assert [("f", "time", -10)] == self.causes(made, old, made, later)

    def test_another_question_is_the_policys_doing(self):
        """Where the old value answers another question, nothing else can be blamed: kind, source and window."""
        banded_size, worded_size = low_high("size"), worded("size")
        counted = low_high("size", 1, source="count", params={"of": "order", "days": 30})
        longer = low_high("size", 1, source="count", params={"of": "order", "days": 90})
        orders = [Fact("order", "O1", NOW - 60 * DAY)]
        for one, other, old_size, new_size, delta in (
            (banded_size, worded_size, 5, "good", 10),
            (worded_size, banded_size, "good", 5, -10),
            (banded_size, counted, 50, 50, -10),
            (counted, longer, 5, 5, 10),
        ):
            before, after = policy(one), policy(other, version="2")
            old = self.score(before, orders, NOW, size=old_size)
            new = self.score(after, orders, NOW + DAY, size=new_size)

            assert [("size", "policy", delta)] == self.causes(before, old, after, new)

    def test_a_cap_on_a_new_factor_is_the_policys_doing_first(self):
        """What is asked anew is out of the question when the values change."""
        caps: dict[str, Any] = {"group_caps": {"g": 15}}
        before = policy(low_high("f", group="g"), **caps)
        after = policy(low_high("f", group="g"), low_high("h", group="g"), version="2", **caps)
        old = evaluate(before, {"f": 20}, NOW)
        new = evaluate(after, {"f": 0, "h": 20}, NOW + DAY)

        assert [("h", "policy", 10), ("", "policy", -5), ("f", "inputs", -10), ("", "inputs", 5)] == self.causes(
            before, old, after, new
        )

    def test_a_value_that_appears_is_an_input(self):
        """What was missing before and is known now."""
        made = policy(low_high("f"))
        old, new = evaluate(made, {"f": MISSING}, NOW), evaluate(made, {"f": 20}, NOW + DAY)

        assert [("f", "inputs", 10)] == self.causes(made, old, made, new)

    def test_the_policy_comes_first(self):
        """Another policy changes the points of the old values; then the values change."""
        dearer = policy(low_high("f", points=30), low_high("g"), version="2")
        old = evaluate(policy(low_high("f"), low_high("h")), {"f": 20, "h": 20}, NOW)
        new = evaluate(dearer, {"f": 5, "g": 20}, NOW + DAY)

        assert [("f", "policy", 20), ("h", "policy", -10), ("g", "policy", 10), ("f", "inputs", -30)] == self.causes(
            policy(low_high("f"), low_high("h")), old, dearer, new
        )

    @pytest.mark.parametrize(("shared", "cause"), [(True, "time"), (False, "inputs")])
    def test_a_cap_changes_for_the_reason_its_factors_do(self, shared, cause):
        """What a cap takes away follows from the factors of its group."""
        made = policy(low_high("f", group="g"), low_high("h", group="g"), group_caps={"g": 15})
        seen = (Evidence("order", "O1", NOW),)
        fresh = seen if shared else (Evidence("order", "O2", NOW),)
        old = evaluate(made, {"f": Feature(20, seen), "h": 20}, NOW)
        new = evaluate(made, {"f": Feature(0, fresh), "h": 20}, NOW + DAY)

        assert [("f", cause, -10), ("", cause, 5)] == self.causes(made, old, made, new)

    def test_grades_are_told(self):
        """The comparison names both grades."""
        made = policy(low_high("f"))
        found = why_changed(made, evaluate(made, {"f": 1}, NOW), made, evaluate(made, {"f": 11}, NOW))

        assert ("B", "A", Decimal(10)) == (found.old_grade, found.new_grade, found.delta)

    def test_a_score_belongs_to_its_policy(self):
        """A score of another policy is refused."""
        made, other = policy(low_high("f")), policy(low_high("f"), version="2")
        score = evaluate(made, {"f": 1}, NOW)
        with pytest.raises(Invalid) as caught:
            why_changed(other, score, made, score)

        assert [("policy", "not-allowed")] == [(fault.path, fault.code) for fault in caught.value.faults]
