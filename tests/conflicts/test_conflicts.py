"""Conflicts (撞单): who may open and decide them, what is on record of them, and their table (M-03)."""

from typing import Any

import pytest

from crmcore.app.requests import command_from
from crmcore.conflicts import COMMANDS, CONFLICTS, Conflict, DecideConflict, Decided, Open, OpenConflict
from crmcore.conflicts.history import evolve, replay
from crmcore.customers import ChangeProfile, Register
from crmcore.errors import NotFound, Unreadable
from crmcore.kernel.events import Envelope, UnknownEvent
from crmcore.kernel.machine import Never, Row
from tests.customers.scene import ADMIN, GUEST, LI, MANAGER, MONDAY, NAME, REVIEWER, SERVICE, WANG, Scene, register

ALIKE = "靖江市春义空调有限公司"
OPEN = OpenConflict("C2", "C1", note="两家是同一客户", id="X1")


@pytest.fixture
def scene() -> Scene:
    """Li has C1, and Wang, an hour later, C2 of nearly the same name."""
    scene = Scene().potential()
    return scene.at(hours=1).given(register(name=ALIKE, id="C2"), by=WANG)


def opened(scene: Scene) -> Conflict:
    """The conflict of the two, opened by Wang."""
    conflict = scene.when(OPEN, by=WANG).conflict
    assert conflict is not None

    return conflict


@pytest.mark.rule("M-02", "M-03")
def test_there_is_evidence_however_many_are_alike() -> None:
    """The record that the conflict is about need not be among those that are told of."""
    scene = Scene({"customers.profile.required_enterprise": ["name"]})
    for place, character in enumerate("义益艺怡颐亿易忆仪伊依医"):
        scene.given(Register(f"靖江市春{character}空调有限公司", id=f"C{place:02}", into="pool"), by=MANAGER)
    conflict = scene.when(OpenConflict("C11", "C10", id="X1"), by=WANG).conflict

    assert "C10" not in {one.customer for one in scene.crm.duplicates.check("C11", actor=WANG)}
    assert conflict is not None
    assert 92.3 == conflict.evidence.score


@pytest.mark.rule("M-03")
def test_a_conflict_holds_evidence_and_the_first_valid_claim(scene: Scene) -> None:
    """What makes the two alike, who opened it, and until when a manager is to decide."""
    outcome = scene.at(hours=2).when(OPEN, by=WANG)
    conflict = outcome.conflict

    assert conflict is not None
    assert conflict == scene.crm.conflicts.get("X1")
    assert ("C2", "C1", "wang", scene.now) == (
        conflict.customer,
        conflict.other,
        conflict.opened_by,
        conflict.opened_at,
    )
    assert ("C1", scene.start) == (conflict.first.customer, conflict.first.since)
    assert 84 <= conflict.evidence.score < 94
    assert "phone" in conflict.evidence.keys or "bg" in conflict.evidence.keys
    assert isinstance(conflict.stage, Open)
    assert "2026-03-05T11:00:00+08:00" == conflict.stage.due.astimezone(MONDAY.tzinfo).isoformat()
    assert "C2" == outcome.customer.id
    assert ["conflict-opened"] == [event.type for event in outcome.events]


@pytest.mark.rule("M-03")
@pytest.mark.parametrize(
    ("elapsed", "first"),
    [({"hours": 2}, "C1"), ({"days": 30}, "C2"), ({"days": 31}, "C1")],
    ids=["both", "one", "none"],
)
def test_the_first_claim_is_the_earlier_valid_one(scene: Scene, elapsed: Any, first: str) -> None:
    """A protection that has ended is none; with no protection left the earlier registration counts."""
    assert first == opened(scene.at(**elapsed)).first.customer


@pytest.mark.rule("M-03")
def test_records_that_are_not_alike_may_be_in_conflict_too(scene: Scene) -> None:
    """Two people may claim one customer for reasons no analysis knows; there is no evidence then."""
    scene.given(register(name="苏州晨星物流有限公司", id="C3", phone="0512-60000002"), by=WANG)
    conflict = scene.when(OpenConflict("C3", "C1"), by=LI).conflict

    assert conflict is not None
    assert (0.0, ()) == (conflict.evidence.score, conflict.evidence.keys)


