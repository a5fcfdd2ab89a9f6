"""A customer as one person may see it (A-02)."""

from typing import Any

import attrs
import pytest

from crmcore.app.output_privacy import masked_view
from crmcore.customers import Contact, ContactDetails, HandOver, Profile
from crmcore.customers.seen import MaskedCustomer, seen_by
from crmcore.errors import NotFound
from crmcore.hooks import hookimpl
from crmcore.kernel.actors import Actor
from crmcore.people import HIDDEN, MaySee, Sight, SightPolicy
from tests.customers.privacy import ANNA, LEGAL, firm, person
from tests.customers.scene import ADMIN, GUEST, LI, MANAGER, NAME, REVIEWER, SERVICE, WANG, ZHAO, Scene, register

MARKER = "马克zq13912345678"


def view(scene: Scene, who: Actor, **more: Any) -> MaskedCustomer:
    """The customer as that person may see it."""
    return scene.crm.view("C1", actor=who, **more)


def marked(cls: type[Any]) -> Any:
    """An object with the marker in every personal field, of whatever type."""
    fields = attrs.fields(cls)
    values: dict[str, Any] = {one.name: MARKER for one in fields if one.metadata.get("personal")}
    return cls(**values | ({"fields": {"note": MARKER}} if "fields" in values else {}))


@pytest.mark.rule("A-02")
@pytest.mark.parametrize("who", [LI, ZHAO, MANAGER, ADMIN, REVIEWER, LEGAL], ids=lambda who: who.id)
def test_who_sees_everything(who):
    """The owner and the team, who decides, and who answers before the law."""
    seen = view(firm(), who)

    assert firm().customer().profile == seen.whole.profile  # type: ignore[union-attr]
    assert (NAME, ANNA.mobile) == (seen.name, seen.contacts[0]["mobile"])


@pytest.mark.rule("A-02")
@pytest.mark.parametrize("who", [WANG, SERVICE, GUEST], ids=lambda who: who.id)
def test_others_see_that_it_exists(who):
    """With its stage and who protects it; who it is, and how to reach anybody there, in masked form."""
    seen = view(firm(phone="0523-80000001", email="info@example.com"), who)

    assert ("C1", "KH-000001", "enterprise", "potential", "li", "other") == (
        seen.id,
        seen.number,
        seen.kind,
        seen.stage,
        seen.owner,
        seen.relation,
    )
    assert None is seen.whole
    assert (NAME, "052****0001", "i***@example.com", HIDDEN) == (
        seen.name,
        seen.profile["phone"],
        seen.profile["email"],
        seen.profile["address"],
    )
    assert ("安**", "139****1111", "a***@example.com", HIDDEN) == tuple(
        seen.contacts[0][name] for name in ("name", "mobile", "email", "position")
    )


@pytest.mark.rule("A-02")
def test_of_an_individual_even_the_name_is_masked():
    """It is a person's."""
    assert "欧**" == view(person(), WANG).name


@pytest.mark.rule("A-02", "P-09")
def test_in_the_pool_pre_sales_see_everything():
    """They may contact the customer there; others may not."""
    scene = Scene().pool(contacts=(ANNA,))

    assert [True, True, False, False] == [view(scene, who).whole is not None for who in (LI, WANG, SERVICE, GUEST)]


@pytest.mark.rule("A-02", "P-12")
def test_who_handed_a_customer_over_goes_on_seeing_it():
    """And the new owner does."""
    scene = Scene().formal().given(HandOver("C1", "ning"), by=LI)

    assert [("former", True), ("owner", True), ("other", False)] == [
        (view(scene, who).relation, view(scene, who).whole is not None) for who in (LI, SERVICE, WANG)
    ]


@pytest.mark.rule("A-02", "P-19")
def test_it_is_settled():
    """Whose protection is over is nobody's, whether a sweep has run or not."""
    scene = firm().at(days=30)

    assert ("pool", None) == (view(scene, WANG).stage, view(scene, WANG).owner)
    assert "potential" == view(scene, WANG, at=scene.start).stage


