"""Given, when, then: what passes, what time does, and what a failing test says."""

from datetime import UTC, datetime, timedelta

import pytest

from crmcore import Actor, NotFound, Policy
from crmcore.customers import (
    Abandon,
    ApplyForIntent,
    Intent,
    Pool,
    Potential,
    Protect,
    Register,
    Sign,
    Transfer,
)
from crmcore.customers.entities import Profile
from crmcore.customers.events import Abandoned, Expired, IntentApplied, Protected, Registered, Transferred
from crmcore.testing.scenario import Scenario
from crmcore.testing.schedules import START, Says, fill, registration

LI = Actor("li", {"pre-sales"}, {"north"})
WANG = Actor("wang", {"pre-sales"})
BOSS = Actor("sun", {"manager"})
DAY = timedelta(days=1)


def known(**policy: object) -> Scenario:
    """A customer C1 of Li's, under the standard policy with other values by name of a field of its protection part."""
    overrides = {f"customers.{path.replace('__', '.')}": value for path, value in policy.items()}
    return Scenario(overrides=overrides).given(registration("C1", Says()), actor=LI)


def said(scenario: Scenario, check: str, *args: object, **more: object) -> list[str]:
    """What a check that fails says, line by line."""
    with pytest.raises(AssertionError) as failed:
        getattr(scenario, check)(*args, **more)
    return str(failed.value).splitlines()


@pytest.mark.parametrize(
    "events",
    [(Abandoned,), ("abandoned",), (Abandoned(START, "li", ("north",), "no budget"),)],
    ids=["class", "name", "value"],
)
def test_expected_events_may_be_told_in_three_ways(events):
    """By their class, by their type's name, or by an event that they equal."""
    scenario = known(cool_down__abandon_days=0).when(Abandon("C1", "no budget"), actor=LI)

    assert scenario is scenario.then(*events)


def test_a_story_with_several_turns():
    """Given, when and then may follow each other, and time passes in between."""
    story = known().then_stage("potential", owner="li", extensions=0)
    story.after(days=3).when(Abandon("C1", "no budget"), actor=LI).then(Abandoned).then_stage(Pool, last_owner="li")
    story.when(fill(Protect, "C1", Says(), story.now), actor=LI).then_refused("P-08", until=story.now + 3 * DAY)
    story.after(days=3).then_nothing()
    story.when(fill(Protect, "C1", Says(), story.now), actor=LI)

    assert ["contact-added", "follow-up-recorded", "protected"] == [event.type for event in story.events]
    assert START + 6 * DAY == story.customer.stage.since


def test_what_time_alone_does():
    """It can be asked for like what a command does, and is not counted with the command that follows."""
    story = known().given(Abandon("C1", "no"), actor=LI).given(fill(Protect, "C1", Says(), START), actor=WANG)
    story.after(days=29, hours=23).then_nothing().after(hours=1).then(Expired).then_stage(Pool, reason="expired")
    story.after(days=1).then_nothing()
    late = known().when(fill(Protect, "C1", Says(), START), actor=WANG, at=START + 40 * DAY)

    late.then("contact-added", "follow-up-recorded", "protected")
    assert START + 40 * DAY == late.now


def test_facts_may_be_events():
    """Events are stored as the commands that bring them about store them: history, state and limits alike."""
    profile = Profile("江苏晨星电器有限公司")
    facts = (
        Registered(START, "li", "KH-000001", "public", profile),
        Protected(START, "li", ("north",), START + 30 * DAY),
        IntentApplied(START + DAY, "li", START + 33 * DAY, "they asked"),
    )
    story = Scenario(overrides={"customers.limits.claims_per_day": 1}).given(*facts, actor=LI)

    story.then_stage(Potential, owner="li").when(Abandon("C1", "no"), actor=WANG).then_refused("A-01")
    assert START + DAY == story.now
    assert ["registered", "protected", "intent-applied"] == [one.type for one in story.crm.history("C1")]
    assert [] == list(story.crm.verify())
    story.given(registration("C2", Says(into="pool")), actor=BOSS)
    assert "KH-000002" == story.customer.number
    story.when(fill(Protect, "C2", Says(), story.now), actor=LI, at=START + DAY).then(
        "contact-added", "follow-up-recorded", "protected"
    )
    story.given(registration("C3", Says(into="pool")), actor=BOSS)
    story.when(fill(Protect, "C3", Says(), story.now), actor=LI).then_refused("P-16 claims-per-day")


def test_events_of_another_customer():
    """Events belong to the customer named, or else to the one last spoken of."""
    story = Scenario(policy=Policy())
    story.given(Registered(START, "sun", "KH-000001", "public", Profile("甲有限公司")), actor=BOSS, of="X1")
    story.given(Protected(START, "li", (), START + 30 * DAY), actor=LI)

    story.then_stage(Potential).then_stage("potential", of="X1")
    assert "X1" == story.customer.id


def test_ids_are_made_in_order():
    """Customers registered without an id are C1, C2, …."""
    story = Scenario(overrides={"customers.profile.required_enterprise": ["name"]})
    story.given(Register("甲有限公司"), Register("乙有限公司"), actor=LI)

    assert ["C1", "C2"] == [customer.id for customer in story.crm.customers.all()]


