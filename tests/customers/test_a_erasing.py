"""Erasing a person: what goes, what stays, and what may not come back (A-03)."""

from typing import Any

import pytest

from crmcore.customers import (
    Abandon,
    AddAttachment,
    AddContact,
    ChangeContact,
    ChangeProfile,
    ContactDetails,
    LiftHold,
    Merge,
    Need,
    Needs,
    Participant,
    PlaceHold,
    RecordNeeds,
    Register,
    Transfer,
)
from crmcore.customers.erasing import STRUCK_OUT, Person, forgotten, person_in, struck_out
from crmcore.customers.history import replay
from crmcore.customers.persons import same_person
from crmcore.kernel.actors import Actor
from crmcore.kernel.personal import leaves
from tests.customers.privacy import ANNA, BOB, LEGAL, consent, erase, firm, person
from tests.customers.scene import (
    ADMIN,
    GUEST,
    LI,
    MANAGER,
    NAME,
    REVIEWER,
    SERVICE,
    WANG,
    Scene,
    claim,
    record,
    register,
)

DIGEST = f"sha256:{'0' * 64}"


def kept(scene: Scene, id: str = "C1") -> str:
    """Every personal value there still is of a customer, in its state and in its history."""
    values = [*leaves(scene.customer(id)), *leaves(scene.crm.history(id))]
    return "\n".join(str(value) for _, value in values)


def sound(scene: Scene) -> bool:
    """Whether what is stored adds up, and the history leads to the state."""
    history = scene.crm.history("C1")
    return [] == list(scene.crm.verify()) and replay(history) == scene.customer()


