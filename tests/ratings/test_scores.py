"""Scores on record, on every backend: what counts when, who has a grade, whole runs, and proving it all."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence

import attrs
import pytest

from crmcore import Denied, Invalid, NotFound, Outcome, Refused
from crmcore.app.scores import Tally
from crmcore.ratings import RecordScore
from crmcore.ratings.events import replayed
from crmcore.scoring import (
    Fact,
    Facts,
    FirstMatch,
    Gap,
    Grade,
    Rule,
    segment_from,
    shipped,
)
from crmcore.scoring.facts import FieldValue
from tests.customers.scene import GUEST, IMPORT, MANAGER, MONDAY, register
from tests.ratings.rated import ACTIVE, DAY, Rated, edition
from tests.scoring.made import banded, low_high, policy


class TestOnRecord:
    """What was stored comes back, as of any moment."""

    @pytest.mark.rule("G-05")
    def test_a_score_comes_back_as_it_was_given(self, scene):
        """With its values, their evidence, and the policy's version and digest."""
        scene.contacts(times=2).scored()
        score = scene.crm.scores.get("C1", "activity")

        assert scene.crm.scores.evaluate(ACTIVE, "C1") == score
        assert ACTIVE.stamp == score.stamp
        assert [("contact", "2"), ("contact", "3")] == [(one.kind, one.id) for one in score.inputs["contacts"].evidence]

    @pytest.mark.rule("G-05")
    def test_scores_are_never_computed_anew(self, scene):
        """Facts that come later change nothing on record, and each past moment keeps its score."""
        first = scene.contacts().now
        scene.scored()
        second = scene.at(days=2).contacts(times=3).now
        scene.scored()
        scene.at(days=3).contacts(times=9)
        scores = scene.crm.scores

        assert ["B", "A"] == [score.grade for score in scores.history("C1", "activity")]
        assert ["B"] == [score.grade for score in scores.history("C1", "activity", at=first + DAY / 2)]
        assert ["B", "A", "A"] == [
            scores.get("C1", "activity", at=at).grade for at in (first, second, second + 90 * DAY)
        ]

    def test_where_there_is_none(self, scene):
        """No customer, no policy, no score yet: each is told as not found, and histories are empty."""
        scene.scored()
        scores = scene.crm.scores

        for customer, scoring, at in [("C9", "activity", None), ("C1", "x", None), ("C1", "activity", MONDAY)]:
            with pytest.raises(NotFound):
                scores.get(customer, scoring, at=at)
        with pytest.raises(NotFound):
            scores.policy("activity", "0" * 12)
        assert () == scores.history("C2", "activity")
        assert scores.rating("C2", "activity") is None

    @pytest.mark.rule("G-05")
    def test_a_score_is_explained_by_the_policy_of_its_time(self, scene):
        """Whatever has become of the policy since."""
        scene.contacts().scored()
        dearer = edition("2", factors=(attrs.evolve(ACTIVE.factors[0], weight=2),))
        scene.at(days=2).scored(policy=dearer)
        old = scene.crm.scores.explain("C1", "activity", at=scene.now - DAY)
        new = scene.crm.scores.explain("C1", "activity")

        assert (ACTIVE, dearer) == (old.policy, new.policy)
        assert (10, 20) == (old.total, new.total)

    def test_scores_of_other_spaces_are_not_seen(self, scene):
        """A space is a tenant: the same ids are other customers there."""
        scene.scored()
        other = scene.crm.in_space("other")
        other.handle(register(id="C1", into="pool"), actor=MANAGER)

        assert () == other.scores.page("activity", "C")
        with pytest.raises(NotFound):
            other.scores.get("C1", "activity")
        assert Tally(1, 1, 0) == other.scores.record_all(ACTIVE, actor=IMPORT)
        assert [] == list(other.verify())
        assert ["C1"] == scene.grades()["C"]

    def test_a_hosts_transaction_decides(self, tmp_path):
        """A score recorded inside it is gone when the host rolls back."""
        path = tmp_path / "host.db"
        scene = Rated(f"sqlite:///{path}")
        host = sqlite3.connect(path, isolation_level=None)
        host.execute("BEGIN IMMEDIATE")
        joined = scene.crm.joined(host)
        joined.scores.record(ACTIVE, "C1", actor=MANAGER)
        within = joined.scores.get("C1", "activity").grade
        host.rollback()
        host.close()

        assert "C" == within
        assert () == scene.crm.scores.history("C1", "activity")
        scene.crm.close()


