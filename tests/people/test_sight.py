"""Who sees what (A-02), and who knows of a customer at all (L-04)."""

import attrs
import pytest

from crmcore.errors import Invalid
from crmcore.kernel.actors import ROLES, Actor, right
from crmcore.people import EVERYTHING, Onlooker, PrivacyPolicy, Purpose, Sight, SightPolicy

LI = Actor("li", {"pre-sales"}, {"north"})


def before(actor: Actor = LI, **more: object) -> Onlooker:
    """The actor before an enterprise that Wang protects."""
    usual = {"stage": "potential", "owner": "wang", "teams": ("south",), "former": None, "registered_by": "wang"}
    return Onlooker(actor=actor, **{**usual, "is_firm": True, **more})  # type: ignore[arg-type]


@pytest.mark.rule("A-02")
@pytest.mark.parametrize(
    ("about", "relation", "sees_all"),
    [
        ({"owner": "li"}, "owner", True),
        ({"teams": ("north", "south")}, "team", True),
        ({"former": "li"}, "former", True),
        ({"registered_by": "li"}, "registrant", False),
        ({}, "other", False),
        ({"owner": None, "teams": (), "stage": "pool"}, "other", True),
    ],
    ids=["owner", "team", "former", "registrant", "other", "pool"],
)
def test_relations(about, relation, sees_all):
    """Owner, team and who handed it over see all, and pre-sales in the pool; others do not."""
    who = before(**about)

    assert (relation, sees_all) == (who.relation, Sight(SightPolicy()).sees_all(who))


@pytest.mark.rule("A-02")
def test_roles_that_see_everything():
    """Who decides, who leads, who answers before the law; an administrator as a manager."""
    seeing = [role for role in ROLES if Sight(SightPolicy()).sees_all(before(Actor("x", {role})))]

    assert ["reviewer", "manager", "legal", "administrator"] == seeing


@pytest.mark.rule("A-02")
def test_policy_names_who_sees_what():
    """Another list of those who see all, and fields that everybody sees."""
    sight = Sight(SightPolicy(all=("owner",), others_firm=("profile.phone",), others_person=("contacts.name",)))

    assert not sight.sees_all(before(Actor("x", {"manager"})))
    assert [True, False] == [sight.sees(before(), field) for field in ("profile.phone", "profile.name")]
    assert [False, True] == [sight.sees(before(is_firm=False), field) for field in ("profile.phone", "contacts.name")]


@pytest.mark.rule("A-02", "A-01")
def test_a_host_decides_instead():
    """It is asked for everything, then field by field; where it says nothing, policy decides."""
    asked: list[tuple[str, str, str, str]] = []

    def decide(actor: Actor, relation: str, stage: str, field: str) -> bool | None:
        asked.append((actor.id, relation, stage, field))
        return {EVERYTHING: False, "profile.phone": True}.get(field)

    sight = Sight(SightPolicy(), decide)

    assert not sight.sees_all(before(owner="li"))
    assert [True, True, False] == [
        sight.sees(before(), field) for field in ("profile.phone", "profile.name", "profile.email")
    ]
    assert ("li", "owner", "potential", EVERYTHING) == asked[0]
    assert Sight(SightPolicy(), lambda *_: True).sees_all(before())
    assert Sight(SightPolicy(), lambda *_: None).sees_all(before(owner="li"))


@pytest.mark.rule("L-04", "A-02")
def test_an_agent_knows_only_what_is_his():
    """What he registered he sees in full, and what he owns; the rest does not exist for him."""
    sight, agent = Sight(SightPolicy()), Actor("li", {"agent"}, {"south"})
    own, owned, other = before(agent, registered_by="li"), before(agent, owner="li"), before(agent)

    assert [True, True, False] == [sight.knows_of(who) for who in (own, owned, other)]
    assert [True, True] == [sight.sees_all(who) for who in (own, owned)]
    assert sight.knows_of(before(Actor("li", {"agent", "manager"})))
    assert sight.knows_of(before(Actor("li")))
    assert Sight(SightPolicy(own_only=())).knows_of(other)


@pytest.mark.rule("A-02", "P-02", "L-04")
def test_who_is_told_whose_it_is():
    """Anybody, or whom policy names; the owner always, and never somebody for whom the customer does not exist."""
    team, agent = Sight(SightPolicy(), owner_shown_to=right("team")), Actor("li", {"agent"}, {"south"})

    assert Sight(SightPolicy()).sees_owner(before())
    assert [False, True, True] == [
        team.sees_owner(who) for who in (before(), before(teams=("north",)), before(owner="li"))
    ]
    assert not team.sees_owner(before(agent))
    assert team.sees_owner(before(agent, registered_by="li"))


@pytest.mark.rule("A-02", "A-03")
@pytest.mark.parametrize(
    ("make", "path", "code"),
    [
        (lambda: SightPolicy(all=("boss",)), "all", "not-allowed"),
        (lambda: SightPolicy(own_only=("boss",)), "own_only", "not-allowed"),
        (lambda: Purpose(" "), "name", "empty"),
        (lambda: Purpose("x", bases=()), "bases", "not-allowed"),
        (lambda: Purpose("x", bases=("whim",)), "bases", "not-allowed"),
        (lambda: Purpose("x", days=-1), "days", "out-of-range"),
        (lambda: PrivacyPolicy(largest_attachment=-1), "largest_attachment", "out-of-range"),
    ],
)
def test_policies_that_say_what_is_not_allowed(make, path, code):
    """They name the field."""
    with pytest.raises(Invalid) as error:
        make()

    assert [(path, code)] == [(fault.path, fault.code) for fault in error.value.faults]


@pytest.mark.rule("A-03")
def test_a_purpose_is_found_by_its_name():
    """Or not at all."""
    policy = PrivacyPolicy((Purpose("service"), Purpose("marketing", days=30)))

    assert [0, 30] == [attrs.astuple(purpose)[2] for purpose in policy.purposes]
    assert policy.purposes[1] is policy.purpose("marketing")
    assert None is policy.purpose("resale")
