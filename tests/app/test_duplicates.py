"""Keys beside customers: they follow what they are made of, and lookups go by one index (M-02, M-05)."""

import json
from typing import Any

import pytest

from crmcore import CRM
from crmcore.app.duplicates import judged_hits, keep_keys
from crmcore.customers import AddContact, ChangeContact, ChangeProfile, ContactDetails, Merge, Register
from crmcore.customers.duplicates import identity_of
from crmcore.errors import Conflict
from crmcore.matching import Identity, key_rules, keys
from crmcore.storage.interface import ListingUnit, Query, Write
from crmcore.storage.match_keys import MATCH_KEY, MATCH_NAME, StoredCandidates, keyed, replace_keys
from tests.customers.scene import LI, MANAGER, NAME, WANG, Scene, claim, record, register
from tests.kit.wrapped import WrappedUnit

OFF = {"matching.similar": "off"}


def stored(crm: CRM, customer: str = "C1") -> dict[str, set[tuple[str, int]]]:
    """The keys of every customer that has some, as they are stored."""
    with crm.store.begin(crm.space) as uow:
        rows = uow.query(Query(MATCH_KEY.name, "by_key", limit=10_000))
    found: dict[str, set[tuple[str, int]]] = {}
    for row in rows:
        owner, _, _ = row.id.rpartition("/")
        found.setdefault(owner, set()).add((str(row.columns["key_index"]), int(row.columns["key_value"] or 0)))
    return found


def wanted(crm: CRM, customer: str = "C1") -> set[tuple[str, int]]:
    """The keys that a customer should have."""
    identity = identity_of(crm.customer(customer))
    assert identity is not None

    return {(key.by, key.value) for key in keys(identity, crm.policy.matching)}


@pytest.mark.rule("M-05", "M-02")
def test_keys_follow_the_customer():
    """After a registration, a new name, a new contact, and one that has changed: just those it should have."""
    scene = Scene().potential()
    seen = [stored(scene.crm)["C1"]]

    assert seen[0] == wanted(scene.crm)
    for command in (
        ChangeProfile("C1", name="靖江市夏意空调有限公司"),
        AddContact("C1", ContactDetails("王经理", mobile="13800000001")),
        ChangeContact("C1", 1, ContactDetails("王经理", mobile="13800000002")),
    ):
        scene.given(command, by=LI)
        seen.append(stored(scene.crm)["C1"])

        assert seen[-1] == wanted(scene.crm)
        assert seen[-1] != seen[-2]


@pytest.mark.rule("M-05")
def test_what_changes_nothing_about_keys_writes_none():
    """Claims, follow-ups and other fields of the profile leave the records as they are."""
    scene = Scene().pool().given(claim(), by=LI)
    before = rows(scene.crm)
    scene.given(record(), ChangeProfile("C1", introduction="空调"), by=LI)

    assert before == rows(scene.crm)
    assert {1} == {row.version for row in before}


def rows(crm: CRM) -> list[Any]:
    """All records of keys and names."""
    with crm.store.begin(crm.space) as uow:
        return [*uow.query(Query(MATCH_KEY.name, "by_key", limit=10_000)), *uow.get(MATCH_NAME.name, ["C1", "C2"])]


@pytest.mark.rule("M-05")
def test_a_refused_command_leaves_no_keys():
    """They are part of the change, which did not take place."""
    scene = Scene().potential()
    before = rows(scene.crm)

    assert ["P-02 same-name"] == scene.refused(register(id="C2"), by=WANG)
    assert before == rows(scene.crm)


def test_without_analysis_there_are_no_keys():
    """And those that are there go as soon as they would be wrong."""
    scene = Scene()
    scene.potential()
    off = CRM.open(scene.crm.store, overrides=OFF, clock=lambda: scene.now)
    off.handle(register(id="C2", name="苏州晨星物流有限公司"), actor=WANG)
    off.handle(ChangeProfile("C1", region="江苏"), actor=LI)
    kept = set(stored(off))
    off.handle(ChangeProfile("C1", name="靖江市夏意空调有限公司"), actor=LI)

    assert {"C1"} >= kept
    assert {} == stored(off)