class TestOverrides:
    """A person's word, beside the score and never in its place."""

    @pytest.mark.rule("G-05")
    def test_the_word_counts_and_the_score_stays(self, scene):
        """Both are shown, with who said it and why."""
        scene.scored()
        scene.overridden("A")
        standing = scene.crm.scores.standing("C1", "activity")

        assert ("A", "C") == (standing.grade, standing.score.grade)
        assert standing.override is not None
        assert ("chen", "they will grow") == (standing.override.by, standing.override.reason)

    @pytest.mark.rule("G-05")
    def test_each_moment_has_what_counted_then(self, scene):
        """A word ends by itself, or is taken back, or another one follows; a new score does not end it."""
        scene.scored()
        scene.at(days=2).overridden("A", until=MONDAY + 4 * DAY)
        scene.at(days=5).contacts().scored()
        scene.at(days=6).overridden("A")
        scene.at(days=7).overridden("C")
        scene.at(days=8).scored()
        scene.at(days=9).withdrawn()
        scores = scene.crm.scores
        found = [scores.standing("C1", "activity", at=MONDAY + n * DAY + DAY / 2).grade for n in range(1, 10)]

        assert ["C", "A", "A", "C", "B", "A", "C", "C", "B"] == found
        assert ["A", "A", "C", None] == [one.grade for one in scores.overrides("C1", "activity")]
        assert scene.sound()

    @pytest.mark.rule("G-05")
    @pytest.mark.parametrize(
        "say, grade",
        [
            (lambda scene: scene.overridden("A").withdrawn(), "C"),
            (lambda scene: scene.overridden("A").overridden("B"), "B"),
            (lambda scene: scene.overridden("A").withdrawn().overridden("B"), "B"),
            (lambda scene: scene.overridden("A").overridden("B").withdrawn(), "C"),
        ],
        ids=["withdrawn", "another", "withdrawn-another", "another-withdrawn"],
    )
    def test_of_one_moment_the_word_said_last_counts(self, scene, say, grade):
        """Whoever is asked says the same: the standing, the rating, the pages of a grade, segments and ``verify``."""
        scene.scored()
        say(scene)
        when = {"grade": "activity", "value": grade}
        asked = segment_from({"id": "graded", "version": "1", "when": when})

        assert grade == scene.crm.scores.standing("C1", "activity").grade
        assert grade == scene.crm.scores.rating("C1", "activity").grade(scene.now)
        assert ["C1"] == scene.grades()[grade]
        assert ["C1"] == [customer.id for customer in scene.crm.segment(asked)]
        said_then = scene.now
        scene.at(days=9).overridden("A")
        assert grade == scene.crm.scores.standing("C1", "activity", at=said_then).grade
        assert ["C1"] == [customer.id for customer in scene.crm.segment(asked, at=said_then)]
        assert scene.sound()

    @pytest.mark.rule("G-05")
    def test_replaying_gives_the_same_rating(self, scene):
        """The rating that is stored is what its history leads to."""
        scene.scored()
        scene.at(days=2).overridden("A", until=scene.now + DAY)
        scene.at(days=4).contacts().scored()
        stream = [one.envelope for one in scene.crm.events() if one.envelope.stream == "score activity C1"]

        assert ["scored", "grade-overridden", "scored"] == [envelope.type for envelope in stream]
        assert replayed(stream) == scene.crm.scores.rating("C1", "activity")


class TestPages:
    """Who has a grade, by indexes, overrides counted."""

    def test_by_grade_now_and_later(self, scene):
        """A word takes a customer from one grade to another for as long as it counts; nothing need sweep."""
        scene.contacts("C2").contacts("C3", 3)
        for customer in ("C1", "C2", "C3"):
            scene.scored(customer)
        before = scene.grades()
        scene.overridden("A", "C1", until=scene.now + DAY).overridden("C", "C3")

        assert {"C": ["C1"], "B": ["C2"], "A": ["C3"]} == before
        assert {"C": ["C3"], "B": ["C2"], "A": ["C1"]} == scene.grades()
        assert {"C": ["C1", "C3"], "B": ["C2"], "A": []} == scene.at(days=3).grades()
        assert {"C": ["C1"], "B": ["C2"], "A": ["C3"]} == scene.withdrawn("C3").grades()

    def test_page_by_page(self, scene):
        """Ordered by customer; a page goes on after the customer that the one before ended with."""
        for customer in ("C3", "C1", "C2"):
            scene.scored(customer)
        scene.overridden("B", "C1").overridden("C", "C2")
        page = scene.crm.scores.page

        assert ["C2"] == [one.customer for one in page("activity", "C", limit=1)]
        assert ["C3"] == [one.customer for one in page("activity", "C", after="C2", limit=5)]
        assert () == page("activity", "C", after="C3")

    def test_who_got_no_grade(self, simple):
        """They are listed under None."""
        refusing = policy(
            *ACTIVE.factors,
            grades=(Grade("C"), Grade("A")),
            combine=FirstMatch(
                (Rule("A", {"contacts": ("many",)}), Rule("C", {"contacts": ("some",)})), gap=Gap("refuse")
            ),
            id="strict",
        )
        simple.contacts("C2").scored("C1", refusing)
        simple.scored("C2", refusing)

        assert ["C1"] == [one.customer for one in simple.crm.scores.page("strict", None)]
        assert simple.crm.scores.get("C1", "strict").grade is None
        assert simple.sound()