@pytest.mark.rule("A-02")
def test_policy_opens_and_closes_fields():
    """For enterprises and for individuals apart; and says who sees everything."""
    sight = {"customers.sight.others_firm": ["contacts.name"], "customers.sight.all": ["owner"]}

    assert ("靖**", "安娜") == (view(firm(sight), WANG).name, view(firm(sight), WANG).contacts[0]["name"])
    assert None is view(firm(sight), MANAGER).whole
    shown = {"customers.sight.others_person": ["profile.email"]}
    assert "xm@example.com" == view(person(shown), WANG).profile["email"]


@pytest.mark.rule("A-02", "A-01")
def test_a_plugin_decides_instead():
    """The first one that offers to."""

    class Own:
        """Service sees phones, and nobody sees everything."""

        @hookimpl
        def crmcore_may_see(self) -> MaySee:
            """Decide by field."""
            return lambda actor, _relation, _stage, field: field == "profile.phone" if actor == SERVICE else False

    scene = Scene(plugins=[Own()]).potential(phone="0523-80000001")

    assert ["0523-80000001", "052****0001"] == [view(scene, who).profile["phone"] for who in (SERVICE, LI)]
    assert None is view(scene, LI).whole


@pytest.mark.rule("L-04", "A-02")
def test_an_agent_sees_what_he_has_entered():
    """Of the rest he does not even learn that it is there."""
    rights = {"customers.rights": {"register-into-pool": ["agent"]}}
    one, two = Actor("a1", {"agent"}), Actor("a2", {"agent"})
    scene = Scene(rights).given(register(into="pool"), by=one)

    assert view(scene, one).whole is not None
    with pytest.raises(NotFound):
        view(scene, two)


class TestByConstruction:
    """A field that is added is masked, or not shown at all, until somebody decides otherwise (A-02)."""

    @pytest.mark.rule("A-02")
    @pytest.mark.parametrize("cls", [Profile, ContactDetails])
    def test_every_personal_field_is_masked(self, cls):
        """Those there are now and those to come: the marker in each of them shows in none."""
        customer = firm().customer()
        if cls is Profile:
            changed = attrs.evolve(customer, profile=attrs.evolve(marked(Profile), kind="individual"))
        else:
            changed = attrs.evolve(customer, contacts=(Contact(1, marked(ContactDetails)),))
        seen = seen_by(changed, WANG, Sight(SightPolicy()))

        assert seen is not None
        assert MARKER not in repr(dict(seen.profile)) + repr(seen.contacts)
        assert {field.name for field in attrs.fields(Profile)} == set(seen.profile)
        assert {"number", "active", *(field.name for field in attrs.fields(ContactDetails))} == set(seen.contacts[0])

    @pytest.mark.rule("A-02")
    def test_nothing_else_of_a_customer_is_shown(self):
        """What a masked view has is listed, and none of it but profile and contacts is made of personal data."""
        names = {field.name for field in attrs.fields(MaskedCustomer)}

        assert {
            "id",
            "number",
            "kind",
            "stage",
            "owner",
            "relation",
            "profile",
            "contacts",
            "owner_hidden",
            "whole",
        } == names

    @pytest.mark.rule("A-02", "A-05")
    def test_a_view_does_not_show_in_logs(self):
        """Not even that of who sees everything."""
        assert "安娜" not in repr(view(firm(), LI))


@pytest.mark.rule("A-02")
def test_as_plain_data():
    """For JSON: it tells whether anything is hidden."""
    scene = firm()
    masked, whole = (masked_view(view(scene, who), scene.crm.rules.zone) for who in (WANG, LI))

    assert [True, False] == [masked["masked"], whole["masked"]]
    assert ["安**", "安娜"] == [one["contacts"][0]["name"] for one in (masked, whole)]
