"""Who may put scores on record and overrule them, and everything that refuses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crmcore import Denied, Invalid, Outcome, Refused, ratings
from crmcore.app.requests import command_from
from crmcore.customers import ContactDetails, FollowUp, Protect
from crmcore.customers.guards import ROLE_LABELS
from crmcore.customers.stages import Absent
from crmcore.kernel.machine import Never
from crmcore.kernel.refusals import Reason
from crmcore.ratings import RATING_COMMANDS, RATINGS, OverrideGrade, RecordScore, WithdrawOverride
from crmcore.ratings import reasons as catalogue
from crmcore.ratings.facts import Rated as RatedStage
from crmcore.ratings.facts import Unscored
from crmcore.scoring import as_data, score_data
from tests.customers.scene import ADMIN, GUEST, IMPORT, LI, MANAGER, REVIEWER, SERVICE
from tests.ratings.rated import ACTIVE, DAY, Rated, edition


@pytest.fixture
def scene() -> Rated:
    """Three customers in the pool, a day later."""
    return Rated()


class TestWho:
    """Rights are by role; policies may grant them otherwise."""

    @pytest.mark.rule("A-01", "G-05")
    @pytest.mark.parametrize("actor", [MANAGER, ADMIN, IMPORT], ids=lambda actor: actor.id)
    def test_scores_are_recorded_by_who_runs_scoring(self, scene, actor):
        """A manager, an administrator, a job."""
        assert [] == scene.refused(scene.command(), by=actor)

    @pytest.mark.rule("A-01", "G-05")
    @pytest.mark.parametrize("actor", [LI, REVIEWER, SERVICE, GUEST], ids=lambda actor: actor.id)
    def test_by_nobody_else(self, scene, actor):
        """Everybody else is told who may."""
        assert ["A-01 not-permitted"] == scene.refused(scene.command(), by=actor)

    @pytest.mark.rule("A-01")
    def test_only_managers_overrule(self, scene):
        """Neither who has the customer nor the job that scores."""
        scene.scored()
        word = OverrideGrade("C1", "activity", "A", "they will grow")

        assert [] == scene.refused(word, by=ADMIN)
        assert [["A-01 not-permitted"]] * 2 == [scene.refused(word, by=actor) for actor in (LI, IMPORT)]

    @pytest.mark.rule("A-01")
    def test_a_policy_grants_otherwise(self):
        """The names of these commands are rights like any other, and the owner is one who may be named."""
        scene = Rated(overrides={"customers.rights.override-grade": ["owner"]})
        scene.given(*_claimed(), by=LI).scored()
        word = OverrideGrade("C1", "activity", "A", "they will grow")

        assert [] == scene.refused(word, by=LI)
        assert ["A-01 not-permitted"] == scene.refused(word, by=MANAGER)


def _claimed() -> tuple[Any, ...]:
    return (Protect("C1", ContactDetails("王经理"), FollowUp(channel="phone", content="…")),)


class TestRecording:
    """A score on record is one that its policy gives, and is never replaced."""

    def test_a_score_counts_from_now_on(self, scene):
        """The outcome holds the customer, untouched, and the one event."""
        before = scene.customer()
        outcome = scene.when(scene.command(3), by=MANAGER)
        (envelope,) = outcome.events

        assert before == outcome.customer == scene.customer()
        assert ("score activity C1", 1, "chen") == (envelope.stream, envelope.number, envelope.by)
        assert ("scored", "C1", "activity", "A", Decimal(20)) == (
            envelope.type,
            envelope.event.customer,
            envelope.event.scoring,
            envelope.event.grade,
            envelope.event.raw,
        )
        assert scene.score(3) == scene.crm.scores.get("C1", "activity")

    @pytest.mark.rule("G-05")
    def test_of_one_moment_there_is_one_score(self, scene):
        """A second one is refused, whatever it says, and so is one of an earlier moment."""
        scene.scored()

        assert ["G-05 already-scored"] == scene.refused(scene.command(3), by=MANAGER)
        assert ["G-05 later-on-record"] == scene.refused(scene.command(3, hours=-1), by=MANAGER)
        assert [] == scene.at(days=2).refused(scene.command(3), by=MANAGER)

    @pytest.mark.rule("G-05")
    def test_nothing_is_known_of_the_future(self, scene):
        """A score as of a moment that has not come is refused."""
        assert ["G-05 not-yet"] == scene.refused(scene.command(1, hours=1), by=MANAGER)

    @pytest.mark.rule("G-05")
    @pytest.mark.parametrize(
        "changes",
        [{"raw": Decimal(11)}, {"grade": "A"}, {"codes": {"contacts": "many"}}, {"inputs": {}}, {"version": "7"}],
        ids=lambda changes: next(iter(changes)),
    )
    def test_a_score_that_its_policy_does_not_give(self, scene, changes):
        """Whatever in it is not what the policy makes of the values: it could not be explained."""
        command = RecordScore("C1", attrs.evolve(scene.score(1), **changes), ACTIVE)

        assert ["G-05 not-its-score"] == scene.refused(command, by=MANAGER)

    @pytest.mark.rule("G-06")
    def test_the_policy_comes_with_the_first_score(self, scene):
        """Later ones need not bring it; another policy than the score's own is refused."""
        bare = attrs.evolve(scene.command(), policy=None)

        assert ["G-06 unknown-policy"] == scene.refused(bare, by=MANAGER)
        assert ["G-06 other-policy"] == scene.refused(attrs.evolve(bare, policy=edition("2")), by=MANAGER)
        scene.scored("C2")
        assert [] == scene.refused(bare, by=MANAGER)
        assert ACTIVE == scene.crm.scores.policy("activity", ACTIVE.digest)

    @pytest.mark.rule("G-06")
    def test_a_changed_policy_needs_a_new_version(self, scene):
        """The same id and version with other content is refused; a new version passes."""
        scene.scored()
        changed = edition("1", zone="UTC")
        same = RecordScore("C2", scene.score(1, changed), changed)
        new = attrs.evolve(changed, version="2")

        assert ["G-06 version-taken"] == scene.refused(same, by=MANAGER)
        assert [] == scene.refused(RecordScore("C2", scene.score(1, new), new), by=MANAGER)

    @pytest.mark.rule("G-06")
    def test_a_policy_counts_from_when_it_takes_effect(self, scene):
        """A score of a moment before that is refused, and from when on it would pass is told; computing it is not."""
        begins = scene.now + 2 * DAY
        coming = edition("2", effective_from=begins)
        early = RecordScore("C1", scene.score(1, coming), coming)
        (refusal,) = scene.refusals(early, by=MANAGER)

        assert ("G-06", "not-in-effect", begins) == (refusal.rule, refusal.code, refusal.until)
        assert "C" == scene.crm.scores.evaluate(coming, "C1").grade
        with pytest.raises(Refused, match="was not in effect"):
            scene.crm.scores.record_all(coming, actor=MANAGER)
        scene.at(begins)
        assert [] == scene.refused(RecordScore("C1", scene.score(1, coming), coming), by=MANAGER)

    @pytest.mark.rule("G-06")
    def test_only_customers_and_leads_are_rated(self, scene):
        """A policy about anything else is refused."""
        other, lead = edition("1", subject="visit"), edition("1", subject="lead")

        assert ["G-06 other-subject"] == scene.refused(RecordScore("C1", scene.score(1, other), other), by=MANAGER)
        assert [] == scene.refused(RecordScore("C1", scene.score(1, lead), lead), by=MANAGER)

    def test_all_reasons_at_once(self, scene):
        """Ordered by rule, as ever."""
        command = RecordScore("C1", attrs.evolve(scene.score(1, hours=2), grade="A"), ACTIVE)

        assert ["A-01 not-permitted", "G-05 not-its-score", "G-05 not-yet"] == scene.refused(command, by=LI)

    @pytest.mark.rule("D-01")
    @pytest.mark.parametrize(
        "command",
        [
            OverrideGrade("C9", "activity", "A", "why"),
            WithdrawOverride("C9", "activity", "why"),
        ],
        ids=lambda command: command.do,
    )
    def test_nobody_is_rated_who_is_not_on_record(self, scene, command):
        """Each command says so."""
        assert ["D-01 not-on-record"] == scene.refused(command, by=MANAGER)
        assert ["D-01 not-on-record"] == scene.refused(scene.command(customer="C9"), by=MANAGER)