@pytest.mark.rule("M-05")
def test_keys_of_other_rules_are_replaced_when_the_customer_changes():
    """A change that leaves the identity as it is brings keys up to date, too, where it touches the profile."""
    scene = Scene().potential()
    with scene.crm.store.begin() as uow:
        [name] = uow.get(MATCH_NAME.name, ["C1"])
        uow.write([Write(MATCH_NAME.name, "C1", name.version, name.body, {"rules": "of old"})])
    scene.given(ChangeProfile("C1", size="20"), by=LI)
    with scene.crm.store.begin() as uow:
        rules = keyed(uow, ["C1"])["C1"].rules

    assert key_rules(scene.crm.policy.matching) == rules
    assert wanted(scene.crm) == stored(scene.crm)["C1"]


def test_spaces_are_apart():
    """What another tenant has on record is not looked at."""
    scene = Scene().potential()
    other = scene.crm.in_space("other")

    assert () == other.search("春意", actor=LI)
    assert () == other.handle(register(), actor=WANG).similar


def test_stale_names_are_a_conflict():
    """Whoever replaces keys that somebody else has replaced meanwhile begins again."""
    scene = Scene().potential()
    with scene.crm.store.begin() as uow:
        before = keyed(uow, ["C1"])["C1"]
        replace_keys(uow, [("C1", before, Identity("苏州晨星物流有限公司"))], scene.crm.policy.matching)
    with pytest.raises(Conflict), scene.crm.store.begin() as uow:
        replace_keys(uow, [("C1", before, Identity(NAME))], scene.crm.policy.matching)


def test_nobody_has_no_keys():
    """Of who is to be found as nobody, as somebody erased is, nothing stays."""
    scene = Scene().potential()
    with scene.crm.store.begin() as uow:
        replace_keys(uow, [("C1", keyed(uow, ["C1"])["C1"], None)], scene.crm.policy.matching)

    assert [] == rows(scene.crm)


def test_keeping_keys_twice_changes_nothing():
    """The keys of a customer are what it is, however often they are kept."""
    scene = Scene().potential()
    before = rows(scene.crm)
    one, again = scene.customer(), scene.customer()
    with scene.crm.store.begin() as uow:
        keep_keys(uow, one, again, scene.crm.policy.matching)

    assert before == rows(scene.crm)


@pytest.mark.rule("M-05")
def test_a_posting_that_was_cut_counts_one_more():
    """Nobody counts what stands under a key that everybody has."""
    crm = CRM.open(overrides={"customers.profile.required_enterprise": ["name"]})
    for number in range(5):
        crm.handle(Register(f"苏州{'甲乙丙丁戊'[number]}辰物流有限公司", into="pool"), actor=MANAGER)
    with crm.store.begin() as uow:
        candidates = StoredCandidates(uow, 0)
        trade = [key for key in keys(Identity("苏州己辰物流有限公司"), crm.policy.matching) if key.by == "bg"]
        found = [candidates.postings([key], 3)[key] for key in trade if candidates.postings([key], 3)]

        assert 1 == candidates.total
        assert (3, 4) in {(len(posting.ids), posting.records) for posting in found}
        assert {} == candidates.postings(keys(Identity("北京远山科技有限公司"), crm.policy.matching)[:1], 3)


@pytest.mark.rule("M-05")
def test_names_are_kept_as_plain_data():
    """The parts of the name, and how many keys there are: nothing of contacts, nothing of phones."""
    scene = Scene().potential(contacts=(ContactDetails("王经理", mobile="13800000001"),))
    with scene.crm.store.begin() as uow:
        [name] = uow.get(MATCH_NAME.name, ["C1"])
    body = json.loads(name.body)

    assert {"parts", "keys"} == set(body)
    assert len(wanted(scene.crm)) == body["keys"]
    assert "13800000001" not in name.body.decode()


FREE: dict[str, Any] = {
    "customers.profile.required_enterprise": ["name"],
    "customers.profile.full_name": False,
    "matching.similar": "warn",
}
#: Characters read like 意: of none of these names is it certain that it is the same.
ALIKE = "义益艺怡颐亿易忆仪伊依医"


