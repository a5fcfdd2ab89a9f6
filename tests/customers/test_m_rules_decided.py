"""What stood before a change, and what a manager has decided, is not held against it again (M-02, M-03, P-02)."""

from typing import Any

import attrs
import pytest

from crmcore import CRM
from crmcore.conflicts import DecideConflict, OpenConflict
from crmcore.customers import ChangeProfile, Merge
from crmcore.customers.duplicates import stood_before
from crmcore.matching import Identity, MatchingPolicy, Shared, meet
from tests.customers.scene import LI, MANAGER, NAME, WANG, Scene, register

#: NAME with a homophone in its brand: similar.
ALIKE = "靖江市春义空调有限公司"
#: NAME with the characters of its brand turned round: similar, but less so.
TURNED = "靖江市意春空调有限公司"
#: NAME in another form: the same.
FORM = "靖江市春意空调股份有限公司"
CODE = "91350100M000100Y43"
ANSWERS = ["warn", "reason", "review", "refuse"]

CHANGES: list[dict[str, Any]] = [
    {"phone": "0523-80000077"},
    {"website": "https://a.example"},
    {"region": "江苏"},
    {"email": "a@a.example"},
    {"credit_code": CODE},
]


def under(scene: Scene, similar: str, **more: Any) -> Scene:
    """The same records under another policy."""
    matching = {"matching.similar": similar, **{f"matching.{name}": value for name, value in more.items()}}
    scene.crm = CRM.open(scene.crm.store, overrides=matching, clock=lambda: scene.now)
    scene.crm.duplicates.rekey()
    return scene


def two(name: str, similar: str, more: dict[str, Any] | None = None, **profile: Any) -> Scene:
    """Li's C1 and Wang's C2 of that name, entered before there was any analysis; then it begins."""
    scene = Scene({"matching.similar": "off"}).potential(**profile).at(hours=1)
    scene.given(register(**{"name": name, "id": "C2", "phone": "0523-80000002", **profile}), by=WANG).at(hours=2)
    return under(scene, similar, **more or {})


def decided(
    scene: Scene, in_favour_of: str | None = None, id: str = "X1", parties: tuple[str, str] = ("C2", "C1")
) -> Scene:
    """A conflict of the two, decided: that they are different, unless told otherwise."""
    scene.given(OpenConflict(*parties, id=id), by=WANG)
    return scene.given(DecideConflict(id, in_favour_of, note="已核实"), by=MANAGER)


class TestWhatStoodBefore:
    """A change is judged by what it changes."""

    @pytest.mark.rule("M-03", "P-02")
    @pytest.mark.parametrize("similar", ANSWERS)
    @pytest.mark.parametrize("name", [ALIKE, FORM])
    @pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
    def test_a_name_that_stays_is_not_held_against_a_change(self, change: Any, name: str, similar: str) -> None:
        """It is neither refused nor warned of, nor is a conflict opened, whatever policy says."""
        scene = two(name, similar)
        outcome = scene.when(ChangeProfile("C1", **change), by=LI)

        assert ((), None) == (outcome.similar, outcome.conflict)

    @pytest.mark.rule("M-03", "P-02")
    def test_nor_is_a_code_that_stays(self):
        """Two records that have one credit code can be put right; who is alike can still be asked."""
        scene = two("苏州晨星物流有限公司", "refuse", credit_code=CODE)

        assert [] == scene.refused(ChangeProfile("C1", website="https://a.example"), by=LI)
        assert ["C2"] == [one.customer for one in scene.crm.duplicates.check("C1", actor=LI)]

    @pytest.mark.rule("M-03", "L-02")
    def test_nor_is_a_phone_that_stays(self):
        """Where policy has the record of who calls again opened instead."""
        scene = two("苏州晨星物流有限公司", "warn", {"same_phone": "open-existing"})
        scene.given(ChangeProfile("C2", website="https://a.example"), by=WANG)

        assert ["L-02 open-existing"] == scene.refused(ChangeProfile("C2", phone="0523-80000001"), by=WANG)
        shared = two("苏州晨星物流有限公司", "warn", {"same_phone": "open-existing"}, phone="0523-80000001")
        assert [] == shared.refused(ChangeProfile("C2", website="https://b.example"), by=WANG)

    @pytest.mark.rule("P-02", "M-03")
    def test_a_new_reason_counts(self):
        """Who was similar before, and is now the same by its code."""
        scene = two(ALIKE, "warn", credit_code=None)
        scene.given(ChangeProfile("C1", credit_code=CODE), by=LI)

        assert ["P-02 same-credit-code"] == scene.refused(ChangeProfile("C2", credit_code=CODE), by=WANG)

    @pytest.mark.rule("P-02", "M-03")
    @pytest.mark.parametrize(
        ("before", "after", "refused"),
        [
            (TURNED, ALIKE, ["M-03 similar"]),
            (ALIKE, TURNED, []),
            (ALIKE, FORM, ["P-02 same-customer"]),
            (ALIKE, "靖江市 春意空调有限公司", ["P-02 same-name"]),
        ],
        ids=["more alike", "less alike", "the same", "the very same"],
    )
    def test_a_new_name_counts_where_it_is_more_alike(self, before: str, after: str, refused: list[str]) -> None:
        """Nobody comes nearer to a name by steps; to go away from it is no harm."""
        assert refused == two(before, "refuse").refused(ChangeProfile("C2", name=after), by=WANG)

    @pytest.mark.rule("M-02")
    def test_a_phone_that_many_have_by_now_is_no_news(self):
        """Two who meet do not know of the others."""
        policy = MatchingPolicy()
        was = Identity(NAME, phones=("0523-80000001",))
        now, other = attrs.evolve(was, website="a.example"), Identity("苏州晨星物流有限公司", phones=was.phones)
        hit = attrs.evolve(meet(now, other), shared=(Shared("phone", policy.switchboard + 1),))

        assert stood_before(hit, was, now, other, policy)
        assert not stood_before(hit, attrs.evolve(was, phones=()), now, other, policy)


