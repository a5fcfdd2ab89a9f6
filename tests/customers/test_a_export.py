"""Everything that is held on a person: complete, with its places, and nothing of others (A-03)."""

import itertools
import json
from types import NoneType
from typing import Any, get_args, get_origin

import attrs
import pytest

from crmcore.app.output_privacy import held_view
from crmcore.cli.fabricate import credit_code
from crmcore.conflicts import DecideConflict, OpenConflict
from crmcore.customers import (
    Abandon,
    AddAttachment,
    AddContact,
    ApplyForIntent,
    ApproveIntent,
    ApproveProtection,
    ChangeContact,
    ChangeProfile,
    Command,
    ContactDetails,
    FollowUp,
    HandOver,
    LiftHold,
    Merge,
    Need,
    Needs,
    Participant,
    PlaceHold,
    Protect,
    RecordFollowUp,
    RecordNeeds,
    RefuseExtension,
    RefuseIntent,
    RefuseProtection,
    Register,
    Release,
    RequestExtension,
    ResubmitProtection,
    Sign,
    Transfer,
)
from crmcore.customers.erasing import Person
from crmcore.customers.events import EVENTS
from crmcore.customers.export import Held, held_on
from crmcore.customers.persons import PersonAt
from crmcore.errors import NotFound, Refused
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope, UnknownEvent
from crmcore.kernel.money import Money
from crmcore.kernel.personal import plan_of
from crmcore.ratings import OverrideGrade, RecordScore, WithdrawOverride
from crmcore.scoring import evaluate
from tests.customers.privacy import ANNA, BOB, LEGAL, consent, erase, firm, person
from tests.customers.scene import GUEST, LI, MANAGER, MONDAY, REVIEWER, WANG, Scene, register
from tests.scoring.made import policy, worded

NEVER_KEPT = (Register, ChangeProfile)


class Marking:
    """Puts a marker of its own into each personal text of commands."""

    def __init__(self, prefix: str, first: int) -> None:
        self.prefix = prefix
        self.numbers = itertools.count(first)
        self.made: list[str] = []

    def text(self, field: str) -> str:
        """A marker that stands nowhere else, in the form that the field takes."""
        number = next(self.numbers)
        formed = {
            "digest": f"sha256:{number:064x}",
            "uri": f"example:{self.prefix}{number}",
            "credit_code": credit_code(number),
            "tax_id": f"{number:015d}",
        }
        self.made.append(formed.get(field, f"{self.prefix}{number}号"))
        return self.made[-1]

    def marked(self, value: Any) -> Any:
        """The object with markers, those of what it holds too."""
        if isinstance(value, tuple):
            return tuple(self.marked(item) for item in value)
        if not attrs.has(type(value)) or isinstance(value, Money):
            return value
        # Why it is no duplicate is not kept where there was nothing alike.
        fields = [one for one in _fields(value) if not (isinstance(value, NEVER_KEPT) and one.name == "reason")]
        return attrs.evolve(value, **{one.name: self._field(one, getattr(value, one.name)) for one in fields})

    def _field(self, field: Any, inner: Any) -> Any:
        if field.repr and not field.metadata.get("personal"):
            return self.marked(inner)
        if field.name == "fields":
            return {"note": self.text("fields")}
        if get_origin(field.type) is tuple:
            return tuple(self.text(field.name) for _ in inner)
        if field.name in {"credit_code", "tax_id"}:
            return inner  # their forms hold no marker
        is_text = field.type is str or str in set(get_args(field.type)) - {NoneType}
        return self.text(field.name) if is_text else inner


def _fields(value: Any) -> Any:
    return attrs.fields(type(value))


POLICY = {
    "customers.contact_fields": [{"name": "note"}],
    "customers.custom_fields": [{"name": "note"}],
    "customers.privacy.purposes": [{"name": "service"}],
}
TALK = {"channel": "phone", "content": "x", "next_contact_at": MONDAY.replace(year=2027)}
ATTACHMENT = {"customer": "C1", "name": "x", "kind": "k", "size": 1, "digest": f"sha256:{'0' * 64}", "uri": "example:x"}
BUDGET = (Money(10, "CNY"), Money(20, "CNY"))