class TestOverruling:
    """A person's word stands beside the score."""

    @pytest.mark.rule("G-05")
    def test_what_a_word_needs(self, scene):
        """A reason, a grade of the policy's, and an end that lies ahead."""
        scene.scored()
        word = OverrideGrade("C1", "activity", "Z", " ", scene.now)

        assert ["G-05 ends-too-early", "G-05 reason-required", "G-06 unknown-grade"] == scene.refused(word, by=MANAGER)

    @pytest.mark.rule("G-05")
    def test_there_must_be_a_score(self, scene):
        """Where nothing is scored there is nothing to overrule, nor to take back."""
        words = (OverrideGrade("C1", "activity", "A", "why"), WithdrawOverride("C1", "activity", "why"))

        assert [["G-05 nothing-scored"]] * 2 == [scene.refused(word, by=MANAGER) for word in words]

    @pytest.mark.rule("G-05")
    def test_what_is_in_force_is_taken_back_once(self, scene):
        """With a reason; a word that has ended by itself is not in force either."""
        scene.scored()
        back = WithdrawOverride("C1", "activity", "they did not")

        assert ["G-05 not-overridden"] == scene.refused(back, by=MANAGER)
        scene.overridden(until=scene.now + DAY)
        assert [] == scene.refused(back, by=MANAGER)
        assert ["G-05 reason-required"] == scene.refused(attrs.evolve(back, reason=""), by=MANAGER)
        assert ["G-05 not-overridden"] == scene.at(days=2).refused(back, by=MANAGER)
        scene.overridden().withdrawn()
        assert ["G-05 not-overridden"] == scene.refused(back, by=MANAGER)

    @pytest.mark.rule("D-13")
    def test_commands_come_in_the_order_of_time(self, scene):
        """One dated before what happened last is refused."""
        scene.scored()
        word = OverrideGrade("C1", "activity", "A", "why")
        early = scene.crm.why_not(word, actor=MANAGER, at=scene.now - timedelta(seconds=1))

        assert ["D-13 out-of-order"] == [f"{refusal.rule} {refusal.code}" for refusal in early]


