"""What ratings and conflicts keep of a customer's persons: exported, erased, and proved to have been (A-03)."""

import json
import uuid
from typing import Any

import pytest

from crmcore.app.crm import CRM
from crmcore.app.elsewhere import Erasing
from crmcore.app.outcome import Denied
from crmcore.app.records import ALL_EVENTS, Records
from crmcore.conflicts import DecideConflict, OpenConflict
from crmcore.conflicts.events import EVENTS as CONFLICT_EVENTS
from crmcore.customers import AddContact, ContactDetails
from crmcore.customers.entities import Customer
from crmcore.customers.erasing import STRUCK_OUT, Person
from crmcore.customers.events import EVENTS
from crmcore.customers.policy import CustomerPolicy
from crmcore.errors import Unreadable
from crmcore.kernel.personal import leaves, plan_of
from crmcore.ratings import OverrideGrade, RecordScore, WithdrawOverride
from crmcore.scoring import evaluate
from crmcore.storage.interface import NewEvent, Query, Write
from crmcore.storage.repository import Repository
from tests.app.test_privacy import Between
from tests.customers.privacy import LEGAL, erase, person
from tests.customers.scene import LI, MANAGER, Scene, register
from tests.kit.optimistic import OptimisticStore
from tests.scoring.made import policy, worded

#: Asks for one text, which whoever scores tells.
TOLD = policy(worded("note"), id="told")
#: Another one, so that a customer has two ratings.
OTHER = policy(worded("note"), id="other")


def score(scene: Scene, text: str, customer: str = "C1", by: Any = TOLD) -> RecordScore:
    """A score of now, with a text among its values."""
    return RecordScore(customer, evaluate(by, {"note": text}, scene.now), by)


def spoken_of() -> Scene:
    """An individual, C1, with scores, overrides and a conflict with C2 that all say something of the person and Bob."""
    scene = person().given(register(id="C2", name="上海无关贸易有限公司"), by=LI).at(days=1)
    scene.given(score(scene, "欧阳小满"), score(scene, "老客户", by=OTHER), by=MANAGER).at(days=2)
    scene.given(score(scene, "鲍勃"), OverrideGrade("C1", "told", "A", "鲍勃说很好"), by=MANAGER)
    scene.given(
        WithdrawOverride("C1", "told", "欧阳小满不来了"), OverrideGrade("C1", "told", "A", "又来了"), by=MANAGER
    )
    scene.given(OpenConflict("C2", "C1", "鲍勃两边都在", id="X1"), by=LI)
    return scene.given(DecideConflict("X1", "C1", "欧阳小满先到"), by=MANAGER)


def kept(scene: Scene, customer: str = "C1") -> list[str]:
    """Every personal value that records beside a customer's own hold, and their histories."""
    with scene.crm._work.reading() as session:
        values = [one.entity for records in session.records.speaking for one in records.about(session.uow, customer)]
    events = [envelope.event for envelope in scene.crm.conflicts.history("X1")]
    return [str(value) for one in (*values, *events) for _, value in leaves(one)]


def problems(scene: Scene) -> list[tuple[str, str]]:
    """What does not add up, where."""
    return [(problem.customer, problem.code) for problem in scene.crm.verify()]


def remove(scene: Scene, id: str) -> None:
    """Delete personal values behind the library's back."""
    with scene.crm.store.begin() as uow:
        [found] = uow.get("personal", [id])
        uow.write([Write("personal", id, found.version, None)])


def personal_ids(scene: Scene, start: str) -> list[str]:
    """The references of personal values that begin like this, and are kept under the customer."""
    with scene.crm.store.begin() as uow:
        rows = [row for id in ("C1", "C2") for row in uow.query(Query("personal", "by_subject", (id,), limit=100))]
    return [row.id for row in rows if row.id.startswith(start)]


class TestDeclared:
    """Nothing that is personal is kept without saying whose it is."""

    @pytest.mark.rule("A-03", "D-11")
    def test_every_record_with_personal_values_says_whose_they_are(self):
        """Beside customers themselves; and what says so is reached."""
        records = Records(CustomerPolicy())
        kept: list[Repository[Any]] = [one for one in vars(records).values() if isinstance(one, Repository)]
        personal = [one for one in kept if plan_of(one.entity.cls) and one.entity.cls is not Customer]

        assert {one.entity.cls for one in personal} == {one.entity.cls for one in records.speaking}
        assert all(one.entity.about for one in personal)

    @pytest.mark.rule("A-03", "D-11")
    def test_every_event_with_personal_values_is_in_a_history_that_is_rewritten(self):
        """That of a customer or of a conflict; those of ratings hold nothing of persons."""
        speaking = {cls for cls in ALL_EVENTS.classes.values() if plan_of(cls)}

        assert speaking <= {*EVENTS, *CONFLICT_EVENTS}