@pytest.mark.rule("P-02", "M-02")
def test_many_hits_are_told_of_at_most_ten_times():
    """The surest come first, of equals who is in the order of ids first."""
    scene = Scene(FREE)
    for place, character in enumerate(ALIKE):
        scene.given(Register(f"靖江市春{character}空调有限公司", id=f"C{place:02}", into="pool"), by=MANAGER)
    scene.given(Register("上海春意空调有限公司", id="C99", into="pool"), by=MANAGER)
    found = scene.crm.duplicates.check(Register("靖江市春意空调有限公司"), actor=MANAGER)

    assert [f"C{place:02}" for place in range(10)] == [one.customer for one in found]
    assert {92.3} == {one.score for one in found}


@pytest.mark.rule("L-02", "P-02")
def test_a_repeat_caller_comes_before_names_alike():
    """Whose phone it is, is told of however many names are more alike, where policy has the record opened."""
    scene = Scene({**FREE, "matching.same_phone": "open-existing"})
    caller = Register("苏州晨星物流有限公司", id="OLD", into="pool", phone="0512-60000002")
    scene.given(caller, by=MANAGER)
    for character in ALIKE:
        scene.given(Register(f"靖江市春{character}空调有限公司", into="pool"), by=MANAGER)
    again = Register("靖江市春意空调有限公司", into="pool", phone="0512-60000002")

    assert [("L-02", "open-existing", "OLD")] == [
        (one.rule, one.code, one.params["customer"]) for one in scene.crm.why_not(again, actor=MANAGER)
    ]
    assert ["OLD"] == [one.customer for one in scene.crm.duplicates.check(again, actor=MANAGER)][:1]


@pytest.mark.rule("M-06", "M-02")
def test_merged_records_take_no_places():
    """However many of the records found are one customer by now, the others are told of."""
    scene = Scene({**FREE, "matching.similar": "off"})
    for place, character in enumerate(ALIKE):
        scene.given(Register(f"靖江市春{character}空调有限公司", id=f"C{place:02}", into="pool"), by=MANAGER)
    for place in range(1, 11):
        scene.given(Merge(f"C{place:02}", "C00", reason="一家公司"), by=MANAGER)
    on = CRM.open(scene.crm.store, overrides=FREE, clock=lambda: scene.now)
    on.duplicates.rekey()

    assert ["C00", "C11"] == [one.customer for one in on.duplicates.check(Identity(NAME), actor=MANAGER)]


@pytest.mark.rule("M-06", "M-02")
def test_a_merged_record_is_found_as_the_one_it_was_merged_into():
    """Its name and its phone still lead there, in analysis, in a search, and in a check of everything on record."""
    scene = Scene().potential(phone="0523-80000001").pool(id="C2", name="靖江市夏荷空调有限公司", phone="0523-80000002")
    scene.given(Merge("C2", "C1", reason="一家公司"), by=MANAGER)
    again = register(id="C3", name="靖江夏荷空調有限公司", phone="0523-80000003")
    [refusal] = [one for one in scene.refusals(again, by=WANG) if one.rule == "P-02"]
    by_phone = scene.crm.duplicates.check(
        register(id="C3", name="苏州晨星物流有限公司", phone="0523-80000002"), actor=LI
    )

    assert ("C1", "li") == (refusal.params["customer"], refusal.params["owner"])
    assert {"C1"} == {one.customer for one in by_phone}
    assert ["C1"] == [one.customer for one in scene.crm.search("夏荷", actor=LI)]
    assert [] == list(scene.crm.duplicates.all(actor=MANAGER))
    assert ["C1"] == [row["unique_id"] for row in scene.crm.duplicates.table()]
    assert [] == list(scene.crm.verify())


@pytest.mark.rule("M-05")
def test_a_unit_that_cannot_list_ids_alone_serves_the_same():
    """Who comes up does not depend on whether a storage answers with ids or with records."""
    scene = Scene().potential()
    scene.given(register(id="C2", name="上海云帆纺织品有限公司"), by=WANG)
    policy, identity = scene.crm.policy.matching, Identity(NAME.replace("靖江市", "江苏省靖江市"))
    with scene.crm.store.begin(scene.crm.space) as uow:
        plain = WrappedUnit(uow, scene.crm.store, "")
        found = [judged_hits(unit, identity, 2, policy, None) for unit in (uow, plain)]

    assert isinstance(uow, ListingUnit)
    assert not isinstance(plain, ListingUnit)
    assert found[0] == found[1]
    assert ["C1"] == [hit.id for hit, _ in found[0]]