#: A life in which everything happens that can, but for the erasure.
LIFE: tuple[tuple[Any, Actor], ...] = (
    (register(kind="individual", into="pool", industry="other", contacts=(ContactDetails("x"),)), MANAGER),
    (Protect("C1", ContactDetails("x"), FollowUp(**TALK, participants=(Participant("x"),))), LI),  # type: ignore[arg-type]
    (RefuseProtection("C1", "x"), REVIEWER),
    (ResubmitProtection("C1"), LI),
    (ApproveProtection("C1"), REVIEWER),
    (ChangeProfile("C1", industry="other"), LI),
    (AddContact("C1", ContactDetails("x")), LI),
    (ChangeContact("C1", 1, ContactDetails("x")), LI),
    (RecordNeeds("C1", Needs("x", (Need("x"), Need("x", "implicit")), ("x", "x"), "x", None, *BUDGET)), LI),
    (AddAttachment(**ATTACHMENT), LI),  # type: ignore[arg-type]
    (consent(contact=None), LI),
    (ApplyForIntent("C1", "x"), LI),
    (RefuseIntent("C1", "x"), REVIEWER),
    (RequestExtension("C1", "x"), LI),
    (RefuseExtension("C1", "x"), REVIEWER),
    (Transfer("C1", "wang", reason="x"), MANAGER),
    (Abandon("C1", "x"), WANG),
    (RecordFollowUp(customer="C1", **TALK, participants=(Participant("x"), Participant("x"))), LI),  # type: ignore[arg-type]
    (Protect("C1"), LI),
    (ApproveProtection("C1"), REVIEWER),
    (ApplyForIntent("C1", "x"), LI),
    (ApproveIntent("C1"), REVIEWER),
    (Sign("C1", "HT-1"), LI),
    (HandOver("C1", "ning", reason="x"), LI),
    (PlaceHold("C1", "x"), LEGAL),
    (LiftHold("C1", "x"), LEGAL),
    (Release("C1", "x"), MANAGER),
)


def lived(marking: Marking, id: str = "C1", scene: Scene | None = None) -> Scene:
    """Live that life, with markers."""
    scene = scene or Scene(POLICY, policy="reviewed")
    for command, who in LIFE:
        named: Command = attrs.evolve(command, **({"id": id} if hasattr(command, "id") else {"customer": id}))
        scene.given(marking.marked(named), by=who)
    return scene


def spoken_of(marking: Marking, scene: Scene, id: str = "C1") -> Scene:
    """Let others speak of that customer: in a score, a word against it, and a conflict with a firm; with markers."""
    known = register(id=f"F{id}", name=f"上海{id}无关贸易有限公司", into="pool", contacts=())
    of = policy(worded("note"), id=f"told-{id.lower()}")
    scene.given(known, by=MANAGER)
    scene.given(RecordScore(id, evaluate(of, {"note": marking.text("note")}, scene.now), of), by=MANAGER)
    for command in (
        OverrideGrade(id, of.id, "A", "x"),
        WithdrawOverride(id, of.id, "x"),
        OpenConflict(known.id or "", id, "x", id=f"X{id}"),
        DecideConflict(f"X{id}", None, "x"),
    ):
        scene.given(marking.marked(command), by=MANAGER)
    return scene


def export(scene: Scene, id: str = "C1", **whom: Any) -> Held:
    """What is held on somebody, asked for by legal."""
    return scene.crm.privacy.export(id, actor=LEGAL, **whom)


def as_text(scene: Scene, held: Held) -> str:
    """The export as JSON."""
    return json.dumps(held_view(held, scene.crm.rules.zone), ensure_ascii=False)


def paths(plan: dict[str, Any]) -> set[str]:
    """The paths in a plan, places in lists left out."""
    below = {key: {""} if inner is True else paths(inner) for key, inner in plan.items()}
    return {f"{key}.{path}".strip(".") for key, inner in below.items() for path in inner}


@pytest.mark.rule("A-03", "D-13")
def test_it_is_complete():
    """Every marker in every personal field of every command, however long ago and about what, stands in it."""
    marking = Marking("甲", 10_000)
    scene = spoken_of(marking, lived(marking))
    text = as_text(scene, export(scene))

    assert len(marking.made) > 80
    assert [] == [marker for marker in marking.made if marker not in text]


@pytest.mark.rule("A-03")
def test_the_life_above_fills_every_personal_field_of_every_event():
    """A field that is added and not filled there fails here; of erasures and merges there are other tests."""
    held = export(lived(Marking("甲", 10_000)))
    filled = {
        (item.type, ".".join(part for part in item.path.split(".") if not part.isdigit()))
        for item in held.items
        if item.event is not None
    }
    wholes = {"fields", "pain_points", "budget_from", "budget_to"}
    found = {(type, ".".join(_up_to(path.split("."), wholes))) for type, path in filled}
    of_others = {"erased", "merged-into", "absorbed", "merge-undone", "given-back"}
    unmarked = {"credit_code", "tax_id", "other_phones"}
    declared = {(cls.type, path) for cls in EVENTS for path in paths(plan_of(cls)) if cls.type not in of_others}

    assert set() == {one for one in declared - found if one[1].rpartition(".")[2] not in unmarked}


def _up_to(parts: list[str], wholes: set[str]) -> list[str]:
    """The path up to a field that is personal as a whole."""
    return next((parts[: place + 1] for place, part in enumerate(parts) if part in wholes), parts)