class TestContact:
    """One contact of an enterprise."""

    @pytest.mark.rule("A-03", "D-11")
    def test_nothing_of_the_contact_is_left(self):
        """Neither in state nor in history, where it stood by itself, among participants, and in texts."""
        scene = firm(introduction="请联系安娜").given(ChangeContact("C1", 1, ANNA, active=False), by=LI)
        scene.given(erase(contact=1), by=MANAGER)
        left = kept(scene)

        assert [] == [value for value in ("安娜", "安 娜", "13900001111", "139-0000-1111", "nna@") if value in left]
        assert sound(scene)

    @pytest.mark.rule("A-03", "D-11")
    def test_everybody_else_stays(self):
        """The enterprise, its other contacts, other participants, and the rest of the texts."""
        scene = firm().given(erase(contact=1), by=MANAGER)
        customer = scene.customer()
        said = next(one.event for one in scene.crm.history("C1") if one.type == "follow-up-recorded")

        assert (NAME, BOB) == (customer.profile.name, customer.contacts[1].details)
        assert [(True, True), (True, False)] == [(one.active, one.erased) for one in customer.contacts]
        assert [Participant(""), Participant("鲍勃"), Participant("陈工")] == list(said.participants)
        assert f"{STRUCK_OUT}（{STRUCK_OUT}，{STRUCK_OUT}）转告鲍勃：可以试用" == said.content

    @pytest.mark.rule("A-03", "D-13")
    def test_the_history_says_that_somebody_was_erased(self):
        """By whom, when, why and which contact; events before it stay in their order and with their times."""
        scene = firm()
        before = [(one.number, one.type, one.at, one.by) for one in scene.crm.history("C1")]
        scene.at(days=1).given(erase(contact=1, reason="安娜要求"), by=LEGAL)
        *rest, last = scene.crm.history("C1")

        assert before == [(one.number, one.type, one.at, one.by) for one in rest]
        assert ("erased", "fa", scene.now) == (last.type, last.by, last.at)
        assert ("contact", 1, f"{STRUCK_OUT}要求") == (last.event.whom, last.event.contact, last.event.reason)

    @pytest.mark.rule("A-03")
    def test_what_was_on_record_before_goes_too(self):
        """A name and a number that were changed long ago are known from the history."""
        scene = firm().given(ChangeContact("C1", 1, ContactDetails("安妮")), by=LI)
        scene.given(record(content="安妮即安娜，13900001111"), by=LI).given(erase(contact=1), by=MANAGER)

        assert [] == [value for value in ("安妮", "安娜", "13900001111") if value in kept(scene)]
        assert sound(scene)

    @pytest.mark.rule("A-03", "D-10")
    def test_attachments_and_consents_of_the_contact(self):
        """References and proofs are blanked; that there was a consent, for what and how long, stays."""
        scene = firm().given(consent(evidence="合同附页7"), consent(contact=2, evidence="合同附页8"), by=LI)
        for contact in (1, 2, None):
            whose: dict[str, Any] = {"name": f"名片{contact}.jpg", "uri": f"s3://b/{contact}", "contact": contact}
            scene.given(AddAttachment(customer="C1", kind="card", size=3, digest=DIGEST, **whose), by=LI)
        scene.given(erase(contact=1), by=MANAGER)
        file = scene.customer().file

        assert [None, "合同附页8"] == [one.evidence for one in file.consents]
        assert ["service", "service"] == [one.purpose for one in file.consents]
        assert ["", "s3://b/2", "s3://b/None"] == [one.uri for one in file.attachments]
        assert [3, 3, 3] == [one.size for one in file.attachments]
        assert sound(scene)

    @pytest.mark.rule("A-03", "D-10")
    def test_a_reference_that_names_the_person_goes_as_a_whole(self):
        """With a part of it struck out it would lead to nothing; what it leads to is the host's to delete."""
        scene, uri = firm(), "s3://calls/13900001111-20260302.mp3"
        for number, whose in enumerate(({"uri": uri, "name": "录音"}, {"uri": "s3://calls/2", "name": "安娜录音"})):
            given: dict[str, Any] = {"contact": None, "kind": "call", "size": number, "digest": DIGEST, **whose}
            scene.given(AddAttachment(customer="C1", **given), by=LI)
        held = scene.crm.privacy.export("C1", contact=1, actor=MANAGER)
        done = scene.crm.privacy.erase(erase(contact=1), actor=MANAGER)

        assert [uri] == [one.uri for one in held.attachments] == [one.uri for one in done.attachments]
        assert [("", ""), (f"{STRUCK_OUT}录音", "s3://calls/2")] == [
            (one.name, one.uri) for one in scene.customer().file.attachments
        ]
        assert sound(scene)

    @pytest.mark.rule("A-03")
    def test_a_follow_up_can_go_as_a_whole(self):
        """Where a text speaks of the person in words no program finds."""
        scene = firm().given(record(content="她下周休假"), record(content="无关"), by=LI)
        scene.given(erase(contact=1, follow_ups=(2,)), by=MANAGER)
        said = [one.event.content for one in scene.crm.history("C1") if one.type == "follow-up-recorded"]

        assert ["", "无关"] == said[1:]
        assert sound(scene)

    @pytest.mark.rule("A-03")
    def test_a_name_of_one_character_is_not_struck_out_of_texts(self):
        """It stands in too many words."""
        scene = firm().given(AddContact("C1", ContactDetails("安")), record(content="安装"), by=LI)
        scene.given(erase(contact=3), by=MANAGER)

        assert "安装" in kept(scene)


class TestParticipant:
    """Somebody who took part in a follow-up."""

    @pytest.mark.rule("A-03")
    def test_by_name_however_it_is_written(self):
        """In every follow-up, and in texts."""
        scene = firm().given(record(content="陈工来访", participants=(Participant("陈 工"),)), by=LI)
        scene.given(erase(participant=" 陈工"), by=MANAGER)

        assert "陈" not in kept(scene)
        assert "安娜" in kept(scene)
        assert "participant" == scene.crm.history("C1")[-1].event.whom
        assert sound(scene)

    @pytest.mark.rule("A-03")
    def test_somebody_unknown_is_refused(self):
        """Rather than nothing being done in silence."""
        assert ["A-03 unknown-participant"] == firm().refused(erase(participant="周工"), by=MANAGER)
        assert ["A-03 one-person"] == firm().refused(erase(participant=" "), by=MANAGER)
        assert ["A-03 one-person"] == firm().refused(erase(participant="陈工", contact=1), by=MANAGER)


