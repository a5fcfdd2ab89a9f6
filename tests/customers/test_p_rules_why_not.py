"""Every reason that refuses, in order, and what one can do now (P-21)."""

import itertools

import pytest

from crmcore.app.outcome import Denied
from crmcore.customers import (
    COMMANDS,
    LIFECYCLE,
    Abandon,
    AcceptHandOver,
    AddContact,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    ApproveProtection,
    ChangeContact,
    ChangeProfile,
    ContactDetails,
    HandOver,
    Lock,
    Merge,
    Protect,
    ReassignActions,
    Rebase,
    RefuseExtension,
    RefuseIntent,
    RefuseProtection,
    Release,
    RequestExtension,
    ResubmitProtection,
    Sign,
    Transfer,
    UndoMerge,
    Unlock,
)
from crmcore.customers.commands import Command
from crmcore.kernel.actors import ROLES, Actor
from crmcore.kernel.machine import Never, Row
from tests.customers.scene import (
    GUEST,
    LI,
    MANAGER,
    MICROSECOND,
    MONDAY,
    NAME,
    REVIEWER,
    SERVICE,
    WANG,
    ZHAO,
    Scene,
    claim,
    record,
    register,
)

STAGES = ("pool", "potential", "intent", "formal", "merged")

#: One command of each kind, with nothing wrong in what it says.
EACH: tuple[Command, ...] = (
    register(id="C1"),
    ChangeProfile("C1", region="江苏"),
    AddContact("C1", ContactDetails("赵经理")),
    ChangeContact("C1", 1, ContactDetails("王总")),
    record(),
    claim(),
    ApproveProtection("C1"),
    RefuseProtection("C1", "not ours"),
    ResubmitProtection("C1"),
    ApplyForIntent("C1", "asks"),
    ApproveIntent("C1"),
    RefuseIntent("C1", "too early"),
    RequestExtension("C1", "away"),
    ApproveExtension("C1"),
    RefuseExtension("C1", "no"),
    Abandon("C1", "lost"),
    Sign("C1", "HT-1"),
    HandOver("C1", "ning"),
    AcceptHandOver("C1"),
    Transfer("C1", "wang"),
    Rebase("C1"),
    ReassignActions("C1", "li", "zhao"),
    Release("C1", "lost"),
    Lock("C1"),
    Unlock("C1"),
    Merge("C1", "C0", "the same"),
    UndoMerge("C1", "not the same"),
)
PEOPLE = (*(Actor(f"a-{role}", roles={role}) for role in ROLES), LI, ZHAO, GUEST)


def in_stage(stage: str) -> Scene:
    """A customer of Li's in that stage, with a contact on record, and an older one of his; locks allowed."""
    scene = Scene({"customers.locks.per_owner": 1})
    for id, name in (("C0", "靖江市春意贸易有限公司"), ("C1", NAME)):
        reach = getattr(scene, "potential" if stage == "merged" else stage)
        reach(id=id, name=name, contacts=(ContactDetails("王经理"),))
    return scene.given(Merge("C1", "C0", "the same"), by=MANAGER) if stage == "merged" else scene


def test_there_is_one_command_of_each_kind():
    """The list above misses none."""
    assert set(COMMANDS.values()) == {type(command) for command in EACH}
    assert len(COMMANDS) == len(EACH)


@pytest.mark.rule("P-21")
def test_every_pair_of_stage_and_command_is_declared():
    """The table is total: each pair has one line, and each line says something of the reason."""
    lines = [
        LIFECYCLE.line(stage, command) for stage, command in itertools.product(LIFECYCLE.stages, LIFECYCLE.commands)
    ]

    assert 6 * len(COMMANDS) == len(lines)
    assert {Row, Never} == {type(line) for line in lines}


@pytest.mark.rule("P-21")
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", EACH, ids=lambda command: type(command).__name__)
def test_what_passes_is_what_nothing_speaks_against(stage, command):
    """For each stage, command and person: why_not is empty exactly when handling succeeds, and says the same if not."""
    for who in PEOPLE:
        scene = in_stage(stage)
        told = scene.crm.why_not(command, actor=who)
        before = scene.events()
        answer = scene.crm.answer(command, actor=who)

        assert told == (answer.refusals if isinstance(answer, Denied) else ())
        assert bool(told) == isinstance(answer, Denied)
        assert bool(told) == (before == scene.events())