@pytest.mark.rule("M-03")
@pytest.mark.parametrize("for_", ["C1", "C2", None])
def test_a_manager_decides(scene: Scene, for_: str | None) -> None:
    """For one of the two, or that they are different; the note says why."""
    opened(scene)
    outcome = scene.at(hours=3).when(DecideConflict("X1", for_, note="先登记者优先"), by=MANAGER)
    conflict = scene.crm.conflicts.get("X1")

    assert outcome.conflict == conflict
    assert Decided(scene.now, "chen", for_) == conflict.stage
    assert ("先登记者优先", "两家是同一客户", 2) == (conflict.decision, conflict.note, conflict.version)
    assert [] == scene.crm.conflicts.open()
    assert [] == scene.agenda(MANAGER)


@pytest.mark.rule("M-03", "F-02")
def test_a_conflict_is_in_the_agenda_of_managers(scene: Scene) -> None:
    """Until it is decided, and overdue after three working days; of nobody else."""
    opened(scene)

    assert ["conflict C2 upcoming"] == scene.agenda(MANAGER) == scene.agenda(ADMIN)
    assert "conflict C2 overdue" in scene.at(days=4).agenda(MANAGER)
    assert not any("conflict" in item for who in (LI, WANG, REVIEWER, SERVICE) for item in scene.agenda(who))


@pytest.mark.rule("A-01", "M-03")
@pytest.mark.parametrize(
    ("who", "may_open", "may_decide"),
    [
        (LI, True, False),
        (SERVICE, True, False),
        (REVIEWER, True, False),
        (MANAGER, True, True),
        (ADMIN, True, True),
        (GUEST, False, False),
    ],
    ids=lambda value: getattr(value, "id", value),
)
def test_who_may(scene: Scene, who: Any, may_open: bool, may_decide: bool) -> None:
    """Everybody who works with customers opens one; managers decide."""
    assert may_open == (not scene.crm.why_not(OPEN, actor=who))
    opened(scene)
    assert may_decide == (not scene.crm.why_not(DecideConflict("X1", None, note="不同"), actor=who))


@pytest.mark.rule("A-01")
def test_a_policy_may_grant_otherwise():
    """Rights go by the names of the commands."""
    scene = Scene({"customers.rights.decide-conflict": ["reviewer"]}).potential()
    scene.given(register(name=ALIKE, id="C2"), by=WANG)
    opened(scene)

    assert ["conflict C2 upcoming"] == scene.agenda(REVIEWER)
    assert ["A-01 not-permitted"] == refused(scene, DecideConflict("X1", None, note="不同"), by=MANAGER)


def refused(scene: Scene, command: Any, *, by: Any) -> list[str]:
    """Every refusal of a command as "rule code"; giving it changes nothing, and asking says the same."""
    before = scene.crm.conflicts.all()
    told = scene.refused(command, by=by)

    assert before == scene.crm.conflicts.all()

    return told


@pytest.mark.rule("M-03")
@pytest.mark.parametrize(
    ("command", "by", "code"),
    [
        (OpenConflict("C2", "C2"), WANG, "conflict-same-record"),
        (OpenConflict("C9", "C1"), WANG, "conflict-record"),
        (OpenConflict("C1", "C9"), WANG, "conflict-record"),
        (OpenConflict("C1", "C2"), LI, "conflict-open"),
        (OpenConflict("C2", "C1"), WANG, "conflict-open"),
        (OPEN, WANG, "conflict-id-taken"),
        (DecideConflict("X9", None, note="不同"), MANAGER, "conflict-unknown"),
        (DecideConflict("X1", "C9", note="第三方"), MANAGER, "conflict-not-party"),
        (DecideConflict("X1", "C1", note=" "), MANAGER, "conflict-note"),
    ],
)
def test_what_is_refused(scene: Scene, command: Any, by: Any, code: str) -> None:
    """Each with its reason, in both languages."""
    opened(scene)
    refusals = scene.refusals(command, by=by)

    assert [f"M-03 {code}"] == refused(scene, command, by=by)
    assert all(refusal.message() != refusal.message("zh") for refusal in refusals)