class TestRuns:
    """Scoring everybody."""

    @pytest.mark.parametrize("size", [1, 2, 3, 500])
    def test_everybody_once(self, scene, size):
        """In batches of any size; run again as of the same moment, nobody is scored twice."""
        scene.contacts("C2").contacts("C3", 3)
        told: list[Tally] = []
        first = scene.crm.scores.record_all(ACTIVE, actor=IMPORT, size=size, progress=told.append)
        again = scene.crm.scores.record_all(ACTIVE, actor=IMPORT, size=size)

        assert Tally(3, 3, 0) == first == told[-1]
        assert Tally(3, 0, 3) == again
        assert {"C": ["C1"], "B": ["C2"], "A": ["C3"]} == scene.grades()
        assert scene.sound()

    @pytest.mark.rule("G-05")
    def test_the_same_as_one_by_one(self, simple):
        """Value for value."""
        simple.contacts("C2")
        simple.crm.scores.record_all(ACTIVE, actor=IMPORT)
        other = Rated().contacts("C2")
        for customer in ("C1", "C2", "C3"):
            other.scored(customer)

        assert [other.crm.scores.get(id, "activity") for id in ("C1", "C2", "C3")] == [
            simple.crm.scores.get(id, "activity") for id in ("C1", "C2", "C3")
        ]

    def test_everybody_without_storing(self, simple):
        """The same scores, by number, and nothing is on record afterwards."""
        simple.contacts("C2")
        found = dict(simple.crm.scores.evaluate_all(ACTIVE, size=2))

        assert ["C1", "C2", "C3"] == list(found)
        assert found["C2"] == simple.crm.scores.evaluate(ACTIVE, "C2")
        assert () == simple.crm.scores.page("activity", "B")

    def test_it_goes_on_where_it_was_stopped(self, scene):
        """What was stored before it was killed stays, and the rest follows."""

        class Killed(Exception):
            """Stands for the end of the process."""

        def kill(_tally: Tally) -> None:
            raise Killed

        with pytest.raises(Killed):
            scene.crm.scores.record_all(ACTIVE, actor=IMPORT, size=2, progress=kill)

        assert 2 == len(scene.crm.scores.page("activity", "C"))
        assert Tally(3, 1, 2) == scene.crm.scores.record_all(ACTIVE, actor=IMPORT, size=2)

    @pytest.mark.rule("D-13")
    @pytest.mark.parametrize("word", ["overridden", "withdrawn"])
    def test_whom_something_happened_to_later_is_passed_over(self, scene, word):
        """A word after the run's moment stops the run neither before it begins nor while it is under way."""
        moment = scene.now + DAY
        for customer in ("C1", "C2"):
            scene.scored(customer)
        scene.at(days=3).overridden("A", "C1")
        if word == "withdrawn":
            scene.withdrawn("C1")

        def meanwhile(_customers: Sequence[str]) -> Mapping[str, Facts]:
            scene.overridden("A", "C2")
            return {}

        tally = scene.crm.scores.record_all(ACTIVE, actor=IMPORT, at=moment, more=meanwhile)

        assert (3, 1, 2) == (tally.customers, tally.recorded, tally.already)
        assert [1, 1, 1] == [len(scene.crm.scores.history(id, "activity")) for id in ("C1", "C2", "C3")]
        assert scene.sound()

    def test_the_hosts_facts_come_a_page_at_a_time(self, simple):
        """By the ids of those who are due; who came later is not asked for."""
        asked: list[Sequence[str]] = []

        def more(customers: Sequence[str]) -> Mapping[str, Facts]:
            asked.append(tuple(customers))
            return {"C2": Facts("C2", events=[Fact("order", "O1", MONDAY, 600_000)])}

        simple.at(days=3).pool(id="C4", name="靖江市冬暖空调有限公司").at(days=2)
        tally = simple.crm.scores.record_all(shipped("abc-grade"), actor=IMPORT, more=more, size=2)

        assert [("C1", "C2"), ("C3",)] == asked
        assert Tally(4, 3, 1) == tally
        assert ["C2"] == [one.customer for one in simple.crm.scores.page("abc-grade", "B")]

    def test_one_bad_fact_stops_nobody_else(self, simple):
        """Who cannot be scored is counted, and named with what is wrong; the others are on record."""
        asking = policy(banded("size", (None, 0, "small"), (10, 10, "large")), id="sized")
        sizes: dict[str, FieldValue] = {"C1": 5, "C2": "many", "C3": 50}

        def more(customers: Sequence[str]) -> Mapping[str, Facts]:
            return {id: Facts(id, {"size": sizes[id]}) for id in customers}

        unable: list[Invalid] = []
        found = dict(simple.crm.scores.evaluate_all(asking, more=more, unable=unable.append))
        tally = simple.crm.scores.record_all(asking, actor=IMPORT, more=more, size=1)
        rest = simple.crm.scores.evaluate_all(asking, more=more)

        assert (3, 2, 0, 1) == (tally.customers, tally.recorded, tally.already, tally.failed)
        assert ["C2.size"] == [fault.path for fault in tally.faults]
        assert list(tally.faults) == [fault for invalid in unable for fault in invalid.faults]
        assert ["C1", "C3"] == list(found)
        assert ["C1", "C3"] == [next(rest)[0], next(rest)[0]]
        with pytest.raises(Invalid, match=r"^C2\.size: "):
            next(rest)
        with pytest.raises(Invalid, match=r"^C2\.size: "):
            simple.crm.scores.evaluate(asking, "C2", more=Facts("C2", {"size": "many"}))

    def test_a_sum_that_is_no_number_names_its_factor(self, simple):
        """Facts may amount to more than any float: the customer is named, and what was asked."""
        asking = policy(low_high("spend", source="sum", params={"of": "order"}), id="spend")
        huge = Facts("C1", events=[Fact("order", "O1", MONDAY, 10**400)])
        with pytest.raises(Invalid) as caught:
            simple.crm.scores.evaluate(asking, "C1", more=huge)

        assert [("C1.spend", "out-of-range")] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_only_the_first_faults_are_told(self, simple, monkeypatch):
        """All are counted."""
        monkeypatch.setattr("crmcore.app.scoring_runs.MOST_FAULTS", 2)
        asking = policy(banded("stage", (None, 0, "small"), (10, 10, "large")), id="staged")
        tally = simple.crm.scores.record_all(asking, actor=IMPORT)

        assert (3, 0, 0, 3, 2) == (tally.customers, tally.recorded, tally.already, tally.failed, len(tally.faults))
        with pytest.raises(Invalid) as told:
            list(simple.crm.scores.evaluate_all(asking, size=1))
        assert 2 == len(told.value.faults)

    def test_a_total_that_is_none_is_nobodys_fault(self, simple):
        """It is refused before anybody is scored."""
        with pytest.raises(Invalid, match=r"^totals\.order: "):
            simple.crm.scores.record_all(ACTIVE, actor=IMPORT, totals={"order": float("nan")})

    def test_totals_for_shares_of_the_whole(self, simple):
        """They are given once, for all."""
        share = policy(
            banded("share", (None, 0, "small"), (0.5, 10, "large"), source="share-of-total", params={"of": "order"})
        )
        orders = Facts("C1", events=[Fact("order", "O1", MONDAY, 60)])

        assert ["A", "B"] == [
            simple.crm.scores.evaluate(share, "C1", more=orders, totals={"order": total}).grade for total in (100, 200)
        ]

    def test_who_may_not_run_it(self, scene):
        """The first batch says so, and nothing is stored."""
        with pytest.raises(Refused) as refused:
            scene.crm.scores.record_all(ACTIVE, actor=GUEST)

        assert {"not-permitted"} == {refusal.code for refusal in refused.value.refusals}
        assert () == scene.crm.scores.page("activity", "C")
        with pytest.raises(Refused):
            scene.crm.scores.record(ACTIVE, "C1", actor=GUEST)

    def test_two_runs_at_once(self, url):
        """Each customer is scored once, whoever comes first, and all of it adds up."""
        scene = Rated(url)
        tallies: list[Tally] = []

        def run() -> None:
            tallies.append(scene.crm.scores.record_all(ACTIVE, actor=IMPORT, at=scene.now, size=1))

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [3, 3, 3] == [tally.customers for tally in tallies]
        assert (3, 6) == (sum(tally.recorded for tally in tallies), sum(tally.already for tally in tallies))
        assert ["C1", "C2", "C3"] == scene.grades()["C"]
        assert scene.sound()
        scene.crm.close()

    def test_racing_scores_of_one_customer(self, url):
        """Of the scores of one moment one is on record; the others are refused, told why."""
        scene = Rated(url)
        answers: list[Outcome | Denied] = []
        commands = [scene.command(contacts) for contacts in (0, 1, 3)]

        def give(command: RecordScore) -> None:
            answers.append(scene.crm.answer(command, actor=MANAGER))

        threads = [threading.Thread(target=give, args=(command,)) for command in commands]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        denied = [answer for answer in answers if isinstance(answer, Denied)]

        assert 2 == len(denied)
        assert {"already-scored"} == {refusal.code for answer in denied for refusal in answer.refusals}
        assert scene.sound()
        scene.crm.close()