class TestDecided:
    """A manager has decided that both are customers."""

    @pytest.mark.rule("M-03")
    @pytest.mark.parametrize("similar", ANSWERS)
    @pytest.mark.parametrize(("who", "id"), [(LI, "C1"), (WANG, "C2")], ids=["other", "customer"])
    def test_a_name_more_alike_is_no_news_of_two_that_are_different(self, who: Any, id: str, similar: str) -> None:
        """Whichever of the two is changed: nothing is refused, asked, warned of or opened again."""
        scene = decided(two(TURNED, similar))
        outcome = scene.when(ChangeProfile(id, name=FORM if id == "C2" else ALIKE), by=who)

        assert ((), None, []) == (outcome.similar, outcome.conflict, scene.crm.conflicts.open())

    @pytest.mark.rule("M-03", "L-02")
    def test_nor_is_the_phone_they_share(self):
        """They are not one caller."""
        scene = decided(two(TURNED, "warn", {"same_phone": "open-existing"}))

        assert [] == scene.refused(ChangeProfile("C2", phone="0523-80000001"), by=WANG)

    @pytest.mark.rule("P-02", "M-02")
    @pytest.mark.parametrize(
        ("change", "code"),
        [({"credit_code": CODE}, "same-credit-code"), ({"name": "靖江市 春意空调有限公司"}, "same-name")],
        ids=["code", "name"],
    )
    def test_what_is_certain_is_refused_all_the_same(self, change: Any, code: str) -> None:
        """No decision gives one code or one full name to two enterprises."""
        scene = decided(two(ALIKE, "warn")).given(ChangeProfile("C1", credit_code=CODE), by=LI)

        assert [f"P-02 {code}"] == scene.refused(ChangeProfile("C2", **change), by=WANG)

    @pytest.mark.rule("M-03")
    def test_a_third_one_counts(self):
        """The decision is of two records, not of a name."""
        scene = decided(two(TURNED, "refuse"))
        scene.given(register(name="苏州晨星物流有限公司", id="C3", phone="0512-60000003"), by=WANG)

        assert ["M-03 similar"] == scene.refused(ChangeProfile("C3", name=ALIKE), by=WANG)

    @pytest.mark.rule("M-03")
    def test_the_last_decision_stands(self):
        """A claim decided in somebody's favour says that there is one customer; an open conflict says nothing yet."""
        scene, change = decided(two(TURNED, "refuse")), ChangeProfile("C2", name=ALIKE)
        scene.at(hours=3).given(OpenConflict("C1", "C2", id="X0"), by=LI)

        assert [] == scene.refused(change, by=WANG)
        scene.given(DecideConflict("X0", "C1", note="同一家"), by=MANAGER)
        assert ["M-03 similar"] == scene.refused(change, by=WANG)
        assert [] == decided(scene.at(hours=4), id="X2").refused(change, by=WANG)

    @pytest.mark.rule("M-03", "M-07")
    def test_clusters_leave_out_who_is_decided_to_be_different(self):
        """Before that they are listed."""
        scene = two(FORM, "warn")

        assert [("C1", ["C2"])] == clusters(scene)
        assert [] == clusters(decided(scene))
        assert [("C1", ["C2"])] == clusters(decided(scene.at(hours=3), "C1", "X2"))

    @pytest.mark.rule("M-03", "M-06")
    def test_a_decision_goes_with_a_merge(self):
        """Who is another customer than a record is another one than its survivor, on either side."""
        scene = two(TURNED, "refuse").given(
            register(name="苏州晨星物流有限公司", id="C3", phone="0512-60000003", into="pool"), by=MANAGER
        )
        change = ChangeProfile("C2", name=ALIKE)

        assert ["M-03 similar"] == scene.refused(change, by=WANG)
        decided(scene, parties=("C3", "C2")).given(Merge("C3", "C1", "the same"), by=MANAGER)
        assert [] == scene.refused(change, by=WANG)
        assert [] == scene.refused(ChangeProfile("C1", name="靖江市春意空调设备有限公司"), by=LI)


def clusters(scene: Scene) -> list[tuple[str, list[str | None]]]:
    """Who is alike in the whole database."""
    found = scene.crm.duplicates.all(actor=MANAGER)
    return [(one.customer, [member.customer for member in one.members]) for one in found]
