"""Who acts, and who may."""

import pytest

from crmcore.errors import Invalid
from crmcore.kernel.actors import ROLES, Actor, right


def faults(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    """Path and code of each fault."""
    return [(fault.path, fault.code) for fault in error.value.faults]


def test_an_actor_has_roles_and_teams():
    """Given as any collection, kept as sets; none unless given."""
    actor = Actor("li", roles=["pre-sales", "pre-sales"], teams=("north",))

    assert (frozenset({"pre-sales"}), frozenset({"north"})) == (actor.roles, actor.teams)
    assert (frozenset(), frozenset()) == (Actor("li").roles, Actor("li").teams)


@pytest.mark.parametrize("id", ["", "x" * 101, "a\nb", "\u200b", None, 7])
def test_an_id_is_printable(id):
    """One to a hundred characters."""
    with pytest.raises(Invalid) as error:
        Actor(id)

    assert [("actor.id", "wrong-type")] == faults(error)


def test_a_role_is_one_of_those_there_are():
    """Another would silently never match; the fault lists them, and not what was given."""
    with pytest.raises(Invalid) as error:
        Actor("li", roles={"presales"})

    assert [("actor.roles", "not-allowed")] == faults(error)
    assert "presales" not in str(error.value)
    assert all(role in str(error.value) for role in ROLES)


@pytest.mark.parametrize("team", ["", "a\tb", 7])
def test_a_team_has_a_printable_name(team):
    """Not an empty one."""
    with pytest.raises(Invalid) as error:
        Actor("li", teams=[team])

    assert [("actor.teams", "wrong-type")] == faults(error)


@pytest.mark.parametrize("field", ["roles", "teams"])
def test_a_text_is_no_collection(field):
    """The text north would be five teams."""
    with pytest.raises(Invalid) as error:
        Actor("li", **{field: "north"})

    assert [("actor", "wrong-type")] == faults(error)


def test_all_faults_come_at_once():
    """Each with its field."""
    with pytest.raises(Invalid) as error:
        Actor("", roles={"x"}, teams={""})

    assert ["actor.id", "actor.roles", "actor.teams"] == [path for path, _ in faults(error)]


@pytest.mark.rule("A-01")
@pytest.mark.parametrize(
    ("words", "actor", "expected"),
    [
        (("pre-sales",), Actor("a", roles={"pre-sales"}), True),
        (("pre-sales",), Actor("a", roles={"agent"}), False),
        (("owner",), Actor("li"), True),
        (("owner",), Actor("a", teams={"north"}), False),
        (("team",), Actor("a", teams={"north", "x"}), True),
        (("team",), Actor("li"), False),
        (("team",), Actor("a", teams={"south"}), False),
        (("owner", "team"), Actor("a", teams={"north"}), True),
        (("anyone",), Actor("a"), True),
        (("manager",), Actor("a", roles={"administrator"}), True),
        (("administrator",), Actor("a", roles={"manager"}), False),
        (("pre-sales",), Actor("a", roles={"administrator"}), False),
        ((), Actor("li", roles=ROLES, teams={"north"}), False),
    ],
)
def test_rights(words, actor, expected):
    """Towards a customer of Li's, of the team north."""
    assert expected == right(*words).allows(actor, "li", ("north",))


@pytest.mark.rule("A-01")
def test_in_the_pool_nobody_is_the_owner():
    """There are no teams either."""
    assert not right("owner", "team").allows(Actor("li", teams={"north"}), None, ())


def test_a_right_is_made_of_known_words():
    """Others are refused with those there are."""
    with pytest.raises(Invalid) as error:
        right("manager", "boss")

    assert [("rights", "not-allowed")] == faults(error)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("manager", "owner"), ("owner", "manager")),
        (("administrator",), ("administrator",)),
        (("import", "pre-sales", "team"), ("team", "pre-sales", "import")),
        ((), ()),
    ],
)
def test_a_right_tells_its_words_in_a_fixed_order(words, told):
    """An administrator is understood with the manager."""
    assert told == right(*words).words
