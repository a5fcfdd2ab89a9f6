"""What is in the files of two records is united when they are merged, and parted when that is undone (M-06)."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from crmcore.customers import (
    AddAttachment,
    AddContact,
    ContactDetails,
    Customer,
    Erase,
    LiftHold,
    Merge,
    Need,
    Needs,
    PlaceHold,
    RecordNeeds,
    Register,
    UndoMerge,
)
from crmcore.customers.file import File
from crmcore.customers.merging import FATES
from crmcore.customers.merging_file import both_needs
from crmcore.kernel.money import Money
from tests.customers.privacy import LEGAL, PURPOSES, consent, erase
from tests.customers.scene import LI, MANAGER, SERVICE, Scene, record, register

SECOND = "靖江市迎春贸易有限公司"
ANNA, BOB = ContactDetails("安娜"), ContactDetails("鲍勃")


def attachment(customer: str, name: str, contact: int | None = None) -> AddAttachment:
    """A reference to something about a contact, or about nobody."""
    return AddAttachment(
        customer=customer,
        name=name,
        kind="note",
        size=1,
        digest=f"sha256:{'0' * 64}",
        uri=f"example:{name}",
        contact=contact,
    )


def two_files() -> Scene:
    """C1 of Li's and C2 in the pool an hour later, each with a contact and a full file."""
    scene = Scene(PURPOSES).formal(contacts=(ANNA,)).at(hours=1)
    scene.pool(id="C2", name=SECOND, phone="0523-80000002", contacts=(BOB,))
    for id, text in (("C1", "两台"), ("C2", "静音")):
        needs = Needs(text, (Need(text),), (text,), urgency="high")
        scene.given(RecordNeeds(id, needs), attachment(id, id, 1), by=MANAGER)
        scene.given(consent(customer=id, evidence=id), PlaceHold(id, "诉讼"), by=MANAGER).at(hours=2)
    return scene


@pytest.mark.rule("M-06", "D-11")
def test_of_every_field_it_is_said_what_becomes_of_it():
    """Whoever adds a field to a customer, or to its file, says in FATES whether a merge unites, keeps or leaves it."""
    fields = {one.name for one in attrs.fields(Customer)} | {f"file.{one.name}" for one in attrs.fields(File)}

    assert fields == set(FATES)
    assert {"united", "kept", "left"} == set(FATES.values())


@pytest.mark.rule("M-06", "D-11")
def test_what_is_said_comes_true():
    """With two customers that differ in all of it, what is united changes, and what is kept does not."""
    scene = two_files().given(record("C1"), by=SERVICE)
    scene.at(hours=2, minutes=30).given(record("C2"), by=LI)
    before = scene.customer("C1")
    scene.at(hours=3).given(Merge("C2", "C1", "the same"), by=MANAGER)
    after = scene.customer("C1")
    same = {name for name in FATES if _value(before, name) == _value(after, name)}
    # These say the same of both where only one of them has signed, or where it was held since before.
    signed = {"signed_on", "last_trade_on", "contracts", "cool_downs", "file.held_since"}

    assert set() == {name for name, fate in FATES.items() if fate == "kept"} - same
    assert signed == {name for name, fate in FATES.items() if fate == "united"} & same


def _value(customer: Customer, path: str) -> Any:
    found: Any = customer
    for name in path.split("."):
        found = getattr(found, name)
    return found


@pytest.mark.rule("M-06", "D-10", "A-03")
def test_references_and_consents_are_those_of_both():
    """Numbers go on, and who it is about has the number that the contact has now."""
    scene = two_files().given(Merge("C2", "C1", "the same"), by=MANAGER)
    file = scene.customer().file

    assert [(1, "C1", 1), (2, "C2", 2)] == [(one.number, one.name, one.contact) for one in file.attachments]
    assert [(1, "C1"), (2, "C2")] == [(one.contact, one.evidence) for one in file.consents]
    assert [] == list(scene.crm.verify())


@pytest.mark.rule("M-06", "D-07")
def test_the_survivors_needs_stand():
    """What it has not said the other has; lists are those of both, and a budget is taken over as a whole."""
    own = Needs("a", (Need("x"),), ("p",), budget_to=Money(5, "EUR"))
    other = Needs("b", (Need("x"), Need("y")), ("q",), "now", "low", Money(1, "CNY"), Money(9, "CNY"))

    assert Needs("a", (Need("x"), Need("y")), ("p", "q"), "now", "low", None, Money(5, "EUR")) == both_needs(own, other)
    assert other == both_needs(Needs(needs=(Need("x"),)), attrs.evolve(other, pain_points=("q",)))
    assert (own, other, None) == (both_needs(own, None), both_needs(None, other), both_needs(None, None))


@pytest.mark.rule("A-03", "M-06")
@pytest.mark.parametrize(("held", "erased"), [("C1", "C2"), ("C2", "C1"), ("C1", "C3"), ("C3", "C2")])
def test_a_legal_hold_on_any_record_holds_all_of_them(held: str, erased: str):
    """Whenever it was placed; what is one customer is kept as a whole until every hold is lifted."""
    third = "靖江市知秋贸易有限公司"
    scene = Scene().potential(contacts=(ANNA,))
    scene.pool(id="C2", name=SECOND, contacts=(BOB,)).pool(id="C3", name=third, contacts=(BOB,)).at(hours=1)
    scene.given(Merge("C3", "C2", "the same"), Merge("C2", "C1", "the same"), PlaceHold(held, "诉讼"), by=MANAGER)
    [refusal] = scene.refusals(erase(erased, contact=1), by=LEGAL)

    assert ("A-03", "legal-hold-beside", {"records": held}) == (refusal.rule, refusal.code, refusal.params)
    assert Erase not in scene.crm.can(erased, actor=LEGAL)
    assert [] == scene.given(LiftHold(held), by=LEGAL).refused(erase(erased, contact=1), by=LEGAL)


