"""Duplicate analysis at the counter: same, similar, different, and what policy makes of it (M-02, M-03, P-02, L-02)."""

from typing import Any

import pytest

from crmcore.app.outcome import Outcome
from crmcore.customers import AddContact, ChangeProfile, ContactDetails
from crmcore.customers.duplicates import Similar
from crmcore.kernel.refusals import Label
from tests.customers.scene import ADMIN, GUEST, LI, MANAGER, NAME, WANG, ZHAO, Scene, register

#: NAME with a homophone in its brand: alike, but another name.
ALIKE = "靖江市春义空调有限公司"
OTHER = "苏州晨星物流有限公司"
CODE = "91350100M000100Y43"


def answers(similar: str, **more: Any) -> dict[str, Any]:
    """Overrides that say what follows from a similar record."""
    return {"matching.similar": similar, **{f"matching.{name}": value for name, value in more.items()}}


def passed(scene: Scene, *, by: Any = WANG, **profile: Any) -> Outcome:
    """A registration that passes, under the id C2."""
    return scene.when(register(**{"id": "C2", **profile}), by=by)


@pytest.mark.rule("M-03", "M-04", "P-02")
@pytest.mark.parametrize(
    "name",
    [
        "靖江市春意空調有限公司",
        "靖江春意空调有限公司",
        "江苏省靖江市春意空调有限公司",
        "靖江市春意空调股份有限公司",
        "春意空调(靖江)有限公司",
        "靖江市春意空调有限责任公司",
    ],
    ids=["traditional", "no 市", "with the province", "another form", "region in brackets", "the long form"],
)
def test_the_same_enterprise_written_differently_is_refused(name: str) -> None:
    """The refusal names record, stage and owner, as for the very same name."""
    scene = Scene().potential()
    [refusal] = scene.refusals(register(name=name, id="C2"), by=WANG)

    assert ("P-02", "C1", "li") == (refusal.rule, refusal.params["customer"], refusal.params["owner"])
    assert refusal.code in {"same-name", "same-customer"}


@pytest.mark.rule("M-03", "P-02")
def test_the_same_enterprise_in_the_pool_can_be_protected_instead():
    """As with the very same name."""
    scene = Scene().pool()

    assert ["P-02 same-customer-in-pool"] == scene.refused(register(name="靖江春意空调有限公司", id="C2"), by=WANG)


@pytest.mark.rule("M-03")
def test_a_different_name_passes_without_a_word():
    """Nothing is told of records that are not alike."""
    assert () == passed(Scene().potential(), name=OTHER, phone="0512-60000002").similar


@pytest.mark.rule("M-03")
def test_a_similar_record_is_told_of():
    """By default a registration passes, and its outcome tells who is alike."""
    outcome = passed(Scene().potential(), name=ALIKE)
    found = outcome.similar[0]

    assert found.stage is not None
    assert ("C1", "KH-000001", "potential", "li") == (found.customer, found.number, found.stage.name, found.owner)
    assert found.is_alarm
    assert 84 <= found.score < 94
    assert "wang" == outcome.customer.owner


@pytest.mark.rule("M-02")
def test_what_was_found_is_explained():
    """The keys that agree, then the parts of the names with their points; in both languages."""
    found = passed(Scene().potential(), name=ALIKE).similar[0]
    english, chinese = found.explained(), found.explained("zh")

    assert len(english) == len(chinese) > 1
    assert english != chinese
    assert "phone" in english[0]
    assert "电话" in chinese[0]
    assert abs(found.score - sum(part.points for part in found.comparison.parts)) < 0.1


@pytest.mark.rule("M-03")
def test_a_similar_record_is_refused_where_policy_says_so():
    """The rule book taken literally: same or similar is not entered again."""
    scene = Scene(answers("refuse")).potential()
    [refusal] = scene.refusals(register(name=ALIKE, id="C2"), by=WANG)

    assert ("M-03", "similar", "C1", "li") == (
        refusal.rule,
        refusal.code,
        refusal.params["customer"],
        refusal.params["owner"],
    )
    assert [] == scene.refused(register(name=OTHER, id="C2"), by=WANG)


@pytest.mark.rule("M-03")
def test_a_reason_is_asked_for_where_policy_says_so():
    """With one it passes; blank is none."""
    scene = Scene(answers("reason")).potential()

    assert ["M-03 reason-required"] == scene.refused(register(name=ALIKE, id="C2"), by=WANG)
    assert ["M-03 reason-required"] == scene.refused(register(name=ALIKE, id="C2", reason=" "), by=WANG)
    assert ["C1"] == [one.customer for one in passed(scene, name=ALIKE, reason="营业执照不同").similar]


@pytest.mark.rule("M-03")
def test_review_opens_a_conflict():
    """The registration passes, and a manager has something to decide."""
    scene = Scene(answers("review")).potential()
    outcome = passed(scene, name=ALIKE)
    conflict = outcome.conflict

    assert conflict is not None
    assert ("C2", "C1", "wang") == (conflict.customer, conflict.other, conflict.opened_by)
    assert ("C1", scene.start) == (conflict.first.customer, conflict.first.since)
    assert outcome.similar[0].score == conflict.evidence.score
    assert ["registered", "protected", "conflict-opened"] == [event.type for event in outcome.events]
    assert ["conflict C2 upcoming"] == scene.agenda(MANAGER)


@pytest.mark.rule("M-03")
def test_review_opens_no_conflict_of_different_records():
    """There would be nothing to decide."""
    scene = Scene(answers("review")).potential()

    assert passed(scene, name=OTHER).conflict is None
    assert [] == scene.crm.conflicts.open()


