"""Who knows of no customers but his own learns no more by searching and by duplicate analysis (L-04, A-02)."""

from typing import Any

import attr
import pytest

from crmcore.app.output_duplicates import similar_view
from crmcore.customers import ChangeProfile, Merge, Protect
from crmcore.customers.duplicates import Similar
from crmcore.customers.seen import StageSeen
from crmcore.errors import NotFound
from crmcore.hooks import hookimpl
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Refusal
from crmcore.people import MaySee
from tests.customers.scene import GUEST, LI, MANAGER, NAME, SERVICE, WANG, Scene, register

ONE, TWO = Actor("a1", {"agent"}), Actor("a2", {"agent"})
ALIKE = "靖江市春义空调有限公司"
CODE = "91350100M000100Y43"
RIGHTS: dict[str, Any] = {
    "customers.rights": {
        "register-into-pool": ["agent", "manager"],
        "change-profile": ["agent", "manager"],
        "protect": ["agent", "pre-sales"],
    }
}


def scene(**overrides: Any) -> Scene:
    """Customers of Li's: C1 with all that tells one; the first agent has entered C5."""
    made = Scene({**RIGHTS, **{name.replace("__", "."): value for name, value in overrides.items()}})
    made.potential(credit_code=CODE)
    own = register(name="苏州晨星物流有限公司", id="C5", into="pool", phone="0512-60000005")
    return made.given(own, by=ONE)


def entered(**profile: Any) -> Any:
    """A registration by an agent."""
    return register(**{"id": "C9", "into": "pool", "phone": "0523-80000009", **profile})


class TestSearch:
    """A search shows of each customer what a view shows."""

    @pytest.mark.rule("L-04", "M-01")
    def test_what_does_not_exist_for_somebody_is_not_found(self) -> None:
        """Neither who, nor that there is anybody; his own he finds."""
        crm = scene().crm

        assert () == crm.search("春意", actor=ONE)
        assert ["C5"] == [one.customer for one in crm.search("晨星", actor=ONE)]
        assert () == crm.search("晨星", actor=TWO)
        assert ["C1"] == [one.customer for one in crm.search("春意", actor=WANG)]

    @pytest.mark.rule("L-04", "M-01")
    def test_what_is_left_out_takes_no_place(self) -> None:
        """As many of his own as are asked for, however many of others' come before them."""
        made = scene()
        for number, place in enumerate(("上海", "杭州市", "苏州市", "泰州市", "南京市"), 10):
            who = ONE if number > 12 else MANAGER
            more = entered(id=f"C{number}", name=f"{place}春意达物流有限公司", phone=f"0523-800000{number}")
            made.given(more, by=who)

        assert {"C13", "C14"} == {one.customer for one in made.crm.search("春意", actor=ONE, limit=2)}
        assert 1 == len(made.crm.search("春意", actor=ONE, limit=1))
        assert () == made.crm.search("春意", actor=ONE, limit=0)

    @pytest.mark.rule("A-02", "M-01")
    @pytest.mark.parametrize(("who", "name"), [(LI, NAME), (MANAGER, NAME), (WANG, "靖**"), (GUEST, "靖**")])
    def test_a_name_is_shown_as_a_view_shows_it(self, who: Actor, name: str) -> None:
        """Where policy opens no names, it is masked."""
        crm = scene(customers__sight__others_firm=[]).crm
        [found] = crm.search("春意", actor=who)

        assert name == found.name == crm.view("C1", actor=who).name

    @pytest.mark.rule("A-02", "M-01")
    def test_a_plugin_is_asked(self) -> None:
        """As for a view."""

        class Nameless:
            """Service sees no names."""

            @hookimpl
            def crmcore_may_see(self) -> MaySee:
                """Decide by field."""
                return lambda actor, _relation, _stage, _field: False if actor == SERVICE else None

        crm = Scene(plugins=[Nameless()]).potential().crm

        assert ["靖**", NAME] == [crm.search("春意", actor=who)[0].name for who in (SERVICE, WANG)]