@pytest.mark.parametrize(
    "reasons",
    [(), ("P-09",), ("no-contact", "no-follow-up"), ("P-09 no-contact", "P-09 no-follow-up")],
    ids=["any", "rule", "codes", "both"],
)
def test_reasons_may_be_told_by_rule_and_code(reasons):
    """By rule, by code, by both, or not at all."""
    scenario = known().given(registration("C2", Says(into="pool", contact=False)), actor=BOSS)

    assert scenario is scenario.when(Protect("C2"), actor=WANG).then_refused(*reasons)


@pytest.mark.parametrize(
    "reasons", [("P-08",), ("no-contact",), ("P-09", "P-08"), ("P-09 no-such-code",)], ids=lambda reasons: reasons[0]
)
def test_reasons_are_all_and_no_others(reasons):
    """A reason that is missing fails, and so does one that nobody told."""
    scenario = known().given(Abandon("C1", "no budget"), actor=LI).when(Protect("C1"), actor=WANG)

    assert [f"expected: refused: {', '.join(reasons)}"] == said(scenario, "then_refused", *reasons)[:1]


def test_a_failure_says_what_was_expected_what_came_and_why():
    """With rule, code and message of each refusal, and all that was done, in order, with its time."""
    scenario = known().after(days=2).when(Abandon("C1"), actor=WANG)
    lines = said(scenario, "then", Abandoned)

    assert [
        "expected: abandoned",
        "but came: refused, A-01 not-permitted, P-08 reason-required",
        "  A-01 not-permitted: only the owner may do this",
        "  P-08 reason-required: giving a customer up needs a reason",
        "after all this:",
        "  2026-03-02 09:00  li: register C1: registered, protected",
        "  2026-03-04 09:00  time passes: nothing",
        "  2026-03-04 09:00  wang: abandon C1: refused, A-01 not-permitted, P-08 reason-required",
    ] == lines


def test_what_fails():
    """Each check fails when something else came: other events, fewer, more, none, in another order, or no refusal."""
    moved = known().when(Transfer("C1", "wang"), actor=BOSS)
    both = known()

    assert "but came: transferred" == said(moved, "then", Abandoned)[1]
    assert "expected: transferred, abandoned" == said(moved, "then", Transferred, "abandoned")[0]
    assert "expected: nothing" == said(moved, "then_nothing")[0]
    assert "but came: registered, protected" == said(both, "then", Protected, Registered)[1]
    assert "expected: transferred" == said(moved, "then", Transferred(START, "li", "x", (), START, START, "sun"))[0]
    assert "expected: refused: for any reason" == said(moved, "then_refused")[0]
    assert "but came: nothing" == said(known().after(days=1), "then", Expired)[1]


def test_a_wrong_instant_fails():
    """A refusal that names another time than expected is not what was expected."""
    scenario = known().given(Abandon("C1", "no"), actor=LI).when(fill(Protect, "C1", Says(), START), actor=LI)

    assert (
        "expected: refused until 2026-03-06 09:00" == said(scenario, "then_refused", "P-08", until=START + 4 * DAY)[0]
    )


@pytest.mark.parametrize(
    ("expected", "actual", "check"),
    [
        ("C1 at stage intent", "it is potential", {"stage": Intent}),
        ("C1 at stage potential, owner='wang'", "it is potential, owner='li'", {"stage": Potential, "owner": "wang"}),
        ("C1 at stage pool, colour=1", "it is potential, colour='not a field of it'", {"stage": Pool, "colour": 1}),
        ("C9 at stage pool", "it is not on record", {"stage": "pool", "of": "C9"}),
    ],
    ids=["stage", "value", "field", "absent"],
)
def test_a_wrong_stage_fails(expected, actual, check):
    """The message tells the stage that is, with the values that were asked for."""
    lines = said(known(), "then_stage", **check)

    assert [f"expected: customer {expected}", f"but came: {actual}"] == lines[:2]


def test_what_is_given_must_pass():
    """A given command that is refused fails at once, with the reasons."""
    lines = said(known(), "given", Sign("C1", "HT-1"), actor=LI)

    assert "expected: it to pass, for it is given" == lines[0]
    assert lines[1].startswith("but came: refused, P-11 ")


def test_messages_hold_no_personal_data():
    """Neither names nor phones nor what somebody wrote."""
    scenario = known().given(ApplyForIntent("C1", "written by hand"), actor=LI)
    told = "\n".join(said(scenario, "then", Abandoned))

    assert "intent-applied" in told
    assert not [text for text in ("贸易", "021-00000000", "甲某", "written by hand") if text in told]


def test_nobody_is_spoken_of_before_the_first_command():
    """There is no customer to ask about."""
    with pytest.raises(NotFound):
        _ = Scenario().customer


def test_the_clock_starts_and_moves_as_told():
    """Any start will do; ``at`` leads to a moment, with whatever offset."""
    start = datetime(2027, 1, 4, 1, tzinfo=UTC)
    scenario = Scenario("reviewed", start=start).given(registration("C1", Says()), actor=LI)

    assert start == scenario.customer.registered_at
    assert "reviewed" == scenario.crm.policy.name
    assert start + DAY == scenario.at((start + DAY).astimezone(scenario.crm.rules.zone)).now