class TestIndividual:
    """An individual customer as a whole."""

    @pytest.mark.rule("A-03", "D-11")
    def test_nothing_personal_is_left(self):
        """But for the reason, out of which the person's name is struck."""
        scene = person().given(consent(contact=None, evidence="录音3"), by=LI)
        scene.given(RecordNeeds("C1", Needs("两台", (Need("静音"),))), by=LI)
        scene.given(erase(reason="欧阳小满要求"), by=MANAGER)

        assert f"{STRUCK_OUT}要求" == kept(scene)
        assert sound(scene)

    @pytest.mark.rule("A-03", "D-11")
    def test_figures_stay(self):
        """Number, stage, owner, dates, and how much of what there was."""
        scene = person()
        before = scene.customer()
        after = scene.given(erase(), by=MANAGER).customer()

        assert (before.number, before.stage, before.registered_at) == (after.number, after.stage, after.registered_at)
        assert (before.follow_ups, before.actions, len(before.contacts)) == (1, after.actions, len(after.contacts))
        assert scene.now == after.file.erased_at
        assert all(contact.erased for contact in after.contacts)

    @pytest.mark.rule("A-03", "D-09")
    def test_custom_fields_and_their_columns(self):
        """They can no longer be found by."""
        fields = {"customers.custom_fields": [{"name": "member", "indexed": True}]}
        scene = person(fields, fields={"member": "M-77"})

        assert ["C1"] == [one.id for one in scene.crm.customers.by_field("member", "M-77")]
        scene.given(erase(), by=MANAGER)
        assert [] == scene.crm.customers.by_field("member", "M-77")
        assert {} == dict(scene.customer().profile.fields)

    @pytest.mark.rule("A-03", "P-02")
    def test_the_name_is_free_again(self):
        """The index over names has no trace of it: the same person may come back as a new customer."""
        scene = person().given(erase(), by=MANAGER)
        again = Register(name="欧阳小满", kind="individual", id="C2", phone="13912345678")

        assert None is scene.crm.customers.by_name("欧阳小满", "13912345678")
        assert ["C2"] == [scene.when(again, by=LI).customer.id]
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("A-03")
    def test_two_who_are_erased_do_not_clash(self):
        """Both have no name."""
        scene = person().given(Register(name="甲", kind="individual", id="C2", phone="1"), by=LI)
        scene.given(erase(), erase("C2"), by=MANAGER)

        assert ["", ""] == [scene.customer(id).profile.name for id in ("C1", "C2")]
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("A-03", "P-19")
    def test_a_fall_that_is_due_takes_place(self):
        """Erasing settles like any command."""
        scene = person().at(days=40).given(erase(), by=MANAGER)

        assert ["expired", "erased"] == scene.events()[-2:]
        assert "pool" == scene.stage()

    @pytest.mark.rule("A-03", "D-13")
    def test_the_past_is_blank_too(self):
        """As of a time before the erasure there is the customer, and not the person."""
        scene = person()
        then = scene.now
        scene.at(days=1).given(erase(), by=MANAGER)

        assert "" == scene.crm.customer("C1", at=then).profile.name
        assert "potential" == scene.crm.customer("C1", at=then).stage.name