@pytest.mark.rule("P-21")
@pytest.mark.parametrize("stage", STAGES)
def test_asking_stores_nothing(stage):
    """Neither why_not nor can leave a trace."""
    scene = in_stage(stage)
    before = (scene.customer(), scene.events())
    for command, who in itertools.product(EACH, PEOPLE):
        scene.crm.why_not(command, actor=who)
        scene.crm.can("C1", actor=who)

    assert before == (scene.customer(), scene.events())


@pytest.mark.rule("P-21")
@pytest.mark.parametrize("stage", STAGES)
def test_what_one_can_do_is_what_would_pass_if_it_is_said_right(stage):
    """A command that passes is among those one can give, and one has the right to give those that are among them."""
    scene = in_stage(stage)
    for who in PEOPLE:
        possible = set(scene.crm.can("C1", actor=who))
        told = {type(command): scene.crm.why_not(command, actor=who) for command in EACH}

        assert {kind for kind, refusals in told.items() if not refusals} <= possible
        assert all(refusal.code != "not-permitted" for kind in possible for refusal in told[kind])


@pytest.mark.rule("P-21")
@pytest.mark.parametrize(
    ("stage", "who", "expected"),
    [
        ("pool", WANG, {"change-profile", "add-contact", "change-contact", "record-follow-up", "protect"}),
        ("pool", REVIEWER, set()),
        ("pool", GUEST, set()),
        (
            "potential",
            LI,
            {
                "change-profile",
                "add-contact",
                "change-contact",
                "record-follow-up",
                "apply-for-intent",
                "request-extension",
                "abandon",
            },
        ),
        ("potential", WANG, set()),
        (
            "potential",
            MANAGER,
            {"change-profile", "add-contact", "change-contact", "transfer", "lock", "merge"},
        ),
        ("intent", ZHAO, {"change-profile", "add-contact", "change-contact", "record-follow-up"}),
        (
            "intent",
            LI,
            {
                "change-profile",
                "add-contact",
                "change-contact",
                "record-follow-up",
                "request-extension",
                "abandon",
                "sign",
            },
        ),
        ("formal", SERVICE, {"change-profile", "add-contact", "change-contact", "record-follow-up"}),
        (
            "formal",
            MANAGER,
            {"change-profile", "add-contact", "change-contact", "sign", "hand-over", "release", "merge"},
        ),
        ("merged", LI, set()),
        ("merged", MANAGER, {"undo-merge"}),
    ],
)
def test_what_one_can_do(stage, who, expected):
    """By stage and by who asks."""
    assert expected == {command.do for command in in_stage(stage).crm.can("C1", actor=who)}


@pytest.mark.rule("P-21")
def test_what_one_can_do_looks_at_now():
    """At the deadline the owner can protect the customer anew, and do nothing of what an owner may."""
    scene = in_stage("potential")
    deadline = scene.deadline()

    assert Abandon in scene.crm.can("C1", actor=LI, at=deadline - MICROSECOND)
    assert Abandon not in scene.crm.can("C1", actor=LI, at=deadline)
    assert Protect in scene.crm.can("C1", actor=LI, at=deadline)


@pytest.mark.rule("P-21")
def test_several_refusals_are_ordered_by_rule():
    """Whatever order the guards stand in."""
    scene = Scene().pool().given(claim(), by=LI).given(Abandon("C1", "lost"), by=LI)
    scene = scene.at(hours=1)
    refused = scene.refused(Protect("C1", contact=ContactDetails(" ")), by=LI)
    wrong = record(content="", channel="?", next_contact_at=None, held_at=MONDAY.replace(year=2030), corrects=5)
    potential = Scene().potential().refused(wrong, by=GUEST)

    assert ["D-06 name-required", "P-08 cooling-down", "P-09 no-follow-up"] == refused
    assert [
        "F-01 content-required",
        "F-01 held-later",
        "F-01 next-contact-required",
        "F-01 unknown-channel",
        "F-04 not-permitted",
        "F-05 unknown-follow-up",
    ] == potential