class TestWhole:
    """An individual is erased as a whole."""

    @pytest.mark.rule("A-03", "D-11")
    def test_nothing_of_it_is_left(self):
        """Neither among the values of scores nor in reasons and notes, which go as a whole; figures and grades stay."""
        scene = spoken_of()
        before = scene.crm.scores.history("C1", "told")
        assert {"欧阳小满", "鲍勃", "老客户", "鲍勃说很好", "欧阳小满不来了", "又来了"} < {*kept(scene)}
        scene.given(erase(), by=MANAGER)
        after = scene.crm.scores.history("C1", "told")

        assert [] == kept(scene)
        assert [] == problems(scene)
        assert [(one.as_of, one.raw, one.grade) for one in before] == [(one.as_of, one.raw, one.grade) for one in after]
        assert "C1" == scene.crm.conflicts.get("X1").stage.in_favour_of  # type: ignore[union-attr]

    @pytest.mark.rule("A-03", "D-13")
    def test_each_history_tells_of_it(self):
        """By whom, when, and of which values."""
        scene = spoken_of().at(days=3).given(erase(), by=LEGAL)
        told = [one for one in scene.crm.events() if one.envelope.type.endswith("-erased")]

        assert [
            ("X1", "conflict-notes-erased"),
            ("score other C1", "rating-values-erased"),
            ("score told C1", "rating-values-erased"),
        ] == [(one.envelope.stream, one.envelope.type) for one in told]
        assert {("fa", scene.now)} == {(one.envelope.by, one.envelope.at) for one in told}
        assert ((1, 2), (1, 2)) == (told[2].envelope.event.scores, told[2].envelope.event.overrides)

    @pytest.mark.rule("A-03", "D-13")
    def test_no_history_runs_backwards(self):
        """Though the erasure be recorded for a time before what was said elsewhere."""
        scene = spoken_of()
        scene.at(days=1, hours=1).given(erase(), by=MANAGER)
        said = [one.at for one in scene.crm.conflicts.history("X1")]

        assert sorted(said) == said
        assert [] == problems(scene)

    @pytest.mark.rule("A-03")
    def test_what_was_known_before_does_not_come_back(self):
        """A score as of before, with a text among its values, is refused; one of later is a new one."""
        scene = spoken_of().at(days=3)
        late = score(scene, "欧阳小满")
        scene.at(days=4).given(erase(), by=MANAGER)

        assert ["A-03 erased"] == scene.refused(late, by=MANAGER)
        assert [] == scene.at(days=5).refused(score(scene, "x"), by=MANAGER)

    @pytest.mark.rule("A-03")
    def test_life_goes_on(self):
        """The word that counts is taken back, with a reason of now; all adds up."""
        scene = spoken_of().given(erase(), by=MANAGER).given(WithdrawOverride("C1", "told", "已结束"), by=MANAGER)

        assert ["已结束"] == [text for text in kept(scene) if text]
        assert [] == problems(scene)


class TestContact:
    """One contact is erased."""

    @pytest.mark.rule("A-03", "D-11")
    def test_what_names_the_contact_is_struck_out(self):
        """Of texts; a value of a score that names the contact goes, for another value would give another score."""
        scene = spoken_of().given(erase(contact=1), by=MANAGER)
        left = kept(scene)

        assert [] == [text for text in left if "鲍勃" in text]
        assert {"欧阳小满", "老客户", f"{STRUCK_OUT}说很好", "又来了", f"{STRUCK_OUT}两边都在"} <= {*left}
        assert [] == problems(scene)
        told = [one.envelope for one in scene.crm.events() if one.envelope.type == "rating-values-erased"]
        assert [("told", (2,), (1,))] == [(one.event.scoring, one.event.scores, one.event.overrides) for one in told]

    @pytest.mark.rule("A-03")
    def test_of_whom_nothing_is_said_nothing_is_told(self):
        """No event, and nothing rewritten."""
        scene = spoken_of().given(AddContact("C1", ContactDetails("周工")), by=LI)
        before = kept(scene)
        scene.given(erase(contact=2), by=MANAGER)

        assert before == kept(scene)
        assert [] == [one for one in scene.crm.events() if one.envelope.type.endswith("-erased")]

    @pytest.mark.rule("A-03")
    def test_of_both_parties_of_a_conflict(self):
        """First at the one, then at the other: what each erasure has left is proved."""
        scene = spoken_of().given(AddContact("C2", ContactDetails("两边")), by=LI)
        scene.given(erase("C2", contact=1), erase(contact=1), by=MANAGER)

        assert f"{STRUCK_OUT}{STRUCK_OUT}都在" == scene.crm.conflicts.get("X1").note
        assert [] == problems(scene)
        scene.given(erase(), by=MANAGER)
        assert "" == scene.crm.conflicts.get("X1").note
        assert [] == problems(scene)

    @pytest.mark.rule("A-03")
    def test_a_decision_after_an_erasure(self):
        """It is a new text; the proof of the old one holds."""
        scene = person().given(register(id="C2", name="上海无关贸易有限公司"), by=LI)
        scene.given(OpenConflict("C1", "C2", "鲍勃来过", id="X1"), by=LI).given(erase(contact=1), by=MANAGER)
        scene.given(DecideConflict("X1", None, "两家"), by=MANAGER)

        assert [f"{STRUCK_OUT}来过", "两家"] == [
            text for envelope in scene.crm.conflicts.history("X1") for _, text in leaves(envelope.event)
        ]
        assert [] == problems(scene)