class TestNothingComesBack:
    """Who has been erased is not put on record again by a command that knew the person (A-03)."""

    COMMANDS = (
        ChangeProfile("C1", name="欧阳小满"),
        AddContact("C1", BOB),
        ChangeContact("C1", 1, BOB),
        record(),
        RecordNeeds("C1", Needs("x")),
        AddAttachment(customer="C1", name="x", kind="x", size=1, digest=DIGEST, uri="s3://b/k"),
        consent(contact=None),
        erase(),
    )

    @pytest.mark.rule("A-03")
    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
    def test_of_a_person_erased_as_a_whole(self, command):
        """Every command that brings personal data is refused."""
        scene = person().given(erase(), by=MANAGER)

        assert "A-03 erased" in scene.refused(command, by=MANAGER if command.do == "erase" else LI)

    @pytest.mark.rule("A-03", "P-09")
    def test_nobody_claims_who_has_been_erased(self):
        """There is nobody to be won."""
        scene = person().given(erase(), by=MANAGER).at(days=40)

        assert "A-03 erased" in scene.refused(claim(), by=WANG)

    @pytest.mark.rule("A-03", "P-15")
    def test_whose_customer_it_is_can_still_change(self):
        """A leaver's customers go on, erased or not, and the owner can give it up."""
        scene = person().given(erase(), by=MANAGER).given(Transfer("C1", "wang"), by=MANAGER)

        assert ["C1"] == [one.customer for one in scene.crm.hand_over_all("wang", [LI], actor=MANAGER)]
        assert "pool" == scene.given(Abandon("C1", "erased"), by=LI).stage()

    @pytest.mark.rule("A-03")
    def test_of_a_contact(self):
        """Its place stays empty: it is not changed, given a consent, named by an attachment or erased again."""
        scene = firm().given(erase(contact=1), by=MANAGER)
        attachment = AddAttachment(customer="C1", name="x", kind="x", size=1, digest=DIGEST, uri="s3://b/k", contact=1)

        for command, who in (
            (ChangeContact("C1", 1, ANNA), LI),
            (consent(), LI),
            (attachment, LI),
            (erase(contact=1), MANAGER),
        ):
            assert ["A-03 erased"] == scene.refused(command, by=who)
        assert [] == scene.refused(ChangeContact("C1", 2, ANNA), by=LI)
        scene.given(erase(contact=2), by=MANAGER)
        assert ["A-03 erased", "D-06 no-contacts"] == scene.refused(ChangeContact("C1", 2, ANNA), by=LI)

    @pytest.mark.rule("A-03", "P-09")
    def test_an_erased_contact_is_none_to_claim_by(self):
        """A claim needs another contact on record."""
        scene = (
            Scene().pool(contacts=(ANNA,)).given(erase(contact=1), record(), by=Actor("x", {"manager", "pre-sales"}))
        )

        assert "P-09 no-contact" in scene.refused(claim().__class__("C1"), by=Actor("x", {"pre-sales"}))


class TestMerged:
    """Two records of one customer, one merged into the other (M-06): each is erased by itself (A-03)."""

    def merged(self) -> Scene:
        """Anna stands at both."""
        scene = firm().given(register(id="C2", name="靖江市春意贸易有限公司", contacts=(ANNA,)), by=LI)
        return scene.given(Merge("C2", "C1", "同一客户"), by=MANAGER)

    @pytest.mark.rule("A-03", "M-06")
    def test_a_contact_that_came_with_the_merge(self):
        """It goes under its new number, out of the event that brought it too; the record merged away still has it."""
        scene = self.merged().given(erase(contact=1), erase(contact=3), by=MANAGER)

        assert "安娜" not in kept(scene)
        assert "安娜" in kept(scene, "C2")
        assert [] == list(scene.crm.verify())
        scene.given(erase("C2", contact=1), by=MANAGER)
        assert "安娜" not in kept(scene, "C2")
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("A-03", "M-06")
    def test_who_is_erased_stays_so_in_a_merge(self):
        """And nothing else is recorded of a record that is merged."""
        scene = firm().given(erase(contact=1), by=MANAGER)
        scene.given(register(id="C2", name="靖江市春意贸易有限公司", contacts=(BOB,)), by=LI)
        scene.given(erase("C2", contact=1), Merge("C2", "C1", "同一客户"), by=MANAGER)

        assert [True, False, True] == [one.erased for one in scene.customer().contacts]
        assert "M-06 merged" in scene.refused(RecordNeeds("C2", Needs("x")), by=MANAGER)
        assert [] == list(scene.crm.verify())