@pytest.mark.rule("A-03", "M-06")
def test_a_merged_records_persons_have_the_survivors_purposes():
    """Nobody can record a consent there any more; who has none at the survivor either, or is erased there, is told."""
    scene = Scene(PURPOSES).potential(contacts=(ANNA,)).pool(id="C2", name=SECOND, contacts=(BOB, ANNA)).at(hours=1)
    scene.given(Merge("C2", "C1", "the same"), by=MANAGER)

    def told() -> list[tuple[str, int | None]]:
        return sorted((one.customer, one.contact or 0) for one in scene.crm.privacy.without_purpose())

    assert [("C1", 1), ("C1", 2), ("C1", 3), ("C2", 1), ("C2", 2)] == told()
    scene.given(consent(contact=1), consent(contact=2), consent(contact=3), by=LI)
    assert [] == told()
    scene.given(erase(contact=2), by=MANAGER)
    assert [("C2", 1)] == told()


@pytest.mark.rule("M-06", "A-03")
@pytest.mark.parametrize("held", ["C1", "C2"])
def test_a_legal_hold_on_either_holds_the_survivor(held: str):
    """Since it was placed; undoing the merge gives each its own again."""
    scene = Scene().potential(contacts=(ANNA,)).pool(id="C2", name=SECOND).at(hours=1)
    scene.given(PlaceHold(held, "诉讼"), by=LEGAL).at(hours=2).given(Merge("C2", "C1", "the same"), by=MANAGER)

    assert scene.start + timedelta(hours=1) == scene.customer().file.held_since
    assert ["A-03 legal-hold"] == scene.refused(erase(contact=1), by=LEGAL)
    scene.given(UndoMerge("C2", "two after all"), by=MANAGER)
    assert {held} == {id for id in ("C1", "C2") if scene.customer(id).file.held_since is not None}


@pytest.mark.rule("M-06", "D-10")
def test_what_came_goes_back():
    """Both files are what they were."""
    scene = two_files()
    before = [scene.customer(id).file for id in ("C1", "C2")]
    scene.given(Merge("C2", "C1", "the same"), UndoMerge("C2", "two after all"), by=MANAGER)

    assert before == [scene.customer(id).file for id in ("C1", "C2")]
    assert [] == list(scene.crm.verify())


@pytest.mark.rule("M-06", "A-03")
def test_what_came_with_a_merge_is_erased_with_the_person():
    """Out of the file, out of the event that brought it, and out of what an undoing would give back."""
    scene = Scene(PURPOSES).potential(contacts=(ANNA,)).pool(id="C2", name=SECOND, contacts=(BOB,)).at(hours=1)
    scene.given(attachment("C2", "名片", 1), consent(customer="C2", evidence="附页9"), by=MANAGER)
    scene.given(RecordNeeds("C1", Needs("鲍勃要两台")), Merge("C2", "C1", "the same"), by=MANAGER)
    scene.given(erase(contact=2), by=MANAGER)
    told = str([attrs.asdict(one) for one in (scene.customer(), *(each.event for each in scene.crm.history("C1")))])

    assert [] == [text for text in ("名片", "附页9", "鲍勃") if text in told]
    assert [] == list(scene.crm.verify())


def individuals() -> Scene:
    """One person under two records."""
    scene = Scene().given(Register("欧阳小满", "individual", id="C1", phone="13912345678"), by=LI)
    return scene.at(hours=1).given(
        register(name="欧阳晓满", kind="individual", id="C2", phone="13912345679", into="pool"), by=MANAGER
    )


@pytest.mark.rule("A-03", "M-06")
def test_nobody_who_is_erased_comes_back_with_a_merge():
    """Not before the other record has forgotten the person as well."""
    scene = individuals().given(erase("C1"), by=MANAGER)

    assert ["A-03 survivor-erased"] == scene.refused(Merge("C2", "C1", "the same"), by=MANAGER)
    assert [] == scene.given(erase("C2"), by=MANAGER).refused(Merge("C2", "C1", "the same"), by=MANAGER)


@pytest.mark.rule("A-03", "M-06")
def test_a_survivor_is_erased_after_the_records_merged_into_it():
    """The refusal names those that still name the person; contacts are erased where they stand."""
    scene = individuals().given(AddContact("C1", BOB), Merge("C2", "C1", "the same"), by=MANAGER)
    [refusal] = scene.refusals(erase("C1"), by=MANAGER)

    assert ("still-named", {"records": "C2"}) == (refusal.code, refusal.params)
    assert [] == scene.refused(erase("C1", contact=1), by=MANAGER)
    assert [] == scene.given(erase("C2"), by=MANAGER).refused(erase("C1"), by=MANAGER)
    assert [] == list(scene.given(erase("C1"), by=MANAGER).crm.verify())