class TestProof:
    """What has been erased is told apart from what has gone by hand (D-13)."""

    @pytest.mark.rule("A-03", "D-13")
    @pytest.mark.parametrize(
        ("start", "where"),
        [
            ("score/score told", "score told C1"),
            ("grade_override/score told C1 1", "score told C1"),
            ("grade_override/score told C1 2", "score told C1"),
            ("conflict/", "X1"),
        ],
    )
    def test_what_has_gone_by_hand_is_found(self, start: str, where: str):
        """In the records beside the histories."""
        scene = spoken_of()
        remove(scene, personal_ids(scene, start)[0])

        assert [(where, "state" if where == "X1" else "personal")] == problems(scene)

    @pytest.mark.rule("A-03", "D-13")
    def test_in_the_history_of_a_conflict(self):
        """A note that has gone from its event."""
        scene = spoken_of()
        remove(scene, "event/X1/1")

        assert [("X1", "personal")] == problems(scene)

    @pytest.mark.rule("A-03", "D-13")
    def test_what_comes_back_is_found(self):
        """A text among the values of a score, after an erasure."""
        scene = spoken_of()
        [ref, *_] = personal_ids(scene, "score/score told")
        with scene.crm.store.begin() as uow:
            [before] = uow.get("personal", [ref])
        scene.given(erase(), by=MANAGER)
        with scene.crm.store.begin() as uow:
            [now] = uow.get("personal", [ref])
            uow.write([Write("personal", ref, now.version, before.body, before.columns)])
            [row] = uow.get("score", [ref.removeprefix("score/")])
            body = json.dumps({**json.loads(row.body), "vault": now.version + 1}).encode()
            uow.write([Write("score", row.id, row.version, body, row.columns)])

        assert [("score told C1", "personal")] == problems(scene)

    @pytest.mark.rule("A-03", "D-13")
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"opened_by": "x"}, "state"),
            ({"schema": 99}, "unreadable"),
        ],
    )
    def test_a_changed_conflict_is_found(self, change: dict[str, Any], code: str):
        """Its state is what its history leads to."""
        scene = spoken_of()
        with scene.crm.store.begin() as uow:
            [row] = uow.get("conflict", ["X1"])
            uow.write(
                [
                    Write(
                        "conflict",
                        "X1",
                        row.version,
                        json.dumps({**json.loads(row.body), **change}).encode(),
                        row.columns,
                    )
                ]
            )

        assert [("X1", code)] == problems(scene)

    @pytest.mark.rule("A-03", "D-13")
    def test_changed_columns_of_a_conflict_are_found(self):
        """They are what its state gives."""
        scene = spoken_of()
        with scene.crm.store.begin() as uow:
            [row] = uow.get("conflict", ["X1"])
            uow.write([Write("conflict", "X1", row.version, row.body, {**row.columns, "other": "C9"})])

        assert [("X1", "columns")] == problems(scene)

    @pytest.mark.rule("A-03")
    def test_a_rating_that_is_gone_is_told_of(self):
        """Its scores cannot be erased as if nothing was amiss."""
        scene = spoken_of()
        with scene.crm.store.begin() as uow:
            [row] = uow.get("rating", ["score told C1"])
            uow.write([Write("rating", row.id, row.version, None)])
        with scene.crm._work.reading() as session, pytest.raises(Unreadable):
            Erasing(session, "C1", Person(whole=True), MANAGER, scene.now).everywhere()

    @pytest.mark.rule("A-03", "D-13")
    def test_events_of_a_newer_version(self):
        """A conflict that holds one cannot be judged; the next erasure takes their texts along."""
        scene = spoken_of()
        body = {"n": 3, "v": 9, "by": "li", "policy": "x", "personal": {"ref": "event/X1/3", "hash": "x"}}
        data = {"at": scene.now.isoformat()}
        values = json.dumps({"salt": "s", "values": {"text": "欧阳小满"}}).encode()
        with scene.crm.store.begin() as uow:
            uow.append([NewEvent("X1", "newer", json.dumps({**body, "data": data}).encode())])
            uow.write([Write("personal", "event/X1/3", 0, values, {"subject": "X1"})])

        assert [("X1", "newer")] == problems(scene)
        scene.given(erase(), by=MANAGER)
        with scene.crm.store.begin() as uow:
            assert [] == uow.get("personal", ["event/X1/3"])