class TestWhoAndWhether:
    """Who may erase, and what stands against it (A-01, A-03)."""

    @pytest.mark.rule("A-03", "A-01")
    def test_managers_and_legal_may(self):
        """By default; nobody by being the owner."""
        refused = {
            who.id: firm().refused(erase(contact=1), by=who)
            for who in (LI, MANAGER, ADMIN, LEGAL, REVIEWER, SERVICE, GUEST)
        }
        not_permitted = ["A-01 not-permitted"]

        assert {
            "li": not_permitted,
            "chen": [],
            "root": [],
            "fa": [],
            "rui": not_permitted,
            "ning": not_permitted,
            "guest": not_permitted,
        } == refused

    @pytest.mark.rule("A-03", "A-01")
    def test_policy_says_who_may(self):
        """It is a right like others."""
        scene = firm({"customers.rights": {"erase": ["legal"]}})

        assert [["A-01 not-permitted"], []] == [scene.refused(erase(contact=1), by=who) for who in (MANAGER, LEGAL)]

    @pytest.mark.rule("A-03")
    def test_a_reason_is_needed(self):
        """It stands in the history."""
        assert ["A-03 reason-required"] == firm().refused(erase(contact=1, reason=" "), by=MANAGER)

    @pytest.mark.rule("A-03")
    def test_a_legal_hold_keeps_everything(self):
        """Until it is lifted."""
        scene = firm().given(PlaceHold("C1", "诉讼"), by=LEGAL)

        assert scene.now == scene.customer().file.held_since
        assert ["A-03 legal-hold"] == scene.refused(erase(contact=1), by=MANAGER)
        assert ["A-03 legal-hold"] == scene.refused(PlaceHold("C1", "又一诉讼"), by=LEGAL)
        assert [] == scene.given(LiftHold("C1"), by=LEGAL).refused(erase(contact=1), by=MANAGER)
        assert ["A-03 no-legal-hold"] == scene.refused(LiftHold("C1"), by=LEGAL)
        assert ["A-03 hold-reason-required"] == scene.refused(PlaceHold("C1"), by=LEGAL)

    @pytest.mark.rule("A-03")
    def test_an_enterprise_is_no_person(self):
        """A contact or a participant has to be named."""
        assert ["A-03 not-a-person"] == firm().refused(erase(), by=MANAGER)

    @pytest.mark.rule("A-03", "D-06")
    def test_what_is_not_on_record_cannot_go(self):
        """Neither a contact nor a follow-up."""
        assert ["D-06 unknown-contact"] == firm().refused(erase(contact=9), by=MANAGER)
        assert ["A-03 unknown-follow-up"] == firm().refused(erase(contact=1, follow_ups=(1, 2)), by=MANAGER)

    @pytest.mark.rule("A-03")
    def test_where_nobody_is_there_is_nobody_to_erase(self):
        """Then it is not among what one can do, either."""
        scene = Scene().potential()

        assert "A-03 nobody" in scene.refused(erase(contact=1), by=MANAGER)
        assert "erase" not in [kind.do for kind in scene.crm.can("C1", actor=MANAGER)]
        scene.given(record(participants=(Participant("陈工"),)), by=LI)
        assert "erase" in [kind.do for kind in scene.crm.can("C1", actor=MANAGER)]


@pytest.mark.rule("A-03")
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call Anna Beispiel today", "Call * today"),
        ("call ANNA BEISPIEL", "call *"),
        ("138 0013 8000", "*"),
        ("(138) 0013-8000.", "(*."),
        ("2138001380009", "2138001380009"),
        ("13800138000，王", "*，王"),
        ("nothing of hers", "nothing of hers"),
    ],
)
def test_what_is_struck_out_of_texts(text, left):
    """Names in any case, numbers in any writing, and no number inside a longer one."""
    strike = struck_out(Person(values=("Anna Beispiel", "13800138000")))

    assert left == strike(text).replace(STRUCK_OUT, "*")


@pytest.mark.rule("A-03")
@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Li", "Reliable client, delivered Li's and li; Lis", "Reliable client, delivered * and *; *"),
        ("Li", "请联系Li经理，LI说", "请联系*经理，*说"),
        ("Li", "li_scan.pdf Li2 (Li)", "*_scan.pdf *2 (*)"),
        ("Øster", "Østers Østerbro øster", "* Østerbro *"),
        ("李2", "李2 李2号 a李2", "* *号 a*"),
        ("Hall 3", "hall3 hall 30 Chall 3", "* *0 Chall 3"),
        ("Anna Beispiel", "AnnaBeispiel Annabeispiels", "* *s"),
        ("王伟", "王伟业和王 伟", "*业和*"),
    ],
)
def test_a_short_name_is_not_struck_out_of_other_words(name: str, text: str, left: str) -> None:
    """Where a script parts its words; with the s of possession it goes as a whole."""
    assert left == struck_out(Person(values=(name,)))(text).replace(STRUCK_OUT, "*")