@pytest.mark.rule("A-03")
def test_it_holds_nothing_of_others():
    """Another who has lived the same life in the same storage does not stand in it."""
    own, other = Marking("甲", 10_000), Marking("乙", 90_000)
    scene = spoken_of(other, spoken_of(own, lived(other, "C2", lived(own))), "C2")

    assert [] == [marker for marker in other.made if marker in as_text(scene, export(scene))]
    assert [] == [marker for marker in own.made if marker in as_text(scene, export(scene, "C2"))]


@pytest.mark.rule("A-03")
def test_every_value_says_where_it_stands():
    """In the state, or in an event by number, type and time; and what has happened is told without texts."""
    scene = person()
    held = export(scene)
    places = {(item.event, item.path): item.value for item in held.items}

    assert "欧阳小满" == places[None, "profile.name"] == places[1, "profile.name"]
    assert "欧阳小满想要两台" == places[3, "content"]
    assert [1, 2, 3, 4] == [deed.number for deed in held.events]
    assert ("follow-up-recorded", "li", scene.now) == (held.events[2].type, held.events[2].by, held.events[2].at)
    assert 1 == len(held.actions)


class TestContact:
    """What is held on one contact of an enterprise (A-03)."""

    @pytest.mark.rule("A-03")
    def test_what_is_the_contacts(self):
        """Details now and before, participations, consents, attachments, and the texts that name the person."""
        scene = firm().given(ChangeContact("C1", 1, ContactDetails("安妮", mobile="13700000000")), by=LI)
        scene.given(consent(evidence="附页7"), AddAttachment(**{**ATTACHMENT, "contact": 1}), by=LI)  # type: ignore[arg-type]
        held = export(scene, contact=1)
        said = {(item.event, item.path) for item in held.items}

        assert {
            (None, "contacts.0.details.name"),
            (1, "contacts.0.details.name"),
            (3, "participants.0.name"),
            (3, "content"),
            (3, "feedback"),
            (4, "contact.details.mobile"),
            (5, "consent.evidence"),
            (6, "attachment.uri"),
        } <= said
        assert [1, 3, 4, 5, 6] == [deed.number for deed in held.events]
        assert (["附页7"], ["example:x"]) == (
            [one.evidence for one in held.consents],
            [one.uri for one in held.attachments],
        )
        assert () == held.actions

    @pytest.mark.rule("A-03")
    def test_what_is_not(self):
        """Other contacts and participants, and texts that do not name the person."""
        scene = firm(introduction="鲍勃负责采购").given(consent(contact=2, evidence="附页8"), by=LI)
        text = as_text(scene, export(scene, contact=1))

        assert [] == [value for value in (BOB.mobile, BOB.email, "负责采购", "陈工", "附页8") if value in text]  # type: ignore[operator]

    @pytest.mark.rule("A-03")
    def test_a_participant_by_name(self):
        """Where the person is no contact."""
        held = export(firm(), participant="陈 工")

        assert [(3, "participants.2.name", "陈工")] == [(one.event, one.path, one.value) for one in held.items]

    @pytest.mark.rule("A-03")
    def test_after_an_erasure_nothing_is_held(self):
        """But the reason for it, which belongs to nobody."""
        scene = firm().given(erase(contact=1), by=MANAGER)

        assert () == export(scene, contact=1).items
        assert ["应本人要求"] == [item.value for item in export(person().given(erase(), by=MANAGER)).items]


class TestWho:
    """Who may be given it, and of whom there is none (A-03)."""

    @pytest.mark.rule("A-03", "A-01")
    def test_managers_and_legal(self):
        """By default; policy can change that under the name export-person."""
        scene = person()
        for who in (MANAGER, LEGAL):
            scene.crm.privacy.export("C1", actor=who)
        for who in (LI, GUEST):
            with pytest.raises(Refused) as error:
                scene.crm.privacy.export("C1", actor=who)

            assert "A-01 only a manager or legal may do this" == str(error.value)
        given = person({"customers.rights": {"export-person": ["owner"]}})
        assert given.crm.privacy.export("C1", actor=LI).items

    @pytest.mark.rule("A-03")
    def test_an_enterprise_is_nobody(self):
        """Its contacts are handed out one by one, each to whom it concerns; an erasure asks for the same."""
        scene = firm()
        with pytest.raises(Refused) as error:
            export(scene)
        with pytest.raises(Refused) as both:
            scene.crm.privacy.export("C1", actor=GUEST)

        assert ["A-03 not-a-person"] == scene.refused(erase(), by=MANAGER)
        assert ["not-a-person"] == [refusal.code for refusal in error.value.refusals]
        assert ["A-01", "A-03"] == [refusal.rule for refusal in both.value.refusals]

    @pytest.mark.rule("A-03")
    @pytest.mark.parametrize("name", ["周不在", ""])
    def test_who_took_part_in_nothing(self, name):
        """It is said so, and the name is not repeated."""
        with pytest.raises(NotFound) as error:
            export(firm(), participant=name)

        assert ("participant", "…") == (error.value.kind, error.value.id)

    @pytest.mark.rule("A-03")
    def test_who_is_not_on_record(self):
        """It is said so."""
        for id, contact in (("C9", None), ("C1", 9)):
            with pytest.raises(NotFound):
                export(firm(), id, contact=contact)