@pytest.mark.rule("P-21")
def test_rules_of_several_letters_are_ordered():
    """A before D before F before P."""
    wrong = register(name="春意", industry="none such", address="", pool="south", contacts=(ContactDetails(""),))

    assert [
        "A-01 not-permitted",
        "D-02 required",
        "D-02 unknown-industry",
        "D-03 not-a-full-name",
        "D-06 name-required",
        "P-24 unknown-pool",
    ] == Scene().refused(wrong, by=GUEST)


@pytest.mark.rule("P-21")
def test_reasons_tell_when_they_end():
    """The earliest time at which a command would pass, where there is one; at that instant it does."""
    scene = Scene().potential()
    [taken] = scene.refusals(claim(), by=WANG)

    assert scene.deadline() == taken.until
    assert [] == scene.at(scene.deadline()).refused(claim(), by=WANG)
    [formal] = Scene().formal().refusals(claim(), by=WANG)
    assert formal.until is None


@pytest.mark.rule("P-21")
@pytest.mark.parametrize(
    ("stage", "command", "reason"),
    [
        ("potential", Sign("C1", "HT-1"), "P-11 not-intent"),
        ("intent", ApplyForIntent("C1", "asks"), "P-05 not-potential"),
        ("intent", ResubmitProtection("C1"), "P-10 not-refused"),
        ("intent", HandOver("C1", "ning"), "P-12 not-formal"),
        ("intent", AcceptHandOver("C1"), "P-12 nothing-to-accept"),
        ("formal", Abandon("C1", "lost"), "P-13 formal"),
        ("formal", RequestExtension("C1", "away"), "P-06 not-protected"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_stranger_is_told_both_reasons(stage, command, reason):
    """Who could not give a command at any stage is told so beside what the stage says: "all reasons that refuse it"."""
    assert ["A-01 not-permitted", reason] == in_stage(stage).refused(command, by=WANG)


@pytest.mark.rule("P-21")
@pytest.mark.parametrize("command", EACH[1:], ids=lambda command: type(command).__name__)
def test_what_is_not_on_record_is_said_to_be_so(command):
    """A command about an unknown customer has one reason against it."""
    assert ["D-01 not-on-record"] == Scene().refused(command, by=MANAGER)


class TestOrderInTime:
    """A command's time never lies before the customer's last event (D-13)."""

    @pytest.mark.rule("P-21", "D-13")
    def test_a_command_from_before_the_last_event_is_out_of_order(self):
        """At the last event's own time it is not."""
        scene = Scene().potential()

        assert ["D-13 out-of-order"] == scene.at(microseconds=-1).refused(record(), by=LI)
        assert [] == scene.at().refused(record(), by=LI)

    @pytest.mark.rule("P-21", "D-13")
    def test_out_of_order_is_one_reason_among_others(self):
        """It stands where its rule id puts it."""
        scene = Scene().potential().at(days=-1)

        assert ["A-01 not-permitted", "D-13 out-of-order"] == scene.refused(Abandon("C1", "lost"), by=WANG)
        assert ["D-13 out-of-order", "P-08 reason-required"] == scene.refused(Abandon("C1", ""), by=LI)

    @pytest.mark.rule("D-13", "P-19")
    def test_a_fall_that_has_been_noticed_is_an_event_too(self):
        """After a command has found the customer in the pool, one from before the fall is out of order."""
        scene = Scene().potential().at(days=31).given(record(), by=WANG).at(days=29)

        assert "D-13 out-of-order" in scene.refused(record(), by=LI)

    @pytest.mark.rule("D-13")
    def test_other_customers_have_their_own_order(self):
        """What happened to one does not bind another."""
        scene = Scene().potential().at(days=-1).given(register(id="C2", name="靖江市春意贸易有限公司"), by=LI)

        assert MONDAY > scene.customer("C2").registered_at


@pytest.mark.rule("P-21")
@pytest.mark.parametrize("stage", STAGES)
def test_messages_come_in_both_languages(stage):
    """Each refusal has a text in English and in Chinese, its parameters filled in."""
    crm = in_stage(stage).crm
    for command, who in itertools.product(EACH, (LI, WANG, MANAGER, GUEST)):
        for refusal in crm.why_not(command, actor=who):
            english, chinese = refusal.message("en"), refusal.message("zh")

            assert english.isascii()
            assert not chinese.isascii()
            assert "{" not in english + chinese