class TestRaces:
    """Who says something while somebody is being erased meets the erasure (A-03)."""

    @pytest.mark.rule("A-03")
    def test_a_score_of_before(self):
        """It was decided before, and is decided again: what was known then does not come back."""
        store = OptimisticStore(uuid.uuid4().hex)
        other = Scene()
        other.crm = CRM.open(store, clock=lambda: other.now)
        other.given(register(name="欧阳小满", kind="individual", phone="13912345678"), by=LI)
        other.given(score(other, "欧阳小满"), by=MANAGER).at(days=1)
        late = score(other, "欧阳小满")
        between = Between("scored", lambda: other.given(erase(), by=MANAGER))
        answer = CRM.open(store, plugins=[between], clock=lambda: other.now).answer(late, actor=MANAGER)

        assert isinstance(answer, Denied)
        assert ["erased"] == [one.code for one in answer.refusals]
        assert [] == list(other.crm.verify())

    @pytest.mark.rule("A-03")
    def test_what_is_decided_meanwhile_is_erased_too(self):
        """An erasure that a manager's decision has overtaken begins again, and takes the note along."""
        store = OptimisticStore(uuid.uuid4().hex)
        other = Scene()
        other.crm = CRM.open(store, clock=lambda: other.now)
        other.given(register(name="欧阳小满", kind="individual", phone="13912345678"), by=LI)
        other.given(register(id="C2", name="上海无关贸易有限公司"), OpenConflict("C1", "C2", "问欧阳小满", "X1"), by=LI)
        between = Between("erased", lambda: other.given(DecideConflict("X1", "C1", "欧阳小满先到"), by=MANAGER))
        CRM.open(store, plugins=[between], clock=lambda: other.now).handle(erase(), actor=MANAGER)

        assert ["conflict-opened", "conflict-decided", "conflict-notes-erased"] == [
            one.type for one in other.crm.conflicts.history("X1")
        ]
        assert [] == [value for one in other.crm.conflicts.history("X1") for value in leaves(one.event)]
        assert [] == list(other.crm.verify())


class TestExport:
    """They are handed out with their places (A-03)."""

    @pytest.mark.rule("A-03")
    def test_of_the_whole(self):
        """Each record, and the history of a conflict."""
        held = spoken_of().crm.privacy.export("C1", actor=LEGAL)
        places = {
            (one.place.split(" 1")[0], one.type, one.event, one.path): one.value for one in held.items if one.place
        }

        assert {
            ("score/score other C1", "score", None, "texts.note.value"): "老客户",
            ("score/score told C1", "score", None, "texts.note.value"): "鲍勃",
            ("grade_override/score told C1", "grade_override", None, "reason"): "鲍勃说很好",
            ("grade_override/score told C1", "grade_override", None, "why_ended"): "欧阳小满不来了",
            ("grade_override/score told C1 2", "grade_override", None, "reason"): "又来了",
            ("conflict/X1", "conflict", None, "note"): "鲍勃两边都在",
            ("conflict/X1", "conflict", None, "decision"): "欧阳小满先到",
            ("conflict/X1", "conflict-opened", 1, "note"): "鲍勃两边都在",
            ("conflict/X1", "conflict-decided", 2, "note"): "欧阳小满先到",
        } == places
        assert [(1, "conflict-opened"), (2, "conflict-decided")] == [
            (deed.number, deed.type) for deed in held.events if deed.place == "conflict/X1"
        ]

    @pytest.mark.rule("A-03")
    def test_of_a_contact(self):
        """What names the contact, and nothing else."""
        held = spoken_of().crm.privacy.export("C1", contact=1, actor=LEGAL)

        assert {"鲍勃", "鲍勃说很好", "鲍勃两边都在"} == {one.value for one in held.items if one.place}
        assert [(1, "conflict/X1")] == [(deed.number, deed.place) for deed in held.events if deed.place]