@pytest.mark.rule("M-03")
def test_off_is_off():
    """Only the very same name is refused then, as P-02 has it."""
    scene = Scene(answers("off")).potential()

    assert () == passed(scene, name=ALIKE).similar
    assert [] == scene.refused(register(name="靖江春意空调有限公司", id="C3"), by=WANG)
    assert ["P-02 same-name"] == scene.refused(register(name="靖江市 春意空调有限公司", id="C3"), by=WANG)


@pytest.mark.rule("M-02", "P-02")
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("credit_code", CODE, "same-credit-code"), ("tax_id", "350100010010043", "same-tax-id")],
)
def test_who_has_the_same_code_is_the_same(field: str, value: str, code: str) -> None:
    """Whatever the name; in the pool it can be protected instead."""
    given: dict[str, Any] = {field: value}
    scene = Scene().potential(**given)
    again = register(name=OTHER, id="C2", **{field: f" {value} "})

    assert [f"P-02 {code}"] == scene.refused(again, by=WANG)
    assert [f"P-02 {code}-in-pool"] == scene.at(days=30).refused(again, by=WANG)


@pytest.mark.rule("M-02")
@pytest.mark.parametrize(
    "written", ["0523-80000001", "0523 8000 0001", "(0523)80000001", "\uff10\uff15\uff12\uff1380000001"]
)
def test_the_same_phone_is_told_of(written: str) -> None:
    """However it is written; the name may be another."""
    outcome = passed(Scene().potential(), name=OTHER, phone=written)

    assert [("C1", True)] == [(one.customer, one.is_same_phone) for one in outcome.similar]


@pytest.mark.rule("M-02")
def test_phones_of_contacts_count():
    """Those added later, too."""
    scene = Scene().potential(phone="0523-80000009")
    scene.given(AddContact("C1", ContactDetails("王经理", mobile="13800000001")), by=LI)
    outcome = passed(
        scene, name=OTHER, phone="0512-60000002", contacts=(ContactDetails("李工", phone="138 0000 0001"),)
    )

    assert ["C1"] == [one.customer for one in outcome.similar]


@pytest.mark.rule("L-02")
def test_a_repeat_caller_is_not_entered_twice():
    """Where policy says so, the refusal names the record to edit."""
    scene = Scene(answers("warn", same_phone="open-existing")).potential(
        name="王芳", kind="individual", phone="13800000001"
    )
    caller = register(name="王小芳", kind="individual", phone="138-0000-0001", id="C2")
    [refusal] = scene.refusals(caller, by=WANG)

    assert ("L-02", "open-existing", {"customer": "C1"}) == (refusal.rule, refusal.code, refusal.params)
    assert "edit" in refusal.message()
    assert [] == scene.refused(register(name="王小芳", kind="individual", phone="13800000002", id="C2"), by=WANG)


@pytest.mark.rule("P-02", "A-02")
@pytest.mark.parametrize(
    ("who", "seen"), [(LI, "li"), (ZHAO, "li"), (MANAGER, "li"), (ADMIN, "li"), (WANG, None), (GUEST, None)]
)
def test_who_may_not_see_the_owner_is_not_told(who: Any, seen: str | None) -> None:
    """The record and its stage are named all the same."""
    scene = Scene(answers("warn", owner_shown_to=["owner", "team", "manager"])).potential()
    [found] = scene.crm.duplicates.check(register(id="C2"), actor=who)
    refusals = scene.refusals(register(id="C2"), by=who)
    [owner] = [refusal.params["owner"] for refusal in refusals if refusal.rule == "P-02"]

    assert found.stage is not None
    assert ("C1", "potential") == (found.customer, found.stage.name)
    assert (seen, seen is None) == (found.owner, found.owner_hidden)
    assert (seen or "somebody else") == (owner.text() if isinstance(owner, Label) else owner)
    assert not any("li" in refusal.message().split() for refusal in refusals if seen is None)


@pytest.mark.rule("P-02", "M-03")
def test_a_profile_cannot_be_changed_into_one_on_record():
    """Changing a name or a code is no way around the analysis; the customer is never like itself."""
    scene = Scene(answers("refuse")).potential(credit_code=CODE)
    scene.given(register(name=OTHER, id="C2", phone="0512-60000002"), by=WANG)

    assert ["M-03 similar"] == scene.refused(ChangeProfile("C2", name=ALIKE), by=WANG)
    assert ["P-02 same-credit-code"] == scene.refused(ChangeProfile("C2", credit_code=CODE), by=WANG)
    assert [] == scene.refused(ChangeProfile("C2", name="苏州晨星物流有限责任公司"), by=WANG)
    assert [] == scene.refused(ChangeProfile("C1", region="江苏"), by=LI)


@pytest.mark.rule("P-21")
def test_why_not_tells_the_same_and_changes_nothing():
    """What would be refused can be asked before."""
    scene = Scene(answers("refuse")).potential()

    assert ["M-03"] == [refusal.rule for refusal in scene.crm.why_not(register(name=ALIKE, id="C2"), actor=WANG)]
    assert ["C1"] == [customer.id for customer in scene.crm.customers.all()]


@pytest.mark.rule("A-05")
def test_a_hit_shows_no_personal_data():
    """Nor whose it is, to who may not see that: the stage stays out of its representation."""
    scene = Scene(answers("warn", owner_shown_to=["manager"])).potential(name=NAME)
    [found] = scene.crm.duplicates.check(register(id="C2"), actor=WANG)

    assert isinstance(found, Similar)
    assert "春意" not in repr(found)
    assert "'li'" not in repr(found)