@pytest.mark.rule("M-03", "D-13")
def test_a_decision_stands(scene: Scene) -> None:
    """What comes up anew is a new conflict; nothing is dated before what has happened."""
    opened(scene)
    decision = DecideConflict("X1", "C1", note="先登记者优先")

    assert ["D-13 out-of-order"] == refused(scene.at(hours=0), decision, by=MANAGER)
    scene.at(hours=3).given(decision, by=MANAGER)
    assert ["M-03 conflict-decided"] == refused(scene, decision, by=MANAGER)
    assert ["X1", "X2"] == [
        conflict.id
        for conflict in (scene.crm.conflicts.get("X1"), scene.when(OpenConflict("C1", "C2", id="X2"), by=LI).conflict)
        if conflict is not None
    ]


@pytest.mark.rule("M-03", "D-13")
def test_conflicts_are_found_and_their_histories_replay(scene: Scene) -> None:
    """By id, by customer whichever of the two it is, all of them; what is stored is what the history leads to."""
    opened(scene)
    scene.at(hours=3).given(DecideConflict("X1", None, note="不同"), by=MANAGER)
    conflicts = scene.crm.conflicts

    assert ["X1"] == [one.id for one in conflicts.of("C1")] == [one.id for one in conflicts.of("C2")]
    assert ["X1"] == [one.id for one in conflicts.all()]
    assert [] == conflicts.of("C9")
    assert replay(conflicts.history("X1")) == conflicts.get("X1")
    assert [] == list(scene.crm.verify())
    for ask in (conflicts.get, conflicts.history):
        with pytest.raises(NotFound):
            ask("X9")


def test_what_nobody_knows_yet_changes_nothing(scene: Scene) -> None:
    """An event of a newer program passes through; a history begins with an opening."""
    conflict = opened(scene)
    newer = Envelope("X1", 2, "chen", "p", UnknownEvent(scene.now, "conflict-appealed", 1, {}))
    after = evolve(conflict, newer)

    assert (2, conflict.stage, "p") == (after.version, after.stage, after.policy)
    assert replay(()) is None
    with pytest.raises(Unreadable):
        evolve(None, newer)


@pytest.mark.rule("M-03")
def test_a_changed_profile_goes_to_review_too():
    """But not once more for a name that stays as it is."""
    scene = Scene({"matching.similar": "review"}).potential()
    scene.given(register(name="苏州晨星物流有限公司", id="C2", phone="0512-60000002"), by=WANG)
    first = scene.when(ChangeProfile("C2", name=ALIKE), by=WANG)
    second = scene.when(ChangeProfile("C2", region="江苏"), by=WANG)

    assert first.conflict is not None
    assert (None, ()) == (second.conflict, second.similar)


@pytest.mark.rule("M-03")
def test_the_table_knows_every_pair_of_stage_and_command():
    """Two commands, four stages, both languages."""
    lines = {(source.name, line.command.do): line for line in CONFLICTS.lines for source in line.source}

    assert {(stage, do) for stage in ("unopened", "open", "decided", "closed") for do in COMMANDS} == set(lines)
    assert {("unopened", "open-conflict"), ("open", "decide-conflict")} == {
        pair for pair, line in lines.items() if isinstance(line, Row)
    }
    assert all(isinstance(line, Row | Never) for line in lines.values())
    assert all(stage.label.en and stage.label.zh for stage in CONFLICTS.stages)
    assert all(command.label.en and command.label.zh for command in CONFLICTS.commands)


def test_commands_come_by_wire():
    """Under the names that rights use."""
    fields = {"conflict": "X1", "in_favour_of": "C1", "note": "先登记"}

    assert DecideConflict("X1", "C1", note="先登记") == command_from("decide-conflict", fields)


@pytest.mark.rule("A-05")
def test_notes_do_not_show(scene: Scene) -> None:
    """They may say something of people."""
    conflict = opened(scene)
    scene.given(DecideConflict("X1", None, note="王经理说不同"), by=MANAGER)

    shown = [repr(one) for one in (OPEN, conflict, scene.crm.conflicts.get("X1"), scene.crm.conflicts.history("X1"))]
    assert not any("同一客户" in text or "王经理" in text or NAME in text for text in shown)
