"""Conflicts and mergers: who is one customer by now has no conflict with itself, and answers for both (M-03, M-06)."""

from datetime import timedelta
from typing import Any

import pytest

from crmcore.conflicts import Closed, DecideConflict, Open, OpenConflict
from crmcore.conflicts.events import ConflictClosed, ConflictReopened
from crmcore.conflicts.history import evolve, replay
from crmcore.customers import ChangeProfile, Merge, UndoMerge
from crmcore.kernel.events import Envelope
from tests.customers.scene import LI, MANAGER, MICROSECOND, WANG, Scene, register

ALIKE = "靖江市春义空调有限公司"
OTHER = "苏州晨星物流有限公司"
THIRD = "无锡晚霞贸易有限公司"


@pytest.fixture
def scene() -> Scene:
    """Li's C1; an hour later Wang's C2, like it, and C3, which is not; conflicts X1 of C2 with C1, X2 of C2 with C3."""
    scene = Scene().potential().at(hours=1)
    scene.given(register(name=ALIKE, id="C2"), register(name=OTHER, id="C3", phone="0512-60000003"), by=WANG)
    return scene.at(hours=2).given(OpenConflict("C2", "C1", id="X1"), OpenConflict("C2", "C3", id="X2"), by=WANG)


def merge(of: str = "C2", into: str = "C1") -> Merge:
    """A merge that is decided."""
    return Merge(of, into, "the same", decided=True)


def undo(of: str = "C2") -> UndoMerge:
    """An undoing with a reason."""
    return UndoMerge(of, "two after all")


def waiting(scene: Scene) -> list[str]:
    """The conflicts that wait for a decision; the agenda of a manager has as many."""
    found = [one.id for one in scene.crm.conflicts.open()]

    assert len(found) == sum(item.kind == "conflict" for item in scene.items(MANAGER))

    return found


class TestClosed:
    """A merge of the two leaves nothing to decide."""

    @pytest.mark.rule("M-03", "M-06", "F-02")
    def test_a_merge_closes_the_conflict_of_the_two(self, scene: Scene) -> None:
        """It is in nobody's agenda any more, and its history says why; that with a third one stays."""
        outcome = scene.at(hours=3).when(merge(), by=MANAGER)
        conflict = scene.crm.conflicts.get("X1")

        assert ["merged-into", "absorbed", "conflict-closed"] == [event.type for event in outcome.events]
        assert isinstance(conflict.stage, Closed)
        assert (scene.now, "C1", False, 2) == (
            conflict.stage.at,
            conflict.stage.survivor,
            conflict.is_open,
            conflict.version,
        )
        assert ["X2"] == waiting(scene)
        assert replay(scene.crm.conflicts.history("X1")) == conflict
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("M-03", "M-06")
    def test_a_closed_one_is_not_decided(self, scene: Scene) -> None:
        """The refusal names who survives."""
        [refusal] = scene.given(merge(), by=MANAGER).refusals(DecideConflict("X1", "C1", note="先登记"), by=MANAGER)

        assert ("M-03", "conflict-closed", {"survivor": "C1"}) == (refusal.rule, refusal.code, refusal.params)
        assert ["M-03 conflict-id-taken"] == scene.refused(OpenConflict("C1", "C3", id="X1"), by=WANG)

    @pytest.mark.rule("M-03", "M-06")
    def test_undoing_the_merge_opens_it_again(self, scene: Scene) -> None:
        """With the date it had, and it can be decided."""
        due = scene.crm.conflicts.get("X1").stage
        outcome = scene.given(merge(), by=MANAGER).at(hours=4).when(undo(), by=MANAGER)

        assert ["merge-undone", "given-back", "conflict-reopened"] == [event.type for event in outcome.events]
        assert due == scene.crm.conflicts.get("X1").stage
        assert ["X1", "X2"] == waiting(scene)
        assert [] == list(scene.crm.verify())
        scene.given(DecideConflict("X1", None, note="不同"), by=MANAGER)
        assert ["X2"] == waiting(scene)

    @pytest.mark.rule("M-03", "M-06")
    def test_records_may_become_one_by_several_mergers(self, scene: Scene) -> None:
        """The last of them closes the conflict, and the undoing of that one opens it."""
        seen = [waiting(scene)]
        for command in (merge(), merge("C1", "C3"), undo("C1"), merge("C3"), undo("C3"), undo()):
            scene.given(command, by=MANAGER)
            seen.append(waiting(scene))

        assert [["X1", "X2"], ["X2"], [], ["X2"], [], ["X2"], ["X1", "X2"]] == seen
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("M-03", "M-06")
    def test_a_decision_stays_one(self, scene: Scene) -> None:
        """Whatever is merged after it."""
        scene.given(DecideConflict("X1", "C1", note="先登记"), by=MANAGER)
        decided = scene.crm.conflicts.get("X1")

        assert decided == scene.given(merge(), by=MANAGER).crm.conflicts.get("X1")
        assert decided == scene.given(undo(), by=MANAGER).crm.conflicts.get("X1")

    @pytest.mark.rule("D-13", "M-06")
    def test_no_history_runs_backwards(self, scene: Scene) -> None:
        """A merge may be given for a time before the conflict was opened."""
        opened = scene.now
        scene.at(hours=1).given(merge(), undo(), by=MANAGER)

        assert [opened] * 3 == [envelope.at for envelope in scene.crm.conflicts.history("X1")]

    def test_events_that_fit_no_stage_move_none(self, scene: Scene) -> None:
        """They count as events all the same."""
        conflict = scene.crm.conflicts.get("X1")
        reopened = evolve(conflict, Envelope("X1", 2, "chen", "p", ConflictReopened(scene.now)))
        closed = evolve(reopened, Envelope("X1", 3, "chen", "p", ConflictClosed(scene.now, "C1")))
        again = evolve(closed, Envelope("X1", 4, "chen", "p", ConflictClosed(scene.now, "C9")))

        assert isinstance(reopened.stage, Open)
        assert (closed.stage, 4) == (again.stage, again.version)


