"""Searching by a fragment, checking without registering, checking everything, and new keys (M-01, M-07)."""

from typing import Any

import pytest

from crmcore import CRM
from crmcore.customers import ChangeProfile, Register
from crmcore.errors import Invalid, NotFound
from crmcore.matching import Identity, key_rules
from crmcore.storage.interface import Query, Write
from crmcore.storage.match_keys import MATCH_KEY, MATCH_NAME
from crmcore.storage.memory import MemoryUnit
from tests.app.test_duplicates import OFF, stored
from tests.customers.scene import ADMIN, LI, MANAGER, NAME, WANG, Scene, register

MASKED = {"matching.owner_shown_to": ["owner", "team", "manager"]}
ALIKE = "靖江市春义空调有限公司"


def filled(*names: str, overrides: dict[str, Any] | None = None) -> Scene:
    """A scene with these enterprises: the first is Li's, the others are in the pool; C1, C2 and so on."""
    scene = Scene(overrides)
    scene.potential(name=names[0])
    for number, name in enumerate(names[1:], 2):
        phone = f"0523-8000{number:04}"
        scene.given(register(name=name, id=f"C{number}", into="pool", phone=phone), by=MANAGER)
    return scene


@pytest.mark.rule("M-01")
def test_a_fragment_of_the_name_finds_it():
    """It shows stage and who protects it, whoever asks, unless policy says otherwise."""
    scene = filled(NAME, "苏州晨星物流有限公司")
    [found] = scene.crm.search("春意", actor=WANG)

    assert ("C1", "KH-000001", NAME) == (found.customer, found.number, found.name)
    assert ("potential", "li", False) == (found.stage.name, found.owner, found.owner_hidden)
    assert NAME not in repr(found)


@pytest.mark.rule("M-01", "M-04")
@pytest.mark.parametrize("text", ["春意", " 春 意 ", "春意空", "春意空調"])
def test_a_fragment_may_be_written_differently(text: str) -> None:
    """Spaces, width and traditional characters do not count; it may reach into the trade."""
    assert ["C1"] == [one.customer for one in filled(NAME).crm.search(text, actor=LI)]


@pytest.mark.rule("M-01")
def test_whose_brand_it_is_comes_first():
    """Then those whose brand begins with it, then the rest."""
    scene = filled("靖江市新春意空调有限公司", "苏州春意堂药业有限公司", "泰州春意贸易有限公司")

    assert ["C3", "C2", "C1"] == [one.customer for one in scene.crm.search("春意", actor=LI)]
    assert ["C3"] == [one.customer for one in scene.crm.search("春意", actor=LI, limit=1)]


@pytest.mark.rule("M-01", "P-02")
@pytest.mark.parametrize(("who", "owner"), [(LI, "li"), (ADMIN, "li"), (WANG, None)])
def test_who_may_not_see_the_owner_sees_the_stage(who: Any, owner: str | None) -> None:
    """By policy."""
    [found] = filled(NAME, overrides=MASKED).crm.search("春意", actor=who)

    assert ("potential", owner, owner is None) == (found.stage.name, found.owner, found.owner_hidden)


@pytest.mark.rule("M-01")
def test_a_fragment_of_one_character_is_too_short():
    """It would be everybody."""
    with pytest.raises(Invalid) as error:
        Scene().crm.search("春", actor=LI)

    assert "text" == error.value.faults[0].path


@pytest.mark.rule("M-01", "P-19")
def test_what_is_found_is_settled():
    """A fall that is due shows, swept or not."""
    [found] = filled(NAME).at(days=31).crm.search("春意", actor=LI)

    assert ("pool", None, False) == (found.stage.name, found.owner, found.owner_hidden)


@pytest.mark.rule("M-02")
def test_anything_can_be_checked():
    """A registration, a change, an identity, or a customer on record, which is never like itself."""
    crm = filled(NAME, ALIKE).crm
    asked: tuple[Any, ...] = (
        register(id="C9"),
        ChangeProfile("C2", name="靖江春意空调有限公司"),
        Identity(NAME),
        "C2",
    )

    assert ["C1"] * 4 == [crm.duplicates.check(one, actor=LI)[0].customer for one in asked]
    assert "C2" not in {one.customer for one in crm.duplicates.check("C2", actor=LI)}
    assert () == crm.duplicates.check(ChangeProfile("C2", size="20"), actor=LI)
    with pytest.raises(NotFound):
        crm.duplicates.check("C7", actor=LI)


@pytest.mark.rule("M-07")
def test_everything_is_checked_in_stars():
    """The centre is who has a valid protection; of those in the pool, who came first."""
    scene = filled(NAME, ALIKE, "苏州晨星物流有限公司", "苏州辰星物流有限公司", "北京远山科技有限公司")
    clusters = list(scene.crm.duplicates.all(actor=MANAGER))

    assert [("C1", ["C2"]), ("C3", ["C4"])] == [
        (one.customer, [member.customer for member in one.members]) for one in clusters
    ]
    assert all(member.explained() for one in clusters for member in one.members)