class TestTable:
    """The lifecycle as a table."""

    def test_every_stage_and_command_has_a_line(self):
        """Two stages and who is not on record, three commands."""
        assert {Absent, Unscored, RatedStage} == set(RATINGS.stages)
        assert tuple(RATING_COMMANDS.values()) == RATINGS.commands
        assert 5 == sum(
            isinstance(RATINGS.line(stage, command), Never) for stage in RATINGS.stages for command in RATINGS.commands
        )

    def test_who_may_has_words(self):
        """Every role and relation in it is one that refusals can name."""
        words = {word for line in RATINGS.lines for word in getattr(line.by, "words", ())}

        assert words <= set(ROLE_LABELS)

    def test_refusals_have_both_texts(self):
        """Each reason has its text in English and in Chinese."""
        reasons = [value for value in vars(catalogue).values() if isinstance(value, Reason)]

        assert 15 <= len(reasons)
        assert all(reason.en.isascii() and not reason.zh.isascii() for reason in reasons)


class TestNames:
    """What the package offers."""

    def test_each_is_there(self):
        """Loaded when it is first asked for; anything else is no attribute."""
        assert set(ratings.__all__) == {name for name in dir(ratings) if hasattr(ratings, name)}
        with pytest.raises(AttributeError):
            ratings.Nothing  # noqa: B018


class TestFromOutside:
    """Commands as other programs send them."""

    def test_a_score_with_its_policy(self, scene):
        """As plain data, the way scores and policies are written."""
        fields = {"customer": "C1", "score": score_data(scene.score(3)), "policy": as_data(ACTIVE)}

        assert RecordScore("C1", scene.score(3), ACTIVE) == command_from("record-score", fields)
        assert isinstance(scene.crm.answer(command_from("record-score", fields), actor=MANAGER), Outcome)

    def test_a_word(self, scene):
        """The other two are plain records."""
        fields = {"customer": "C1", "scoring": "activity", "reason": "why"}

        assert WithdrawOverride("C1", "activity", "why") == command_from("withdraw-override", fields)
        assert OverrideGrade("C1", "activity", "A", "why") == command_from("override-grade", {**fields, "grade": "A"})

    @pytest.mark.parametrize(
        "changes, paths",
        [
            ({"score": None}, ["score"]),
            ({"score": 3, "policy": []}, ["score", "policy"]),
            ({"policy": {"id": "x"}}, ["policy.version", "policy.subject", "policy.factors", "policy.grades"]),
            ({"customer": "", "score": []}, ["customer", "score"]),
            ({"surprise": 1}, ["surprise"]),
            ({"score": {"inputs": [1]}}, ["score.inputs"]),
            ({"score": {"inputs": None}}, ["score.inputs"]),
            ({"score": {"inputs": "x"}}, ["score.inputs"]),
            ({"score": {"inputs": {"contacts": [1]}}}, ["score.inputs.contacts"]),
            ({"score": {"inputs": {"contacts": {"value": [1]}}}}, ["score.inputs.contacts"]),
        ],
    )
    def test_faults_are_named_by_their_paths(self, scene, changes, paths):
        """Those of the score and of the policy with their own names before them."""
        fields = {"customer": "C1", "score": score_data(scene.score(3)), "policy": as_data(ACTIVE), **changes}
        with pytest.raises(Invalid) as invalid:
            command_from("record-score", fields)

        assert set(paths) == {fault.path for fault in invalid.value.faults}

    @pytest.mark.parametrize(
        "make",
        [
            lambda: RecordScore("C1", "A"),  # type: ignore[arg-type]
            lambda: RecordScore("C1", Rated().score(1), "A"),  # type: ignore[arg-type]
            lambda: OverrideGrade("C1", "no such name", "A"),
        ],
        ids=["score", "policy", "scoring"],
    )
    def test_what_is_no_command(self, make):
        """Is refused when it is made."""
        with pytest.raises(Invalid):
            make()

    def test_denied_tells_the_customer(self, scene):
        """As any refusal does."""
        answer = scene.crm.answer(scene.command(), actor=LI)

        assert isinstance(answer, Denied)
        assert scene.customer() == answer.customer
