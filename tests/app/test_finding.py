"""Searching by a fragment, checking without registering, checking everything, and new keys (M-01, M-07)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from crmcore import CRM
from crmcore.app.clusters import Cluster
from crmcore.app.records import NUMBERS, Records
from crmcore.customers import ChangeProfile, Merge, Register
from crmcore.errors import Invalid, NotFound
from crmcore.matching import Identity, NameParts, key_rules
from crmcore.storage.catalogue import Counter
from crmcore.storage.interface import Query, Write
from crmcore.storage.match_keys import MATCH_KEY, MATCH_NAME, StoredCandidates
from crmcore.storage.memory import MemoryUnit
from tests.app.test_duplicates import FREE, OFF, stored
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
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("3M中国有限公司", "3M"),
        ("HP（中国）有限公司", "hp"),
        ("İstanbul Metro A.Ş.", "istanbul"),
        ("บริษัท สปริง จำกัด", "สปริง"),
    ],
)
def test_brands_of_two_letters_and_words_of_other_scripts(name: str, text: str) -> None:
    """They are found as they are typed."""
    scene = filled(name, NAME, overrides={"customers.profile.full_name": False})

    assert ["C1"] == [one.customer for one in scene.crm.search(text, actor=LI)]


@pytest.mark.rule("M-01")
def test_whose_brand_it_is_comes_first():
    """Then those whose brand begins with it, then the rest."""
    scene = filled("靖江市新春意空调有限公司", "苏州春意堂药业有限公司", "泰州春意贸易有限公司")

    assert ["C3", "C2", "C1"] == [one.customer for one in scene.crm.search("春意", actor=LI)]
    assert ["C3"] == [one.customer for one in scene.crm.search("春意", actor=LI, limit=1)]


@pytest.mark.rule("M-01")
def test_whose_brand_it_is_is_found_among_ever_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number of names that go on after the fragment hides the one that does not."""
    monkeypatch.setattr("crmcore.app.finding.LOOKED_AT", 2)
    scene = filled(*(f"{place}春意达物流有限公司" for place in ("上海", "杭州市", "苏州市", "泰州市")), NAME)

    assert ["C5", "C1"] == [one.customer for one in scene.crm.search("春意", actor=LI)]


@pytest.mark.rule("M-01")
@pytest.mark.parametrize("text", ["中国" * 1_000, "abc " + "." * 20_000 + "x"])
def test_more_than_any_name_has_is_not_looked_up(text: str) -> None:
    """A text that was pasted by mistake is refused at once."""
    with pytest.raises(Invalid) as error:
        filled(NAME).crm.search(text, actor=LI)

    assert [("text", "too-long")] == [(fault.path, fault.code) for fault in error.value.faults]


@pytest.mark.rule("M-01")
def test_who_is_erased_during_a_search_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server, a name may be gone between the lookups of keys and of names."""
    scene = filled(NAME, "泰州春意贸易有限公司")
    parts = StoredCandidates.parts

    def gone(self: StoredCandidates, ids: Sequence[str]) -> Mapping[str, NameParts]:
        return {id: one for id, one in parts(self, ids).items() if id != "C1"}

    monkeypatch.setattr(StoredCandidates, "parts", gone)

    assert ["C2"] == [one.customer for one in scene.crm.search("春意", actor=LI)]
    assert () == scene.crm.duplicates.check(Identity(NAME), actor=LI)


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


@pytest.mark.rule("M-07", "M-06")
def test_the_centre_is_who_survives_a_merge():
    """A customer with a contract comes before one that is protected and was entered earlier."""
    scene = Scene().potential().at(hours=1)
    scene.formal(by=WANG, id="C2", name=ALIKE, phone="0523-80000002")
    [cluster] = scene.crm.duplicates.all(actor=MANAGER)

    assert ("C2", ["C1"]) == (cluster.customer, [member.customer for member in cluster.members])
    assert () == scene.crm.why_not(Merge("C1", "C2", reason="一家公司", decided=True), actor=MANAGER)


@pytest.mark.rule("M-07", "M-06", "D-01")
def test_a_shorter_number_is_an_earlier_one():
    """Of two entered at the same moment, the 999,999th customer comes before the millionth."""
    scene = Scene()
    with scene.crm.store.begin(scene.crm.space) as uow:
        counters = Records(scene.crm.policy.customers).counters
        counters.save(uow, None, Counter(NUMBERS, 999_998))
    scene.given(register(id="C1", into="pool"), register(id="C2", name=ALIKE, into="pool"), by=MANAGER)
    [cluster] = scene.crm.duplicates.all(actor=MANAGER)

    assert ("KH-999999", ["KH-1000000"]) == (cluster.number, [member.number for member in cluster.members])


#: One company, as fifteen people wrote it.
SPELLINGS = [
    f"{region}春意空调{form}"
    for region in ("靖江市", "靖江", "江苏省靖江市", "江苏靖江", "江苏")
    for form in ("有限公司", "有限责任公司", "股份有限公司")
]


@pytest.mark.rule("M-07", "M-06")
def test_of_many_alike_none_is_left_out():
    """Every spelling of a company is in a star, and after these are merged what is left goes on being found."""
    scene = Scene({**FREE, **OFF})
    for place, name in enumerate(SPELLINGS):
        scene.given(Register(name, id=f"C{place:02}", into="pool"), by=MANAGER)
    on = CRM.open(scene.crm.store, overrides=FREE, clock=lambda: scene.now)
    on.duplicates.rekey()
    first = list(on.duplicates.all(actor=MANAGER))
    for member in first[0].members[:12]:
        on.handle(Merge(str(member.customer), "C00", reason="一家公司"), actor=MANAGER)
    again = list(on.duplicates.all(actor=MANAGER))

    assert [("C00", {f"C{place:02}" for place in range(1, 15)})] == told(first)
    assert [("C00", {member.customer for member in first[0].members[12:]})] == told(again)


def told(clusters: Iterable[Cluster]) -> list[tuple[str, set[str | None]]]:
    """The centres of some clusters, each with its members."""
    return [(one.customer, {member.customer for member in one.members}) for one in clusters]


@pytest.mark.rule("M-07")
def test_a_check_goes_on_where_it_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the place that progress told last; together they find what one run finds."""
    monkeypatch.setattr("crmcore.app.finding.CHECKED", 2)
    scene = filled(*(f"苏州{brand}星{trade}有限公司" for brand in "晨辰" for trade in ("物流", "贸易", "食品")))
    places: list[tuple[int, tuple[str, str]]] = []
    whole = list(scene.crm.duplicates.all(actor=MANAGER, progress=lambda done, place: places.append((done, place))))
    rest = list(scene.crm.duplicates.all(actor=MANAGER, after=places[0][1]))

    assert [(done, (f"KH-00000{done}", f"C{done}")) for done in (2, 4, 6)] == places
    assert ["C1", "C2", "C3"] == [one.customer for one in whole]
    assert whole[2:] == rest


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

    def noted(self: MemoryUnit, one: Query) -> Any:
        asked.append(one)
        return query(self, one)

    monkeypatch.setattr(MemoryUnit, "query", noted)
    scene.given(register(name="苏州晨星物流有限公司", id="C2"), by=WANG)

    assert {MATCH_KEY.name, "customer"} >= {one.kind for one in asked}
    assert all(one.eq for one in asked)


def test_a_registration_with_a_blank_name_is_like_nobody():
    """It is refused for that, and not looked up."""
    assert () == filled(NAME).crm.duplicates.check(Register(" "), actor=LI)