@pytest.mark.rule("M-07")
def test_a_valid_protection_comes_before_an_earlier_entry():
    """The later record is the centre if it is the one that is protected."""
    scene = Scene().pool(name=ALIKE)
    scene.given(register(id="C2", phone="0523-80000002"), by=LI)
    [cluster] = scene.crm.duplicates.all(actor=MANAGER)

    assert ("C2", ["C1"]) == (cluster.customer, [member.customer for member in cluster.members])


@pytest.mark.rule("M-07")
def test_a_check_goes_on_where_it_was_stopped():
    """From the place that progress told last; together they find what one run finds."""
    scene = filled(*(f"苏州{brand}星{trade}有限公司" for brand in "晨辰" for trade in ("物流", "贸易", "食品")))
    told: list[tuple[int, tuple[str, str]]] = []
    whole = list(scene.crm.duplicates.all(actor=MANAGER, progress=lambda done, place: told.append((done, place))))
    rest = list(scene.crm.duplicates.all(actor=MANAGER, after=("KH-000001", "C1")))

    assert [(6, ("KH-000006", "C6"))] == told
    assert ["C1", "C2", "C3"] == [one.customer for one in whole]
    assert whole[1:] == rest


@pytest.mark.rule("M-07")
def test_an_empty_space_and_one_without_analysis_have_no_clusters():
    """There is nothing to find."""
    assert [] == list(Scene().crm.duplicates.all(actor=MANAGER))
    assert [] == list(filled(NAME, ALIKE, overrides=OFF).crm.duplicates.all(actor=MANAGER))


@pytest.mark.rule("M-05")
def test_customers_without_keys_get_them():
    """As after analysis was off; a second time there is nothing to do."""
    scene = filled(NAME, ALIKE, overrides=OFF)
    on = CRM.open(scene.crm.store, clock=lambda: scene.now)
    told: list[int] = []

    assert () == on.search("春意", actor=LI)
    assert 2 == on.duplicates.rekey(progress=told.append)
    assert [2] == told
    assert ["C1"] == [one.customer for one in on.search("春意", actor=LI)]
    assert 0 == on.duplicates.rekey()


@pytest.mark.rule("M-05")
def test_keys_of_other_rules_are_made_anew():
    """Only those; meanwhile who has old keys is found by them."""
    scene = filled(NAME, ALIKE)
    before = stored(scene.crm)
    with scene.crm.store.begin() as uow:
        [name] = uow.get(MATCH_NAME.name, ["C1"])
        uow.write([Write(MATCH_NAME.name, "C1", name.version, name.body, {"rules": "of old"})])

    assert ["C1"] == [one.customer for one in scene.crm.search("春意", actor=LI)]
    assert 1 == scene.crm.duplicates.rekey()
    assert before == stored(scene.crm)
    with scene.crm.store.begin() as uow:
        assert {key_rules(scene.crm.policy.matching)} == {
            row.columns["rules"] for row in uow.get(MATCH_NAME.name, ["C1", "C2"])
        }


@pytest.mark.rule("M-05")
def test_switched_off_analysis_drops_its_keys_when_asked_to():
    """New keys under a policy without analysis are none."""
    scene = filled(NAME, ALIKE)
    off = CRM.open(scene.crm.store, overrides=OFF, clock=lambda: scene.now)

    assert 2 == off.duplicates.rekey()
    assert {} == stored(off)


@pytest.mark.rule("M-05")
def test_new_keys_can_be_stopped_and_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, each in a transaction of its own."""
    monkeypatch.setattr("crmcore.app.finding.PAGE", 2)
    scene = filled(NAME, "苏州晨星物流有限公司", "北京远山科技有限公司", overrides=OFF)
    on = CRM.open(scene.crm.store, clock=lambda: scene.now)

    class Stopped(Exception):
        """Somebody pressed a key."""

    def stop(_: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        on.duplicates.rekey(progress=stop)

    assert {"C1", "C2"} == set(stored(on))
    assert 1 == on.duplicates.rekey()
    assert {"C1", "C2", "C3"} == set(stored(on))


@pytest.mark.rule("M-05")
def test_a_lookup_asks_for_keys_and_ids_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every query of a registration fixes its index; nothing is scanned."""
    scene = filled(NAME)
    asked: list[Query] = []
    query = MemoryUnit.query
    monkeypatch.setattr(MemoryUnit, "query", lambda self, one: asked.append(one) or query(self, one))
    scene.given(register(name="苏州晨星物流有限公司", id="C2"), by=WANG)

    assert {MATCH_KEY.name, "customer"} >= {one.kind for one in asked}
    assert all(one.eq for one in asked)


def test_a_registration_with_a_blank_name_is_like_nobody():
    """It is refused for that, and not looked up."""
    assert () == filled(NAME).crm.duplicates.check(Register(" "), actor=LI)