@pytest.mark.rule("A-03", "D-11")
@pytest.mark.parametrize(
    ("field", "value", "parts"),
    [
        ("mobile", "13800138000 13900139000", ("13800138000", "139-0013-9000")),
        ("phone", "0523-85678901-801", ("0523-85678901", "0523 85678901转801")),
        ("phone", "Tel/Fax: 0523-84567890", ("0523-84567890", "0523 84567890")),
        ("email", "chen@beispiel.de; chen.a@beispiel.de", ("chen@beispiel.de", "Chen.A@beispiel.de")),
    ],
)
def test_several_in_one_field_are_struck_out_each(field: str, value: str, parts: tuple[str, str]) -> None:
    """However they were written together."""
    given: dict[str, Any] = {field: value}
    scene = firm().given(AddContact("C1", ContactDetails("陈甲", **given)), by=LI)
    scene.given(record(content=f"先{parts[0]}，后{parts[1]}。"), by=LI).given(erase(contact=3), by=MANAGER)
    said = next(one.event for one in reversed(scene.crm.history("C1")) if one.type == "follow-up-recorded")

    assert said.content in {f"先{STRUCK_OUT}，后{STRUCK_OUT}。", f"先{STRUCK_OUT}，后{STRUCK_OUT}转801。"}


@pytest.mark.rule("A-03", "D-11")
def test_a_town_is_no_value_of_a_persons():
    """An address that is only where many live is blanked, and stays in what others have said."""
    scene = firm().given(AddContact("C1", ContactDetails("陈甲", address="上海市")), by=LI)
    scene.given(AddContact("C1", ContactDetails("陈乙", address="上海市示例路9号")), by=LI)
    scene.given(record(content="上海市场看好；寄上海市示例路9号"), by=LI)
    scene.given(erase(contact=3), erase(contact=4), by=MANAGER)
    said = next(one.event for one in reversed(scene.crm.history("C1")) if one.type == "follow-up-recorded")

    assert f"上海市场看好；寄{STRUCK_OUT}" == said.content
    assert [None, None] == [one.details.address for one in scene.customer().contacts[2:]]


@pytest.mark.rule("A-03")
@pytest.mark.parametrize(
    ("phone", "text", "left"),
    [
        ("13800000001", "+8613800000001来电", "*来电"),
        ("13800000001", "来电 0086 138 0000 0001。", "来电 *。"),
        ("13800000001", "\uff11\uff13\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff11", "*"),
        ("+86 138 0000 0001", "手机13800000001", "手机*"),
        ("0523-80000001", "+86 523 80000001", "*"),
        ("0523-80000001", "+86（0）523\uff0d80000001", "*"),
        ("+86 523 80000001", "打0523-80000001转8", "打*转8"),
        ("0523-80000001转8", "打0523 80000001", "打*"),
        ("0523-80000001转8", "打0523-80000001转8", "打*"),
        ("0523-84567890/13800000001", "13800000001或0523-84567890", "*或*"),
        ("0523-80000001", "单号10523800000012", "单号10523800000012"),
        ("0", "10 + 0", "10 + 0"),
    ],
)
def test_a_number_is_struck_out_however_it_was_written(phone: str, text: str, left: str) -> None:
    """With the code of the country or without, by its parts, in either width, and each of several in one field."""
    scene = firm().given(AddContact("C1", ContactDetails("陈甲", phone=phone)), record(content=text), by=LI)
    scene.given(erase(contact=3), by=MANAGER)
    said = next(one.event for one in reversed(scene.crm.history("C1")) if one.type == "follow-up-recorded")

    assert left == said.content.replace(STRUCK_OUT, "*")


@pytest.mark.rule("A-03")
def test_without_values_texts_stay():
    """There is nothing to strike out."""
    assert "text" == struck_out(Person())("text")


@pytest.mark.rule("A-03")
@pytest.mark.parametrize("name", ["Anna Beispiel", "ANNA  BEISPIEL", "\uff21nna\u3000Beispiel", " annabeispiel "])
def test_names_that_are_the_same(name):
    """Whatever their width, case and spaces."""
    assert "annabeispiel" == same_person(name)


@pytest.mark.rule("A-03")
def test_erasing_twice_is_erasing_once():
    """What is forgotten has nothing more to be forgotten."""
    scene = firm()
    events: list[Any] = [one.event for one in scene.crm.history("C1")]
    for who in ({"contact": 1}, {"participant": "陈工"}, {}):
        whom: Any = who
        gone = person_in(scene.customer(), events, **whom)
        for value in (scene.customer(), *events):
            once = forgotten(value, gone)

            assert once == forgotten(once, gone)