class TestSurvivors:
    """Who survives stands for what was merged into it."""

    @pytest.mark.rule("M-03", "M-06")
    def test_a_survivor_has_the_conflicts_of_what_it_absorbed(self, scene: Scene) -> None:
        """Also of what that had absorbed before; the record keeps its own."""
        scene.given(register(name=THIRD, id="C4", phone="0510-60000004"), by=LI)

        assert ["X1"] == of(scene, "C1")
        scene.given(merge(), by=MANAGER)
        assert ["X1", "X2"] == of(scene, "C1") == of(scene, "C2")
        scene.given(merge("C1", "C4"), by=MANAGER)
        assert ["X1", "X2"] == of(scene, "C4")
        assert ["X2"] == of(scene, "C3")

    @pytest.mark.rule("M-03", "M-06")
    def test_two_customers_have_one_open_conflict(self, scene: Scene) -> None:
        """Whichever of their records it was opened about; the refusal names it."""
        scene.given(merge(), by=MANAGER)
        for command in (OpenConflict("C1", "C3"), OpenConflict("C3", "C1")):
            [refusal] = scene.refusals(command, by=WANG)

            assert ("conflict-open", {"conflict": "X2"}) == (refusal.code, refusal.params)
        scene.given(DecideConflict("X2", "C2", note="先登记"), by=MANAGER)
        assert [] == scene.refused(OpenConflict("C1", "C3"), by=WANG)

    @pytest.mark.rule("M-03", "M-06")
    def test_nor_does_a_review_open_a_second_one(self):
        """A changed name of the survivor comes up against the other of an open conflict."""
        scene = Scene({"matching.similar": "review"}).potential(name=THIRD).at(hours=1)
        scene.given(register(name=ALIKE, id="C2", phone="0523-80000002"), by=LI)
        opened = scene.given(register(id="C3", phone="0523-80000003"), by=WANG)
        before = waiting(opened)
        outcome = scene.given(merge(), by=MANAGER).when(ChangeProfile("C1", name="靖江市春益空调有限公司"), by=LI)

        assert ["C3"] == [one.customer for one in outcome.similar if one.is_alarm]
        assert before == waiting(scene)
        assert 1 == len(before)

    @pytest.mark.rule("M-03", "M-06")
    @pytest.mark.parametrize("parties", [("C2", "C1"), ("C1", "C2"), ("C2", "C4"), ("C4", "C2")])
    def test_no_conflict_is_opened_of_a_record_that_is_merged(self, scene: Scene, parties: tuple[str, str]) -> None:
        """Neither with its survivor nor with anybody else; the refusal names the survivor."""
        scene.given(register(name=THIRD, id="C4", phone="0510-60000004"), by=LI).given(merge(), by=MANAGER)
        [refusal] = scene.refusals(OpenConflict(*parties), by=WANG)

        assert ("M-06", "merged", {"customer": "C2", "survivor": "C1"}) == (refusal.rule, refusal.code, refusal.params)

    @pytest.mark.rule("M-03", "M-06", "P-21")
    def test_both_are_named_where_both_are_merged(self, scene: Scene) -> None:
        """Every reason is told."""
        scene.given(merge(), merge("C3"), by=MANAGER)
        told = [refusal.params for refusal in scene.refusals(OpenConflict("C2", "C3"), by=WANG)]

        assert [{"customer": id, "survivor": "C1"} for id in ("C2", "C3")] == told


@pytest.mark.rule("D-13")
@pytest.mark.parametrize("parties", [("C1", "C3"), ("C3", "C1")])
def test_no_conflict_is_opened_before_what_has_happened_to_its_parties(scene: Scene, parties: Any) -> None:
    """Whichever of the two it happened to; at that very moment it passes."""
    scene.at(hours=5).given(ChangeProfile("C3", region="江苏"), by=WANG)
    [refusal] = scene.at(scene.now - MICROSECOND).refusals(OpenConflict(*parties), by=WANG)

    assert ("D-13", "out-of-order", {"customer": "C3"}) == (refusal.rule, refusal.code, refusal.params)
    assert [] == scene.at(hours=5).refused(OpenConflict(*parties), by=WANG)
    before = scene.start - timedelta(days=900)
    assert ["D-13 out-of-order"] == scene.at(before).refused(OpenConflict(*parties), by=WANG)


def of(scene: Scene, customer: str) -> list[str]:
    """The conflicts of a customer."""
    return [one.id for one in scene.crm.conflicts.of(customer)]