class TestCheck:
    """A second registration is refused, and says no more than that."""

    @pytest.mark.rule("L-04", "P-02", "M-03")
    def test_there_is_one_and_no_more(self) -> None:
        """How alike it is, and by what; neither which, at what stage, nor whose."""
        [found] = scene().crm.duplicates.check(entered(name=NAME), actor=ONE)

        assert (None, None, None, None, True) == (
            found.customer,
            found.number,
            found.stage,
            found.owner,
            found.owner_hidden,
        )
        assert (True, "same") == (found.is_same, found.verdict.outcome)
        assert found.explained()
        assert (None, None, None) == tuple(similar_view(found, "en")[name] for name in ("customer", "number", "stage"))

    @pytest.mark.rule("L-04", "P-02")
    def test_a_pool_is_not_told_either(self) -> None:
        """A customer of nobody's looks as one of somebody's."""
        made = scene()
        mine = made.crm.duplicates.check(entered(name="苏州晨星物流有限公司", phone="0512-60000005"), actor=ONE)
        [found] = made.crm.duplicates.check(entered(name="苏州晨星物流有限公司"), actor=TWO)

        assert [("C5", StageSeen("pool", found_label(mine)), None, False)] == [
            (one.customer, one.stage, one.owner, one.owner_hidden) for one in mine
        ]
        assert (None, None, True) == (found.customer, found.stage, found.owner_hidden)

    @pytest.mark.rule("L-04", "M-02")
    @pytest.mark.parametrize("who", ["C1", ChangeProfile("C1", name=ALIKE)], ids=["id", "change"])
    def test_what_does_not_exist_is_not_asked_about(self, who: Any) -> None:
        """As in a view."""
        with pytest.raises(NotFound):
            scene().crm.duplicates.check(who, actor=ONE)

    @pytest.mark.rule("L-04", "P-02", "M-03", "L-02")
    @pytest.mark.parametrize(
        ("overrides", "profile", "said"),
        [
            ({}, {"name": NAME}, "P-02 on-record"),
            ({}, {"name": "靖江春意空调有限公司"}, "P-02 on-record"),
            ({}, {"name": "北京远山科技有限公司", "credit_code": CODE}, "P-02 on-record"),
            ({"matching__similar": "refuse"}, {"name": ALIKE}, "M-03 similar-on-record"),
            ({"matching__similar": "reason"}, {"name": ALIKE}, "M-03 on-record-reason-required"),
            (
                {"matching__same_phone": "open-existing"},
                {"name": "北京远山科技有限公司", "phone": "0523-80000001"},
                "L-02 phone-on-record",
            ),
        ],
        ids=["name", "parts of the name", "code", "similar", "reason", "phone"],
    )
    def test_a_refusal_says_that_there_is_one(
        self, overrides: dict[str, Any], profile: dict[str, Any], said: str
    ) -> None:
        """It is refused all the same; who may know is told which."""
        made = scene(**overrides)
        refusals = made.refusals(entered(**profile), by=ONE)
        denied: Any = made.crm.answer(entered(**profile), actor=ONE)
        known = made.refusals(entered(**profile), by=MANAGER)

        assert {said} == {f"{one.rule} {one.code}" for one in refusals}
        assert all(not silent(one) for one in known)
        assert all(silent(one) for one in refusals)
        assert all(nameless(one) for one in denied.similar)
        assert denied.similar

    @pytest.mark.rule("L-04", "M-03")
    def test_what_passes_tells_as_little(self) -> None:
        """Who is alike to what was entered, but for policy's answer."""
        outcome = scene().when(entered(name=ALIKE), by=ONE)

        assert [True] == [nameless(one) for one in outcome.similar]
        assert outcome.similar[0].is_alarm

    @pytest.mark.rule("L-04", "M-03")
    def test_a_manager_decides_a_conflict_all_the_same(self) -> None:
        """Where policy sends it to review."""
        outcome = scene(matching__similar="review").when(entered(name=ALIKE), by=ONE)

        assert outcome.conflict is not None
        assert ("C9", "C1") == (outcome.conflict.customer, outcome.conflict.other)

    @pytest.mark.rule("L-04", "P-02")
    def test_a_claim_says_no_more_either(self) -> None:
        """Neither whose it is nor at what stage."""
        [refusal] = scene().refusals(Protect("C1"), by=ONE)

        assert ("P-02", "on-record", {}, None) == (refusal.rule, refusal.code, refusal.params, refusal.until)


def found_label(found: tuple[Similar, ...]) -> Any:
    """The label of the stage of the first one found."""
    assert found[0].stage is not None

    return found[0].stage.label


def silent(refusal: Refusal) -> bool:
    """Whether a refusal names neither customer nor stage nor owner."""
    return {"score"}.issuperset(refusal.params) and "C1" not in refusal.message()


def nameless(similar: Similar) -> bool:
    """Whether neither which nor whose is told in any form."""
    shown = f"{similar} {attr.asdict(similar, retain_collection_types=False)}"
    return not any(word in shown for word in ("C1", "KH-", "'li'", "potential"))


class TestAll:
    """A check of everything is one of all that exists for somebody."""

    @pytest.mark.rule("L-04", "M-07")
    def test_others_are_left_out(self) -> None:
        """As centres and as members; the stars are those of the rest."""
        made = scene(matching__similar="warn")
        made.given(entered(id="C7", name=ALIKE, phone="0523-80000007"), by=ONE)
        mine = entered(id="C8", name="靖江市椿义空调有限公司", phone="0523-80000008")
        made.given(mine, by=ONE)

        def stars(who: Actor) -> list[tuple[str, set[str | None]]]:
            found = made.crm.duplicates.all(actor=who)
            return [(one.customer, {member.customer for member in one.members}) for one in found]

        assert "C1" in dict(stars(MANAGER))
        assert [("C7", {"C8"})] == stars(ONE)
        assert [] == stars(TWO)

    @pytest.mark.rule("L-04", "M-01", "M-06")
    def test_his_own_record_leads_to_nobody_he_does_not_know(self) -> None:
        """One that was merged into another's is found no more."""
        made = scene().given(entered(name="泰州春意贸易有限公司", phone="0523-80000033"), by=ONE)

        assert ["C9"] == [one.customer for one in made.crm.search("泰州春意", actor=ONE)]
        made.given(Merge("C9", "C1", reason="一家公司"), by=MANAGER)
        assert () == made.crm.search("泰州春意", actor=ONE)