class TestFinding:
    """Finding somebody by a number or an address (A-03)."""

    @pytest.mark.rule("A-03")
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"phone": "139-0000-1111"}, [PersonAt("C1", 1)]),
            ({"phone": "+86 139 0000 1111"}, [PersonAt("C1", 1)]),
            ({"phone": "0086 0523-86660001"}, [PersonAt("C1", 1)]),
            ({"email": " ANNA@example.com"}, [PersonAt("C1", 1)]),
            ({"phone": "13912345678"}, [PersonAt("C2", None)]),
            ({"phone": "13900002222"}, [PersonAt("C1", 2), PersonAt("C2", 1)]),
            ({"phone": "1390000111"}, []),
            ({"phone": "none"}, []),
            ({"phone": ""}, []),
            ({"email": ""}, []),
            ({}, []),
        ],
    )
    def test_however_it_is_written(self, asked, found):
        """Among contacts and individuals."""
        scene = firm().given(register(id="C2", name="欧阳小满", kind="individual", phone="13912345678"), by=LI)
        scene.given(AddContact("C2", BOB), by=LI)

        assert found == list(scene.crm.privacy.find(**asked))

    @pytest.mark.rule("A-03")
    @pytest.mark.parametrize("asked", ["13800000000", "0523-84567890", "+86 523 84567890", "0086 523 84567890转8"])
    def test_by_each_of_several_numbers_in_one_field(self, asked):
        """With the code of the country or without."""
        scene = Scene().given(register(name="王某", kind="individual", phone="0523-84567890/13800000000"), by=LI)

        assert [PersonAt("C1", None)] == list(scene.crm.privacy.find(phone=asked))

    @pytest.mark.rule("A-03")
    @pytest.mark.parametrize("asked", ["anna@beispiel.de", "Anna.B@beispiel.de", "x@y.example; anna.b@beispiel.de"])
    def test_by_each_of_several_addresses_in_one_field(self, asked):
        """Whatever stands between them."""
        emails = "anna@beispiel.de；anna.b@beispiel.de"
        scene = Scene().given(register(name="王某", kind="individual", email=emails), by=LI)

        assert [PersonAt("C1", None)] == list(scene.crm.privacy.find(email=asked))
        assert () == scene.crm.privacy.find(email="b@beispiel.de")

    @pytest.mark.rule("A-03")
    def test_by_what_is_no_address(self):
        """Within a company's own network a name may do."""
        scene = Scene().given(register(name="王某", kind="individual", email="wang@intern"), by=LI)

        assert [PersonAt("C1", None)] == list(scene.crm.privacy.find(email="Wang@intern"))

    @pytest.mark.rule("A-03", "M-06")
    def test_by_the_number_of_a_record_that_was_merged(self):
        """It is a further number of who survived."""
        scene = Scene().given(register(name="欧阳小满", kind="individual", phone="13912345678"), by=LI)
        scene.given(register(id="C2", name="欧阳晓满", kind="individual", phone="13912345679", into="pool"), by=MANAGER)
        scene.given(Merge("C2", "C1", reason="同一个人"), by=MANAGER)

        assert [PersonAt("C1", None), PersonAt("C2", None)] == list(scene.crm.privacy.find(phone="13912345679"))

    @pytest.mark.rule("A-03")
    def test_who_has_been_erased_is_not_found(self):
        """Not even by what others still know."""
        scene = firm().given(erase(contact=1), by=MANAGER)

        assert () == scene.crm.privacy.find(phone=ANNA.mobile, email=ANNA.email)


@pytest.mark.rule("A-03")
def test_events_of_a_newer_version():
    """What they say may be personal: all of it is given, or what names the person."""
    data = {"text": "安娜来访", "list": ["x", {"deep": "安娜"}], "number": 7, "none": None}
    envelope = Envelope("C1", 9, "li", "x", UnknownEvent(MONDAY, "newer", 9, data))
    customer = firm().customer()
    named = held_on(Person(contact=9, values=("安娜",)), customer, [envelope])
    whole = held_on(Person(whole=True), customer, [envelope])

    assert ["text", "list.1.deep"] == [item.path for item in named.items if item.event == 9]
    assert ["text", "list.0", "list.1.deep", "number"] == [item.path for item in whole.items if item.event == 9]
